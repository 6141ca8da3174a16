"""A summary that survives: chunks are run somewhere, gathered, kept, and gone on from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from latecomer.execute.executor import Executor, LocalExecutor
from latecomer.execute.shelf import Shelf
from latecomer.execute.work import Work
from latecomer.solve.chunked import Chunk
from latecomer.solve.summary import Summary

Progress = Callable[[str, int, int], None]


def summarised(
    work: Work,
    executor: Executor | None = None,
    folder: Path | None = None,
    progress: Progress = lambda what, done, total: None,
) -> Summary:
    """The summary of a work, the same to the last bit wherever, in whatever order and after whatever stops.

    `folder`: where finished chunks are kept, and gone on from if it holds any of this very work; without one
    nothing is kept. `executor`: by default every core of this machine. Raises InputError as `Model.chunked`,
    `Shelf` and the executor do; what was finished by then is kept.
    """
    parts = work.opened()
    gathered, done = parts.gathering(), set[str]()
    shelf = None if folder is None else Shelf(folder, work.digest)
    if shelf is not None and (held := shelf.read()) is not None:
        done, arrays = held
        gathered.merge(arrays)
    rest = [chunk for chunk in parts.chunks if chunk.name not in done]
    total = len(parts.chunks)

    def take(chunk: Chunk, arrays: dict[str, NDArray[Any]]) -> None:
        gathered.merge(arrays)
        done.add(chunk.name)
        progress("chunks", len(done), total)
        if shelf is not None and shelf.due():
            shelf.keep(done, gathered.arrays())

    progress("chunks", len(done), total)
    if shelf is not None and rest:
        # a place that cannot be written to is told before any run is made
        shelf.keep(done, gathered.arrays())
    try:
        (executor or LocalExecutor()).each(work, rest, take)
    finally:
        if shelf is not None and rest:
            shelf.keep(done, gathered.arrays())
    return parts.summary(gathered)
