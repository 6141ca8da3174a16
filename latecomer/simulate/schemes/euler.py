"""Euler's scheme."""

from __future__ import annotations

from typing import ClassVar, final

from latecomer.simulate.schemes.scheme import Scheme


@final
class Euler(Scheme):
    """y(t + dt) = y + dt * k1; first order.

    >>> Euler().step(lambda j, y: -y, 1.0, 0.5)
    0.5
    """

    name: ClassVar[str] = "euler"
    order: ClassVar[int] = 1
    nodes: ClassVar[tuple[float, ...]] = (0.0,)
    reach: ClassVar[tuple[float, ...]] = (0.0,)
    weights: ClassVar[tuple[float, ...]] = (1.0,)
