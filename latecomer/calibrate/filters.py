"""The extended and the ensemble Kalman filter on a model's own steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from latecomer.calibrate.kalman import curbed, ensemble_update, joseph_update, moved, predicted_covariance
from latecomer.solve.transition import Prepared, Transition

SMALLEST = 1e-6
WIDTH = 1e-4
"""Part of a stock by which it is moved for a derivative: wide enough for the loss to be smooth."""
LEAST = 0.1
"""A stock nearer to nought, such as a shock, is moved as if it had this size."""


class Figures(NamedTuple):
    """Figures at the saved times, on the scale on which their errors are normal; axes (times, series).

    A missing figure has mask False; variance: (times, series); logarithmic: (series,).
    """

    values: Any
    mask: Any
    variance: Any
    logarithmic: Any


class Filtered(NamedTuple):
    """What a filter finds.

    loss: minus the log likelihood, constants included, of the figures on their scale; innovations: figure
    less prediction over the standard deviation of that difference, (times, series), NaN without a figure;
    means and deviations: of the states after the figures of that time, (times, states); curbed: how many
    updates would have driven a positive stock to nought or below.
    """

    loss: Any
    innovations: Any
    means: Any
    deviations: Any
    curbed: Any


class Draws(NamedTuple):
    """Standard normals of an ensemble.

    start: (members, states); noise: (times, members, steps, 2, noisy); figures: (times, members, series).
    """

    start: Any
    noise: Any
    figures: Any


def seen(transition: Transition, figures: Figures, held: Any, row: Any, y: Any) -> Any:
    """The outputs on the scale of their figures, shape (series,)."""
    plain = transition.observe(held, row, y)
    return jnp.where(figures.logarithmic, jnp.log(jnp.maximum(plain, SMALLEST)), plain)


def slopes(function: Callable[[Any], Any], y: Any, free: Any, positive: Any) -> tuple[Any, Any]:
    """A function of the states at y, and its derivative by those that are `free`, by central differences.

    A[:, i] = (f(y + w_i e_i) - f(y - v_i e_i)) / (w_i + v_i), w = WIDTH max(|y|, LEAST); v = w, but no more
    than y for a positive stock. Relative error about WIDTH^2. The runs lie side by side: to differentiate
    them by the parameters is a first derivative of the model, where tangents would need its second.
    Result: (values,) and (values, free). Source: Nocedal and Wright (2006), Numerical Optimization, 8.7.

    >>> value, slope = slopes(lambda y: y**2, jnp.array([3.0, 2.0]), np.array([1]), np.zeros(2, bool))
    >>> value.tolist(), slope.round(6).tolist()
    ([9.0, 4.0], [[0.0], [4.0]])
    """
    up = jax.lax.stop_gradient(WIDTH * jnp.maximum(jnp.abs(y), LEAST))
    down = jnp.where(positive, jnp.clip(jax.lax.stop_gradient(y), 0.0, up), up)
    basis = np.eye(len(y))[free]
    found = jax.vmap(function)(jnp.concatenate([y[None], y + basis * up, y - basis * down]))
    above, below = found[1 : len(free) + 1], found[len(free) + 1 :]
    return found[0], ((above - below) / (up + down)[free, None]).T


def extended_filter(
    transition: Transition, prepared: Prepared, figures: Figures, spread: Any, positive: Any
) -> Filtered:
    """The extended Kalman filter from y0 with standard deviations spread * |y0|.

    Means follow the model's own steps, covariances their derivative by the stocks as `slopes` has it; at
    figures the mean moves as `moved` says. spread, positive: (states,). Source: Jazwinski (1970), Stochastic
    Processes and Filtering Theory, theorem 8.1.
    """
    held, free = prepared.held, transition.stocks
    place = np.searchsorted(free, transition.noisy)

    def noise(row: Any, y: Any, h: Any) -> Any:
        size = transition.sizes(held, row, y)
        return jnp.zeros(len(free)).at[place].set(0.5 * h * size**2)

    @jax.checkpoint
    def step(carry: Any, now: Any) -> Any:
        (y, P), (window, h) = carry, now
        later, A = slopes(lambda one: transition.advance(held, window, one, h), y, free, positive)
        before, after = noise(window[0], y, h), noise(window[-1], later, h)
        return (later, predicted_covariance(P, A[free], before, after)), None

    @jax.checkpoint
    def meet(y: Any, P: Any, row: Any, now: Figures) -> Any:
        plain, H = slopes(lambda one: seen(transition, now, held, row, one), y, free, positive)
        shift, P, loss, innovations = joseph_update(P, now.values - plain, H, now.variance, now.mask)
        full = jnp.zeros_like(y).at[free].set(shift)
        found = loss, innovations, curbed(y, full, positive)
        return moved(y, full, positive), P, found

    def year(carry: Any, now: Any) -> Any:
        row, own, ahead = now
        y, P, (loss, innovations, count) = meet(*carry, row, own)
        deviations = jnp.zeros_like(y).at[free].set(_deviations(jnp.diag(P)))
        return jax.lax.scan(step, (y, P), ahead)[0], (loss, innovations, y, deviations, count)

    start = prepared.y0, jnp.diag((spread * jnp.abs(prepared.y0))[free] ** 2)
    parts = jax.lax.scan(year, start, (prepared.saved, _by_time(figures), _ahead(transition, prepared)))[1]
    return _filtered(*parts)


def ensemble_filter(
    transition: Transition, prepared: Prepared, figures: Figures, spread: Any, positive: Any, draws: Draws
) -> Filtered:
    """The ensemble Kalman filter: as many runs as `draws` has members, each moved at figures.

    A member starts at y0 moved by spread |y0| z; its noise enters half before and half after each step.
    Arguments as for `extended_filter`. Source: Evensen (2003), Ocean Dynamics 53.
    """
    held, noisy = prepared.held, transition.noisy

    def kick(row: Any, y: Any, h: Any, z: Any) -> Any:
        return y.at[noisy].add(jnp.sqrt(0.5 * h) * transition.sizes(held, row, y) * z)

    def one_step(y: Any, window: Any, h: Any, z: Any) -> Any:
        later = transition.advance(held, window, kick(window[0], y, h, z[0]), h)
        return kick(window[-1], later, h, z[1])

    @jax.checkpoint
    def step(members: Any, now: Any) -> Any:
        (window, h), z = now
        return jax.vmap(one_step, in_axes=(0, None, None, 0))(members, window, h, z), None

    @jax.checkpoint
    def meet(members: Any, row: Any, now: Figures, z: Any) -> Any:
        plain = jax.vmap(lambda y: seen(transition, now, held, row, y))(members)
        shifts, loss, gaps = ensemble_update(members, plain, now.values, now.variance, now.mask, z)
        return moved(members, shifts, positive), (loss, gaps, curbed(members, shifts, positive))

    def year(members: Any, now: Any) -> Any:
        row, own, ahead, noise, z = now
        members, (loss, gaps, count) = meet(members, row, own, z)
        mean = jnp.mean(members, axis=0)
        found = loss, gaps, mean, _deviations(jnp.var(members, axis=0, ddof=1)), count
        return jax.lax.scan(step, members, (ahead, jnp.moveaxis(noise, 0, 1)))[0], found

    y0 = prepared.y0
    start = moved(jnp.broadcast_to(y0, draws.start.shape), spread * jnp.abs(y0) * draws.start, positive)
    ahead = _ahead(transition, prepared)
    given = prepared.saved, _by_time(figures), ahead, draws.noise, draws.figures
    parts = jax.lax.scan(year, start, given)[1]
    return _filtered(*parts)


def _filtered(losses: Any, innovations: Any, means: Any, deviations: Any, counts: Any) -> Filtered:
    return Filtered(jnp.sum(losses), innovations, means, deviations, jnp.sum(counts))


def _deviations(variances: Any) -> Any:
    # a result only: the root of a variance of nought has no derivative
    return jnp.sqrt(jnp.maximum(jax.lax.stop_gradient(variances), 0.0))


def _by_time(figures: Figures) -> Figures:
    return figures._replace(logarithmic=jnp.broadcast_to(figures.logarithmic, np.shape(figures.values)))


def _ahead(transition: Transition, prepared: Prepared) -> tuple[Any, NDArray[np.float64]]:
    """The windows of the steps after each saved time, and their lengths: nought after the last time."""
    times, steps = len(transition.times), transition.steps
    index = np.arange(times * steps).reshape(times, steps)
    lengths = np.full((times, steps), transition.step)
    lengths[-1] = 0.0
    return prepared.windows[np.minimum(index, len(prepared.windows) - 1)], lengths
