"""Milstein's scheme without derivatives."""

from __future__ import annotations

from typing import Any, ClassVar, final

import numpy as np

from latecomer.simulate.schemes.scheme import Field, Noise, NoisyScheme


@final
class Milstein(NoisyScheme):
    """y(t + dt) = y + a dt + b dW + (b(y + a dt + b sqrt(dt)) - b) (dW^2 - dt) / (2 sqrt(dt)).

    Platen's form of Milstein's scheme; strong and weak order 1 where each stock's noise depends on no other
    stock. Source: Kloeden and Platen (1992), equation 11.1.3.

    >>> float(Milstein().step(lambda node, y: 0.0, lambda node, y: 0.5 * y, 1.0, 1.0, [2.0]))
    2.375
    """

    name: ClassVar[str] = "milstein"
    strong_order: ClassVar[float] = 1.0
    weak_order: ClassVar[float] = 1.0
    noise: ClassVar[Noise] = Noise.OWN

    def step(self, drift: Field, diffusion: Field, y: Any, dt: float, normals: Any) -> Any:
        """The state one step later."""
        root, z = np.sqrt(dt), normals[0]
        size = diffusion(0.0, y)
        ahead = y + dt * drift(0.0, y)
        spread = diffusion(0.0, ahead + root * size) - size
        return ahead + root * size * z + 0.5 * root * spread * (z * z - 1.0)
