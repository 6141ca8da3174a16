"""A stochastic Runge-Kutta scheme for additive noise."""

from __future__ import annotations

from typing import Any, ClassVar, final

import numpy as np

from latecomer.simulate.schemes.scheme import Field, Noise, NoisyScheme


@final
class SRA1(NoisyScheme):
    """y(t + dt) = y + dt (a1 + 2 a2) / 3 + b(t + dt) dW + (b(t) - b(t + dt)) dZ/dt.

    a1 = a(t, y); a2 = a(t + 3/4 dt, y + 3/4 dt a1 + 3/2 b(t + dt) dZ/dt); dW = sqrt(dt) z1 and the double
    integral dZ = dt sqrt(dt) (z1 + z2 / sqrt(3)) / 2. Strong order 3/2 for noise that depends on time only.
    Source: Roessler (2010), Runge-Kutta methods for the strong approximation of solutions of stochastic
    differential equations, table 6.3.

    >>> float(SRA1().step(lambda node, y: 0.0, lambda node, y: 0.5, 1.0, 4.0, [2.0, 0.0]))
    3.0
    """

    name: ClassVar[str] = "sra1"
    strong_order: ClassVar[float] = 1.5
    weak_order: ClassVar[float] = 2.0
    noise: ClassVar[Noise] = Noise.ADDITIVE
    points: ClassVar[int] = 4
    normals: ClassVar[int] = 2

    def step(self, drift: Field, diffusion: Field, y: Any, dt: float, normals: Any) -> Any:
        """The state one step later."""
        root = np.sqrt(dt)
        change = root * normals[0]
        mean = 0.5 * root * (normals[0] + normals[1] / np.sqrt(3.0))
        first, last = diffusion(0.0, y), diffusion(1.0, y)
        slope = drift(0.0, y)
        later = drift(0.75, y + 0.75 * dt * slope + 1.5 * last * mean)
        return y + dt * (slope + 2.0 * later) / 3.0 + last * change + (first - last) * mean
