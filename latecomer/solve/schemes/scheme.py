"""What every scheme of fixed steps has in common."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable
from typing import Any, ClassVar


class Scheme(ABC):
    """An explicit Runge-Kutta scheme in which each stage reaches out from y along the stage before it only.

    k_j = rates at (t + nodes_j dt, y + reach_j dt k_(j-1));  y(t + dt) = y + dt * sum_j weights_j k_j.
    So one evaluation of the rates is all that a compiled loop needs to contain, whatever the order.
    """

    name: ClassVar[str]
    order: ClassVar[int]
    nodes: ClassVar[tuple[float, ...]]
    reach: ClassVar[tuple[float, ...]]
    weights: ClassVar[tuple[float, ...]]
    # points of the time grid in one step: 2 where a scheme looks at its middle
    points: ClassVar[int] = 1

    def step(self, rates: Callable[[int, Any], Any], y: Any, dt: float) -> Any:
        """The state one step later; rates(j, state) is dy/dt at the time of stage j."""
        slope, change = 0.0 * y, 0.0 * y
        for stage, (reach, weight) in enumerate(zip(self.reach, self.weights, strict=True)):
            slope = rates(stage, y + (reach * dt) * slope)
            change = change + (weight * dt) * slope
        return y + change
