"""Policy space: which instruments were asked for beyond what the rules of trade permit, and what was run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from latecomer.study.drivers import Points
from latecomer.study.levers import TABLE
from latecomer.study.outcome_tables import Instrument
from latecomer.study.outcomes import Outcomes

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]
BEYOND = 0.005


@dataclass(frozen=True)
class Refusal:
    """Years in a row in which an instrument was asked for beyond what is permitted; levels are 0 to 1."""

    instrument: Instrument
    first: int
    last: int
    asked: tuple[float, float]
    permitted: tuple[float, float]

    @property
    def sentence(self) -> str:
        """The refusal in words.

        >>> subsidy = Instrument(
        ...     name="export subsidy",
        ...     lever="subsidy",
        ...     in_use="subsidy in use",
        ...     permitted="permitted subsidy",
        ...     rules="World Trade Organization and income line",
        ... )
        >>> Refusal(subsidy, 2008, 2018, (0.6, 0.6), (0.0, 0.2)).sentence
        'export subsidy: asked 0.60 in 2008-2018, permitted 0.00 to 0.20: World Trade Organization and income
        line; the permitted part was run'
        """
        years = f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"
        asked, permitted = between(*self.asked), between(*self.permitted)
        why = f"{self.instrument.rules}; the permitted part was run"
        return f"{self.instrument.name}: asked {asked} in {years}, permitted {permitted}: {why}"


def between(low: float, high: float) -> str:
    """A range of levels to two decimals, once where its ends look the same.

    >>> between(0.6, 0.601), between(0.0, 0.2)
    ('0.60', '0.00 to 0.20')
    """
    ends = f"{low:.2f}", f"{high:.2f}"
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def policy_space(run: xr.Dataset, tables: Mapping[str, Points], outcomes: Outcomes) -> list[Refusal]:
    """What the levers of some tables ask beyond what a run has in use, in whole years of the run.

    Runs with draws are taken at their mean. An instrument whose variables the model lacks is left out.
    """
    return [
        refusal
        for one in outcomes.policy_space.values()
        if one.in_use in run and one.permitted in run and one.lever + TABLE in tables
        for refusal in _refusals(one, run, tables[one.lever + TABLE])
    ]


def _refusals(instrument: Instrument, run: xr.Dataset, table: Points) -> Iterator[Refusal]:
    times: Floats = np.asarray(run["time"], dtype=np.float64)
    asked = np.interp(times, *table)
    in_use, permitted = _mean(run, instrument.in_use), _mean(run, instrument.permitted)
    if instrument.protection:
        asked, in_use = 1 - asked, 1 - in_use
    whole = times == np.floor(times)
    beyond = whole & (asked > in_use + BEYOND)
    span: list[int] = []
    for k in [*np.flatnonzero(beyond).tolist(), None]:
        if span and (k is None or times[k] > times[span[-1]] + 1):
            yield Refusal(
                instrument,
                int(times[span[0]]),
                int(times[span[-1]]),
                _ends(asked[span]),
                _ends(permitted[span]),
            )
            span = []
        if k is not None:
            span.append(k)


def _mean(run: xr.Dataset, name: str) -> Floats:
    variable = run[name]
    return np.asarray(variable.mean([dim for dim in variable.dims if dim != "time"]), dtype=np.float64)


def _ends(values: Floats) -> tuple[float, float]:
    return float(values.min()), float(values.max())
