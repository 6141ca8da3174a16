"""The other breakdowns, and the years when nothing happened: one statement for all countries and years.

The statement was fixed before the crises of any run were dated. A run is in crisis in a year at some moment
of which

- credit access is below one half, or
- reserves cover less than three months of imports and less than the principal that falls due within a year
  (the text has no short-term debt; this is the nearest it has to reserves against it).

An onset is a year of crisis with none in the three years before it. It is a hit within two years of an onset
on record, and a false alarm where no crisis on record stands within two years of it. On record are sovereign
defaults of Laeven and Valencia, external defaults of Reinhart and Rogoff, and what country files record
beside them. Nothing of this enters a fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isnan
from pathlib import Path
from typing import Any, Final

import xarray as xr

from latecomer.calibrate.event_scores import Proportion, proportion
from latecomer.calibrate.onsets import NEAR, Dated, alarms_per_decades, dated, state_years
from latecomer.faults import refuse
from latecomer.session.evidence import save_evidence
from latecomer.session.missed_episodes import (
    ALARMS_AT_MOST,
    DATED_AT_LEAST,
    LACKS,
    NAMED,
    NamedBreakdown,
    failures,
    named_breakdowns,
)
from latecomer.session.progress import Progress, silent
from latecomer.study.fits import Fit
from latecomer.study.rooms import Rooms

SPAN: Final = (1970, 2010)
MOMENTS: Final = 0.125
HALF, MONTHS, YEAR = 0.5, 3.0, 12.0
ACCESS, RESERVES, IMPORTS, DUE = "credit access", "reserves", "imports", "amortisation due"
DEFAULTS: Final = ("sovereign default Laeven-Valencia", "external default Reinhart-Rogoff 1")


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

    @property
    def holds(self) -> bool:
        """Whether two to be dated are, at no more than one false alarm in ten country-decades."""
        return sum(one.why is None for one in self.named) >= DATED_AT_LEAST and self.alarms <= ALARMS_AT_MOST

    def as_dict(self) -> dict[str, Any]:
        """The result as plain data, what fails first."""
        by_part = {name: {"hits": h, "false alarms": f} for name, (h, f) in self.by_part.items()}
        countries = [
            {**asdict(one), "hits": {str(year): onset for year, onset in one.hits.items()}}
            for one in self.countries
        ]
        content = {"fails": self.fails, **asdict(self), "by_part": by_part, "countries": countries}
        return {**content, "alarms": None if isnan(self.alarms) else self.alarms, "holds": self.holds}


def crisis_parts(run: xr.Dataset) -> dict[str, list[int]]:
    """The years of each part of the statement in a run, by what it is called.

    credit: access < 1/2;  reserves: reserves < 3/12 * imports and reserves < amortisation due * one year
    """
    times, reserves = run["time"].to_numpy(), run[RESERVES].to_numpy()
    bare = (reserves < MONTHS / YEAR * run[IMPORTS].to_numpy()) & (reserves < run[DUE].to_numpy())
    return {
        "credit": state_years(times, run[ACCESS].to_numpy() < HALF),
        "reserves": state_years(times, bare),
    }


def lowest_about(run: xr.Dataset, year: int) -> tuple[float, float] | None:
    """Lowest credit access, and lowest reserves in months of imports, within two years of a year.

    None where the run does not hold all of them.
    """
    first, last = float(year - NEAR), float(year + NEAR)
    if first < float(run["time"][0]) or last > float(run["time"][-1]):
        return None
    near = run.sel(time=slice(first, last))
    return float(near[ACCESS].min()), float((YEAR * near[RESERVES] / near[IMPORTS]).min())


def on_record(rooms: Rooms, iso3: str) -> list[int]:
    """The years of crises on record: defaults, those of the country file, those to be dated."""
    held = rooms.observations.variables(iso3) if iso3 in rooms.observations.countries() else []
    series = [rooms.observations.series(iso3, name) for name in DEFAULTS if name in held]
    years = {int(str(year)) for figures in series for year, state in figures.items() if state > 0}
    years |= {one.year for one in rooms.countries[iso3].record}
    return sorted(years | set(NAMED.get(iso3, ())))


def episodes(rooms: Rooms, fit: Fit, progress: Progress = silent) -> Episodes:
    """The crises that the runs of a fit state, against the record, for all countries of the fit.

    Raises InputError for a text without one of the variables of the statement, and as runs do.
    """
    for name in (ACCESS, RESERVES, IMPORTS, DUE):
        if rooms.model.text.find(name) is None:
            expected, cure = "one by which crises are told", "add it to the model text"
            raise refuse(f"variable '{name}'", "none in the model text", expected, cure)
    parts: dict[str, dict[str, list[int]]] = {}
    spans: dict[str, tuple[int, int]] = {}
    lowest: dict[tuple[str, int], tuple[float, float]] = {}
    for number, iso3 in enumerate(fit.countries):
        progress(f"run {iso3}", number, len(fit.countries))
        run = rooms.simulate(iso3, fit, save_every=MOMENTS)
        parts[iso3] = crisis_parts(run)
        spans[iso3] = max(SPAN[0], int(run["time"][0])), min(SPAN[1], int(run["time"][-1]))
        about = {(iso3, year): lowest_about(run, year) for year in NAMED.get(iso3, ())}
        lowest |= {place: found for place, found in about.items() if found is not None}
    progress("runs done", len(fit.countries), len(fit.countries))
    records = {iso3: on_record(rooms, iso3) for iso3 in parts}
    return held_against(fit.name, spans, parts, records, lowest)


def save_episodes(rooms: Rooms, found: Episodes) -> Path:
    """Keep the crises of a fit with the hashes of what they were made from."""
    fit = rooms.fits[found.fit]
    return save_evidence(rooms, "episodes", found.as_dict(), fit.countries, [fit])


def held_against(
    fit: str,
    spans: Mapping[str, tuple[int, int]],
    parts: Mapping[str, Mapping[str, Sequence[int]]],
    records: Mapping[str, Sequence[int]],
    lowest: Mapping[tuple[str, int], tuple[float, float]],
) -> Episodes:
    """The years of each part of the statement, by country and part, held against the years on record."""

    def against(names: Iterable[str]) -> tuple[Dated, ...]:
        kept = list(names)
        stated = {iso3: [year for name in kept for year in one[name]] for iso3, one in parts.items()}
        return tuple(dated(iso3, span, stated[iso3], records[iso3]) for iso3, span in spans.items())

    names = list(next(iter(parts.values()), {}))
    rows = against(names)
    alone = {name: counted(against([name])) for name in names}
    named, alarms = tuple(named_breakdowns(rows, lowest)), alarms_per_decades(rows)
    known = sum(len(one.record) for one in rows)
    return Episodes(
        fit=fit,
        fails=tuple(failures(rows, named, alarms)),
        named=named,
        countries=rows,
        hits=proportion(counted(rows)[0], known) if known else None,
        alarms=alarms,
        years=sum(one.years for one in rows),
        by_part=alone,
        lacks=LACKS if any(one.why is not None for one in named) else {},
    )


def counted(rows: Iterable[Dated]) -> tuple[int, int]:
    """Onsets on record that are hit, and false alarms.

    >>> counted([dated("IND", (1970, 2010), [1984, 1992], [1991])])
    (1, 1)
    """
    each = [(len(one.hits), len(one.false)) for one in rows]
    return sum(h for h, _ in each), sum(f for _, f in each)
