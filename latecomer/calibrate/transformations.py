"""From a standard normal to a parameter and back: the families of the priors."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from latecomer.faults import refuse
from latecomer.solve.arrays import Array

FAMILIES = ("lognormal", "normal", "logit")


def natural(family: str, centre: Array, spread: Array, z: Array) -> Any:
    """The value of a parameter whose prior is a transformed standard normal.

    lognormal: centre * exp(spread * z);  normal: centre + spread * z
    logit: 1 / (1 + exp(-(l + spread * z))), l = log(centre / (1 - centre))

    `centre`: unit of the parameter; `spread`: of the logarithm, of the parameter, of the log-odds; `z`: Dmnl.

    >>> round(float(natural("lognormal", 2.0, 0.5, 2.0)), 4)  # 2 e
    5.4366
    >>> float(natural("normal", 1.0, 0.25, -2.0))
    0.5
    >>> float(natural("logit", 0.5, 1.0, 0.0))
    0.5
    """
    if family == "lognormal":
        return centre * jnp.exp(spread * z)
    if family == "normal":
        return centre + spread * z
    if family == "logit":
        return 1.0 / (1.0 + jnp.exp(-(jnp.log(centre / (1.0 - centre)) + spread * z)))
    raise refuse("prior", f"the family '{family}'", " or ".join(FAMILIES), "mend it in the parameter tables")


def inverse(family: str, centre: float, spread: float, value: float) -> float:
    """The standard normal that gives a value: the inverse of `natural`.

    >>> inverse("normal", 1.0, 0.25, 0.5)
    -2.0
    >>> round(inverse("lognormal", 2.0, 0.5, 2.0 * 2.718281828), 6)
    2.0
    >>> inverse("logit", 0.5, 1.0, 0.5)
    0.0
    """
    if family == "lognormal":
        return float(np.log(value / centre) / spread)
    if family == "normal":
        return (value - centre) / spread
    odds = np.log(value / (1.0 - value)) - np.log(centre / (1.0 - centre))
    return float(odds / spread)
