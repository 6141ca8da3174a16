"""How fast errors fall with the step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def slope(steps: Sequence[float], errors: Sequence[float]) -> float:
    """The order of convergence: the slope of log error over log step, by least squares."""
    return float(np.polyfit(np.log(steps), np.log(errors), 1)[0])


def integrate(scheme: Any, rates: Callable[[float, Any], Any], y: Any, end: float, steps: int) -> Any:
    """The state at `end` after equal steps from time 0; rates(t, y)."""
    dt = end / steps
    for i in range(steps):

        def at(stage: int, state: Any, start: float = i * dt) -> Any:
            return rates(start + scheme.nodes[stage] * dt, state)

        y = scheme.step(at, y, dt)
    return y


def follow(
    scheme: Any,
    drift: Callable[[float, Any], Any],
    diffusion: Callable[[float, Any], Any],
    y: Any,
    dt: float,
    normals: Vector,
) -> Any:
    """The state after all steps; normals: (steps, normals of the scheme, *shape of y)."""
    for i, z in enumerate(normals):

        def at(field: Callable[[float, Any], Any], start: float = i * dt) -> Callable[[float, Any], Any]:
            return lambda node, state: field(start + node * dt, state)

        y = scheme.step(at(drift), at(diffusion), y, dt, z)
    return y


def coarser(normals: Vector, dt: float) -> Vector:
    """The normal numbers of steps of 2 dt on the very same Brownian paths.

    normals: (steps, 2, *shape) with dW = sqrt(dt) z1 and dZ = dt^1.5 (z1 + z2 / sqrt(3)) / 2 the integral of
    W over a step, counted from its start. Over two steps dW adds up, and dZ too, the second with dW of the
    first throughout: dZ = dZ1 + dZ2 + dt dW1.
    """
    w = np.sqrt(dt) * normals[:, 0]
    area = dt**1.5 * (normals[:, 0] + normals[:, 1] / np.sqrt(3)) / 2
    wide, first, second = 2 * dt, w[0::2], w[1::2]
    z1 = (first + second) / np.sqrt(wide)
    z2 = np.sqrt(3) * (2 * (area[0::2] + area[1::2] + dt * first) / wide**1.5 - z1)
    return np.stack([z1, z2], axis=1)
