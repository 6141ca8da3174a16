"""What the model gets wrong, said from the scores and the runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from latecomer.evaluation.check import CountryRun
from latecomer.report.series import line, observed
from latecomer.study.study import Study
from latecomer.study.targets import Target

NEAR = 2


def limits(study: Study, runs: Sequence[CountryRun]) -> list[str]:
    """Sentences: tolerances missed and where most, series worse than a line, crises against their dates."""
    return [
        said for one in runs for said in (*_series(study, one), *_event(study, one), *_record(study, one))
    ]


def _series(study: Study, one: CountryRun) -> Iterator[str]:
    name, targets = study.countries[one.iso3].name, {t.series: t for t in study.targets.targets}
    for score in one.scores:
        if score.holds is False:
            allowed = f"NRMSD {score.nrmsd:.3f} against {score.tolerance:.3f} allowed"
            yield f"{name}, {score.series}: {allowed}; {worst_miss(study, one, targets[score.series])}."
    beaten = [f"{score.series} (U2 {score.u2:.2f})" for score in one.scores if not score.u2 < 1]
    if beaten:
        line_said = "a straight line from the first to the last figure"
        yield f"{name}: {line_said} is nearer to the figures than the model in {', '.join(beaten)}."
    scored = {score.series for score in one.scores}
    missing = [series for series in targets if series not in scored]
    if missing:
        yield f"{name}: too few figures to score {', '.join(missing)}."


def worst_miss(study: Study, one: CountryRun, target: Target) -> str:
    """The year in which the run is farthest from the figures, on the scale of the target, in words."""
    years, figures, _ = observed(study, one.iso3, target)
    kept = [(year, figure) for year, figure in zip(years, figures, strict=True) if year in one.run["time"]]
    at, actual = np.array([year for year, _ in kept]), np.array([figure for _, figure in kept])
    model = one.run[target.variable].sel(time=at).to_numpy()
    gaps = np.log(model / actual) if target.transformation == "log" else model - actual
    worst = int(np.argmax(np.abs(gaps)))
    side = "above" if gaps[worst] > 0 else "below"
    if target.transformation == "log":
        return f"farthest in {at[worst]:.0f}, {abs(np.expm1(gaps[worst])):.0%} {side} the figure"
    return f"farthest in {at[worst]:.0f}, {model[worst]:.3g} against {actual[worst]:.3g}"


def _event(study: Study, one: CountryRun) -> Iterator[str]:
    """Falls of the variable of the event below its level against the first catalogue on record."""
    event, record, name = study.outcomes.event, study.outcomes.record, study.countries[one.iso3].name
    dates = on_record(study, one)
    if event is None or dates is None:
        return
    details = line(one.run, event.variable)
    falls = crossings(details.years, details.values, event.below)
    for year in falls:
        if not any(abs(year - date) <= NEAR for date in dates):
            alone = f"without a {record.noun} on record within two years"
            yield f"{name}: {event.variable} falls below {event.words.level} in {year}, {alone}."
    authors = record.authors(next(iter(record.catalogues)))
    for date in dates:
        if not any(abs(year - date) <= NEAR for year in falls):
            yield f"{name}: the {record.noun} of {date} ({authors}) is missed by the {event.variable}."


def _record(study: Study, one: CountryRun) -> Iterator[str]:
    """Breakdowns on record that no catalogue holds, where the run stays at or above the level."""
    country, event = study.countries[one.iso3], study.outcomes.event
    if event is None:
        return
    for past in country.record:
        level = float(one.run[event.variable].sel(time=float(past.year)))
        if level >= event.below:
            missed = f"the {past.event} of {past.year} is missed"
            yield f"{country.name}: {missed}, {event.variable} is {level:.2f}."


def crossings(years: object, values: object, below: float) -> list[int]:
    """The years in which a line falls below a level.

    >>> crossings([1980, 1981, 1982, 1983], [0.9, 0.4, 0.6, 0.1], 0.5)
    [1981, 1983]
    """
    level, at = np.asarray(values, float), np.asarray(years, float)
    fallen = (level[1:] < below) & (level[:-1] >= below)
    return [int(np.floor(year)) for year in at[1:][fallen]]


def on_record(study: Study, one: CountryRun) -> list[int] | None:
    """The years of the event by the first catalogue within the run; None where there is no record."""
    catalogue = next(iter(study.outcomes.record.catalogues.values()), None)
    if catalogue is None or catalogue.series not in study.observations.variables(one.iso3):
        return None
    events = study.observations.series(one.iso3, catalogue.series)
    first, last = float(one.run["time"][0]), float(one.run["time"][-1])
    years = [int(year) for year in np.asarray(events.index)[np.asarray(events) > 0]]
    return [year for year in years if first <= year <= last]
