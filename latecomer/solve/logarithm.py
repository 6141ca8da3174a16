"""The natural logarithm in a form that the compiler turns into vector instructions."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from latecomer.solve.arrays import Array

# ln 2 in two parts: a whole number times the first is exact
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
# (ln(1 + s) - ln(1 - s) - 2 s) / s as a polynomial in s^2, by Remez' algorithm on [0, 0.1716]
SERIES = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
)
# the bits of sqrt(1/2): below it a mantissa is doubled
ROOT = 0x3FE6A09E667F3BCD
MANTISSA = 52


@jax.custom_jvp
def log(x: Array) -> Any:
    """ln x, off by at most one unit in the last place; -inf at 0 and below 2.2e-308, NaN below 0.

    x = 2^k m with m in [sqrt(1/2), sqrt(2)), f = m - 1, s = f / (2 + f): ln x = k ln 2 + f - f^2/2 +
    s (f^2/2 + R(s^2)). The library's own calls a scalar function for each number, four times as slow.
    Source: Ng (1993), FDLIBM, e_log.c, for the reduction and the coefficients.

    >>> float(log(np.e)), float(log(0.0))
    (1.0, -inf)
    """
    x = jnp.asarray(x, float)
    if jax.default_backend() != "cpu":
        return jnp.log(x)
    bits = jax.lax.bitcast_convert_type(x, jnp.int64)
    power = (bits - ROOT) >> MANTISSA
    f = jax.lax.bitcast_convert_type(bits - (power << MANTISSA), jnp.float64) - 1.0
    k = power.astype(jnp.float64)
    s = f / (2.0 + f)
    half = 0.5 * f * f
    value = k * LN2_HIGH - ((half - (s * (half + _series(s * s)) + k * LN2_LOW)) - f)
    value = jnp.where(x < np.finfo(float).tiny, jnp.where(x < 0.0, jnp.nan, -jnp.inf), value)
    return jnp.where(x < jnp.inf, value, x)


def _series(z: Array) -> Any:
    w = z * z
    odd = w * (SERIES[1] + w * (SERIES[3] + w * SERIES[5]))
    return z * (SERIES[0] + w * (SERIES[2] + w * (SERIES[4] + w * SERIES[6]))) + odd


@log.defjvp
def _log_jvp(primals: tuple[Any], tangents: tuple[Any]) -> tuple[Any, Any]:
    (x,), (slope,) = primals, tangents
    return log(x), slope / x
