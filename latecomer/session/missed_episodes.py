"""What fails where crises are dated, in words, and what the model text has no equation for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from latecomer.calibrate.onsets import NEAR, Dated
from latecomer.study.outcomes import EpisodeStatement


@dataclass(frozen=True)
class NamedBreakdown:
    """A breakdown to be dated: the onset of the run within two years of it; `why`: of a miss, in words.

    `lows`: what the statement tells of the lowest values within two years of it, by name; None where the run
    does not hold those years.
    """

    iso3: str
    year: int
    onset: int | None
    why: str | None
    lows: Mapping[str, float | None] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The breakdown as plain data."""
        return {"iso3": self.iso3, "year": self.year, "onset": self.onset, "why": self.why, **self.lows}


def named_breakdowns(
    rows: Iterable[Dated],
    lowest: Mapping[tuple[str, int], Mapping[str, float]],
    statement: EpisodeStatement,
) -> Iterator[NamedBreakdown]:
    """The breakdowns to be dated, of the countries that are there; `lowest`: what is told of each."""
    by_country = {one.iso3: one for one in rows}
    asked = ((iso3, year) for iso3, years in statement.named.items() for year in years)
    for iso3, year in (place for place in asked if place[0] in by_country):
        one = by_country[iso3]
        onset, why = one.hits.get(year), None
        if not one.first < year <= one.last:
            why = f"cannot be told: the run begins in {one.first}"
        elif onset is None:
            near = min(one.model, key=lambda other, year=year: abs(other - year), default=None)  # type: ignore[misc]
            why = "no onset in the run at all" if near is None else f"the nearest onset is that of {near}"
        known = lowest.get((iso3, year), {})
        yield NamedBreakdown(
            iso3, year, onset, why, {low.name: known.get(low.name) for low in statement.lows}
        )


def failures(
    rows: Sequence[Dated], named: Sequence[NamedBreakdown], alarms: float, statement: EpisodeStatement
) -> Iterator[str]:
    """What fails, in words: the targets, the breakdowns to be dated, all others, the false alarms."""
    missed = [one for one in named if one.why is not None]
    hit = len(named) - len(missed)
    if hit < statement.at_least:
        asked = f"{statement.at_least} at least were to be"
        yield f"{hit} of {len(named)} other breakdowns are dated within {NEAR} years; {asked}"
    if alarms > statement.alarms:
        yield f"{alarms:.1f} false alarms in ten country-decades; {statement.alarms:g} was to be the most"
    for one in missed:
        told = [
            low.words.format(value=value)
            for low in statement.lows
            if (value := one.lows.get(low.name)) is not None
        ]
        yield f"{one.iso3} {one.year} is missed: {one.why}{'; ' if told else ''}{', '.join(told)}"
    for each in rows:
        others = [year for year in each.missed if year not in statement.named.get(each.iso3, ())]
        yield from (f"{each.iso3} {year} is missed" for year in others)
    for each in rows:
        yield from (f"{each.iso3} {year} is a false alarm" for year in each.false)
