"""Which series of a panel each table of a new country takes, by rules that know no country by name.

Of several sources the one that most of the study's countries take comes first; another takes its place where
it is missing or begins late. Shares that stand still for ten years from the first on are a back-cast.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

import pandas as pd

from latecomer.study.observation_carried import CALIBRATED
from latecomer.study.observation_money import CHAINED
from latecomer.study.observation_panel import Panel

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
