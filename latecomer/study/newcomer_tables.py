"""The observation tables of new countries, made from a panel as those of the study's own countries are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from latecomer.study.newcomer_choices import LEAST, SECOND, SHARES, choices
from latecomer.study.observation_carried import carried
from latecomer.study.observation_hubs import HUB_WAGE
from latecomer.study.observation_money import current_output, deflated
from latecomer.study.observation_panel import Block, Panel, table_text
from latecomer.study.observation_tables import COLUMNS, Row, to_frame
from latecomer.study.observations import Observations

PRICES = ("USA", "consumer price index")
# what is never nought or less: such a figure is a gap of its publisher
POSITIVE = frozenset(
    [
        "output",
        "capital",
        "employment",
        "population",
        "human capital",
        "relative productivity",
        "labour share",
        "depreciation rate",
        "exchange rate",
        "output at current dollars",
        "exports/output",
        "imports/output",
        "investment/output",
        "exports",
        "imports",
        "real exchange rate",
        "manufactures/exports",
        "debt/output",
        "debt/output, one denominator",
        "direct investment liabilities/output, one denominator",
        "reserves/output, one denominator",
        "manufacturing employment",
        "manufacturing value added",
        "government consumption/output",
        "government revenue/output",
        "inequality",
        "CO2",
        "interest/debt",
    ]
)


@dataclass(frozen=True)
class Made:
    """The tables of new countries: rows by iso3, and in words what was chosen or left out."""

    rows: Mapping[str, tuple[Mapping[str, str], ...]]
    said: Mapping[str, tuple[str, ...]]

    def text(self, iso3: str) -> str:
        """The csv table of a country."""
        return table_text(self.rows[iso3])

    def frame(self, iso3: str) -> pd.DataFrame:
        """The table of a country as `Observations` hold it."""
        return to_frame([Row(number, "", dict(row)) for number, row in enumerate(self.rows[iso3], start=2)])


def make_tables(
    panel: Panel, definitions: Mapping[str, Any], observed: Observations, hubs: Mapping[str, str]
) -> Made:
    """The tables of the countries in `hubs` (country to hub).

    `observed`: the study's own tables, which have consumer prices of the USA and the wage of each hub. Raises
    InputError when they lack the consumer prices.
    """
    chosen = choices(panel, definitions, hubs)
    prices = observed.series(*PRICES)
    blocks = carried(panel, chosen) + current_output(panel, chosen)
    said: dict[str, list[str]] = {iso3: list(_of_choices(chosen, iso3)) for iso3 in hubs}
    for iso3 in hubs:
        blocks = stand_in(panel, definitions["sources"], blocks, iso3, said[iso3])
    sound = [_positive(block, said[block.iso3]) for block in blocks]
    sound += deflated(panel, sound, definitions["sources"], prices)
    rows = {iso3: [row for block in sound if block.iso3 == iso3 for row in block.rows()] for iso3 in hubs}
    for iso3, hub in hubs.items():
        rows[iso3] += hub_wage_rows(observed, definitions["hubs"], iso3, hub)
        rows[iso3].sort(key=lambda row: (row["variable"], row["year"]))
    return Made(
        {iso3: tuple(each) for iso3, each in rows.items()},
        {iso3: tuple(each) for iso3, each in said.items()},
    )


def _of_choices(chosen: Mapping[str, Any], iso3: str) -> Iterator[str]:
    if (first := chosen["first_year"].get(iso3)) is not None:
        yield (
            f"national accounts before {first} are left out: exports and investment are a share that stands "
            f"still there ({', '.join(SHARES)}), as in a back-cast"
        )
    for one in chosen["carried"]:
        if (first := one.get("first_year", {}).get(iso3)) is not None:
            yield f"{one['variable']} before {first} is left out: two series are joined there with a jump"
    if (first := chosen["chained_from"].get(iso3)) is not None:
        yield f"output at current dollars is chained back to {first} by volume, deflator and exchange rate"


def stand_in(
    panel: Panel, sources: Mapping[str, str], blocks: Iterable[Block], iso3: str, said: list[str]
) -> list[Block]:
    """The blocks with another concept in place of one that has fewer than five figures; `said` tells it.

    Nothing is spliced: the stand-in takes the place of the whole series.
    """
    made = []
    for block in blocks:
        better = None
        if block.iso3 == iso3 and block.variable in SECOND and len(block.figures) < LEAST:
            better = _second(panel, sources, block)
        made.append(block if better is None else better)
        if better is not None:
            said.append(f"{block.variable}: {len(block.figures)} figures; {better.transformation}")
    return made


def _second(panel: Panel, sources: Mapping[str, str], block: Block) -> Block | None:
    for one in SECOND[block.variable]:
        figures = panel.figures(block.iso3, one.panel)
        over = [] if one.over is None else [one.over]
        for name in over:
            figures = (figures / panel.figures(block.iso3, name)).dropna()
        if len(figures) >= LEAST:
            return replace(
                block,
                figures=figures / one.divide,
                source=sources[one.source],
                series="DERIVED from " + " / ".join([one.panel, *over]),
                vintage=panel.vintage(one.panel, *over),
                transformation=f"a stand-in: {one.concept}",
            )
    return None


def _positive(block: Block, said: list[str]) -> Block:
    """A block without what is nought or less where that cannot be."""
    low = block.figures[block.figures <= 0]
    if block.variable not in POSITIVE or low.empty:
        return block
    years = ", ".join(str(year) for year in low.index[:3]) + (" and later" if len(low) > 3 else "")
    said.append(f"{block.variable}: {len(low)} figures of nought or less are left out ({years})")
    return replace(block, figures=block.figures[block.figures > 0])


def hub_wage_rows(
    observed: Observations, hubs: Mapping[str, str], iso3: str, hub: str
) -> list[dict[str, str]]:
    """The wage of a hub as the tables of the study's countries with the same hub have it.

    `hubs`: of the study's countries. The longest series of them is taken; nothing where none has it.
    """
    tables = [
        observed.frame[(observed.frame["iso3"] == other) & (observed.frame["variable"] == HUB_WAGE)]
        for other, its in hubs.items()
        if its == hub
    ]
    longest = max(tables, key=len, default=observed.frame.iloc[:0])
    rows = longest.assign(iso3=iso3).to_dict("records")
    return [
        {name: str(row[name]) if name != "value" else repr(float(row["value"])) for name in COLUMNS}
        for row in rows
    ]
