"""What definitions.toml takes from a panel: one block for a variable of a country, or two joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from latecomer.study.observation_derivations import figure_at, without_held
from latecomer.study.observation_panel import Block, Panel, continued, each_once

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
