"""Maximum a posteriori from several starts, with exact gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from latecomer.calibrate.layout import BOUND
from latecomer.calibrate.problem import Problem, make_problem
from latecomer.calibrate.refine import refine
from latecomer.calibrate.replay import Evaluate, Replay, fingerprint
from latecomer.faults import refuse
from latecomer.study.fits import forget_kept

if TYPE_CHECKING:
    from latecomer.study.fits import Fit
    from latecomer.study.study import Study

Report = Callable[[int, int, float], None]

SPREAD_OF_STARTS = 0.3
"""Standard deviation of the drawn starts: wider ones blow up before the first step."""
ROUNDED = 0.03
"""Width of rounded kinks with which a search from afar begins: on the exact model some stand still at one."""
REFUSED = 1e6
FIRST = 300
"""Iterations after which a search goes on in whitened coordinates: a smaller fit ends before."""
MOST_ITERATIONS = 1500


@dataclass(frozen=True, slots=True)
class Start:
    """Where one start ended: `z` (entries,), its loss, and what the optimiser said.

    `slope`: the largest part of the gradient that does not push against a bound; nought at an optimum.
    """

    z: NDArray[np.float64]
    loss: float
    iterations: int
    message: str
    slope: float = np.nan


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
    problem: Problem,
    point: NDArray[np.float64],
    tick: Callable[[int, float], None],
    most: int,
    kept: Path | None = None,
) -> Start:
    """Minimise the loss of a problem from one point with L-BFGS-B within the bounds of the priors.

    `kept`: a file in which the evaluations are kept; one that is there already is gone through first.
    """
    progress = _Progress(tick)
    evaluate = evaluation(problem, point, kept)

    def objective(z: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        loss, slope = evaluate(z)
        progress.loss = loss if loss < REFUSED else progress.loss
        return loss, slope

    first = min(most, FIRST)
    options = {"maxiter": first, "maxfun": 2 * first, "maxcor": 30, "ftol": 1e-10}
    box = [(-BOUND, BOUND)] * len(point)
    end = minimize(  # type: ignore[call-overload]  # its stubs ask for the shapes of the arrays
        objective, point, jac=True, method="L-BFGS-B", bounds=box, callback=progress.step, options=options
    )
    found = Start(
        np.asarray(end.x), float(end.fun), int(end.nit), str(end.message), free_slope(end.x, end.jac)
    )
    if found.iterations < FIRST or most <= FIRST or found.loss >= REFUSED:
        return found
    return refine(problem, found, evaluate, tick)


def from_centres(
    problem: Problem,
    place: str,
    got: str = "no finite loss",
    cure: str = "mend the equations that blow up",
    tick: Callable[[int, float], None] = lambda done, loss: None,
    most: int = MOST_ITERATIONS,
) -> Start:
    """Minimise the loss of a problem from the centres of its priors.

    Raises InputError in the words of `place`, `got` and `cure` where the search ends without a finite loss.
    """
    end = maximise(problem, np.zeros(len(problem.layout)), tick, most)
    if end.loss >= REFUSED:
        raise refuse(place, got, "one", cure)
    return end


def evaluation(problem: Problem, point: NDArray[np.float64], kept: Path | None) -> Evaluate:
    """Value and gradient of a problem; a large loss without a slope where they are not finite.

    `kept`: a file in which they are kept, of a search from `point`.
    """
    raw: Evaluate = problem.value_and_gradient
    if kept is not None:
        names = [problem.mark, *(str(entry) for entry in problem.layout.entries)]
        raw = Replay(raw, len(point), kept, fingerprint(names, (problem.given, point)))

    def evaluate(z: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, gradient = raw(z)
        loss, slope = float(value), np.asarray(gradient)
        if not (np.isfinite(loss) and np.all(np.isfinite(slope))):
            return REFUSED, np.zeros_like(z)
        return loss, slope

    return evaluate


def free_slope(z: NDArray[np.float64], gradient: NDArray[np.float64]) -> float:
    """The largest part of a gradient that does not push against a bound.

    >>> free_slope(np.array([0.0, BOUND]), np.array([0.5, -9.0]))
    0.5
    """
    free = np.where(np.abs(z) < BOUND, gradient, np.where(gradient * z > 0.0, gradient, 0.0))
    return float(np.max(np.abs(free), initial=0.0))


def search(
    problem: Problem,
    rounded: Problem | None,
    point: NDArray[np.float64],
    tick: Callable[[int, float], None],
    most: int,
    kept: Path | None = None,
) -> Start:
    """Minimise the loss with rounded kinks, where there is such a problem, then the exact one from there."""
    before = 0
    if rounded is not None:
        near = None if kept is None else kept.with_name(f"{kept.name}-rounded")
        first = maximise(rounded, point, tick, most, near)
        if first.loss < REFUSED:
            point, before = first.z, first.iterations
    end = maximise(problem, point, lambda done, loss: tick(before + done, loss), most, kept)
    return replace(end, iterations=before + end.iterations)


class _Progress:
    """Counts iterations for a caller that watches."""

    def __init__(self, tick: Callable[[int, float], None]) -> None:
        self.tick, self.iteration, self.loss = tick, 0, np.inf

    def step(self, _: NDArray[np.float64]) -> None:
        self.iteration += 1
        self.tick(self.iteration, self.loss)


def calibrate(
    study: Study,
    countries: Sequence[str],
    until: int | None = None,
    starts: int = 3,
    seed: int = 0,
    report: Report | None = None,
    most: int = MOST_ITERATIONS,
    name: str = "reference",
    variant: str | None = None,
    within: Fit | None = None,
    kept: Path | None = None,
    elsewhere: Callable[[Searches], Sequence[Start]] | None = None,
    resume: bool = True,
) -> Fit:
    """The joint fit of some countries: the best of several starts, with a manifest of all of them.

    `until`: the last year whose figures are read; `starts`: at least one, the first from the values of the
    tables, or from the centres of the priors where figures are cut off, the others by way of rounded kinks;
    `seed`: of the drawn starts; `variant`: the one whose switches are set, by default those of the tables;
    `within`: a fit whose shared parameters and populations are held, so that only those of the countries
    move; `kept`: a folder of evaluations, from which a search that was cut off goes on, or which is begun
    anew without `resume`, once it is certain that the request is sound; `elsewhere`: finds the ends of all
    starts, as `searched` does here. Raises `InputError` for a wrong request.
    """
    from latecomer.calibrate.result import make_fit

    check_request(study, countries, starts)
    asked = Searches(tuple(countries), until, starts, seed, variant, within, most)
    problem = asked.problem(study)
    if kept is not None and not resume:
        forget_kept(kept)
    numbers = range(1, starts + 1)
    ends = searched(study, asked, numbers, report, kept, problem) if elsewhere is None else elsewhere(asked)
    best = min(ends, key=lambda end: end.loss)
    if best.loss >= REFUSED:
        raise refuse(
            "calibrate", f"no start out of {len(ends)} with a finite loss", "one at least",
            "narrow the priors, or mend the equations that blow up",
        )  # fmt: skip
    return make_fit(study, problem, ends, name, until, seed, variant, within)


@dataclass(frozen=True, slots=True)
class Searches:
    """The starts of a fit and the problem that they are of; see `calibrate`."""

    countries: tuple[str, ...]
    until: int | None
    starts: int
    seed: int
    variant: str | None = None
    within: Fit | None = None
    most: int = MOST_ITERATIONS

    def problem(self, study: Study, smooth: float = 0.0) -> Problem:
        """The problem, its kinks rounded over the width `smooth`."""
        return make_problem(study, self.countries, self.until, smooth, self.variant, self.within)


def searched(
    study: Study,
    asked: Searches,
    numbers: Iterable[int],
    report: Report | None = None,
    kept: Path | None = None,
    problem: Problem | None = None,
) -> list[Start]:
    """Where some of the starts end, by their numbers from 1; `problem`: that of `asked`, where it is made."""
    exact = problem or asked.problem(study)
    rounded = asked.problem(study, ROUNDED) if asked.starts > 1 else None
    # the values of the tables were found with figures after any cut-off: a fit up to one begins at the priors
    tables = exact.layout.start() if asked.until is None else np.zeros(len(exact.layout))
    points = starting_points(tables, asked.starts, asked.seed)
    return [
        search(
            exact,
            rounded if number > 1 else None,
            points[number - 1],
            partial(report or _silent, number),
            asked.most,
            None if kept is None else kept / f"start-{number}",
        )
        for number in numbers
    ]


def _silent(start: int, iteration: int, loss: float) -> None:
    pass


def check_request(study: Study, countries: Sequence[str], starts: int) -> None:
    """Raise `InputError` for no country, an unknown or a repeated one, or no start."""
    if not countries:
        raise refuse("calibrate", "no country", "one at least", "name countries by ISO3 code")
    if len(set(countries)) < len(countries):
        raise refuse("calibrate", " ".join(countries), "each country once", "leave out the repeated one")
    if starts < 1:
        raise refuse("--starts", str(starts), "one at least", "ask for one or more")
    for iso3 in countries:
        study.countries[iso3]
