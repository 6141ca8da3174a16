"""World trade and output in the observation tables: joined at both ends, and how tired trade has become."""

from __future__ import annotations

from dataclasses import replace

from latecomer.study.observation_derivations import grow_on, join_back, join_forward, trade_fatigue
from latecomer.study.observation_panel import Block, Panel, each_once, find_block

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
