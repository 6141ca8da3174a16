"""Error families of the figures: density and information of one standardised error."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import gammaln

from latecomer.errors import refuse
from latecomer.simulate.grid import Array, Number

FAMILIES = ("normal", "student", "laplace")


def code(family: str) -> int:
    """The place of a family in `FAMILIES`. Raises InputError for another name.

    >>> code("student")
    1
    """
    if family not in FAMILIES:
        raise refuse("error", f"the family '{family}'", " or ".join(FAMILIES), "mend it in targets.toml")
    return FAMILIES.index(family)


def mixed_log_density(codes: Number, standardised: Number, degrees: Number) -> Any:
    """Logarithm of the density of standardised errors, each of the family of its own code; shapes broadcast.

    normal: -e ** 2 / 2 - log(2 pi) / 2
    student: lgamma((v + 1) / 2) - lgamma(v / 2) - log(v pi) / 2 - (v + 1) / 2 * log(1 + e ** 2 / v)
    laplace: -|e| - log 2

    `standardised`: e, the error over its scale, Dmnl; `degrees`: v of Student's, Dmnl. Source: Lange, Little
    and Taylor (1989), Journal of the American Statistical Association 84, equation 2, for Student's.

    >>> round(float(mixed_log_density(0, 0.0, 1.0)), 6)  # - log(2 pi) / 2
    -0.918939
    >>> round(float(mixed_log_density(code("student"), 0.0, 1.0)), 5)  # Cauchy's: - log pi
    -1.14473
    >>> round(float(mixed_log_density(code("laplace"), 0.0, 1.0)), 6)  # - log 2
    -0.693147
    """
    e, v = standardised, jnp.asarray(degrees, dtype=float)
    normal = -0.5 * e**2 - 0.5 * math.log(2.0 * math.pi)
    constant = gammaln((v + 1.0) / 2.0) - gammaln(v / 2.0) - 0.5 * jnp.log(v * math.pi)
    student = constant - (v + 1.0) / 2.0 * jnp.log1p(e**2 / v)
    laplace = -jnp.abs(e) - math.log(2.0)
    return jnp.where(codes == 0, normal, jnp.where(codes == 1, student, laplace))


def information(codes: Array, degrees: Array) -> tuple[Any, Any]:
    """Fisher's information of one error on place and logarithm of scale, in units of the scale.

    normal: 1, 2;  student: (v + 1) / (v + 3), 2 v / (v + 3);  laplace: 1, 1

    `codes`: of the families; `degrees`: v, Dmnl. Source: Lange, Little and Taylor (1989), appendix B.

    >>> [float(one) for one in information(np.array(1), np.array(3.0))]
    [0.6666666666666666, 1.0]
    """
    place = np.select([codes == 0, codes == 1], [1.0, (degrees + 1.0) / (degrees + 3.0)], 1.0)
    scale = np.select([codes == 0, codes == 1], [2.0, 2.0 * degrees / (degrees + 3.0)], 1.0)
    return place, scale
