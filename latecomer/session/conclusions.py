"""A fit run on one vintage of the figures, and the conclusions that another vintage turns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import xarray as xr

from latecomer.calibrate.score import Score, score_run
from latecomer.faults import InputError
from latecomer.session.figures import figure_value
from latecomer.session.numbers import Quoted
from latecomer.study.fits import Fit
from latecomer.study.numbers_lock import Moved
from latecomer.study.outcomes import Outcomes
from latecomer.study.study import Study

VERDICTS: Final = {True: "holds", False: "falls short", None: "cannot be told"}


@dataclass(frozen=True, slots=True)
class FreeRun:
    """A country of a fit, run on one vintage and scored against its figures."""

    iso3: str
    run: xr.Dataset
    scores: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """A fit on one vintage: the runs by iso3, and why a country has none."""

    study: Study
    runs: Mapping[str, FreeRun]
    without: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Flip:
    """A conclusion that another vintage turns: what was concluded, what it becomes, and by which runs."""

    conclusion: str
    was: str
    now: str
    runs: str


def side(study: Study, fit: Fit) -> Side:
    """The countries of a fit whose values the tables of a study hold, each run and scored where it can be."""
    bare = Fit(fit.name, fit.countries, fit.until, {}, {}, fit.manifest)
    runs, without = {}, {}
    for iso3 in fit.countries:
        try:
            run = study.simulate(iso3, bare)
            runs[iso3] = FreeRun(iso3, run, tuple(score_run(study, iso3, run)))
        except InputError as error:
            without[iso3] = "; ".join(f"{fault.place}: {fault.got}" for fault in error.faults)
    return Side(study, runs, without)


def scores_of(one: Side) -> dict[tuple[str, str], Score]:
    """The scores of a vintage by country and series."""
    return {(s.country, s.series): s for run in one.runs.values() for s in run.scores}


def flipped(was: Side, now: Side, runs: str) -> Iterator[Flip]:
    """The conclusions drawn from one side that the other turns, or can no longer draw."""
    before, after = scores_of(was), scores_of(now)
    for (iso3, series), score in before.items():
        then = after[iso3, series].holds if (iso3, series) in after else None
        if score.holds is not None and then != score.holds:
            yield Flip(f"{iso3}, {series}: the tolerance", VERDICTS[score.holds], VERDICTS[then], runs)
    for iso3, one in was.runs.items():
        outcomes = was.study.outcomes
        first = falls(one, outcomes)
        second = falls(now.runs[iso3], outcomes) if iso3 in now.runs else None
        if first is not None and second != first and outcomes.event and outcomes.forecast:
            said = {True: "yes", False: "no", None: VERDICTS[None]}
            span = "{}-{}".format(*outcomes.forecast.years)
            yield Flip(f"{iso3}: {outcomes.event.told} in {span}", said[first], said[second], runs)


def falls(one: FreeRun, outcomes: Outcomes) -> bool | None:
    """Whether the event happens at some time of the window; None where it cannot be told."""
    event, forecast = outcomes.event, outcomes.forecast
    if event is None or forecast is None or event.variable not in one.run:
        return None
    first, last = forecast.years
    years = one.run["time"].to_numpy()
    inside = one.run[event.variable].to_numpy()[(years >= float(first)) & (years <= float(last))]
    return bool((inside < event.below).any()) if inside.size else None


def printed_otherwise(quoted: Quoted, was: Side, now: Side) -> Iterator[Moved]:
    """The figures that a document quotes and that would be printed otherwise from the new figures."""
    for file, found in quoted.items():
        for quote in found:
            try:
                before, after = (figure_value(one.study, one.runs, quote.figure) for one in (was, now))
            except KeyError:  # a country that one vintage cannot run, or a name that a check refuses
                continue
            if before is not None and quote.printed(before) != quote.printed(after):
                yield Moved(quote.figure, before, after, (file,))
