"""Means, quantiles, event probabilities and failures of many runs, none of whose paths is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from latecomer.faults import refuse
from latecomer.language import ModelText
from latecomer.solve.ensemble import run_blocks
from latecomer.solve.events import Event
from latecomer.solve.lanes import Block, Outcome, Plan
from latecomer.solve.members import Members
from latecomer.solve.moments import Moments
from latecomer.solve.results import assemble
from latecomer.solve.sketch import Sketch


@dataclass(frozen=True)
class Summary:
    """What `draws` runs of each case came to; all but `failures` is conditional on runs that stayed finite.

    moments: variables over (statistic, [case,] time) with the statistics mean, standard deviation, minimum
    and maximum; quantiles: variables over (quantile, [case,] time), each within a part `accuracy` of the
    value of a run, or 0 for one nearer to 0 than 1e-12; events: the share of runs in which each event has
    happened by each time, over (event, [case,] time); finite: the number of runs behind these figures, over
    ([case,]); failures: a row for each run that left the finite numbers, with its case, draw, first saved
    time when it had, and its parameters.
    """

    draws: int
    moments: xr.Dataset
    quantiles: xr.Dataset
    events: xr.DataArray
    finite: xr.DataArray
    failures: pd.DataFrame
    accuracy: float

    @property
    def failed(self) -> int:
        """The number of runs that left the finite numbers."""
        return len(self.failures)


class _Collector:
    def __init__(
        self,
        plan: Plan,
        members: Members,
        events: Mapping[str, Event],
        accuracy: float,
        wanted: Sequence[str],
    ) -> None:
        self.plan, self.members, self.events, self.wanted = plan, members, events, tuple(wanted)
        self.times = plan.grid.saved()
        self.number = members.number
        cells = len(self.wanted) * self.times.size
        self.sketches = [Sketch(cells, accuracy) for _ in range(self.number)]
        self.moments = [Moments(cells) for _ in range(self.number)]
        self.happened = np.zeros((len(events), self.number, self.times.size), dtype=np.int64)
        self.finite = np.zeros(self.number, dtype=np.int64)
        # case, draws, and the rows of the first saved times that are not finite
        self.failures: list[tuple[int, NDArray[np.int64], NDArray[np.int64]]] = []

    def take(self, item: tuple[int, int], found: Outcome) -> None:
        case, first = item
        count = min(self.plan.lanes, self.members.draws - first)
        good = np.flatnonzero(found.failed[:count] == self.times.size)
        values = found.values[:, :, good]
        cells = values[: len(self.wanted)].reshape(len(self.wanted) * self.times.size, good.size)
        self.sketches[case].add(cells)
        self.moments[case].add(first // self.plan.lanes, cells)
        self.finite[case] += good.size
        for k, event in enumerate(self.events.values()):
            holds = event.happens(values[self.plan.variables.index(event.variable)], self.times)
            self.happened[k, case] += np.logical_or.accumulate(holds, axis=0).sum(axis=1)
        bad = np.flatnonzero(found.failed[:count] < self.times.size)
        if bad.size:
            self.failures.append((case, first + bad, found.failed[bad]))

    def failure_table(self) -> pd.DataFrame:
        """A row for each run that failed, in order."""
        parts = []
        for case, draws, rows in sorted(self.failures, key=lambda part: (part[0], part[1][0])):
            varied = self.members.rows[case if self.members.rows.shape[0] > 1 else 0]
            label = np.full(draws.size, self.members.cases[case] if self.members.cases else "", dtype=object)
            parts.append((label, draws, self.times[rows], *varied[:, draws]))
        names = [self.plan.program.parameter_names[place] for place in self.members.varied]
        # by place, as a constant may be called like one of the first columns
        columns: list[Any] = [np.concatenate(column) for column in zip(*parts, strict=True)]
        columns = columns or [[]] * (3 + len(names))
        first = 0 if self.members.cases else 1
        table = pd.DataFrame(dict(enumerate(columns[first:])))
        table.columns = pd.Index(["case", "draw", "time", *names][first:])
        return table


def summarise(
    text: ModelText,
    plan: Plan,
    block: Block,
    members: Members,
    seed: int,
    quantiles: Sequence[float],
    events: Mapping[str, Event],
    wanted: Sequence[str],
    accuracy: float,
    threads: int,
) -> Summary:
    """The summary of all members; the same to the last bit for any number of threads."""
    bad = [share for share in quantiles if not 0.0 <= share <= 1.0]
    if bad:
        raise refuse("quantiles", f"{bad[0]:g}", "shares from 0 to 1", "write 0.05 for 5 %")
    collector = _Collector(plan, members, events, accuracy, wanted)
    run_blocks(plan, block, members, seed, collector.take, threads)
    return _summary(text, collector, quantiles, accuracy)


def _summary(text: ModelText, found: _Collector, quantiles: Sequence[float], accuracy: float) -> Summary:
    shares = np.stack([sketch.quantiles(quantiles) for sketch in found.sketches], axis=1)
    moments = [[one.statistics()[name] for one in found.moments] for name in Moments.NAMES]
    with np.errstate(invalid="ignore"):
        probability = np.where(found.finite[:, None] > 0, found.happened / found.finite[:, None], np.nan)
    return Summary(
        draws=found.members.draws,
        moments=_labelled(text, found, "statistic", list(Moments.NAMES), moments),
        quantiles=_labelled(text, found, "quantile", list(quantiles), shares),
        events=_over_cases(found, probability, ("event",), {"event": list(found.events)}, timed=True),
        finite=_over_cases(found, found.finite, (), {}, timed=False),
        failures=found.failure_table(),
        accuracy=accuracy,
    )


def _labelled(text: ModelText, found: _Collector, dimension: str, labels: list[Any], rows: Any) -> xr.Dataset:
    shape = (len(labels), found.number, len(found.wanted), found.times.size)
    table = np.asarray(rows, dtype=np.float64).reshape(shape)
    by_case = bool(found.members.cases)
    named = {name: table[:, :, k] if by_case else table[:, 0, k] for k, name in enumerate(found.wanted)}
    dims = (dimension, *(("case",) if by_case else ()), "time")
    columns, ranges = assemble(text, named, dims)
    coordinates: dict[str, Any] = {dimension: labels, "time": found.times, **ranges}
    if by_case:
        coordinates["case"] = list(found.members.cases)
    return xr.Dataset(columns, coords=coordinates)


def _over_cases(
    found: _Collector, values: NDArray[Any], lead: tuple[str, ...], labels: dict[str, Any], timed: bool
) -> xr.DataArray:
    """Values of shape (*lead, cases[, times]) with names; the cases are dropped where there are none."""
    coordinates: dict[str, Any] = dict(labels)
    tail: tuple[str, ...] = ("time",) if timed else ()
    if timed:
        coordinates["time"] = found.times
    if not found.members.cases:
        return xr.DataArray(values.take(0, axis=len(lead)), dims=(*lead, *tail), coords=coordinates)
    coordinates["case"] = list(found.members.cases)
    return xr.DataArray(values, dims=(*lead, "case", *tail), coords=coordinates)
