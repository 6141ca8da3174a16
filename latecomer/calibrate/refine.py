"""The last part of a search: in coordinates in which the posterior is as wide in each direction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from latecomer.calibrate.curvature import fisher_information
from latecomer.calibrate.layout import BOUND
from latecomer.calibrate.problem import Problem

if TYPE_CHECKING:
    from latecomer.calibrate.maximise import Start

ROUNDS = 3
STEPS = 100
"""Iterations of a round: after them the curvature is taken anew."""
LEAST_GAIN = 0.5
"""A round that gains less is the last: half a unit of log density tells no two fits apart."""
Floats = NDArray[np.float64]
Evaluate = Callable[[Any], tuple[Any, Any]]


def refine(problem: Problem, start: Start, evaluate: Evaluate, tick: Callable[[int, float], None]) -> Start:
    """Go on from where a search stood, round by round, in whitened coordinates.

    z = z0 + L u;  L L' = (I + identity)**-1, I the information of the figures at z0

    Numbers at the edge of their prior stay there; the others are kept within it. `evaluate`: value and
    gradient at z. In a narrow valley L-BFGS needs hundreds of steps where a few dozen of these do.
    """
    for _ in range(ROUNDS):
        gained = start.loss
        start = _round(problem, start, evaluate, tick)
        if gained - start.loss < LEAST_GAIN:
            break
    return start


def _round(problem: Problem, start: Start, evaluate: Evaluate, tick: Callable[[int, float], None]) -> Start:
    free = np.abs(start.z) < BOUND - 0.05
    information = fisher_information(problem, start.z)[np.ix_(free, free)]
    factor = np.linalg.inv(np.linalg.cholesky(information + np.eye(int(free.sum())))).T
    last = {"loss": start.loss, "done": start.iterations}

    def there(u: Floats) -> Floats:
        z = start.z.copy()
        z[free] = np.clip(start.z[free] + factor @ u, -BOUND, BOUND)
        return z

    def objective(u: Floats) -> tuple[float, Floats]:
        value, gradient = evaluate(there(u))
        last["loss"] = value
        return value, factor.T @ np.asarray(gradient)[free]

    def step(_: Floats) -> None:
        last["done"] += 1
        tick(int(last["done"]), float(last["loss"]))

    options = {"maxiter": STEPS, "maxfun": 2 * STEPS, "maxcor": 30, "ftol": 1e-10}
    zero = np.zeros(int(free.sum()))
    end = minimize(  # type: ignore[call-overload]  # its stubs ask for the shapes of the arrays
        objective, zero, jac=True, method="L-BFGS-B", callback=step, options=options
    )
    if not end.fun < start.loss:
        return start
    z = there(np.asarray(end.x))
    _, gradient = evaluate(z)
    slope = float(np.max(np.abs(np.asarray(gradient)[free]), initial=0.0))
    done, message = start.iterations + int(end.nit), f"whitened: {end.message}"
    return replace(start, z=z, loss=float(end.fun), iterations=done, message=message, slope=slope)
