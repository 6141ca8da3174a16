"""What many runs come to, gathered block by block, in any order and in several places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latecomer.solve.events import Event
from latecomer.solve.lanes import Outcome, Plan
from latecomer.solve.members import Members
from latecomer.solve.moments import Moments
from latecomer.solve.sketch import Sketch


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
