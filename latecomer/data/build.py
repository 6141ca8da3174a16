"""What definitions.toml takes from a panel: one block for a variable of a country, or two joined.

Also here:
- The wage of the hub: labour income per worker where networks that place blocks in a country are at home.
- Output at current dollars, trade in constant dollars and the real exchange rate, for the tables.
- World trade and output in the observation tables: joined at both ends, and how tired trade has become.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from latecomer.data.derivations import (
    chain_back,
    constant_dollars,
    figure_at,
    grow_on,
    join_back,
    join_forward,
    labour_income,
    normalise,
    price_level,
    trade_fatigue,
    without_held,
)
from latecomer.data.panel import Block, Panel, continued, each_once, find_block

CALIBRATED = "calibrated"

LARGEST_BREAK = 0.1


def carried(panel: Panel, definitions: Mapping[str, Any]) -> list[Block]:
    """The blocks of definitions.toml: panel figure / over / divide, and what is joined on before them.

    Raises InputError when a panel variable has no release.
    """
    blocks = []
    for one in definitions["carried"]:
        for iso3 in _countries(one.get("countries", [CALIBRATED]), definitions["hubs"]):
            block = _block(panel, definitions, one, iso3)
            blocks.append(block)
            if iso3 in one.get("before", {}).get("countries", ()):
                blocks.append(_joined(panel, definitions, one, block))
    return blocks


def _countries(named: list[str], hubs: Mapping[str, str]) -> list[str]:
    return [iso3 for name in named for iso3 in (hubs if name == CALIBRATED else (name,))]


def _start(definitions: Mapping[str, Any], one: Mapping[str, Any], iso3: str) -> int:
    starts = {} if one.get("early") else definitions["first_year"]
    return int({**starts, **one.get("first_year", {})}.get(iso3, 0))


def _block(panel: Panel, definitions: Mapping[str, Any], one: Mapping[str, Any], iso3: str) -> Block:
    divide, over = one.get("divide", 1), one.get("over")
    figures = panel.figures(iso3, one["panel"])
    if over:
        figures = (figures / panel.figures(iso3, over)).dropna()
    if "after" in one:
        figures = continued(panel.figures(iso3, one["after"]), figures, LARGEST_BREAK)
    if one.get("held") == "left out":
        figures = without_held(figures)
    return Block(
        iso3=iso3,
        variable=one["variable"],
        figures=figures[figures.index >= _start(definitions, one, iso3)] / divide,
        unit=one["unit"],
        source=definitions["sources"][one["source"]],
        series=one["series"],
        vintage=panel.vintage(one["panel"], *([over] if over else [])),
        transformation=one.get("transformation", "divided by 100" if divide == 100 else "none"),
    )


def join_share(later: pd.Series[float], earlier: pd.Series[float]) -> pd.Series[float]:
    """A share carried back from its first year by the same share of another publisher.

    share[t] = earlier[t] later[join] / earlier[join], t < join, join = the first year of `later`

    `later`, `earlier`: Dmnl, by year. Raises InputError when `earlier` lacks the year `join`.

    >>> two = lambda before, now: pd.Series({1969: before, 1970: now})
    >>> join_share(pd.Series({1970: 0.1}), two(0.3, 0.2)).round(6).to_dict()
    {1969: 0.15}
    """
    join = int(later.index[0])
    scale = float(later.iloc[0]) / figure_at(earlier, join, "share to join on")
    return earlier[earlier.index < join] * scale


def _joined(panel: Panel, definitions: Mapping[str, Any], one: Mapping[str, Any], later: Block) -> Block:
    """The years before a block, from another publisher's figures scaled to join."""
    before = one["before"]
    other = panel.figures(later.iso3, before["panel"]) / before.get("divide", 1)
    figures = join_share(later.figures, other) if not later.figures.empty else other.iloc[:0]
    join = "" if later.figures.empty else f" {later.figures.index[0]}"
    source = definitions["sources"]
    return replace(
        later,
        figures=figures[figures.index >= _start(definitions, one, later.iso3)],
        source=each_once([source[one["source"]], source[before["source"]]]),
        series=f"DERIVED from {one['series']}{join} and {before['series']}",
        vintage=panel.vintage(one["panel"], before["panel"]),
        transformation=f"{before['series']}[t] x share{join} / {before['series']}{join}",
    )


HUB_WAGE = "hub wage"

UNIT = "billion dollars/(Year*million persons)"

NEEDED = ("pwt_labsh", "una_gdp_usd", "us_cpi", "pwt_emp")

CHAIN = ("wdi_gdp_constant_usd", "wdi_gdp_deflator_inflation_pct", "pwt_xr")

FORMULA = "labour share x output at current dollars / consumer price index of the USA (2017 = 1) / employment"

HubTexts = Mapping[str, str]


