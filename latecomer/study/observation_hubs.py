"""The wage of the hub: labour income per worker where networks that place blocks in a country are at home."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from latecomer.study.observation_derivations import chain_back, labour_income
from latecomer.study.observation_panel import Block, Panel, each_once

HUB_WAGE = "hub wage"
UNIT = "billion dollars/(Year*million persons)"
NEEDED = ("pwt_labsh", "una_gdp_usd", "us_cpi", "pwt_emp")
CHAIN = ("wdi_gdp_constant_usd", "wdi_gdp_deflator_inflation_pct", "pwt_xr")
FORMULA = "labour share x output at current dollars / consumer price index of the USA (2017 = 1) / employment"

Texts = Mapping[str, str]


def hub_wages(
    panel: Panel, sources: Texts, hubs: Mapping[str, str], prices: pd.Series[float], first: int
) -> list[Block]:
    """The wage of each country's hub, from the year `first` where figures reach back.

    `hubs`: country to hub; `prices`: consumer prices of the USA, base year = 1. A hub without output in the
    panel has no wage. Raises InputError when a figure to chain output back with is missing.
    """
    return [
        block
        for iso3, hub in hubs.items()
        if not panel.figures(hub, "una_gdp_usd").empty
        for block in _one(panel, sources, iso3, hub, prices, first)
    ]


def _one(
    panel: Panel, sources: Texts, iso3: str, hub: str, prices: pd.Series[float], first: int
) -> list[Block]:
    """Two blocks: output as published, and as chained back before it begins."""
    share, current, _, employment = (panel.figures(hub, variable) for variable in NEEDED)
    current = current / 1e9
    later = Block(
        iso3=iso3,
        variable=HUB_WAGE,
        figures=labour_income(share, current, prices, employment),
        unit=UNIT,
        source=each_once(sources[key] for key in ("pwt", "una", "fred")),
        series=f"DERIVED from labsh, gross domestic product and emp of {hub}, and CPIAUCSL",
        vintage=panel.vintage(*NEEDED),
        transformation=f"{FORMULA}, of {hub}; 2017 dollars",
    )
    volume, inflation, rate = (panel.figures(hub, variable) for variable in CHAIN)
    chained = chain_back(current, volume, inflation / 100, rate, first)
    joined = int(current.index[0])
    earlier = replace(
        later,
        figures=labour_income(share, chained, prices, employment),
        source=each_once(sources[key] for key in ("pwt", "una", "wdi", "fred")),
        series=(
            f"DERIVED from labsh, gross domestic product {joined}, NY.GDP.MKTP.KD, NY.GDP.DEFL.KD.ZG, xr "
            f"and emp of {hub}, and CPIAUCSL"
        ),
        vintage=panel.vintage(*NEEDED, *CHAIN),
        transformation=(
            f"{FORMULA}, of {hub}; output[t] = output[t+1] x volume[t]/volume[t+1] "
            f"/ (1 + deflator inflation[t+1]) x exchange rate[t+1]/exchange rate[t], "
            f"from {joined} backwards; 2017 dollars"
        ),
    )
    return [later, earlier]
