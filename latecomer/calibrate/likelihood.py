"""How far a free run stands from the figures: autocorrelated errors of known families, sizes and breaks."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from latecomer.calibrate.errors import mixed_log_density
from latecomer.solve.arrays import Array, Number

SMALLEST = 1e-6


@dataclass(frozen=True, slots=True)
class ObservationArrays:
    """Figures on the grid of a run: axes (years, targets, countries); a missing figure has mask False.

    `codes`: of the error families; `scale`, `degrees`, `autocorrelation` and `weight`: of each target
    and country; `previous`: the row of the figure before within the same stretch, -1 for the first of one.
    """

    figures: NDArray[np.float64]
    mask: NDArray[np.bool_]
    logarithmic: NDArray[np.bool_]
    codes: NDArray[np.int64]
    scale: NDArray[np.float64]
    degrees: NDArray[np.float64]
    autocorrelation: NDArray[np.float64]
    weight: NDArray[np.float64]
    previous: NDArray[np.int64]

    def of_country(self, k: int) -> ObservationArrays:
        """The arrays of the k-th country alone, its axis kept."""
        return ObservationArrays(*(getattr(self, one.name)[:, :, k : k + 1] for one in fields(self)))


def residuals(observed: ObservationArrays, simulated: Array, shifts: Number = 0.0) -> Any:
    """Errors of a run, nought where there is no figure; shape (years, targets, countries).

    `shifts`: how far known breaks have moved the figures, on the scale of the error.
    """
    safe = jnp.where(observed.mask, observed.figures, 1.0)
    target = jnp.where(observed.logarithmic, jnp.log(jnp.maximum(safe, SMALLEST)), safe)
    model = jnp.where(observed.logarithmic, jnp.log(jnp.maximum(simulated, SMALLEST)), simulated)
    return jnp.where(observed.mask, model + shifts - target, 0.0)


def innovations(observed: ObservationArrays, errors: Array) -> tuple[Any, Any]:
    """What of each error the one before does not tell, and its size in units of the scale.

    e[t] = r[t] - rho ** g * r[t - g];  size[t] = sqrt(1 - rho ** (2 g))
    the first figure of a stretch: e[t] = r[t];  size[t] = 1

    `errors`: r, shape (years, targets, countries), or many errors of one country on the last axis; g: years
    since the figure before. Result: e, of that shape, and size. Source: Jones (1980), Technometrics 22, for
    first-order autocorrelation with gaps.

    >>> one = np.ones((2, 1, 1))
    >>> chain = ObservationArrays(
    ...     one, one > 0, one < 0, one[:1].astype(int), *[one[:1]] * 2, 0.6 * one[:1], one[:1],
    ...     np.array([-1, 0]).reshape(2, 1, 1),
    ... )
    >>> e, size = innovations(chain, np.array([1.0, 1.0]).reshape(2, 1, 1))
    >>> [round(float(x), 6) for x in (*e.ravel(), *size.ravel())]  # 1 - .6 and sqrt(1 - .36)
    [1.0, 0.4, 1.0, 0.8]
    """  # fmt: skip
    first = observed.previous < 0
    years = np.arange(errors.shape[0]).reshape(-1, 1, 1)
    gap = jnp.where(first, 1, years - observed.previous)
    fading = jnp.where(first, 0.0, observed.autocorrelation**gap)
    before = jnp.take_along_axis(errors, jnp.where(first, 0, observed.previous), axis=0)
    return errors - fading * before, jnp.sqrt(1.0 - fading**2)


def negative_log_likelihood(
    observed: ObservationArrays, simulated: Array, sizes: Number = 1.0, shifts: Number = 0.0
) -> Any:
    """Minus the logarithm of the density of the figures given a run.

    loss = sum of weight * (log(scale * size) - log f(e / (scale * size)))

    `simulated`: shape (years, targets, countries); `sizes` and `shifts`: as for `standardised`, `residuals`.

    >>> shape, one = (1, 1, 1), np.ones((1, 1, 1))
    >>> figures = ObservationArrays(
    ...     one, one > 0, one < 0, np.zeros(shape, int), one, one, 0 * one, one, np.full(shape, -1)
    ... )
    >>> round(float(negative_log_likelihood(figures, 2.0 * one)), 6)  # 1 / 2 + log(2 pi) / 2
    1.418939
    """
    parts, factor = innovations(observed, residuals(observed, simulated, shifts))
    scale = observed.scale * sizes * factor
    losses = jnp.log(scale) - mixed_log_density(observed.codes, parts / scale, observed.degrees)
    return jnp.sum(jnp.where(observed.mask, observed.weight * losses, 0.0))


def negative_log_prior(z: Array) -> Any:
    """Loss of standard normals: z . z / 2.

    >>> float(negative_log_prior(np.array([3.0, 4.0])))
    12.5
    """
    return 0.5 * jnp.sum(z**2)
