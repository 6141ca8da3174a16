"""Euler's scheme."""

from __future__ import annotations

from typing import Any, ClassVar, final

from latecomer.solve.schemes.scheme import Rates, Scheme


@final
class Euler(Scheme):
    """y(t + dt) = y + dt * k1; first order.

    >>> Euler().step(lambda j, y: -y, 1.0, 0.5)
    0.5
    """

    name: ClassVar[str] = "euler"
    order: ClassVar[int] = 1
    nodes: ClassVar[tuple[float, ...]] = (0.0,)

    def step(self, rates: Rates, y: Any, dt: float) -> Any:
        """The state one step later."""
        return y + dt * rates(0, y)
