"""The runs behind the prediction of a breakdown: from figures up to a cut-off, through later years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.calibrate.credit_loss import runs_of_draws
from latecomer.calibrate.level_errors import level_sizes
from latecomer.calibrate.maximise import from_centres
from latecomer.calibrate.predictive import figures_of, law_of, on_scale, runs_of
from latecomer.calibrate.problem import Problem, make_problem
from latecomer.calibrate.score import FEWEST
from latecomer.calibrate.uncertainty import approximate, coordinates
from latecomer.session.foretold import sound_runs

if TYPE_CHECKING:
    from latecomer.session.progress import Progress
    from latecomer.study.fits import Fit
    from latecomer.study.study import Study

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ask:
    """How a forecast is made: `until` the cut-off, `end` the last year of the runs, draws and their seed."""

    until: int
    end: int
    draws: int
    seed: int


def as_of(study: Study, until: int) -> Study:
    """The study as it stood in the year `until`: no later figure of a country can be had from it.

    World drivers are those of the whole record: a forecast is told what the world did, not what a country
    did. Raises InputError as its content does.
    """
    # targets and drivers are checked against all figures: a variable may begin after the cut-off
    _ = study.targets, study.drivers, study.agreed
    early = copy(study)
    vars(early)["observations"] = study.observations.cut(until)
    return early


def forecast(
    study: Study, fit: Fit, variant: str, newcomers: Sequence[str], ask: Ask, progress: Progress
) -> dict[str, xr.Dataset]:
    """Runs over (draw, time) of the countries of a fit and of newcomers, by draws of the fast approximation.

    Newcomers are fitted jointly within the fit, whose shared numbers hold, from the centres of their priors,
    to their figures up to the cut-off. Runs that do not stay finite are left out, the others keep the number
    of their draw. Raises InputError for a search without an end, and where no run of a country is finite.
    """
    early = as_of(study, ask.until)
    steps = 2 if newcomers else 1
    progress(f"{variant}: runs of {len(fit.countries)} countries", 0, steps)
    problem = make_problem(early, fit.countries, ask.until, variant=variant)
    found = _runs(early, problem, coordinates(problem.layout, fit), fit.countries, variant, None, ask)
    if newcomers:
        progress(f"{variant}: fit and runs of {len(newcomers)} countries of the panel", 1, steps)
        problem = make_problem(early, newcomers, ask.until, variant=variant, within=fit)
        z = fit_newcomers(problem, newcomers)
        found |= _runs(early, problem, z, newcomers, variant, fit, ask)
    progress(f"{variant}: runs are there", steps, steps)
    return {iso3: kept(iso3, runs, ask) for iso3, runs in found.items()}


def fit_newcomers(problem: Problem, newcomers: Sequence[str]) -> Floats:
    """The likeliest own numbers of newcomers, from the centres of their priors, shape (entries,).

    Raises InputError where the search meets no finite loss.
    """
    got = f"no finite loss at the centres of the priors of {', '.join(newcomers)}"
    return from_centres(
        problem, "countries of the panel", got, "mend their figures, or leave a country out"
    ).z


def _runs(
    early: Study,
    problem: Problem,
    z: Floats,
    countries: Sequence[str],
    variant: str,
    within: Fit | None,
    ask: Ask,
) -> dict[str, xr.Dataset]:
    draws = approximate(problem, z).draws(ask.seed, ask.draws)
    asked: dict[str, Any] = {"variant": variant, "within": within, "through": ask.end}
    later = make_problem(early, countries, ask.until, **asked)
    event = early.outcomes.needed_event("a prediction of the breakdown")
    variables = dict.fromkeys([*(target.variable for target in early.targets.targets), event.variable])
    return runs_of_draws(early, later, list(variables), draws)


def kept(iso3: str, runs: xr.Dataset, ask: Ask) -> xr.Dataset:
    """The runs that stay finite up to the end. Raises InputError where none does."""
    return sound_runs("breakdown", iso3, runs.sel(time=slice(None, ask.end)), {})[0]


def pool(each: Sequence[Mapping[str, xr.Dataset]], draws: int) -> dict[str, xr.Dataset]:
    """The runs of several variants as one set of equal weights, draws numbered on."""
    numbered = [
        {iso3: one.assign_coords(draw=one["draw"] + k * draws) for iso3, one in runs.items()}
        for k, runs in enumerate(each)
    ]
    return {iso3: xr.concat([runs[iso3] for runs in numbered], "draw") for iso3 in numbered[0]}


def past_sizes(study: Study, iso3: str, runs: xr.Dataset, until: int) -> dict[str, float | Floats]:
    """The size of the errors of each series in levels, as its figures up to `until` have it, shape (draws,).

    A series with fewer than five figures is left out: it keeps the scale that its target states.
    """
    sizes: dict[str, float | Floats] = {}
    for target in study.targets.targets:
        first, last = target.years(iso3, study.targets.window)
        years, figures = figures_of(study.observations, iso3, target, runs, first, min(last, until))
        if len(years) >= FEWEST:
            on = target.error.on
            errors = on_scale(runs_of(runs, target, years), on) - on_scale(figures, on)
            sizes[target.series] = level_sizes(errors, law_of(target))
    return sizes
