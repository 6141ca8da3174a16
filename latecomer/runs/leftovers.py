"""What stopped runs have left below a folder: recognised as latecomer's own, and nothing else removed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np

from latecomer.changes import HELD, LOCK, MARK, STAGE, locked, sweep
from latecomer.errors import InputError
from latecomer.files import UNDER_WAY, unwritable
from latecomer.runs.checkpoint import FILE as PROGRESS
from latecomer.runs.checkpoint import TOLD
from latecomer.runs.manifest import MANIFEST, RESULTS
from latecomer.runs.store import FAILURES, own_results

# the folder of finished chunks is named by what they are of
KEPT: Final = re.compile(r"\..+\.([0-9a-f]{12})")
UNNAMED: Final = re.compile(rf"\..+\.[a-z0-9_]{{8}}{re.escape(UNDER_WAY)}")
# as an older version named them
UNNAMED_BEFORE: Final = re.compile(r"\.(manifest\.json|failures\.csv)\.[a-z0-9_]{8}")
SCRATCH_BEFORE: Final = re.compile(r"\.results\.[a-z0-9_]{8}")
# what the lock of a file system without locks says: the process, the machine and when it began
HOLDER: Final = re.compile(rb"[0-9]+\n[^\n]{1,255}\n(?:[0-9.]+\n)?")
CURE: Final = "make the folder writable"


def leftovers(place: Path) -> list[Path]:
    """What stopped runs have left below a folder: chunks to go on from, files never given their name.

    A file of results without a manifest counts where a run has written it. Links are not followed, and what
    is not known as latecomer's own is not among them.
    """
    return sorted(path for path in _below(place) if _left(path))


def clear(paths: Iterable[Path]) -> None:
    """Remove leftovers, and their folder where nothing else is in it.

    Raises InputError where one cannot be removed; what is none (any more) stays.
    """
    for path in paths:
        if not _left(path):
            continue
        try:
            _remove(path)
        except OSError as error:
            raise unwritable(path, error, CURE) from error


def remove_progress(folder: Path) -> None:
    """Remove the finished chunks of a work that is now written; what else is in the folder stays."""
    try:
        for path in _progress_files(folder):
            path.unlink(missing_ok=True)
        _remove_empty(folder)
    except OSError as error:
        raise unwritable(folder, error, CURE) from error


def _below(place: Path) -> Iterator[Path]:
    """Everything below a folder; no link is gone through."""
    waiting = [place]
    while waiting:
        with suppress(OSError):
            for path in waiting.pop().iterdir():
                yield path
                if path.is_dir() and not path.is_symlink():
                    waiting.append(path)


def _left(path: Path) -> bool:
    if path.is_symlink():
        return False
    try:
        if path.is_dir():
            return _left_folder(path)
        return path.is_file() and _left_file(path)
    except OSError:
        return False


def _left_folder(path: Path) -> bool:
    if path.name == STAGE:
        return not (path / MARK).exists()
    inside = [one.name for one in path.iterdir()]
    if SCRATCH_BEFORE.fullmatch(path.name):
        return set(inside) <= {RESULTS}
    kept = KEPT.fullmatch(path.name)
    return kept is not None and (path / PROGRESS).is_file() and _digest(path / PROGRESS).startswith(kept[1])


def _left_file(path: Path) -> bool:
    if path.name == LOCK:
        return path.stat().st_size == 0
    if path.name == HELD:
        return HOLDER.fullmatch(path.read_bytes()[:1000]) is not None
    if UNNAMED.fullmatch(path.name) or UNNAMED_BEFORE.fullmatch(path.name):
        return True
    within = any(SCRATCH_BEFORE.fullmatch(one.name) for one in path.parents)
    return path.name == RESULTS and not within and not _with_manifest(path) and own_results(path)


def _with_manifest(path: Path) -> bool:
    return (path.parent / MANIFEST).is_symlink() or (path.parent / MANIFEST).exists()


def _digest(file: Path) -> str:
    """Which work a file of chunks is of; empty for what is no such file."""
    try:
        with np.load(BytesIO(file.read_bytes()), allow_pickle=False) as stored:
            return str(json.loads(str(stored[TOLD]))["digest"])
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile):
        return ""


def _remove(path: Path) -> None:
    if path.name == STAGE:
        sweep(path.parent)
    elif path.name in (LOCK, HELD):
        with suppress(InputError), locked(path.parent, patience=0.0):
            pass  # whoever holds it last takes it away
    elif path.is_dir():
        for one in [
            *_progress_files(path),
            *([path / RESULTS] if SCRATCH_BEFORE.fullmatch(path.name) else []),
        ]:
            one.unlink(missing_ok=True)
        _remove_empty(path)
    else:
        path.unlink(missing_ok=True)
        if path.name == RESULTS:
            failed = path.parent / FAILURES
            if (
                failed.is_file()
                and not failed.is_symlink()
                and failed.read_bytes().startswith(b"case,draw,time")
            ):
                failed.unlink()
        _remove_empty(path.parent)


def _progress_files(folder: Path) -> list[Path]:
    if not folder.is_dir() or folder.is_symlink():
        return []
    # half a file of chunks, as it and an older version name it
    under_way = [one for one in folder.glob(f".{PROGRESS}.*") if one.is_file() and not one.is_symlink()]
    return [*([folder / PROGRESS] if (folder / PROGRESS).is_file() else []), *under_way]


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()
