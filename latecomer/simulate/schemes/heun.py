"""Heun's scheme."""

from __future__ import annotations

from typing import ClassVar, final

from latecomer.simulate.schemes.scheme import Scheme


@final
class Heun(Scheme):
    """y(t + dt) = y + dt * (k1 + k2) / 2 with k2 at y + dt * k1; second order, two evaluations.

    >>> Heun().step(lambda j, y: -y, 1.0, 0.5)
    0.625
    """

    name: ClassVar[str] = "heun"
    order: ClassVar[int] = 2
    nodes: ClassVar[tuple[float, ...]] = (0.0, 1.0)
    reach: ClassVar[tuple[float, ...]] = (0.0, 1.0)
    weights: ClassVar[tuple[float, ...]] = (0.5, 0.5)
