"""What every scheme of fixed steps has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

Rates = Callable[[int, Any], Any]


class Scheme(ABC):
    """One step of dy/dt = rates, where rates(j, y) is taken at the time t + nodes[j] * dt."""

    name: ClassVar[str]
    order: ClassVar[int]
    nodes: ClassVar[tuple[float, ...]]
    # points of the time grid in one step: 2 where a scheme looks at its middle
    points: ClassVar[int] = 1

    @abstractmethod
    def step(self, rates: Rates, y: Any, dt: float) -> Any:
        """The state one step later; y is an array of NumPy or of JAX, states first."""