def hub_wages(
    panel: Panel, sources: HubTexts, hubs: Mapping[str, str], prices: pd.Series[float], first: int
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
    panel: Panel, sources: HubTexts, iso3: str, hub: str, prices: pd.Series[float], first: int
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


FLOW = "billion dollars/Year"

EXPORTS = "world exports"

OUTPUT = "world output"

TIRING = (1990, 2007)

Texts = dict[str, str]


def world_exports(panel: Panel, sources: Texts) -> list[Block]:
    """World exports at constant prices, joined back from the first year of their volume."""
    names = ("exports_constant", "exports_gdp_pct", "gdp_constant")
    volume, share, output = (panel.figures("WLD", f"wdi_world_{name}") for name in names)
    block = Block(
        iso3="WLD",
        variable=EXPORTS,
        figures=volume,
        unit=FLOW,
        source=sources["wdi"],
        series="NE.EXP.GNFS.KD",
        vintage=panel.vintage("wdi_world_exports_constant"),
        transformation="divided by a thousand million; constant 2010 dollars",
    )
    earlier = replace(
        block,
        figures=join_back(volume, share, output),
        series="DERIVED from NE.EXP.GNFS.KD 1970, NE.EXP.GNFS.ZS and NY.GDP.MKTP.KD",
        vintage=panel.vintage(*(f"wdi_world_{name}" for name in names)),
        transformation=(
            "exports' share of output x output at constant prices, scaled to join in 1970; "
            "takes export prices and the output deflator to have moved together in 1960-70"
        ),
    )
    return [block, earlier]


def world_exports_onward(panel: Panel, sources: Texts) -> Block:
    """World exports after the last year of their volume, from their value over the price of manufactures."""
    needed = ("una_world_exports_usd", "cmo_muv_index")
    volume = panel.figures("WLD", "wdi_world_exports_constant")
    value, price = (panel.figures("WLD", variable) for variable in needed)
    join = volume.index[-1]
    return Block(
        iso3="WLD",
        variable=EXPORTS,
        figures=join_forward(volume, value, price),
        unit=FLOW,
        source=each_once(sources[key] for key in ("wdi", "una", "cmo")),
        series=f"DERIVED from NE.EXP.GNFS.KD {join}, exports of goods and services, and MUV index",
        vintage=panel.vintage("wdi_world_exports_constant", *needed),
        transformation=(
            f"exports[{join}] x (current dollars[t]/MUV index[t]) "
            f"/ (current dollars[{join}]/MUV index[{join}]); "
            "takes export prices to have moved with the price of manufactures"
        ),
    )


def world_output_onward(panel: Panel, sources: Texts) -> Block:
    """World output after the last year of its publisher, from the growth of the countries of another."""
    volume = panel.figures("WLD", "wdi_world_gdp_constant")
    growth = panel.figures("WLD", "pwt_world_gdp_growth_pct") / 100
    return Block(
        iso3="WLD",
        variable=OUTPUT,
        figures=grow_on(volume, growth),
        unit=FLOW,
        source=each_once(sources[key] for key in ("wdi", "pwt")),
        series=f"DERIVED from NY.GDP.MKTP.KD {volume.index[-1]} and the growth of the sum of rgdpna",
        vintage=panel.vintage("wdi_world_gdp_constant", "pwt_world_gdp_growth_pct"),
        transformation=(
            f"output[t-1] x (1 + growth[t]) from {volume.index[-1]} on; growth is that of the sum of the "
            "countries' output at constant 2017 national prices"
        ),
    )


def fatigue(blocks: list[Block]) -> Block:
    """How far world exports lie below the trade elasticity of 1990-2007, from the two blocks of the world."""
    exports, output = (find_block(blocks, "WLD", name) for name in (EXPORTS, OUTPUT))
    first, last = TIRING
    return replace(
        exports,
        variable="trade fatigue",
        figures=trade_fatigue(exports.figures, output.figures, first, last),
        unit="Dmnl",
        source=each_once([exports.source, output.source]),
        series=f"DERIVED from {EXPORTS} and {OUTPUT}",
        vintage=each_once([exports.vintage, output.vintage]),
        transformation=(
            f"max(0, e x ln(output[t]/output[{last}]) - ln(exports[t]/exports[{last}])) "
            f"after {last}, 0 before; "
            f"e = ln(exports[{last}]/exports[{first}]) / ln(output[{last}]/output[{first}])"
        ),
    )


def world_blocks(panel: Panel, sources: Texts, carried: list[Block]) -> list[Block]:
    """All that is derived for the world; `carried` holds world output as its publisher has it."""
    made = [*world_exports(panel, sources), world_exports_onward(panel, sources)]
    made.append(world_output_onward(panel, sources))
    return [*made, fatigue([*carried, *made])]


BASE_YEAR = 2017

CURRENT = "output at current dollars"

REAL = "consumer price index of the USA (2017 = 1)"

CHAINED = ("wdi_gdp_constant_usd", "wdi_gdp_deflator_inflation_pct", "pwt_xr")


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
