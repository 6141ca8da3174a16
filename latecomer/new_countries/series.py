"""Which series of a panel each table of a new country takes, by rules that know no country by name.

Of several sources the one that most of the study's countries take comes first; another takes its place where
it is missing or begins late. Shares that stand still for ten years from the first on are a back-cast.

Also here:
- The observation tables of new countries, made from a panel as those of the study's own countries are.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeVar

import pandas as pd

from latecomer.data.build import CALIBRATED, CHAINED, HUB_WAGE, carried, current_output, deflated
from latecomer.data.observations import COLUMNS, Observations, Row, to_frame
from latecomer.data.panel import Block, Panel, table_text

Entry = Mapping[str, Any]

T = TypeVar("T")


class Second(NamedTuple):
    """A panel variable over another one and a number, the key of its source, and what its concept is."""

    panel: str
    over: str | None
    divide: float
    source: str
    concept: str


EARLIEST = 1960

LATE = 5

STILL, STILL_YEARS = 0.1, 10

USABLE = -50.0, 150.0

JUMP, JOINED = math.exp(0.1), 1975

OUTPUT = "pwt_rgdpna"

LEAST = 5

DOLLARS = "una_gdp_usd"

SHARES = ("una_exports_gdp_pct", "una_gfcf_gdp_pct")

# what may stand in for a series of one concept, in order
SECOND: Mapping[str, tuple[Second, ...]] = {
    "debt/output, one denominator": (
        Second("ewn_debt_liabilities_gdp_pct", None, 100, "ewn", "the same debt over the publisher's output"),
        Second("wdi_ext_debt_usd", DOLLARS, 1, "ids", "debt reported by the debtor, another concept"),
        Second("wdi_ext_debt_gni_pct", None, 100, "ids", "reported debt over national income, not output"),
    ),
    "reserves/output, one denominator": (
        Second("ewn_fx_reserves_gdp_pct", None, 100, "ewn", "the same reserves over the publisher's output"),
    ),
    "current account/output, one denominator": (
        Second("ewn_current_account_gdp_pct", None, 100, "ewn", "the balance over the publisher's output"),
    ),
}


def still_until(figures: pd.Series[float]) -> int | None:
    """The last year of the stretch from the first figure on in which a share hardly moves.

    |share[t+1] / share[t] - 1| <= .1 in every year of the stretch; None where it is shorter than ten years.

    `figures`: a share, any unit, by year.

    >>> still_until(pd.Series([0.2] * 11 + [0.3], index=range(1970, 1982)))
    1980
    """
    moved = (figures / figures.shift(1) - 1).abs().iloc[1:] > STILL
    years = list(figures.index)
    last = years[moved.to_numpy().argmax()] if moved.any() else years[-1] if years else None
    return None if last is None or last - years[0] < STILL_YEARS else int(last)


def accounts_begin(panel: Panel, iso3: str) -> int:
    """The first year of a country's national accounts that is no back-cast; nought where all are observed.

    Both the share of exports and that of fixed investment stand still before it, see `still_until`.
    """
    ends = [still_until(panel.figures(iso3, name)) for name in SHARES]
    return 0 if None in ends else min(end for end in ends if end is not None) + 1


def output_begins(panel: Panel, iso3: str) -> int:
    """The year from which output is one series, or nought: before it two are joined with a jump.

    A jump: ln(output[t] / output[t-1]) is larger than that of another publisher by over .1, before 1975.
    """
    own, other = (panel.figures(iso3, name) for name in (OUTPUT, CHAINED[0]))
    if own.empty or other.empty:
        return 0
    apart = ((own / own.shift(1)) / (other / other.shift(1))).dropna()
    jumps = [int(year) for year in apart.index[apart > JUMP] if year < JOINED]
    return max(jumps, default=0)


def chain_start(panel: Panel, iso3: str) -> int | None:
    """The first year to which output at current dollars can be chained back, 1960 at the earliest.

    Every year needs the volume, the exchange rate, and inflation from -50 to 150 % of the year after:
    beyond that prices and official rates tell nothing together. None where nothing can be chained.
    """
    dollars = panel.figures(iso3, DOLLARS)
    if dollars.empty:
        return None
    volume, inflation, rate = (panel.figures(iso3, name) for name in CHAINED)
    year = begins = int(dollars.index[0])
    both = set(volume.index) & set(rate.index)
    known = set(inflation[inflation.between(*USABLE)].index)
    while year > EARLIEST and {year, year - 1} <= both and year in known:
        year -= 1
    return year if year < begins else None


def choices(panel: Panel, definitions: Entry, hubs: Mapping[str, str]) -> dict[str, Any]:
    """Definitions of the tables of new countries, in the form of definitions.toml; `hubs`: by country."""
    groups: dict[str, list[Entry]] = {}
    for one in definitions["carried"]:
        if _takers(one, definitions["hubs"]):
            groups.setdefault(one["variable"], []).append(one)
    chained = {iso3: chain_start(panel, iso3) for iso3 in hubs}
    starts = {iso3: accounts_begin(panel, iso3) for iso3 in hubs}
    return {
        "sources": definitions["sources"],
        "hubs": dict(hubs),
        "first_year": {iso3: year for iso3, year in starts.items() if year},
        "chained_from": {iso3: year for iso3, year in chained.items() if year and not starts[iso3]},
        "carried": [
            chosen
            for group in groups.values()
            for iso3 in hubs
            for chosen in _of_country(panel, group, definitions["hubs"], iso3)
        ],
    }


def _takers(one: Entry, hubs: Mapping[str, str]) -> list[str]:
    """The countries of the study that an entry is taken for."""
    named = one.get("countries", [CALIBRATED])
    return [iso3 for name in named for iso3 in (hubs if name == CALIBRATED else (name,)) if iso3 in hubs]


def _of_country(panel: Panel, group: Iterable[Entry], hubs: Mapping[str, str], iso3: str) -> list[Entry]:
    """The entry of a variable for one country, what goes on after it, and what is joined on before it."""
    takers = Counter({at: len(_takers(one, hubs)) for at, one in enumerate(group)})
    entries = list(group)
    ranked = [entries[at] for at, _ in takers.most_common() if "after" not in entries[at]]
    best = preferred(ranked, [_years(panel, one, iso3) for one in ranked])
    made = [_alone(panel, best, iso3)]
    made += [_alone(panel, one, iso3) for one in entries if one.get("after") == best["panel"]]
    return made


def preferred(ranked: list[T], years: list[list[int]]) -> T:
    """The first of some sources that has figures, unless a later one has more and begins far before it.

    `years`: those in which each has a figure. Far and more: by over five years. Without any the first one.

    >>> late, early, one = list(range(1980, 2000)), list(range(1960, 2000)), [1960]
    >>> [preferred(["a", "b"], years) for years in ([late, early], [late, one], [early, late], [[], one])]
    ['b', 'a', 'a', 'b']
    """
    chosen, have = ranked[0], years[0]
    for source, its in zip(ranked[1:], years[1:], strict=True):
        if its and (not have or (its[0] < have[0] - LATE and len(its) > len(have) + LATE)):
            chosen, have = source, its
    return chosen


def _years(panel: Panel, one: Entry, iso3: str) -> list[int]:
    """The years of an entry's figures from 1960 on, with those that can be joined on before them."""
    earlier = _joined(panel, one, iso3)
    years = {*panel.figures(iso3, one["panel"]).index, *([] if earlier is None else earlier.index)}
    return sorted(int(year) for year in years if year >= EARLIEST)


def _joined(panel: Panel, one: Entry, iso3: str) -> pd.Series[float] | None:
    """The figures to join on before those of an entry, where they have the year of the join."""
    later = panel.figures(iso3, one["panel"])
    if "before" not in one or later.empty:
        return None
    earlier = panel.figures(iso3, one["before"]["panel"])
    return earlier if int(later.index[0]) in earlier.index else None


def _alone(panel: Panel, one: Entry, iso3: str) -> Entry:
    kept = {name: value for name, value in one.items() if name not in ("first_year", "before")}
    kept["countries"] = [iso3]
    if _joined(panel, one, iso3) is not None:
        kept["before"] = {**one["before"], "countries": [iso3]}
    if one["panel"] == OUTPUT and (first := output_begins(panel, iso3)):
        kept["first_year"] = {iso3: first}
    return kept


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
class NewTables:
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
) -> NewTables:
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
    return NewTables(
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
