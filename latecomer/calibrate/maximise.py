"""Maximum a posteriori from several starts, with exact gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from latecomer.calibrate.problem import Problem, make_problem
from latecomer.faults import refuse

if TYPE_CHECKING:
    from latecomer.study.fits import Fit
    from latecomer.study.rooms import Rooms

Report = Callable[[int, int, float], None]

BOUND = 3.99
"""Standard deviations of the prior within which a fit stays: just inside the ranges of the tables."""
SPREAD_OF_STARTS = 0.3
"""Standard deviation of the drawn starts: wider ones blow up before the first step."""
ROUNDED = 0.03
"""Width of rounded kinks with which a search from afar begins: on the exact model some stand still at one."""
REFUSED = 1e6
MOST_ITERATIONS = 1500


@dataclass(frozen=True, slots=True)
class Start:
    """Where one start ended: `z` (entries,), its loss, and what the optimiser said."""

    z: NDArray[np.float64]
    loss: float
    iterations: int
    message: str


def starting_points(start: NDArray[np.float64], starts: int, seed: int) -> list[NDArray[np.float64]]:
    """The values of the tables, the priors' centres, then draws around these, the k-th told by (seed, k).

    >>> [float(z[0]) for z in starting_points(np.array([9.0]), 2, 0)]
    [3.99, 0.0]
    """
    points = [np.clip(start, -BOUND, BOUND), np.zeros(len(start))]
    for k in range(2, starts):
        draw = np.random.default_rng([seed, k]).normal(0.0, SPREAD_OF_STARTS, len(start))
        points.append(np.clip(draw, -BOUND, BOUND))
    return points[:starts]


def maximise(
    problem: Problem, point: NDArray[np.float64], tick: Callable[[int, float], None], most: int
) -> Start:
    """Minimise the loss of a problem from one point with L-BFGS-B within the bounds of the priors."""
    progress = _Progress(tick)

    def objective(z: Any) -> Any:
        value, gradient = problem.value_and_gradient(z)
        loss, slope = float(value), np.asarray(gradient)
        if not (np.isfinite(loss) and np.all(np.isfinite(slope))):
            return REFUSED, np.zeros_like(z)
        progress.loss = loss
        return loss, slope

    options: Any = {"maxiter": most, "maxfun": 2 * most, "maxcor": 30, "ftol": 1e-10}
    box: Any = [(-BOUND, BOUND)] * len(point)
    x0: Any = point
    callback: Any = progress.step
    end: Any = minimize(
        objective, x0, jac=True, method="L-BFGS-B", bounds=box, callback=callback, options=options
    )
    return Start(np.asarray(end.x), float(end.fun), int(end.nit), str(end.message))


def search(
    problem: Problem,
    rounded: Problem | None,
    point: NDArray[np.float64],
    tick: Callable[[int, float], None],
    most: int,
) -> Start:
    """Minimise the loss with rounded kinks, where there is such a problem, then the exact one from there."""
    before = 0
    if rounded is not None:
        first = maximise(rounded, point, tick, most)
        if first.loss < REFUSED:
            point, before = first.z, first.iterations
    end = maximise(problem, point, lambda done, loss: tick(before + done, loss), most)
    return Start(end.z, end.loss, before + end.iterations, end.message)


class _Progress:
    """Counts iterations for a caller that watches."""

    def __init__(self, tick: Callable[[int, float], None]) -> None:
        self.tick, self.iteration, self.loss = tick, 0, np.inf

    def step(self, _: Any) -> None:
        self.iteration += 1
        self.tick(self.iteration, self.loss)


def calibrate(
    rooms: Rooms,
    countries: Sequence[str],
    until: int | None = None,
    starts: int = 3,
    seed: int = 0,
    report: Report | None = None,
    most: int = MOST_ITERATIONS,
    name: str = "reference",
    variant: str | None = None,
) -> Fit:
    """The joint fit of some countries: the best of several starts, with a manifest of all of them.

    `until`: the last year whose figures are read; `starts`: at least one, the first from the values of the
    tables, the others by way of rounded kinks; `seed`: of the drawn starts; `variant`: the one whose switches
    are set, by default those of the tables. Raises `InputError` for a wrong request.
    """
    from latecomer.calibrate.result import make_fit

    check_request(rooms, countries, starts)
    problem = make_problem(rooms, countries, until, variant=variant)
    rounded = make_problem(rooms, countries, until, ROUNDED, variant) if starts > 1 else problem
    points = starting_points(problem.layout.start(), starts, seed)
    ends = [
        search(problem, rounded if number > 1 else None, point, partial(report or _silent, number), most)
        for number, point in enumerate(points, start=1)
    ]
    best = min(ends, key=lambda end: end.loss)
    if best.loss >= REFUSED:
        raise refuse(
            "calibrate", f"no start out of {len(ends)} with a finite loss", "one at least",
            "narrow the priors, or mend the equations that blow up",
        )  # fmt: skip
    return make_fit(rooms, problem, ends, name, until, seed, variant)


def _silent(start: int, iteration: int, loss: float) -> None:
    pass


def check_request(rooms: Rooms, countries: Sequence[str], starts: int) -> None:
    """Raise `InputError` for no country, an unknown or a repeated one, or no start."""
    if not countries:
        raise refuse("calibrate", "no country", "one at least", "name countries by ISO3 code")
    if len(set(countries)) < len(countries):
        raise refuse("calibrate", " ".join(countries), "each country once", "leave out the repeated one")
    if starts < 1:
        raise refuse("--starts", str(starts), "one at least", "ask for one or more")
    for iso3 in countries:
        rooms.countries[iso3]
