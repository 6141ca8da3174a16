"""Defaults and reschedulings as figures of their own: how likely an event is, told by credit access."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from latecomer.solve.arrays import Array

if TYPE_CHECKING:
    from latecomer.study.study import Study


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
