"""Where items of work are done: one door for local cores and for clusters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import final

from latecomer.execute.task import Item, Result, Task
from latecomer.solve.workers import checked_workers


class Executor(ABC):
    """Does items somewhere and hands each result over as it is finished, in any order.

    An item is handed over once; few results wait for each worker. What stops a worker for good is raised,
    after what was finished has been handed over.
    """

    @abstractmethod
    def each(
        self, task: Task[Item, Result], items: Sequence[Item], take: Callable[[Item, Result], None]
    ) -> None:
        """Do some items of a task and hand each to `take` in the calling thread."""


@final
class LocalExecutor(Executor):
    """The cores of this machine: one item after another, on `workers` threads where it can use them."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = checked_workers(workers)

    def each(
        self, task: Task[Item, Result], items: Sequence[Item], take: Callable[[Item, Result], None]
    ) -> None:
        """Do some items of a task and hand each to `take`."""
        for item in items:
            take(item, task.do(item, self.workers))
