"""A piece of work that any process can do: a model text and what is asked of it, told by a digest."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from latecomer.execute.task import Task
from latecomer.solve import load_model
from latecomer.solve.chunked import Chunk, Chunked
from latecomer.solve.model import Signed

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
