"""The linear algebra of Kalman filters: prediction, Joseph's update, the update of an ensemble."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

import latecomer.solve  # noqa: F401 - sets JAX to float64


def predicted_covariance(covariance: Any, slope: Any, before: Any, after: Any) -> Any:
    """Covariance one step later: P <- A (P + B) A' + C, half of the step's noise before and half after it.

    The trapezoid rule for the integral of the noise, of second order in the step, where A P A' + Q h is of
    first. P: (stocks, stocks); A = `slope`, of one step; B, C = `before`, `after`: variances, (stocks,).

    >>> predicted_covariance(np.eye(1), 2.0 * np.eye(1), np.array([0.5]), np.array([0.25])).tolist()
    [[6.25]]
    """
    return slope @ (covariance + jnp.diag(before)) @ slope.T + jnp.diag(after)


def normal_loss(gap: Any, covariance: Any, mask: Any) -> tuple[Any, Any]:
    """Minus the log density of a normal error, and the factor L of its covariance S = L L'.

    loss = (v' S^-1 v + log det S + n log 2 pi) / 2

    v = `gap`, (series,), nought where `mask` is False; S there has 1 on its diagonal; n: figures.

    >>> loss, _ = normal_loss(np.array([2.0, 0.0]), np.diag([4.0, 1.0]), np.array([True, False]))
    >>> round(float(loss), 6)  # (1 + log(8 pi)) / 2
    2.112086
    """
    factor = jnp.linalg.cholesky(covariance)
    scaled = jax.scipy.linalg.solve_triangular(factor, gap, lower=True)
    log_det = 2.0 * jnp.sum(jnp.log(jnp.diag(factor)))
    return 0.5 * (scaled @ scaled + log_det + jnp.sum(mask) * np.log(2.0 * np.pi)), factor


def joseph_update(
    covariance: Any, gap: Any, slope: Any, variance: Any, mask: Any
) -> tuple[Any, Any, Any, Any]:
    """Shift of the mean, covariance after the figures, loss, and standardised innovations.

    S = H P H' + R;  K = P H' S^-1;  shift = K v;  P <- (I - K H) P (I - K H)' + K R K'

    P: (stocks, stocks); v = `gap`: (series,); H = `slope`: (series, stocks); R = `variance`: (series,).
    Source: Bucy and Joseph (1968), Filtering for Stochastic Processes, chapter 16.

    >>> one = np.ones(1)
    >>> shift, after, _, _ = joseph_update(np.eye(1), 4.0 * one, np.eye(1), 3.0 * one, one == 1.0)
    >>> shift.tolist(), after.tolist()
    ([1.0], [[0.75]])
    """
    v, H, R = jnp.where(mask, gap, 0.0), slope * mask[:, None], jnp.where(mask, variance, 1.0)
    S = H @ covariance @ H.T + jnp.diag(R)
    loss, factor = normal_loss(v, S, mask)
    gain = jax.scipy.linalg.cho_solve((factor, True), H @ covariance).T
    rest = jnp.eye(len(covariance)) - gain @ H
    after = rest @ covariance @ rest.T + (gain * R) @ gain.T
    return gain @ v, after, loss, jnp.where(mask, v / jnp.sqrt(jnp.diag(S)), jnp.nan)


def ensemble_update(
    members: Any, predicted: Any, figures: Any, variance: Any, mask: Any, normals: Any
) -> tuple[Any, Any, Any]:
    """Shift of each member, loss, and standardised innovations, with perturbed figures.

    S = cov(predicted) + R;  K = cov(members, predicted) S^-1;  shift_i = K (figures + e_i - predicted_i)

    members: (members, states); predicted: (members, series); R = `variance`: (series,); e_i: sqrt(R) times
    `normals`, (members, series). Source: Burgers, van Leeuwen and Evensen (1998), Monthly Weather Review 126.
    """
    R = jnp.where(mask, variance, 1.0)
    gaps = jnp.where(mask, figures - predicted, 0.0)
    v = jnp.mean(gaps, axis=0)
    spread, off = (members - jnp.mean(members, axis=0)), v - gaps
    S = off.T @ off / (len(members) - 1) + jnp.diag(R)
    loss, factor = normal_loss(v, S, mask)
    gain = jax.scipy.linalg.cho_solve((factor, True), off.T @ spread / (len(members) - 1)).T
    shifts = jnp.where(mask, gaps + jnp.sqrt(R) * normals, 0.0) @ gain.T
    return shifts, loss, jnp.where(mask, v / jnp.sqrt(jnp.diag(S)), jnp.nan)


def moved(y: Any, shift: Any, positive: NDArray[np.bool_]) -> Any:
    """The state after an update: y + shift, and y exp(shift / y) for a positive stock that is to fall.

    Both agree to first order; the second leaves no positive stock at nought or below. Shapes: (..., states).

    >>> moved(np.array([2.0, 2.0]), np.array([-4.0, -4.0]), np.array([False, True])).round(6).tolist()
    [-2.0, 0.270671]
    """
    falls = positive & (shift < 0.0)
    inside = falls & (y > 0.0)
    rate = jnp.where(inside, shift, 0.0) / jnp.where(inside, y, 1.0)
    return jnp.where(falls, y * jnp.exp(rate), y + shift)


def curbed(y: Any, shift: Any, positive: NDArray[np.bool_]) -> Any:
    """How many positive stocks the plain update y + shift would have driven to nought or below.

    >>> int(curbed(np.array([2.0, 2.0]), np.array([-4.0, -1.0]), np.array([True, True])))
    1
    """
    return jnp.sum(positive & (shift < 0.0) & (y + shift <= 0.0))
