"""What draws of a fit to a cut-off make of the years after it: runs, sizes of errors, the loss of credit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.calibrate.credit_loss import CREDIT, CreditLoss, credit_loss, runs_of_draws
from latecomer.calibrate.hindcast import JUDGED, HindcastScore, held_out_log_scores, hindcast_scores
from latecomer.calibrate.problem import Problem, make_problem
from latecomer.calibrate.uncertainty import approximate, coordinates, named_draws
from latecomer.faults import refuse
from latecomer.study.fits import Fit
from latecomer.study.rooms import Rooms

Floats = NDArray[np.float64]
DRAWS, SEED = 64, 0
"""Draws of the fast approximation: enough for mean log densities of mixtures."""
SPAN = 7
"""Years after a cut-off within which a loss of credit counts: 1980-86 for 1979."""


@dataclass(frozen=True)
class Foretold:
    """Runs of draws from the start of each country up to `end`, made from figures up to `cut_off`.

    `runs`: of the targets' variables and of credit access, over (draw, time), those that are finite; `sizes`:
    of the errors of these draws by series, shape (draws,); `losses`: empty for a model without credit access.
    """

    cut_off: int
    end: int
    runs: Mapping[str, xr.Dataset]
    sizes: Mapping[str, Mapping[str, Floats]]
    losses: Mapping[str, CreditLoss]

    def scores(self, rooms: Rooms) -> list[HindcastScore]:
        """The errors of each country beside those of the naive forecasts, in the series that are judged."""
        series = judged(rooms)
        return [
            score
            for iso3, runs in self.runs.items()
            for score in hindcast_scores(
                rooms, iso3, runs, self.cut_off, self.end, series, dict(self.sizes[iso3])
            )
        ]

    def log_scores(self, rooms: Rooms) -> dict[tuple[str, str, int], float]:
        """The log score of each figure held out, by country, series and year."""
        series = judged(rooms)
        found: dict[tuple[str, str, int], float] = {}
        for iso3, runs in self.runs.items():
            each = held_out_log_scores(
                rooms, iso3, runs, self.cut_off, self.end, series, dict(self.sizes[iso3])
            )
            found |= {(iso3, name, year): value for (name, year), value in each.items()}
        return found


def judged(rooms: Rooms) -> list[str] | None:
    """The series that a hindcast is judged by, or None, which is all, in a study that has none of these."""
    return [one.series for one in rooms.targets.targets if one.series in JUDGED] or None


def loss_window(cut_off: int, end: int) -> tuple[int, int]:
    """The years in which a loss of credit counts.

    >>> loss_window(1979, 1990)
    (1980, 1986)
    """
    return cut_off + 1, min(cut_off + SPAN, end)


def foretell(
    rooms: Rooms,
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
    problem = make_problem(rooms, fit.countries, cut_off, variant=variant)
    later = make_problem(rooms, fit.countries, cut_off, variant=variant, through=end)
    points = approximate(problem, coordinates(problem.layout, fit)).draws(seed, draws)
    return foretold(rooms, fit.name, later, points, cut_off, end)


def foretold(rooms: Rooms, fit: str, later: Problem, points: Floats, cut_off: int, end: int) -> Foretold:
    """What draws of standard normals, shape (draws, entries), come to in their runs.

    `later`: the problem of the draws with runs through `end`; `fit`: the name told in a fault. Raises
    InputError where no draw of a country has a finite run.
    """
    credit = rooms.model.text.find(CREDIT) is not None
    variables = [*dict.fromkeys(one.variable for one in rooms.targets.targets), *([CREDIT] if credit else [])]
    all_sizes = named_draws(later.layout, rooms.targets, points).sizes
    runs: dict[str, xr.Dataset] = {}
    sizes: dict[str, dict[str, Floats]] = {}
    for iso3, each in runs_of_draws(rooms, later, variables, points).items():
        own = {name: size for (whose, name), size in all_sizes.items() if whose == iso3}
        # beside countries that began earlier a run goes on after the end: what it does there is not asked
        runs[iso3], sizes[iso3] = sound_runs(f"fit '{fit}'", iso3, each.sel(time=slice(None, end)), own)
    window = loss_window(cut_off, end)
    losses = {iso3: credit_loss(iso3, one[CREDIT], window) for iso3, one in runs.items() if credit}
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
