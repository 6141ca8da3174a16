"""How far a free run stands from the figures: Student's t, with a weight for autocorrelation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

AUTOCORRELATION_WEIGHT = 0.5
"""Annual errors of a free run are autocorrelated: two years tell about as much as one independent figure."""

SMALLEST = 1e-6


@dataclass(frozen=True, slots=True)
class ObservationArrays:
    """Figures on the grid of a run: axes (years, targets, countries); a missing figure has mask False."""

    figures: NDArray[np.float64]
    mask: NDArray[np.bool_]
    logarithmic: NDArray[np.bool_]
    scale: NDArray[np.float64]
    degrees: NDArray[np.float64]
    weight: NDArray[np.float64]


def student_loss(residual: Any, degrees: Any) -> Any:
    """Minus the logarithm of Student's density, up to a constant.

    loss = (degrees + 1) / 2 * log(1 + residual ** 2 / degrees)

    `residual`: standardised, Dmnl; `degrees`: of freedom, Dmnl. Source: Lange, Little and Taylor (1989),
    Journal of the American Statistical Association 84, equation 2.

    >>> round(float(student_loss(1.0, 1.0)), 6)  # log 2
    0.693147
    """
    return (degrees + 1.0) / 2.0 * jnp.log1p(residual**2 / degrees)


def residuals(observed: ObservationArrays, simulated: Any) -> Any:
    """Standardised errors, nought where there is no figure; shape (years, targets, countries)."""
    safe = jnp.where(observed.mask, observed.figures, 1.0)
    target = jnp.where(observed.logarithmic, jnp.log(jnp.maximum(safe, SMALLEST)), safe)
    model = jnp.where(observed.logarithmic, jnp.log(jnp.maximum(simulated, SMALLEST)), simulated)
    return jnp.where(observed.mask, (model - target) / observed.scale, 0.0)


def negative_log_likelihood(observed: ObservationArrays, simulated: Any) -> Any:
    """Loss of a run against the figures, weighted for autocorrelation.

    >>> shape = (1, 1, 1)
    >>> one = ObservationArrays(
    ...     np.ones(shape), np.ones(shape, bool), np.zeros(shape, bool), *[np.ones(shape)] * 3
    ... )
    >>> round(float(negative_log_likelihood(one, np.full(shape, 2.0))), 6)  # log 2 / 2
    0.346574
    """
    losses = student_loss(residuals(observed, simulated), observed.degrees)
    return AUTOCORRELATION_WEIGHT * jnp.sum(observed.weight * losses)


def negative_log_prior(z: Any) -> Any:
    """Loss of standard normals: z . z / 2.

    >>> float(negative_log_prior(np.array([3.0, 4.0])))
    12.5
    """
    return 0.5 * jnp.sum(z**2)
