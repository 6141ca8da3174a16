"""Means, quantiles, event probabilities and failures of many runs, none of whose paths is kept.

Also here:
- What many runs come to, gathered block by block, in any order and in several places.
- Mean, spread and extremes of many values, the same to the last bit whatever the order of the blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from latecomer.errors import refuse
from latecomer.language import ModelText
from latecomer.simulate.events import Event
from latecomer.simulate.lanes import Outcome, Plan
from latecomer.simulate.members import Members
from latecomer.simulate.quantiles import Sketch
from latecomer.simulate.run import assemble

Vector = NDArray[np.float64]


@final
class Moments:
    """mean, standard deviation (of a sample), minimum and maximum of the values of several cells.

    Each block gives its own count, mean and sum of squares; they are joined in the order of their numbers 0,
    1, 2 ..., and a block waits for those before it; without `joins` every block waits, to be handed on.
    Source: Chan, Golub and LeVeque (1979), equations 2.1.

    >>> moments = Moments(cells=1)
    >>> moments.add(1, np.array([[3.0, 5.0]]))
    >>> moments.add(0, np.array([[1.0, 3.0]]))
    >>> [round(float(value[0]), 6) for value in moments.statistics().values()]
    [3.0, 1.632993, 1.0, 5.0]
    """

    NAMES: ClassVar[tuple[str, ...]] = ("mean", "standard deviation", "minimum", "maximum")

    def __init__(self, cells: int, joins: bool = True) -> None:
        self.joins = joins
        self._waiting: dict[int, _Part] = {}
        self._next = 0
        self._joined = _Part(0, np.zeros(cells), np.zeros(cells))
        self._least: Vector = np.full(cells, np.inf)
        self._most: Vector = np.full(cells, -np.inf)

    def add(self, number: int, values: Vector) -> None:
        """Take the values of the block with a number, shape (cells, values); every number comes once."""
        self._waiting[number] = _part(values)
        if values.shape[1]:
            self._least = np.minimum(self._least, values.min(axis=1))
            self._most = np.maximum(self._most, values.max(axis=1))
        self._settle()

    def _settle(self) -> None:
        while self.joins and self._next in self._waiting:
            self._joined = _join(self._joined, self._waiting.pop(self._next))
            self._next += 1

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that has been taken, as arrays, those that `take` takes over.

        next: how many blocks are joined; joined: (1 + 2 cells,), their count, means and squares;
        number, count: (blocks,), mean, squares: (blocks, cells), of those that wait; least, most: (cells,).
        """
        waiting = sorted(self._waiting.items())
        shape, joined = (len(waiting), self._least.size), self._joined
        return {
            "next": np.array(self._next),
            "joined": np.concatenate([[float(joined.number)], joined.mean, joined.squares]),
            "number": np.array([number for number, _ in waiting], dtype=np.int64),
            "count": np.array([part.number for _, part in waiting], dtype=np.int64),
            "mean": np.array([part.mean for _, part in waiting], dtype=np.float64).reshape(shape),
            "squares": np.array([part.squares for _, part in waiting], dtype=np.float64).reshape(shape),
            "least": self._least,
            "most": self._most,
        }

    def take(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take over what another has taken; only one of the two may have joined blocks."""
        if int(arrays["next"]):
            mean, squares = np.split(arrays["joined"][1:], 2)
            self._next, self._joined = int(arrays["next"]), _Part(int(arrays["joined"][0]), mean, squares)
        rows = zip(*(arrays[name] for name in ("number", "count", "mean", "squares")), strict=True)
        self._waiting |= {int(n): _Part(int(count), mean, squares) for n, count, mean, squares in rows}
        self._least = np.minimum(self._least, arrays["least"])
        self._most = np.maximum(self._most, arrays["most"])
        self._settle()

    def statistics(self) -> dict[str, Vector]:
        """The statistics by name, shape (cells,); NaN where there are too few values."""
        found = self._joined
        for _, part in sorted(self._waiting.items()):
            found = _join(found, part)
        none = np.full(found.mean.size, np.nan)
        if not found.number:
            return dict.fromkeys(self.NAMES, none)
        spread = np.sqrt(found.squares / (found.number - 1)) if found.number > 1 else none
        return dict(zip(self.NAMES, (found.mean, spread, self._least, self._most), strict=True))


class _Part(NamedTuple):
    number: int
    mean: Vector
    squares: Vector


def _part(values: Vector) -> _Part:
    count = values.shape[1]
    # beyond the largest number a spread is infinite
    with np.errstate(over="ignore", invalid="ignore"):
        mean = values.sum(axis=1) / max(count, 1)
        return _Part(count, mean, ((values - mean[:, None]) ** 2).sum(axis=1))


def _join(one: _Part, other: _Part) -> _Part:
    total = one.number + other.number
    if not one.number or not other.number:
        return other if other.number else one
    with np.errstate(over="ignore", invalid="ignore"):
        gap = other.mean - one.mean
        squares = one.squares + other.squares + gap * gap * (one.number * other.number / total)
        return _Part(total, one.mean + gap * (other.number / total), squares)


@final
class Gathering:
    """Counts, moments and failures of the runs taken so far; what one gathers another can take over.

    `joins`: as for `Moments`; a gathering of some of the blocks, to be handed on, does not join them.
    """

    def __init__(
        self,
        plan: Plan,
        members: Members,
        events: Mapping[str, Event],
        accuracy: float,
        wanted: Sequence[str],
        joins: bool = True,
    ) -> None:
        self.plan, self.members, self.events, self.wanted = plan, members, events, tuple(wanted)
        self.accuracy = accuracy
        self.times = plan.grid.saved()
        self.number = members.number
        cells = len(self.wanted) * self.times.size
        self.sketches = [Sketch(cells, accuracy) for _ in range(self.number)]
        self.moments = [Moments(cells, joins) for _ in range(self.number)]
        self.happened = np.zeros((len(events), self.number, self.times.size), dtype=np.int64)
        self.finite = np.zeros(self.number, dtype=np.int64)
        # case, draws, and the rows of the first saved times that are not finite
        self.failures: list[tuple[int, NDArray[np.int64], NDArray[np.int64]]] = []

    def take(self, item: tuple[int, int], found: Outcome) -> None:
        """Take the runs of one block: item is (case, first draw)."""
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

    def _parts(self) -> Iterator[tuple[str, Sketch | Moments]]:
        for case in range(self.number):
            yield f"{case}/sketch/", self.sketches[case]
            yield f"{case}/moments/", self.moments[case]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that has been gathered, as arrays by name, those that `merge` takes over."""
        found: dict[str, NDArray[Any]] = {"happened": self.happened, "finite": self.finite}
        for place, part in self._parts():
            found |= {place + key: array for key, array in part.arrays().items()}
        failed = [np.stack([np.full(d.size, case), d, rows]) for case, d, rows in self.failures]
        found["failures"] = np.concatenate([np.empty((3, 0), dtype=np.int64), *failed], axis=1)
        return found

    def merge(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take over what another has gathered of other blocks of the same runs."""
        self.happened += arrays["happened"]
        self.finite += arrays["finite"]
        for place, part in self._parts():
            part.take({key.removeprefix(place): a for key, a in arrays.items() if key.startswith(place)})
        cases, draws, rows = arrays["failures"]
        self.failures += [
            (int(case), draws[i : i + 1], rows[i : i + 1]) for i, case in enumerate(cases.tolist())
        ]

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


def check_quantiles(quantiles: Sequence[float]) -> None:
    """Raise InputError for a share outside 0 to 1."""
    bad = [share for share in quantiles if not 0.0 <= share <= 1.0]
    if bad:
        raise refuse("quantiles", f"{bad[0]:g}", "shares from 0 to 1", "write 0.05 for 5 %")


def summary_of(text: ModelText, found: Gathering, quantiles: Sequence[float]) -> Summary:
    """The figures of what has been gathered."""
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
        accuracy=found.accuracy,
    )


def _labelled(
    text: ModelText, found: Gathering, dimension: str, labels: list[Any], rows: ArrayLike
) -> xr.Dataset:
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
    found: Gathering, values: NDArray[Any], lead: tuple[str, ...], labels: dict[str, Any], timed: bool
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
