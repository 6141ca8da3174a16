"""How far a free run stands from the figures: autocorrelated errors of known families, sizes and breaks.

Also here:
- Defaults and reschedulings as figures of their own: how likely an event is, told by credit access.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from latecomer.inference.error_models import mixed_log_density
from latecomer.simulate.grid import Array, Number

if TYPE_CHECKING:
    from latecomer.study.study import Study


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

    `simulated`: shape (years, targets, countries); `sizes` multiply the scale of each figure; `shifts`: as in
    `residuals`.

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


@dataclass(frozen=True, slots=True)
class EventArrays:
    """Onsets on the grid of a run: axes (years, countries); a year without a figure is not at risk."""

    onset: NDArray[np.bool_]
    at_risk: NDArray[np.bool_]
    threshold: NDArray[np.float64]
    width: NDArray[np.float64]
    false_alarm: NDArray[np.float64]
    weight: NDArray[np.float64]


def hazard(access: Array, threshold: Array, width: Array, false_alarm: Array) -> Any:
    """Probability of an event within a year at some credit access.

    hazard = false_alarm + (1 - 2 * false_alarm) / (1 + exp((access - threshold) / width))

    `false_alarm`: of an event with open credit, and of none without; all Dmnl.

    >>> float(hazard(0.5, 0.5, 0.1, 0.02))
    0.5
    """
    return false_alarm + (1.0 - 2.0 * false_alarm) * jax.nn.sigmoid((threshold - access) / width)


def negative_log_events(observed: EventArrays, access: Array) -> Any:
    """Minus the logarithm of the probability of the events and of the years without one.

    loss = - weight * sum over years at risk of log(hazard) at an onset, log(1 - hazard) without one

    `access`: simulated, shape (years, countries).

    >>> one = np.ones((1, 1))
    >>> onset = EventArrays(one > 0, one > 0, *(np.array(x) for x in (0.5, 0.1, 0.02, 1.0)))
    >>> round(float(negative_log_events(onset, 0.5 * one)), 5)  # log 2
    0.69315
    """
    p = hazard(access, observed.threshold, observed.width, observed.false_alarm)
    losses = -jnp.where(observed.onset, jnp.log(p), jnp.log1p(-p))
    return observed.weight * jnp.sum(jnp.where(observed.at_risk, losses, 0.0))


def event_arrays(study: Study, spans: Mapping[str, tuple[int, int]], length: int) -> EventArrays:
    """The events of some countries in the years since their starts; a spell counts in its first year only."""
    onset, at_risk = np.zeros((2, length + 1, len(spans)), dtype=bool)
    events = study.targets.events
    assert events is not None
    for k, (iso3, (start, end)) in enumerate(spans.items()):
        if events.observation not in study.observations.variables(iso3):
            continue
        series = study.observations.series(iso3, events.observation)
        # from the year before the start: a spell that is under way there began earlier
        state = series.reindex(range(start - 1, end + 1)).to_numpy(dtype=float)
        before, state = state[:-1], state[1:]
        onset[: end - start + 1, k] = (state > 0) & ~(before > 0)
        at_risk[: end - start + 1, k] = np.isfinite(state) & ~(before > 0)
    rest = (np.array(one) for one in (events.threshold, events.width, events.false_alarm, events.weight))
    return EventArrays(onset, at_risk, *rest)
