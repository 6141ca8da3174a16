"""Where items of work are done: one door for local cores and for clusters.

Also here:
- What can be done anywhere: one item at a time, from what the task itself carries.
- A piece of work that any process can do: a model text and what is asked of it, told by a digest.
"""

from __future__ import annotations

import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any, Generic, TypeAlias, TypeVar, final

import numpy as np
from numpy.typing import NDArray

from latecomer.simulate import load_model
from latecomer.simulate.ensemble import Chunk, Chunked, checked_workers
from latecomer.simulate.model import Signed

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with what is being done, the number of steps done and the number of all."""


def silent(what: str, done: int, total: int) -> None:
    """Tell nobody."""


Item = TypeVar("Item")

Result = TypeVar("Result")


class Task(ABC, Generic[Item, Result]):
    """A piece of work in independent items; it is carried to other machines, and so is each item."""

    @abstractmethod
    def do(self, item: Item, threads: int = 1) -> Result:
        """Do one item; the result depends on the task and the item, and on nothing of the machine."""


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


Arrays = dict[str, NDArray[Any]]

_OPEN: dict[str, Chunked] = {}

_LOCK = Lock()


@final
@dataclass(frozen=True)
class Work(Task[Chunk, Arrays]):
    """A summary to be made: a model text, and the arguments of `Model.chunked` for it.

    It carries all that its runs depend on, so that a process elsewhere needs the program and nothing else.
    """

    text: str
    suffix: str
    asked: Mapping[str, Any]
    # which stocks may be negative, see `load_model`
    signed: Signed | None = None

    @cached_property
    def digest(self) -> str:
        """The sha256 of the text and of all that is asked."""
        found = sha256(self.text.encode())
        _feed(found, self.signed)
        for name, value in sorted(self.asked.items()):
            found.update(f"\0{name}\0".encode())
            _feed(found, value)
        return found.hexdigest()

    def opened(self) -> Chunked:
        """The runs, ready; the last work is kept open in each process, with what is compiled for it."""
        with _LOCK:
            if self.digest not in _OPEN:
                _OPEN.clear()
                _OPEN[self.digest] = self._open()
            return _OPEN[self.digest]

    def _open(self) -> Chunked:
        with tempfile.TemporaryDirectory(prefix="latecomer-") as scratch:
            path = Path(scratch) / f"model{self.suffix}"
            path.write_text(self.text, encoding="utf-8")
            return load_model(path, signed=self.signed).chunked(**self.asked)

    def do(self, item: Chunk, threads: int = 1) -> Arrays:
        """What the runs of a chunk come to."""
        return self.opened().run(item, threads)


def _feed(found: Any, value: Any) -> None:
    """Add a value to a digest: arrays by their bytes, mappings by their names, the rest as it is written."""
    if isinstance(value, Mapping):
        for name in value:
            found.update(f"\0{name}\0".encode())
            _feed(found, value[name])
    elif isinstance(value, np.ndarray):
        found.update(f"{value.dtype}{value.shape}".encode() + np.ascontiguousarray(value).tobytes())
    elif isinstance(value, tuple | list):
        found.update(f"\0{len(value)}\0".encode())
        for item in value:
            _feed(found, item)
    else:
        found.update(repr(value).encode())
