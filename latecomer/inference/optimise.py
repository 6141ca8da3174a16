"""Maximum a posteriori from several starts, with exact gradients.

Also here:
- The last part of a search: in coordinates in which the posterior is as wide in each direction.
- Evaluations kept on disk: a search that was cut off goes on from them to the same end, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from latecomer.errors import refuse
from latecomer.files import read_bytes, unwritable, write_whole
from latecomer.inference.laplace import fisher_information
from latecomer.inference.parameters import BOUND
from latecomer.inference.problem import Problem

ROUNDS = 3

STEPS = 100
"""Iterations of a round: after them the curvature is taken anew."""

LEAST_GAIN = 0.5
"""A round that gains less is the last: half a unit of log density tells no two fits apart."""

Floats = NDArray[np.float64]

Residuals = Callable[[Any], tuple[Any, Any]]


def refine(problem: Problem, start: Start, evaluate: Residuals, tick: Callable[[int, float], None]) -> Start:
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


def _round(problem: Problem, start: Start, evaluate: Residuals, tick: Callable[[int, float], None]) -> Start:
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


Evaluate = Callable[[Floats], tuple[float, Floats]]


class EvaluationLog:
    """A function of value and gradient that remembers what it was asked, in a file.

    The k-th call is answered from the k-th record where that is of the same point, else by `evaluate`, and
    kept. A search is deterministic: fed with the same answers it takes the same steps. A record cut off by a
    kill is dropped. Raises InputError for a file that belongs to another problem.
    """

    def __init__(self, evaluate: Evaluate, size: int, path: Path, problem: str) -> None:
        self.evaluate, self.size, self.path = evaluate, size, path
        self.width = 2 * size + 1
        self.records, self.used = self._read(problem), 0

    def _read(self, problem: str) -> Floats:
        mark = sha256(problem.encode()).digest()
        if not self.path.exists():
            write_whole(self.path, mark)
            return np.empty((0, self.width))
        content = read_bytes(self.path, "the evaluations of a fit", "start without --resume")
        if content[: len(mark)] != mark:
            got, expected = "evaluations of another problem", "those of this fit"
            raise refuse(str(self.path), got, expected, "remove the folder, or start without --resume")
        whole = (len(content) - len(mark)) // (8 * self.width)
        kept = content[: len(mark) + 8 * self.width * whole]
        if len(kept) < len(content):
            write_whole(self.path, kept)
        return np.frombuffer(kept[len(mark) :], dtype=np.float64).reshape(whole, self.width)

    def __call__(self, z: Floats) -> tuple[float, Floats]:
        """Value and gradient at z, shape (size,)."""
        if self.used < len(self.records) and np.array_equal(self.records[self.used, : self.size], z):
            record = self.records[self.used]
            self.used += 1
            return float(record[self.size]), record[self.size + 1 :].copy()
        self.used = len(self.records) + 1  # from here on the search is new
        value, gradient = self.evaluate(z)
        record = np.concatenate([z, [value], gradient]).astype(np.float64)
        try:
            with self.path.open("ab") as file:
                file.write(record.tobytes())
        except OSError as error:
            raise unwritable(self.path, error, "make room; what was kept before is whole") from error
        return float(value), np.asarray(gradient, dtype=np.float64)


def fingerprint(names: Sequence[str], given: object) -> str:
    """What tells one problem from another: the names of its numbers and every array it is handed.

    >>> fingerprint(["a"], [np.zeros(2)]) == fingerprint(["a"], [np.zeros(2)])
    True
    >>> fingerprint(["a"], [np.zeros(2)]) == fingerprint(["a"], [np.ones(2)])
    False
    """
    import jax

    digest = sha256("\n".join(names).encode())
    for leaf in jax.tree.leaves(given):
        array = np.asarray(leaf)
        digest.update(f"{array.dtype}{array.shape}".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


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
        raw = EvaluationLog(raw, len(point), kept, fingerprint(names, (problem.given, point)))

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


def _silent(start: int, iteration: int, loss: float) -> None:
    pass
