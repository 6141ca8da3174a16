"""Panels of countries that nobody has studied, with figures that can be checked by hand."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

Row = tuple[str, int, str, float]

FIRST, LAST, ACCOUNTS = 1960, 2012, 1970
GROWTH, INFLATION, DEPRECIATION = 1.03, 25.0, 1.2


def made_up(iso3: str = "FJI") -> list[Row]:
    """A country whose output grows by 3 % a year from 10 and whose dollar output is 6 in 1970."""
    rows: list[Row] = []
    for year in range(FIRST, LAST + 1):
        grown, odd = GROWTH ** (year - FIRST), year % 2
        figures = {
            "pwt_rgdpna": 10_000 * grown,
            "pwt_rnna": 30_000 * grown,
            "pwt_emp": 4.0 * 1.02 ** (year - FIRST),
            "pwt_pop": 10.0 * 1.02 ** (year - FIRST),
            "pwt_hc": 1.5 + 0.01 * (year - FIRST),
            "pwt_delta": 0.05,
            "pwt_xr": 2 * DEPRECIATION ** (year - FIRST),
            "wdi_gdp_constant_usd": 8e9 * grown,
            "wdi_gdp_deflator_inflation_pct": INFLATION,
            "wdi_exports_gdp_pct": 40.0 if odd else 36.0,
            "wdi_imports_gdp_pct": 44.0 if odd else 40.0,
            "wdi_gross_capital_formation_gdp_pct": 25.0 if odd else 20.0,
            "co2_territorial_mt_gcb2020": 3.0 * grown,
            "manuf_exports_share_wdi": 10.0 + 0.5 * (year - FIRST),
        }
        if year >= ACCOUNTS:
            figures |= {
                "una_gdp_usd": 6e9 * 1.06 ** (year - ACCOUNTS),
                "una_exports_gdp_pct": 20.0 if odd else 18.0,
                "una_imports_gdp_pct": 22.0 if odd else 20.0,
                "una_gfcf_gdp_pct": 19.0 if odd else 15.0,
                "ewn_debt_liabilities_usd_mn": 1_500.0 * 1.06 ** (year - ACCOUNTS),
            }
        rows += [(iso3, year, name, figure) for name, figure in figures.items()]
    return rows


def without(rows: Iterable[Row], *variables: str, iso3: str | None = None) -> list[Row]:
    """The rows without some variables, of one country or of all."""
    return [row for row in rows if row[2] not in variables or iso3 not in (None, row[0])]


def write(path: Path, rows: Iterable[Row]) -> Path:
    """The rows as a csv file."""
    pd.DataFrame(rows, columns=["iso3", "year", "variable", "value"]).to_csv(path, index=False)
    return path
