"""What the schemes of fixed steps have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import StrEnum
from typing import Any, ClassVar

Field = Callable[[float, Any], Any]


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


class Noise(StrEnum):
    """What the size b of the noise of a stock may depend on, from the widest to the narrowest."""

    DIAGONAL = "any variable"
    OWN = "its own stock and on no other"
    ADDITIVE = "time and constants, on no stock"


class NoisyScheme(ABC):
    """A scheme for dy_i = a_i(t, y) dt + b_i(t, y) dW_i, one independent noise for each stock (Ito)."""

    name: ClassVar[str]
    strong_order: ClassVar[float]
    weak_order: ClassVar[float]
    # the widest noise for which the strong order holds
    noise: ClassVar[Noise]
    # the points of a step, in parts of it, at which drift and diffusion are looked at
    points: ClassVar[int] = 1
    # standard normal numbers for each step and stock
    normals: ClassVar[int] = 1

    @abstractmethod
    def step(self, drift: Field, diffusion: Field, y: Any, dt: float, normals: Any) -> Any:
        """The state one step later.

        drift(node, y), diffusion(node, y): a and b at t + node * dt, shape of y; normals: standard normal
        numbers, shape (`normals`, *shape of y).
        """
