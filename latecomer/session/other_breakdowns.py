"""The other breakdowns, and the years when nothing happened: one statement for all countries and years.

The statement, [episodes] of outcomes.toml, was fixed before the crises of any run were dated. A run is in
crisis in a year at some moment of which all that one of its parts asks holds.

An onset is a year of crisis with none in the three years before it. It is a hit within two years of an onset
on record, and a false alarm where no crisis on record stands within two years of it. On record are the
catalogues of outcomes.toml, and what country files record beside them. Nothing of this enters a fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isnan
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.calibrate.event_scores import Proportion, proportion
from latecomer.calibrate.onsets import NEAR, Dated, alarms_per_decades, dated, state_years
from latecomer.session.evidence import save_evidence
from latecomer.session.missed_episodes import (
    NamedBreakdown,
    failures,
    named_breakdowns,
)
from latecomer.session.progress import Progress, silent
from latecomer.study.ensembles import simulate
from latecomer.study.fits import Fit
from latecomer.study.outcomes import Below, EpisodeStatement
from latecomer.study.run_spec import REFERENCE, needed_fit, resolve
from latecomer.study.study import Study

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
