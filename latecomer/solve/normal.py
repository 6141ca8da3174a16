"""Standard normal numbers from random bits, in a form that the compiler turns into vector instructions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from latecomer.solve.arrays import Array
from latecomer.solve.logarithm import log

# numerators and denominators of the three parts of the line, lowest power first
MIDDLE = (
    (
        3.3871328727963666080e0,
        1.3314166789178437745e2,
        1.9715909503065514427e3,
        1.3731693765509461125e4,
        4.5921953931549871457e4,
        6.7265770927008700853e4,
        3.3430575583588128105e4,
        2.5090809287301226727e3,
    ),
    (
        1.0,
        4.2313330701600911252e1,
        6.8718700749205790830e2,
        5.3941960214247511077e3,
        2.1213794301586595867e4,
        3.9307895800092710610e4,
        2.8729085735721942674e4,
        5.2264952788528545610e3,
    ),
)
SIDE = (
    (
        1.42343711074968357734e0,
        4.63033784615654529590e0,
        5.76949722146069140550e0,
        3.64784832476320460504e0,
        1.27045825245236838258e0,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4,
    ),
    (
        1.0,
        2.05319162663775882187e0,
        1.67638483018380384940e0,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ),
)
TAIL = (
    (
        6.65790464350110377720e0,
        5.46378491116411436990e0,
        1.78482653991729133580e0,
        2.96560571828504891230e-1,
        2.65321895265761230930e-2,
        1.24266094738807843860e-3,
        2.71155556874348757815e-5,
        2.01033439929228813265e-7,
    ),
    (
        1.0,
        5.99832206555887937690e-1,
        1.36929880922735805310e-1,
        1.48753612908506148525e-2,
        7.86869131145613259100e-4,
        1.84631831751005468180e-5,
        1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ),
)


def standard_normal(key: Array, count: int) -> Any:
    """Independent standard normal numbers, shape (count,), from the random bits of a key.

    The i-th depends on the key and on i only.
    """
    bits = jax.random.bits(key, (count,), dtype=jnp.uint64)
    return quantile(((bits >> 11).astype(jnp.float64) + 0.5) * 2.0**-53)


def quantile(share: Array) -> Any:
    """The value that a standard normal number does not exceed with this probability, between 0 and 1.

    Source: Wichura (1988), algorithm AS 241, PPND16: exact to about 1 part in 10^16.

    >>> round(float(quantile(0.975)), 6), float(quantile(0.5))
    (1.959964, 0.0)
    """
    share = jnp.asarray(share, float)
    off = share - 0.5
    outside = jnp.sqrt(-log(jnp.minimum(share, 1.0 - share)))
    near, far = jnp.abs(off) <= 0.425, outside > 5.0
    top, bottom = (
        jnp.where(
            near,
            _polynomial(MIDDLE[part], 0.180625 - off * off),
            jnp.where(far, _polynomial(TAIL[part], outside - 5.0), _polynomial(SIDE[part], outside - 1.6)),
        )
        for part in (0, 1)
    )
    return jnp.where(near, off, jnp.sign(off)) * (top / bottom)


def _polynomial(coefficients: Sequence[float], x: Array) -> Any:
    value = jnp.full_like(x, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        value = value * x + coefficient
    return value
