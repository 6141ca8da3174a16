"""What a revised vintage of the figures does to the fit and to what is concluded from it.

Also here:
- A fit run on one vintage of the figures, and the conclusions that another vintage turns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import xarray as xr

from latecomer.data.observations import Observations, load_observations
from latecomer.errors import Fault, InputError
from latecomer.evaluation.check import finite
from latecomer.evaluation.published_numbers import Moved, Quoted, figure_value, quoted_figures
from latecomer.inference.fit import Shift, refit
from latecomer.inference.goodness_of_fit import Score, score_run
from latecomer.runs.executor import Progress, silent
from latecomer.study.fits import Fit
from latecomer.study.outcomes import Outcomes
from latecomer.study.run_spec import REFERENCE, needed_fit
from latecomer.study.study import Study
from latecomer.study.vintages import Vintages, compare_vintages, stock_ratios, study_of_vintage

VERDICTS: Final = {True: "holds", False: "falls short", None: "cannot be told"}


@dataclass(frozen=True, slots=True)
class FreeRun:
    """A country of a fit, run on one vintage and scored against its figures."""

    iso3: str
    run: xr.Dataset
    scores: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class VintageRuns:
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


def vintage_runs(study: Study, fit: Fit) -> VintageRuns:
    """The countries of a fit whose values the tables of a study hold, each run and scored where it can be."""
    bare = Fit(fit.name, fit.countries, fit.until, {}, {}, fit.manifest)
    runs, without = {}, {}
    for iso3 in fit.countries:
        try:
            run = study.simulate(iso3, bare)
            runs[iso3] = FreeRun(iso3, run, tuple(score_run(study, iso3, run)))
        except InputError as error:
            without[iso3] = "; ".join(f"{fault.place}: {fault.got}" for fault in error.faults)
    return VintageRuns(study, runs, without)


def scores_of(one: VintageRuns) -> dict[tuple[str, str], Score]:
    """The scores of a vintage by country and series."""
    return {(s.country, s.series): s for run in one.runs.values() for s in run.scores}


def flipped(was: VintageRuns, now: VintageRuns, runs: str) -> Iterator[Flip]:
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


def printed_otherwise(quoted: Quoted, was: VintageRuns, now: VintageRuns) -> Iterator[Moved]:
    """The figures that a document quotes and that would be printed otherwise from the new figures."""
    for file, found in quoted.items():
        for quote in found:
            try:
                before, after = (figure_value(one.study, one.runs, quote.figure) for one in (was, now))
            except KeyError:  # a country that one vintage cannot run, or a name that a check refuses
                continue
            if before is not None and quote.printed(before) != quote.printed(after):
                yield Moved(quote.figure, before, after, (file,))


@dataclass(frozen=True, slots=True)
class Compared:
    """The NRMSD of one series and its verdict with the former figures, the new ones, and after a refit."""

    country: str
    series: str
    tolerance: float | None
    old: float | None
    new: float | None
    refit: float | None
    held: bool | None
    holds: bool | None
    holds_refit: bool | None


@dataclass(frozen=True, slots=True)
class DataDiff:
    """The figures compared, and what their revision does.

    `initial`: how far initial values moved with their figures; `without`: countries without a run, by
    vintage; `published`: figures quoted in a document that would be printed otherwise; `shifts`: of the
    parameters in a refit, None without one.
    """

    vintages: Vintages
    fit: str
    initial: Mapping[str, Mapping[str, float]]
    without: Mapping[str, Mapping[str, str]]
    scores: tuple[Compared, ...]
    flips: tuple[Flip, ...]
    published: tuple[Moved, ...]
    shifts: tuple[Shift, ...] | None

    @property
    def holds(self) -> bool:
        """Whether no score crosses its tolerance, no conclusion flips and no quoted figure changes."""
        return not self.flips and not self.published

    def as_dict(self) -> dict[str, Any]:
        """The result as plain data for JSON: a number that is not finite becomes None."""
        numbers = ("tolerance", "old", "new", "refit")
        return {
            "holds": self.holds,
            "figures": self.vintages.as_dict(),
            "fit": self.fit,
            "initial": {iso3: dict(moved) for iso3, moved in self.initial.items()},
            "without": {side: dict(found) for side, found in self.without.items()},
            "scores": [asdict(s) | {n: finite(getattr(s, n)) for n in numbers} for s in self.scores],
            "flips": [asdict(flip) for flip in self.flips],
            "published": [
                {"figure": m.figure, "was": finite(m.was), "is": finite(m.now), "where": list(m.where)}
                for m in self.published
            ],
            "parameters": None if self.shifts is None else [asdict(shift) for shift in self.shifts],
        }


def load_vintage(folder: Path) -> Observations:
    """The tables of a folder; raises InputError with the folder in the place of each fault."""
    try:
        return load_observations(folder)
    except InputError as error:
        faults = [
            Fault(one.place if str(folder) in one.place else f"{folder}, {one.place}",
                  one.got, one.expected, one.cure)
            for one in error.faults
        ]  # fmt: skip
        raise InputError(faults) from None


def data_diff(
    study: Study,
    old: Path | str,
    new: Path | str,
    fit: Fit | str = REFERENCE,
    again: bool = False,
    progress: Progress = silent,
) -> DataDiff:
    """What the revision of the figures from the folder `old` to `new` does to a fit and its conclusions.

    `again`: fit again on the new figures, from the values of the fit. The study's tables are taken to stand
    at the former figures: initial values move with their figures from there. Raises InputError for a table
    that cannot be read and for an unknown fit.
    """
    fit = needed_fit(study, fit)
    before, after = load_vintage(Path(old)), load_vintage(Path(new))
    compared = compare_vintages(before, after)
    was = vintage_runs(study_of_vintage(study, fit, before), fit)
    progress("former figures", 1, 3)
    fitted = {iso3: study.countries[iso3] for iso3 in fit.countries}
    ratios = stock_ratios(was.study.targets, fitted, before, after)
    now = vintage_runs(study_of_vintage(study, fit, after, ratios), fit)
    progress("new figures", 2, 3)
    made = refit(now.study, fit, tuple(now.runs), progress) if again and now.runs else None
    third = None if made is None else vintage_runs(study_of_vintage(now.study, made.fit, after), made.fit)
    progress("done", 3, 3)
    quoted = quoted_figures(study)
    flips = [*flipped(was, now, "the fit as it is"), *(flipped(was, third, "refitted") if third else ())]
    return DataDiff(
        compared,
        fit.name,
        ratios,
        {"old": was.without, "new": now.without},
        tuple(compared_scores(was, now, third)),
        tuple(flips),
        tuple(printed_otherwise(quoted, was, now)),
        None if made is None else made.shifts,
    )


def compared_scores(was: VintageRuns, now: VintageRuns, again: VintageRuns | None) -> Iterator[Compared]:
    """Every series that one of the vintages has a score of, in the order of the former ones."""
    first, second, third = scores_of(was), scores_of(now), {} if again is None else scores_of(again)
    for key in dict.fromkeys([*first, *second]):
        before, after, then = (found.get(key) for found in (first, second, third))
        details = [one for one in (after, before) if one is not None]
        old, new, again_size = (None if one is None else one.nrmsd for one in (before, after, then))
        held, holds, holds_again = (None if one is None else one.holds for one in (before, after, then))
        tolerance = details[0].tolerance
        yield Compared(*key, tolerance, old, new, again_size, held, holds, holds_again)
