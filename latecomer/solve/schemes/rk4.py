"""The classical Runge-Kutta scheme."""

from __future__ import annotations

from typing import Any, ClassVar, final

from latecomer.solve.schemes.scheme import Rates, Scheme


@final
class RK4(Scheme):
    """y(t + dt) = y + dt * (k1 + 2 k2 + 2 k3 + k4) / 6; fourth order, four evaluations.

    >>> round(RK4().step(lambda j, y: -y, 1.0, 1.0), 6)
    0.375
    """

    name: ClassVar[str] = "rk4"
    order: ClassVar[int] = 4
    nodes: ClassVar[tuple[float, ...]] = (0.0, 0.5, 1.0)
    points: ClassVar[int] = 2

    def step(self, rates: Rates, y: Any, dt: float) -> Any:
        """The state one step later."""
        k1 = rates(0, y)
        k2 = rates(1, y + (dt / 2) * k1)
        k3 = rates(1, y + (dt / 2) * k2)
        k4 = rates(2, y + dt * k3)
        return y + (dt / 6) * (k1 + 2 * k2 + 2 * k3 + k4)
