"""What is finished of a work, kept on disk: written whole or not at all, read by the very work it is of.

Also here:
- A summary that survives: chunks are run somewhere, gathered, kept, and gone on from.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Final, final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from latecomer.errors import refuse
from latecomer.files import read_bytes, write_whole
from latecomer.runs.executor import Executor, LocalExecutor, Work
from latecomer.simulate.ensemble import Chunk
from latecomer.simulate.summary import Summary

FILE: Final = "progress.npz"

TOLD: Final = "told"

# at most so much work is lost with a process
SECONDS: Final = 5.0

ROOM: Final = "make room or choose another folder; what was kept before is whole, ask again to go on"


@final
class Checkpoint:
    """The chunks that are done, and what they came to, in one file of a folder."""

    def __init__(self, folder: Path, digest: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.file, self.digest, self._clock = folder / FILE, digest, clock
        self._kept = clock()

    def due(self) -> bool:
        """Whether it is time to keep what is done."""
        return self._clock() - self._kept >= SECONDS

    def keep(self, done: set[str], arrays: Mapping[str, NDArray[Any]]) -> None:
        """Write what is done beside the old file, then give it its name.

        Raises InputError where the folder cannot be written to; the old file is then as it was.
        """
        header = json.dumps({"digest": self.digest, "done": sorted(done)})
        stream = BytesIO()
        np.savez(stream, allow_pickle=False, **{TOLD: np.asarray(header)}, **arrays)
        write_whole(self.file, stream.getvalue(), ROOM)
        self._kept = self._clock()

    def read(self) -> tuple[set[str], dict[str, NDArray[Any]]] | None:
        """What is done and what it came to; None where nothing is kept.

        Raises InputError for a file that is of another work, or that is none.
        """
        if not self.file.exists():
            return None
        try:
            with np.load(
                BytesIO(read_bytes(self.file, "finished chunks", "remove the folder and begin again")),
                allow_pickle=False,
            ) as stored:
                arrays = {name: stored[name] for name in stored.files}
            header = json.loads(str(arrays.pop(TOLD)))
            done, digest = set(header["done"]), header["digest"]
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            cure = "remove the folder and begin again"
            raise refuse(str(self.file), "no whole file", "one of finished chunks", cure) from error
        if digest != self.digest:
            cure = "ask as before, or choose another folder"
            raise refuse(str(self.file), "chunks of other runs", "chunks of these very runs", cure)
        return done, arrays


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
    `Checkpoint` and the executor do; what was finished by then is kept.
    """
    parts = work.opened()
    gathered, done = parts.gathering(), set[str]()
    shelf = None if folder is None else Checkpoint(folder, work.digest)
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
