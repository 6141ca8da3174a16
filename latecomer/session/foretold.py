"""What draws of a fit to a cut-off make of the years after it: runs, sizes of errors, the breakdown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.calibrate.credit_loss import CreditLoss, credit_loss, runs_of_draws
from latecomer.calibrate.hindcast import HindcastScore, held_out_log_scores, hindcast_scores
from latecomer.calibrate.problem import Problem, make_problem
from latecomer.calibrate.uncertainty import approximate, coordinates, named_draws
from latecomer.faults import refuse
from latecomer.study.fits import Fit
from latecomer.study.study import Study

Floats = NDArray[np.float64]
DRAWS, SEED = 64, 0
"""Draws of the fast approximation: enough for mean log densities of mixtures."""


@dataclass(frozen=True)
class Foretold:
    """Runs of draws from the start of each country up to `end`, made from figures up to `cut_off`.

    `runs`: of the variables of the targets and of the event, over (draw, time), those that are finite;
    `sizes`: of the errors of these draws by series, shape (draws,); `losses`: empty for a study without an
    event.
    """

    cut_off: int
    end: int
    runs: Mapping[str, xr.Dataset]
    sizes: Mapping[str, Mapping[str, Floats]]
    losses: Mapping[str, CreditLoss]

    def scores(self, study: Study) -> list[HindcastScore]:
        """The errors of each country beside those of the naive forecasts, in the series that are judged."""
        series = judged(study)
        return [
            score
            for iso3, runs in self.runs.items()
            for score in hindcast_scores(
                study, iso3, runs, self.cut_off, self.end, series, dict(self.sizes[iso3])
            )
        ]

    def log_scores(self, study: Study) -> dict[tuple[str, str, int], float]:
        """The log score of each figure held out, by country, series and year."""
        series = judged(study)
        found: dict[tuple[str, str, int], float] = {}
        for iso3, runs in self.runs.items():
            each = held_out_log_scores(
                study, iso3, runs, self.cut_off, self.end, series, dict(self.sizes[iso3])
            )
            found |= {(iso3, name, year): value for (name, year), value in each.items()}
        return found


def judged(study: Study) -> list[str] | None:
    """The series that a hindcast is judged by, or None, which is all, in a study that has none of these."""
    forecast = study.outcomes.forecast
    asked = () if forecast is None else forecast.series
    return [one.series for one in study.targets.targets if one.series in asked] or None


def loss_window(study: Study, cut_off: int, end: int) -> tuple[int, int]:
    """The years in which the event counts: as far from a cut-off as the window from that of the study."""
    forecast = study.outcomes.forecast
    if forecast is None:
        return cut_off + 1, end
    return cut_off + 1, min(cut_off + forecast.years[1] - forecast.cutoff, end)


def foretell(
    study: Study,
    fit: Fit,
    cut_off: int,
    end: int,
    variant: str | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Foretold:
    """What a fit to a cut-off says of the years after it, by draws of its fast approximation.

    World drivers are those observed, a country's own are prolonged from before the cut-off. Raises InputError
    where no draw of a country has a finite run.
    """
    problem = make_problem(study, fit.countries, cut_off, variant=variant)
    later = make_problem(study, fit.countries, cut_off, variant=variant, through=end)
    points = approximate(problem, coordinates(problem.layout, fit)).draws(seed, draws)
    return foretold(study, fit.name, later, points, cut_off, end)


def foretold(study: Study, fit: str, later: Problem, points: Floats, cut_off: int, end: int) -> Foretold:
    """What draws of standard normals, shape (draws, entries), come to in their runs.

    `later`: the problem of the draws with runs through `end`; `fit`: the name told in a fault. Raises
    InputError where no draw of a country has a finite run.
    """
    event = study.outcomes.event
    own = [] if event is None else [event.variable]
    variables = list(dict.fromkeys([*(one.variable for one in study.targets.targets), *own]))
    all_sizes = named_draws(later.layout, study.targets, points).sizes
    runs: dict[str, xr.Dataset] = {}
    sizes: dict[str, dict[str, Floats]] = {}
    for iso3, each in runs_of_draws(study, later, variables, points).items():
        held = {name: size for (whose, name), size in all_sizes.items() if whose == iso3}
        # beside countries that began earlier a run goes on after the end: what it does there is not asked
        runs[iso3], sizes[iso3] = sound_runs(f"fit '{fit}'", iso3, each.sel(time=slice(None, end)), held)
    window = loss_window(study, cut_off, end)
    losses = {
        iso3: credit_loss(iso3, one[event.variable], event, window)
        for iso3, one in runs.items()
        if event is not None
    }
    return Foretold(cut_off, end, runs, sizes, losses)


def sound_runs(
    place: str, iso3: str, runs: xr.Dataset, sizes: Mapping[str, Any]
) -> tuple[xr.Dataset, dict[str, Any]]:
    """The draws of a country whose runs stay finite, and the sizes of their errors.

    Raises InputError, told of `place`, where none does.
    """
    found = finite_runs(runs, sizes)
    if not found[0].sizes["draw"]:
        got = f"no finite run of {iso3} in {runs.sizes['draw']} draws"
        raise refuse(place, got, "one at least", "fit again from other starts")
    return found


def finite_runs(runs: xr.Dataset, sizes: Mapping[str, Any]) -> tuple[xr.Dataset, dict[str, Any]]:
    """The draws whose runs stay finite, and the sizes of the errors of these draws."""
    sound = np.ones(runs.sizes["draw"], dtype=bool)
    for name in runs:
        sound &= np.isfinite(runs[name].to_numpy()).all(axis=1)
    at = np.flatnonzero(sound)
    return runs.isel(draw=at), {series: np.asarray(size)[at] for series, size in sizes.items()}
