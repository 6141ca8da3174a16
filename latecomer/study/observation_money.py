"""Output at current dollars, trade in constant dollars and the real exchange rate, for the tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from latecomer.study.observation_derivations import chain_back, constant_dollars, normalise, price_level
from latecomer.study.observation_panel import Block, Panel, each_once, find_block

BASE_YEAR = 2017
CURRENT = "output at current dollars"
FLOW = "billion dollars/Year"
REAL = "consumer price index of the USA (2017 = 1)"
CHAINED = ("wdi_gdp_constant_usd", "wdi_gdp_deflator_inflation_pct", "pwt_xr")

Texts = Mapping[str, str]


def current_output(panel: Panel, definitions: Mapping[str, Any]) -> list[Block]:
    """Output at current dollars, chained back from the year in which the United Nations begin."""
    sources, starts = definitions["sources"], definitions["first_year"]
    blocks = []
    for iso3 in definitions["hubs"]:
        figures = panel.figures(iso3, "una_gdp_usd") / 1e9
        block = Block(
            iso3=iso3,
            variable=CURRENT,
            figures=figures[figures.index >= starts.get(iso3, 0)],
            unit=FLOW,
            source=sources["una"],
            series="gross domestic product, current dollars",
            vintage=panel.vintage("una_gdp_usd"),
            transformation="divided by a thousand million; current dollars",
        )
        blocks.append(block)
        if iso3 in definitions["chained_from"] and not figures.empty:
            blocks.append(chained_output(panel, sources, block, definitions["chained_from"][iso3]))
    return blocks


def chained_output(panel: Panel, sources: Texts, later: Block, first: int) -> Block:
    """The years before a block of output at current dollars, derived."""
    volume, inflation, rate = (panel.figures(later.iso3, variable) for variable in CHAINED)
    begins = int(later.figures.index[0])
    return replace(
        later,
        figures=chain_back(later.figures, volume, inflation / 100, rate, first),
        source="; ".join(sources[key] for key in ("una", "wdi", "pwt")),
        series=f"DERIVED from gross domestic product {begins}, NY.GDP.MKTP.KD, NY.GDP.DEFL.KD.ZG, xr",
        vintage=panel.vintage("una_gdp_usd", *CHAINED),
        transformation=(
            "output[t+1] x volume[t]/volume[t+1] / (1 + deflator inflation[t+1]) "
            f"x exchange rate[t+1]/exchange rate[t], from {begins} backwards"
        ),
    )


def deflated(panel: Panel, blocks: list[Block], sources: Texts, prices: pd.Series[float]) -> list[Block]:
    """Exports and imports in constant dollars, and the real exchange rate."""
    made = []
    for iso3 in dict.fromkeys(block.iso3 for block in blocks if block.variable == CURRENT):
        if panel.figures(iso3, "una_gdp_usd").empty:
            continue
        current, output = (find_block(blocks, iso3, name) for name in (CURRENT, "output"))
        for name in ("exports", "imports"):
            ratio = find_block(blocks, iso3, f"{name}/output")
            block = replace(
                current,
                variable=name,
                figures=constant_dollars(ratio.figures, current.figures, prices),
                transformation=f"{name}/output x {CURRENT} / {REAL}; 2017 dollars",
            )
            made.append(_derived(block, (ratio, current), panel, sources))
        block = replace(
            current,
            variable="real exchange rate",
            figures=price_level(current.figures, prices, output.figures),
            unit="Dmnl",
            transformation=f"{CURRENT} / {REAL} / output; higher is an appreciation",
        )
        made.append(_derived(block, (current, output), panel, sources))
    return made


def _derived(block: Block, parts: tuple[Block, ...], panel: Panel, sources: Texts) -> Block:
    return replace(
        block,
        source=each_once([*(part.source for part in parts), sources["fred"]]),
        vintage=each_once([*(part.vintage for part in parts), panel.vintage("us_cpi")]),
        series="DERIVED from " + " and ".join([*(part.variable for part in parts), "CPIAUCSL"]),
    )


def real_prices(panel: Panel, sources: Texts, prices: pd.Series[float]) -> list[Block]:
    """World prices over the consumer price index of the USA, and that index."""
    index = Block(
        iso3="USA",
        variable="consumer price index",
        figures=prices,
        unit="Dmnl",
        source=sources["fred"],
        series="CPIAUCSL",
        vintage=panel.vintage("us_cpi"),
        transformation="mean of the months, 2017 = 1",
    )
    wanted = {
        "oil price": ("cmo_oil_avg_nominal_usd_bbl", "dollars/barrel", "crude oil, average, nominal"),
        "price of manufactures": ("cmo_muv_index", "Dmnl", "MUV index"),
        "non-energy commodity price": ("cmo_index_nonenergy_nominal", "Dmnl", "non-energy index, nominal"),
    }
    blocks = [index]
    for name, (variable, unit, series) in wanted.items():
        figures = (panel.figures("WLD", variable) / prices).dropna()
        block = Block(
            iso3="WLD",
            variable=name,
            figures=normalise(figures, BASE_YEAR) if unit == "Dmnl" else figures,
            unit=unit,
            source=f"{sources['cmo']}; {sources['fred']}",
            series=f"DERIVED from {series} and CPIAUCSL",
            vintage=panel.vintage(variable, "us_cpi"),
            transformation=f"nominal / {REAL}" + (", 2017 = 1" if unit == "Dmnl" else "; 2017 dollars"),
        )
        blocks.append(block)
    return blocks
