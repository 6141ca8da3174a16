"""Events of a run, such as the loss of credit: a variable beyond a threshold within some years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latecomer.errors import Fault, InputError, nearest


@dataclass(frozen=True)
class Event:
    """`variable` is below or above a threshold at a saved time from `start` to `end`, both included.

    >>> Event("credit access", below=0.5, start=1980, end=1986)
    Event(variable='credit access', below=0.5, above=None, start=1980, end=1986)
    """

    variable: str
    below: float | None = None
    above: float | None = None
    start: float | None = None
    end: float | None = None

    def happens(self, values: NDArray[np.float64], times: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether it holds at each time, for values of shape (times, runs)."""
        inside = np.ones(times.size, dtype=bool)
        if self.start is not None:
            inside &= times >= self.start
        if self.end is not None:
            inside &= times <= self.end
        holds = np.zeros(values.shape, dtype=bool)
        if self.below is not None:
            holds |= values < self.below
        if self.above is not None:
            holds |= values > self.above
        return holds & inside[:, None]


def check_events(events: Mapping[str, Event], names: Sequence[str], times: NDArray[np.float64]) -> None:
    """Raise InputError with every fault of some events; `names` are the variables of the model."""
    faults = []
    for label, event in events.items():
        place = f"event '{label}'"
        if event.variable not in names:
            cure = nearest(event.variable, names)
            faults.append(Fault(place, f"the variable '{event.variable}'", "the name of a variable", cure))
        if event.below is None and event.above is None:
            faults.append(Fault(place, "no threshold", "below or above, or both", "give below=0.5, say"))
        low = times[0] if event.start is None else event.start
        high = times[-1] if event.end is None else event.end
        if not ((times >= low) & (times <= high)).any():
            faults.append(
                Fault(
                    place,
                    f"the years {low:g} to {high:g}",
                    f"years with a saved time between {times[0]:g} and {times[-1]:g}",
                    "correct start and end",
                )
            )
    if faults:
        raise InputError(faults)
