"""Carry figures of a panel over into the observation tables of this folder, and lock them.

    python carry_over.py --panel FILE --variables FILE [--out DIR]

The panel is a csv file with the columns iso3, year, variable, value; the variables file a csv file with the columns
variable and source_version, which becomes the vintage. definitions.toml tells what is taken and how; figures that
are chained, deflated, joined or normalised are made here with latecomer.study.observation_derivations.
Nothing is interpolated: a year that the panel lacks is missing in the tables.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from latecomer.faults import Fault, InputError
from latecomer.study.observation_derivations import (
    chain_back,
    constant_dollars,
    join_back,
    normalise,
    price_level,
)
from latecomer.study.observation_lock import write_lock
from latecomer.study.observation_tables import COLUMNS

CALIBRATED = ("KOR", "BRA", "IND", "KHM", "LAO", "MMR", "VNM")
CHAINED = ("KOR", "BRA", "IND")
BASE_YEAR = 2017
FIRST_CHAINED_YEAR = 1960
WORLD_OUTPUT, WORLD_SHARE, WORLD_EXPORTS = (
    f"wdi_world_{name}" for name in ("gdp_constant", "exports_gdp_pct", "exports_constant")
)


@dataclass(frozen=True)
class Block:
    """Figures of one country and variable that share unit, source and transformation."""

    iso3: str
    variable: str
    figures: pd.Series[float]
    unit: str
    source: str
    series: str
    vintage: str
    transformation: str

    def rows(self) -> list[dict[str, str]]:
        """The block as table rows, figures with ten significant digits."""
        texts = {name: str(getattr(self, name)) for name in COLUMNS if name not in ("year", "value")}
        return [
            {**texts, "year": str(year), "value": repr(float(f"{figure:.10g}"))}
            for year, figure in self.figures.items()
        ]


class Panel:
    """A panel and the releases of its variables."""

    def __init__(self, panel: Path, variables: Path) -> None:
        table = _columns(panel, ("iso3", "year", "variable", "value"))
        if table.duplicated(["iso3", "year", "variable"]).any():
            raise InputError(
                Fault(panel.name, "duplicate keys", "one row for each iso3, year, variable", "drop them")
            )
        self._groups = {
            (str(key[0]), str(key[1])): group.set_index("year")["value"].sort_index()
            for key, group in table.groupby(["iso3", "variable"])
        }
        releases = _columns(variables, ("variable", "source_version"))
        self._releases = dict(zip(releases["variable"], releases["source_version"], strict=True))

    def figures(self, iso3: str, variable: str) -> pd.Series[float]:
        """The figures by year; empty when the panel has none."""
        return self._groups.get((iso3, variable), pd.Series(dtype=float))

    def vintage(self, *variables: str) -> str:
        """The releases of the variables, each once, without notes in brackets at the end of a long one."""
        texts = [str(self._releases[variable]) for variable in variables]
        short = [re.sub(r" \([^)]*\)$", "", text) if len(text) > 80 else text for text in texts]
        return "; ".join(dict.fromkeys(short))

    def unknown(self, variables: Iterable[str]) -> list[str]:
        """Which of the variables have no release."""
        return [variable for variable in dict.fromkeys(variables) if variable not in self._releases]


def _columns(path: Path, names: tuple[str, ...]) -> pd.DataFrame:
    table = pd.read_csv(path, converters={"value": float})
    missing = [name for name in names if name not in table.columns]
    if missing:
        got = f"no column {', '.join(missing)}"
        raise InputError(Fault(path.name, got, f"the columns {', '.join(names)}", "add what is missing"))
    return table[list(names)]


def carried(panel: Panel, definitions: dict[str, Any]) -> list[Block]:
    """The blocks of definitions.toml: panel figure / over / divide."""
    blocks = []
    for one in definitions["carried"]:
        divide, over = one.get("divide", 1), one.get("over")
        plain = "divided by 100" if divide == 100 else "none"
        for iso3 in one.get("countries", CALIBRATED):
            figures = panel.figures(iso3, one["panel"])
            if over:
                figures = (figures / panel.figures(iso3, over)).dropna()
            starts = {} if one.get("early") else definitions["first_year"]
            start = {**starts, **one.get("first_year", {})}.get(iso3, 0)
            blocks.append(
                Block(
                    iso3,
                    one["variable"],
                    figures[figures.index >= start] / divide,
                    one["unit"],
                    definitions["sources"][one["source"]],
                    one["series"],
                    panel.vintage(one["panel"], *([over] if over else [])),
                    one.get("transformation", plain),
                )
            )
    return blocks


def current_output(panel: Panel, sources: dict[str, str], start: dict[str, int]) -> list[Block]:
    """Output at current dollars, chained back from the year in which the United Nations begin."""
    blocks = []
    for iso3 in CALIBRATED:
        figures = panel.figures(iso3, "una_gdp_usd") / 1e9
        figures = figures[figures.index >= start.get(iso3, 0)]
        name, unit = "output at current dollars", "billion dollars/Year"
        text, series = "divided by a thousand million; current dollars", "gross domestic product, current dollars"
        vintage = panel.vintage("una_gdp_usd")
        blocks.append(Block(iso3, name, figures, unit, sources["una"], series, vintage, text))
        if iso3 not in CHAINED:
            continue
        needed = ("wdi_gdp_constant_usd", "wdi_gdp_deflator_inflation_pct", "pwt_xr")
        volume, inflation, rate = (panel.figures(iso3, variable) for variable in needed)
        earlier = chain_back(figures, volume, inflation / 100, rate, FIRST_CHAINED_YEAR)
        text = (
            "output[t+1] x volume[t]/volume[t+1] / (1 + deflator inflation[t+1]) "
            "x exchange rate[t+1]/exchange rate[t], from 1970 backwards"
        )
        series = "DERIVED from gross domestic product 1970, NY.GDP.MKTP.KD, NY.GDP.DEFL.KD.ZG, xr"
        source = "; ".join(sources[key] for key in ("una", "wdi", "pwt"))
        vintage = panel.vintage("una_gdp_usd", *needed)
        blocks.append(Block(iso3, name, earlier, unit, source, series, vintage, text))
    return blocks


def deflated(panel: Panel, blocks: list[Block], sources: dict[str, str]) -> list[Block]:
    """Exports and imports in constant dollars and the real exchange rate."""
    prices = normalise(panel.figures("USA", "us_cpi"), BASE_YEAR)
    flow = "{0}/output x output at current dollars / consumer price index of the USA (2017 = 1)"
    level = "output at current dollars / consumer price index of the USA (2017 = 1) / output"
    made = []
    for iso3 in CALIBRATED:
        current = _together(blocks, iso3, "output at current dollars")
        for name in ("exports", "imports"):
            ratio = _together(blocks, iso3, f"{name}/output")
            figures = constant_dollars(ratio.figures, current.figures, prices)
            text = flow.format(name) + "; 2017 dollars"
            made.append(_derived(iso3, name, figures, "billion dollars/Year", (ratio, current), text, panel, sources))
        output = _together(blocks, iso3, "output")
        figures = price_level(current.figures, prices, output.figures)
        made.append(_derived(iso3, "real exchange rate", figures, "Dmnl", (current, output), level, panel, sources))
    return made


def _together(blocks: list[Block], iso3: str, variable: str) -> Block:
    found = [block for block in blocks if (block.iso3, block.variable) == (iso3, variable)]
    figures = pd.concat([block.figures for block in found]).sort_index()
    return Block(**{**found[0].__dict__, "figures": figures})


def _derived(
    iso3: str,
    variable: str,
    figures: pd.Series[float],
    unit: str,
    parts: tuple[Block, ...],
    text: str,
    panel: Panel,
    sources: dict[str, str],
) -> Block:
    source = "; ".join(dict.fromkeys([*(part.source for part in parts), sources["fred"]]))
    vintage = "; ".join(dict.fromkeys([*(part.vintage for part in parts), panel.vintage("us_cpi")]))
    series = "DERIVED from " + " and ".join([*(part.variable for part in parts), "CPIAUCSL"])
    return Block(iso3, variable, figures, unit, source, series, vintage, text)


def world(panel: Panel, sources: dict[str, str]) -> list[Block]:
    """World exports, real world prices and the consumer price index of the USA."""
    prices = normalise(panel.figures("USA", "us_cpi"), BASE_YEAR)
    fred, cpi = sources["fred"], panel.vintage("us_cpi")
    text = "mean of the months, 2017 = 1"
    blocks = [Block("USA", "consumer price index", prices, "Dmnl", fred, "CPIAUCSL", cpi, text)]
    volume = panel.figures("WLD", WORLD_EXPORTS)
    earlier = join_back(volume, panel.figures("WLD", WORLD_SHARE), panel.figures("WLD", WORLD_OUTPUT))
    unit, wdi = "billion dollars/Year", sources["wdi"]
    blocks += [
        Block("WLD", "world exports", volume, unit, wdi, "NE.EXP.GNFS.KD", panel.vintage(WORLD_EXPORTS),
              "divided by a thousand million; constant 2010 dollars"),
        Block("WLD", "world exports", earlier, unit, wdi, "DERIVED from NE.EXP.GNFS.ZS and NY.GDP.MKTP.KD",
              panel.vintage(WORLD_SHARE, WORLD_OUTPUT),
              "exports' share of output x output at constant prices, scaled to join in 1970; "
              "takes export prices and the output deflator to have moved together in 1960-70"),
    ]  # fmt: skip
    real = {
        "oil price": ("cmo_oil_avg_nominal_usd_bbl", "dollars/barrel", "crude oil, average, nominal"),
        "price of manufactures": ("cmo_muv_index", "Dmnl", "MUV index"),
        "non-energy commodity price": ("cmo_index_nonenergy_nominal", "Dmnl", "non-energy index, nominal"),
    }
    source = f"{sources['cmo']}; {fred}"
    for name, (variable, unit, series) in real.items():
        figures = (panel.figures("WLD", variable) / prices).dropna()
        text = "nominal / consumer price index of the USA (2017 = 1)"
        if unit == "Dmnl":
            figures, text = normalise(figures, BASE_YEAR), f"{text}, 2017 = 1"
        vintage = panel.vintage(variable, "us_cpi")
        blocks.append(
            Block("WLD", name, figures, unit, source, f"DERIVED from {series} and CPIAUCSL", vintage, text)
        )
    return blocks


def write_tables(blocks: list[Block], folder: Path) -> None:
    """One table a country, rows sorted by variable and year."""
    rows = [row for block in blocks for row in block.rows()]
    for iso3 in sorted({row["iso3"] for row in rows}):
        own = sorted((row for row in rows if row["iso3"] == iso3), key=lambda row: (row["variable"], row["year"]))
        with (folder / f"{iso3}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(own)


def main(arguments: list[str] | None = None) -> int:
    """Make the tables and the lock; 0 when done, 2 on bad input."""
    here = Path(__file__).parent
    parser = argparse.ArgumentParser(description="Carry a panel over into the observation tables.")
    parser.add_argument("--panel", type=Path, required=True, help="csv file: iso3, year, variable, value")
    parser.add_argument("--variables", type=Path, required=True, help="csv file: variable, source_version")
    parser.add_argument("--out", type=Path, default=here, help="folder of the tables")
    chosen = parser.parse_args(arguments)
    definitions = tomllib.loads((here / "definitions.toml").read_text(encoding="utf-8"))
    try:
        panel = Panel(chosen.panel, chosen.variables)
        unknown = panel.unknown(one["panel"] for one in definitions["carried"])
        if unknown:
            got, name = f"no {', '.join(unknown)}", chosen.variables.name
            raise InputError(Fault(name, got, "a release for each variable carried", "add their rows"))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    sources, start = definitions["sources"], definitions["first_year"]
    blocks = carried(panel, definitions) + current_output(panel, sources, start)
    blocks += deflated(panel, blocks, sources) + world(panel, sources)
    write_tables(blocks, chosen.out)
    write_lock(chosen.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
