"""Where chunks of runs are run: one door for local cores and for clusters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, final

from numpy.typing import NDArray

from latecomer.execute.work import Work
from latecomer.solve.chunked import Chunk
from latecomer.solve.workers import checked_workers

Arrays = dict[str, NDArray[Any]]
Take = Callable[[Chunk, Arrays], None]


class Executor(ABC):
    """Runs chunks somewhere and hands each over as it is finished, in any order.

    A chunk is handed over once; no more results wait than there are workers. What stops a worker for good is
    raised, after what was finished has been handed over.
    """

    @abstractmethod
    def each(self, work: Work, chunks: Sequence[Chunk], take: Take) -> None:
        """Run some chunks of a work and hand each to `take` in the calling thread."""


@final
class LocalExecutor(Executor):
    """The cores of this machine: one chunk after another, its blocks on `workers` threads."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = checked_workers(workers)

    def each(self, work: Work, chunks: Sequence[Chunk], take: Take) -> None:
        """Run some chunks of a work and hand each to `take`."""
        for chunk in chunks:
            take(chunk, work.chunk(chunk, self.workers))
