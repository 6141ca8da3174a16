"""The classical Runge-Kutta scheme."""

from __future__ import annotations

from typing import ClassVar, final

from latecomer.simulate.schemes.scheme import Scheme


@final
class RK4(Scheme):
    """y(t + dt) = y + dt * (k1 + 2 k2 + 2 k3 + k4) / 6; fourth order, four evaluations.

    >>> round(RK4().step(lambda j, y: -y, 1.0, 1.0), 6)
    0.375
    """

    name: ClassVar[str] = "rk4"
    order: ClassVar[int] = 4
    nodes: ClassVar[tuple[float, ...]] = (0.0, 0.5, 0.5, 1.0)
    reach: ClassVar[tuple[float, ...]] = (0.0, 0.5, 0.5, 1.0)
    weights: ClassVar[tuple[float, ...]] = (1 / 6, 1 / 3, 1 / 3, 1 / 6)
    points: ClassVar[int] = 2
