"""What fails where crises are dated, in words, and what the model text has no equation for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from latecomer.calibrate.onsets import NEAR, Dated

NAMED: Final = {"IND": (1991,), "MEX": (1994,), "KOR": (1997,), "THA": (1997,), "VNM": (1985,)}
"""Breakdowns to be dated, each of another kind than the debt crisis of 1982."""
DATED_AT_LEAST, ALARMS_AT_MOST = 2, 1.0
LACKS: Final = {
    "short-term debt": "d(short-term debt)/dt = inflow * openness of the capital account * (return at home - "
    "world rate) - run, and the run grows as reserves fall below short-term debt; now all debt is one stock "
    "with one rate of amortisation",
    "a lever for the openness of the capital account": "the observations have an index, no table reads it",
    "balance sheets of banks and firms": "net worth = assets - exchange rate * debt in dollars, and "
    "investment falls with net worth; now a real depreciation helps exports and hurts nobody",
    "an exchange rate that is promised": "overvaluation grows by inflation at home less abroad while "
    "reserves last, and ends in a jump; now the real exchange rate glides",
}
"""What no equation of the text says, and the equation that would, in words."""


@dataclass(frozen=True)
class NamedBreakdown:
    """A breakdown to be dated: the onset of the run within two years of it; `why`: of a miss, in words.

    `access`: lowest credit access within two years of it; `months`: lowest reserves in months of imports,
    then; None where the run does not hold those years.
    """

    iso3: str
    year: int
    onset: int | None
    why: str | None
    access: float | None = None
    months: float | None = None


def named_breakdowns(
    rows: Iterable[Dated], lowest: Mapping[tuple[str, int], tuple[float, float]]
) -> Iterator[NamedBreakdown]:
    """The breakdowns to be dated, of the countries that are there; `lowest`: access and months about each."""
    by_country = {one.iso3: one for one in rows}
    for iso3, year in ((iso3, year) for iso3, years in NAMED.items() for year in years if iso3 in by_country):
        one = by_country[iso3]
        onset, why = one.hits.get(year), None
        if not one.first < year <= one.last:
            why = f"cannot be told: the run begins in {one.first}"
        elif onset is None:
            near = min(one.model, key=lambda other, year=year: abs(other - year), default=None)  # type: ignore[misc]
            why = "no onset in the run at all" if near is None else f"the nearest onset is that of {near}"
        yield NamedBreakdown(iso3, year, onset, why, *lowest.get((iso3, year), (None, None)))


def failures(rows: Sequence[Dated], named: Sequence[NamedBreakdown], alarms: float) -> Iterator[str]:
    """What fails, in words: the targets, the breakdowns to be dated, all others, the false alarms."""
    missed = [one for one in named if one.why is not None]
    hit = len(named) - len(missed)
    if hit < DATED_AT_LEAST:
        asked = f"{DATED_AT_LEAST} at least were to be"
        yield f"{hit} of {len(named)} other breakdowns are dated within {NEAR} years; {asked}"
    if alarms > ALARMS_AT_MOST:
        yield f"{alarms:.1f} false alarms in ten country-decades; {ALARMS_AT_MOST:g} was to be the most"
    for one in missed:
        lows = "" if one.access is None else f"; credit access is {one.access:.2f} at the lowest"
        lows += "" if one.months is None else f", reserves {one.months:.1f} months of imports"
        yield f"{one.iso3} {one.year} is missed: {one.why}{lows}"
    for each in rows:
        others = [year for year in each.missed if year not in NAMED.get(each.iso3, ())]
        yield from (f"{each.iso3} {year} is missed" for year in others)
    for each in rows:
        yield from (f"{each.iso3} {year} is a false alarm" for year in each.false)
