"""Profile likelihood: one coordinate held on a grid, all others fitted anew at each point of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from latecomer.errors import refuse
from latecomer.inference.optimise import REFUSED
from latecomer.inference.parameters import BOUND

Floats: TypeAlias = NDArray[np.float64]
LossAndGradient: TypeAlias = Callable[[Floats], tuple[Any, Any]]

DROP = 1.92
"""Half the 95 % point of chi-squared with one degree of freedom, 3.84 (Raue et al. 2009)."""
OFFSETS = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0)
"""Standard deviations from the mode: dense where a parabola has its drop (1.96), then out to the bounds."""
AGREEMENT = 2.0
"""Widths of profile and curvature apart by less than this factor agree: a parabola is close enough."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile of one coordinate: `points` and `drops` (points,), the drop being that below the best.

    `optimum`: the point of no drop; `lower` and `upper`: where the drop is 1.92, None where it never gets
    there; `prior`: whether the prior is in it; `note`: what went wrong on the way, mostly nothing.
    """

    coordinate: int
    prior: bool
    points: Floats
    drops: Floats
    optimum: float
    lower: float | None
    upper: float | None
    note: str = ""

    @property
    def opening(self) -> str:
        """Where the interval has no end: 'open to the left', 'open to the right', both, or nothing."""
        sides = [side for side, end in (("left", self.lower), ("right", self.upper)) if end is None]
        return f"open to the {' and to the '.join(sides)}" if sides else ""

    def as_dict(self) -> dict[str, Any]:
        """The profile as plain data."""
        ends = {"optimum": self.optimum, "lower": self.lower, "upper": self.upper, "opening": self.opening}
        curve = {"points": self.points.tolist(), "drops": self.drops.tolist()}
        return {"coordinate": self.coordinate, "prior": self.prior, **ends, **curve, "note": self.note}


@dataclass(frozen=True, slots=True)
class Agreement:
    """Widths of the intervals of profile and curvature, None where without end, and whether they agree."""

    profile: float | None
    curvature: float | None
    agrees: bool


def grid_around(mode: float, sd: float, bound: float = BOUND) -> Floats:
    """A grid about a mode, wider and wider, that ends at the bounds; `mode`, `sd`, `bound`: prior sd.

    >>> grid_around(0.0, 1.0, 2.0)
    array([-2. , -1.5, -1. , -0.5,  0.5,  1. ,  1.5,  2. ])
    """
    if not (np.isfinite(mode) and 0 < sd < np.inf):
        raise refuse("profile, grid", f"mode {mode:g} and sd {sd:g}", "a finite mode and sd above 0",
                     "give the posterior's standard deviation")  # fmt: skip
    steps = sd * np.array(OFFSETS)
    points = np.concatenate([mode - steps, mode + steps, [-bound, bound]])
    return np.unique(np.clip(points, -bound, bound))


def profile(
    loss_and_gradient: LossAndGradient,
    mode: Floats,
    coordinate: int,
    grid: Floats | None = None,
    prior: bool = True,
    bound: float = BOUND,
    most: int = 200,
) -> Profile:
    """The profile of one coordinate, and its interval about the optimum.

    drop(v) = min over z with z[coordinate] = v of loss(z), less the smallest loss of all;  with `prior` False
    loss(z) - z . z / 2 stands for loss(z): the likelihood alone, without the prior of any coordinate

    `loss_and_gradient`: minus the logarithm of the posterior, the prior z . z / 2 included, and its slope;
    `mode`: shape (n,), in standard deviations of the prior; `grid`: ascending, within `bound`, by default
    `grid_around` the mode with one standard deviation; `most`: iterations of L-BFGS-B at a point. Each point
    begins where its neighbour ended; a side is left at the first drop beyond 1.92, so that of a profile with
    several troughs the interval is that about the deepest one met. Between points the root of the drop is
    taken as straight, which is exact for a parabola. Raises `InputError` for a wrong request. Source: Raue
    et al. (2009), Bioinformatics 25.

    >>> def loss_and_gradient(z):  # a figure of 0 with standard error 1 for z[0], and the prior of both
    ...     return z[0] ** 2 / 2 + z @ z / 2, np.array([2 * z[0], z[1]])
    >>> one = profile(loss_and_gradient, np.zeros(2), 0, prior=False)
    >>> round(one.lower, 2), round(one.upper, 2)
    (-1.96, 1.96)
    """
    _check(mode, coordinate, bound)
    grid = grid_around(float(mode[coordinate]), 1.0, bound) if grid is None else _checked(grid, bound)
    fit = _Fitter(loss_and_gradient, prior, bound, most)
    z, loss = fit.free(np.asarray(mode, dtype=np.float64))
    if loss >= REFUSED:
        raise refuse("profile", "no finite loss at the mode", "a finite one", "hand over the mode of a fit")
    found = [(float(z[coordinate]), loss)]
    for side in (grid[grid > z[coordinate]], grid[grid < z[coordinate]][::-1]):
        found += fit.sweep(z, coordinate, side, loss)
    points, losses = (np.array(column) for column in zip(*sorted(found), strict=True))
    drops = losses - losses.min()
    best = int(drops.argmin())
    lower = _crossing(points[best::-1], drops[best::-1])
    upper = _crossing(points[best:], drops[best:])
    return Profile(coordinate, prior, points, drops, float(points[best]), lower, upper, fit.note)


def agreement(one: Profile, sd: float) -> Agreement:
    """Whether a profile tells what curvature tells; `sd`: of the coordinate by curvature, may be infinite.

    The interval of a parabola is optimum -+ sqrt(2 * 1.92) * sd. Of an open profile the parabola must be open
    as well: beyond the last point on each open side.

    >>> points, drops = np.array([-2.0, 0.0, 2.0]), np.array([2.0, 0.0, 2.0])
    >>> agreement(Profile(0, True, points, drops, 0.0, -1.96, 1.96), 1.0).agrees
    True
    """
    half = np.sqrt(2.0 * DROP) * sd
    curvature = float(2.0 * half) if np.isfinite(half) else None
    if one.lower is not None and one.upper is not None:
        width = one.upper - one.lower
        near = curvature is not None and curvature / AGREEMENT <= width <= curvature * AGREEMENT
        return Agreement(width, curvature, near)
    left = one.lower is not None or one.optimum - half <= one.points[0]
    right = one.upper is not None or one.optimum + half >= one.points[-1]
    return Agreement(None, curvature, bool(left and right))


class _Fitter:
    """Fits the free coordinates and keeps account of what went wrong."""

    def __init__(self, function: LossAndGradient, prior: bool, bound: float, most: int) -> None:
        self.function, self.prior, self.bound, self.most = function, prior, bound, most
        self.unfinished, self.broken = 0, list[float]()

    @property
    def note(self) -> str:
        """What a reader must know: fits cut short, and points where the model blows up."""
        said = [f"{self.unfinished} fits were cut short"] if self.unfinished else []
        said += [f"no finite loss at {value:.3g}, where that side ends" for value in self.broken]
        return "; ".join(said)

    def free(self, start: Floats, held: int | None = None) -> tuple[Floats, float]:
        """The best vector from a start, all coordinates free but one held where it is, and its loss."""
        moved = np.array([i for i in range(len(start)) if i != held], dtype=np.int64)

        def objective(part: Floats) -> tuple[float, Floats]:
            z = start.copy()
            z[moved] = part
            loss, slope = self._evaluate(z)
            return loss, slope[moved]

        if not len(moved):
            return start, self._evaluate(start)[0]
        options = {"maxiter": self.most, "maxfun": 2 * self.most, "maxcor": 30, "ftol": 1e-12}
        box = [(-self.bound, self.bound)] * len(moved)
        end = minimize(  # type: ignore[call-overload]  # its stubs ask for the shapes of the arrays
            objective, start[moved], jac=True, method="L-BFGS-B", bounds=box, options=options
        )
        self.unfinished += int(end.status == 1)
        z = start.copy()
        z[moved] = end.x
        return z, float(end.fun)

    def sweep(self, z: Floats, held: int, side: Floats, best: float) -> list[tuple[float, float]]:
        """Point and loss along one side, outward from z, up to the first drop beyond 1.92."""
        found: list[tuple[float, float]] = []
        for value in side:
            start = z.copy()
            start[held] = value
            z, loss = self.free(start, held)
            if loss >= REFUSED:
                self.broken.append(float(value))
                break
            found.append((float(value), loss))
            best = min(best, loss)
            if loss - best > DROP:
                break
        return found

    def _evaluate(self, z: Floats) -> tuple[float, Floats]:
        value, gradient = self.function(z)
        loss, slope = float(value), np.asarray(gradient, dtype=np.float64)
        if not (np.isfinite(loss) and np.all(np.isfinite(slope))):
            return REFUSED, np.zeros_like(z)
        return (loss, slope) if self.prior else (loss - 0.5 * float(z @ z), slope - z)


def _crossing(points: Floats, drops: Floats) -> float | None:
    """Where the drop first reaches 1.92 on the way outward, the root of the drop straight in between."""
    for (near, low), (far, high) in pairwise(zip(points, np.sqrt(drops), strict=True)):
        if high >= np.sqrt(DROP):
            return float(near + (far - near) * (np.sqrt(DROP) - low) / (high - low))
    return None


def _check(mode: Floats, coordinate: int, bound: float) -> None:
    if not 0 <= coordinate < len(mode):
        raise refuse("profile, coordinate", str(coordinate), f"one from 0 to {len(mode) - 1}",
                     "count from nought in the order of the mode")  # fmt: skip
    if not (np.all(np.isfinite(mode)) and np.all(np.abs(mode) <= bound)):
        raise refuse("profile, mode", "a coordinate without a number or out of bounds",
                     f"numbers from {-bound:g} to {bound:g}", "hand over the mode of a fit")  # fmt: skip


def _checked(grid: Floats, bound: float) -> Floats:
    if len(grid) < 2 or not np.all(np.diff(grid) > 0) or max(-grid[0], grid[-1]) > bound:
        raise refuse("profile, grid", "few points, out of order or bounds",
                     f"two or more, ascending, from {-bound:g} to {bound:g}", "leave it out")  # fmt: skip
    return grid
