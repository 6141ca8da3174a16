"""The other breakdowns, and the years when nothing happened: one statement for all countries and years.

The statement, [episodes] of outcomes.toml, was fixed before the crises of any run were dated. A run is in
crisis in a year at some moment of which all that one of its parts asks holds.

An onset is a year of crisis with none in the three years before it. It is a hit within two years of an onset
on record, and a false alarm where no crisis on record stands within two years of it. On record are the
catalogues of outcomes.toml, and what country files record beside them. Nothing of this enters a fit.

Also here:
- Onsets of crises: when a state begins after quiet years, and how a run's onsets meet those on record.
- What fails where crises are dated, in words, and what the model text has no equation for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import isnan
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.evaluation.classification import Proportion, proportion
from latecomer.runs.executor import Progress, silent
from latecomer.runs.results import save_evidence
from latecomer.study.fits import Fit
from latecomer.study.outcome_tables import Below, EpisodeStatement
from latecomer.study.run_spec import REFERENCE, needed_fit, resolve
from latecomer.study.simulation import simulate
from latecomer.study.study import Study

QUIET = 3
"""Years without the state before an onset, as is usual where spells are dated: one crisis counts once."""

NEAR = 2
"""Years by which an onset may miss the date on record."""


def onsets(years: Iterable[int], quiet: int = QUIET) -> tuple[int, ...]:
    """The years of a state that follow `quiet` years without it.

    onset = y in years, and none of y - quiet .. y - 1

    >>> onsets([1982, 1983, 1986, 1990])  # 1986 comes three years after 1983: the same spell
    (1982, 1990)
    """
    at = set(years)
    return tuple(y for y in sorted(at) if not at & set(range(y - quiet, y)))


def state_years(times: NDArray[Any], state: NDArray[np.bool_]) -> list[int]:
    """The years at some moment of which a state holds; `times` and `state` of one length.

    >>> state_years([1981.0, 1981.5, 1982.0, 1982.5], [False, True, False, False])
    [1981]
    """
    moments: NDArray[np.float64] = np.asarray(times, dtype=np.float64)[np.asarray(state, dtype=bool)]
    return sorted({int(np.floor(one)) for one in moments})


@dataclass(frozen=True)
class Dated:
    """The onsets of one country, of its run and on record, in the years `first` to `last`.

    `hits`: {onset on record: the nearest onset of the run within two years}; `missed`: on record alone;
    `false`: of the run alone, with no year of the state on record within two years of it.
    """

    iso3: str
    first: int
    last: int
    model: tuple[int, ...]
    record: tuple[int, ...]
    hits: Mapping[int, int]
    missed: tuple[int, ...]
    false: tuple[int, ...]

    @property
    def years(self) -> int:
        """The years at risk of a false alarm."""
        return self.last - self.first + 1


def dated(
    iso3: str, span: tuple[int, int], model: Sequence[int], record: Sequence[int], near: int = NEAR
) -> Dated:
    """The onsets of a run held against the record; `model`, `record`: the years of the state in each.

    An onset of the run in a spell on record that began earlier is neither hit nor false. What stands in the
    first year of the span began before it, nobody knows when, and is no onset; years before the span say
    that a spell is under way.

    >>> found = dated("BRA", (1970, 2010), [1982, 1983, 1999], [1983, 1984, 1985, 1994])
    >>> dict(found.hits), found.missed, found.false
    ({1983: 1982}, (1994,), (1999,))
    """
    first, last = span
    said = tuple(y for y in onsets(model) if first < y <= last)
    known = tuple(y for y in onsets(record) if first < y <= last)
    hits = {
        y: min(close, key=lambda one: (abs(one - y), one))
        for y in known
        if (close := [one for one in said if abs(one - y) <= near])
    }
    false = tuple(y for y in said if not any(abs(y - one) <= near for one in record))
    return Dated(iso3, first, last, said, known, hits, tuple(y for y in known if y not in hits), false)


def alarms_per_decades(rows: Iterable[Dated], decades: float = 10.0) -> float:
    """False alarms in so many country-decades; not a number without a year.

    rate = decades * 10 * false alarms / years

    >>> alarms_per_decades([dated("IND", (1971, 2010), [1984], [1991]), dated("KOR", (1951, 2010), [], [])])
    1.0
    """
    told = list(rows)
    years = sum(one.years for one in told)
    return decades * 10.0 * sum(len(one.false) for one in told) / years if years else float("nan")


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
    wanted = ((iso3, year) for iso3, years in statement.named.items() for year in years)
    for iso3, year in (place for place in wanted if place[0] in by_country):
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
        wanted = f"{statement.at_least} at least were to be"
        yield f"{hit} of {len(named)} other breakdowns are dated within {NEAR} years; {wanted}"
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


MOMENTS: Final = 0.125


@dataclass(frozen=True)
class Episodes:
    """What the runs of a fit say of crises; `fails` is told first.

    `hits`: of the onsets on record, with the exact interval; `alarms`: false alarms in ten country-decades;
    `by_part`: (onsets hit, false alarms) if one part of the statement stood alone; `lacks`: what the text has
    no equation for, where a breakdown to be dated is missed.
    """

    fit: str
    fails: tuple[str, ...]
    named: tuple[NamedBreakdown, ...]
    countries: tuple[Dated, ...]
    hits: Proportion | None
    alarms: float
    years: int
    by_part: Mapping[str, tuple[int, int]]
    lacks: Mapping[str, str]
    statement: EpisodeStatement

    @property
    def holds(self) -> bool:
        """Whether as many are dated as were to be, at no more false alarms than were to be."""
        dates = sum(one.why is None for one in self.named)
        return dates >= self.statement.at_least and self.alarms <= self.statement.alarms

    def as_dict(self) -> dict[str, Any]:
        """The result as plain data, what fails first."""
        by_part = {name: {"hits": h, "false alarms": f} for name, (h, f) in self.by_part.items()}
        countries = [
            {**asdict(one), "hits": {str(year): onset for year, onset in one.hits.items()}}
            for one in self.countries
        ]
        content = {"fails": self.fails, **asdict(self), "by_part": by_part, "countries": countries}
        content["named"] = [one.as_dict() for one in self.named]
        del content["statement"]
        return {**content, "alarms": None if isnan(self.alarms) else self.alarms, "holds": self.holds}


def crisis_parts(run: xr.Dataset, statement: EpisodeStatement) -> dict[str, list[int]]:
    """The years of each part of the statement in a run, by what it is called."""
    times = run["time"].to_numpy()
    return {
        part.name: state_years(times, np.logical_and.reduce([holds(run, one) for one in part.all]))
        for part in statement.parts
    }


def holds(run: xr.Dataset, one: Below) -> NDArray[np.bool_]:
    """At which moments of a run a variable is below its level, or below so many times another one."""
    level = one.below if one.of is None else one.below * run[one.of].to_numpy()
    return np.asarray(run[one.variable].to_numpy() < level)


def lowest_about(run: xr.Dataset, year: int, statement: EpisodeStatement) -> dict[str, float] | None:
    """What the statement tells of the lowest values within two years of a year, by name.

    None where the run does not hold all of them.
    """
    first, last = float(year - NEAR), float(year + NEAR)
    if first < float(run["time"][0]) or last > float(run["time"][-1]):
        return None
    near = run.sel(time=slice(first, last))
    found = {}
    for one in statement.lows:
        value = one.times * near[one.variable]
        found[one.name] = float((value if one.of is None else value / near[one.of]).min())
    return found


def on_record(study: Study, iso3: str) -> list[int]:
    """The years of crises on record: by catalogues, those of the country file, those to be dated."""
    statement = study.outcomes.needed_episodes("dating crises")
    names = [one.series for one in study.outcomes.record.catalogues.values()]
    held = study.observations.variables(iso3) if iso3 in study.observations.countries() else []
    series = [study.observations.series(iso3, name) for name in names if name in held]
    years = {int(str(year)) for figures in series for year, state in figures.items() if state > 0}
    years |= {one.year for one in study.countries[iso3].record}
    return sorted(years | set(statement.named.get(iso3, ())))


def episodes(study: Study, fit: Fit | str = REFERENCE, progress: Progress = silent) -> Episodes:
    """The crises that the runs of a fit state, against the record, for all countries of the fit.

    Raises InputError for an unknown fit, for a study without such a statement, and as runs do.
    """
    statement, fit = study.outcomes.needed_episodes("dating crises"), needed_fit(study, fit)
    parts: dict[str, dict[str, list[int]]] = {}
    spans: dict[str, tuple[int, int]] = {}
    lowest: dict[tuple[str, int], dict[str, float]] = {}
    spec = resolve(study, fit.countries, fit, save_every=MOMENTS)
    for number, iso3 in enumerate(fit.countries):
        progress(f"run {iso3}", number, len(fit.countries))
        run = simulate(study, spec, iso3)
        parts[iso3] = crisis_parts(run, statement)
        spans[iso3] = (
            max(statement.span[0], int(run["time"][0])),
            min(statement.span[1], int(run["time"][-1])),
        )
        about = {(iso3, year): lowest_about(run, year, statement) for year in statement.named.get(iso3, ())}
        lowest |= {place: found for place, found in about.items() if found is not None}
    progress("runs done", len(fit.countries), len(fit.countries))
    records = {iso3: on_record(study, iso3) for iso3 in parts}
    return held_against(fit.name, statement, spans, parts, records, lowest)


def save_episodes(study: Study, found: Episodes) -> Path:
    """Keep the crises of a fit with the hashes of what they were made from."""
    fit = study.fits[found.fit]
    return save_evidence(study, "episodes", found.as_dict(), fit.countries, [fit])


def held_against(
    fit: str,
    statement: EpisodeStatement,
    spans: Mapping[str, tuple[int, int]],
    parts: Mapping[str, Mapping[str, Sequence[int]]],
    records: Mapping[str, Sequence[int]],
    lowest: Mapping[tuple[str, int], Mapping[str, float]],
) -> Episodes:
    """The years of each part of the statement, by country and part, held against the years on record."""

    def against(names: Iterable[str]) -> tuple[Dated, ...]:
        kept = list(names)
        stated = {iso3: [year for name in kept for year in one[name]] for iso3, one in parts.items()}
        return tuple(dated(iso3, span, stated[iso3], records[iso3]) for iso3, span in spans.items())

    names = list(next(iter(parts.values()), {}))
    rows = against(names)
    alone = {name: counted(against([name])) for name in names}
    named, alarms = tuple(named_breakdowns(rows, lowest, statement)), alarms_per_decades(rows)
    known = sum(len(one.record) for one in rows)
    return Episodes(
        fit=fit,
        fails=tuple(failures(rows, named, alarms, statement)),
        named=named,
        countries=rows,
        hits=proportion(counted(rows)[0], known) if known else None,
        alarms=alarms,
        years=sum(one.years for one in rows),
        by_part=alone,
        lacks=statement.lacks if any(one.why is not None for one in named) else {},
        statement=statement,
    )


def counted(rows: Iterable[Dated]) -> tuple[int, int]:
    """Onsets on record that are hit, and false alarms.

    >>> counted([dated("AAA", (1970, 2010), [1984, 1992], [1991])])
    (1, 1)
    """
    each = [(len(one.hits), len(one.false)) for one in rows]
    return sum(h for h, _ in each), sum(f for _, f in each)
