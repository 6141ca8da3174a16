"""The Euler-Maruyama scheme."""

from __future__ import annotations

from typing import Any, ClassVar, final

import numpy as np

from latecomer.simulate.schemes.scheme import Field, Noise, NoisyScheme


@final
class EulerMaruyama(NoisyScheme):
    """y(t + dt) = y + a dt + b dW with dW = sqrt(dt) z; strong order 1/2, weak order 1.

    Source: Kloeden and Platen (1992), equation 10.2.4.

    >>> float(EulerMaruyama().step(lambda node, y: -y, lambda node, y: 0.2 * y, 1.0, 0.25, [2.0]))
    0.95
    """

    name: ClassVar[str] = "euler-maruyama"
    strong_order: ClassVar[float] = 0.5
    weak_order: ClassVar[float] = 1.0
    noise: ClassVar[Noise] = Noise.DIAGONAL

    def step(self, drift: Field, diffusion: Field, y: Any, dt: float, normals: Any) -> Any:
        """The state one step later."""
        return y + dt * drift(0.0, y) + np.sqrt(dt) * diffusion(0.0, y) * normals[0]
