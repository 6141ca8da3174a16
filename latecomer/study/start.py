"""A new study: the rooms of another one, copied."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from latecomer.faults import refuse
from latecomer.study.rooms import Rooms

ROOMS = ("model", "calibration", "runs", "reports")
BUILT = shutil.ignore_patterns("out", "results", "__pycache__", "*.pyc", ".*", "numbers.lock")


def start_study(source: Path, folder: Path) -> Path:
    """Copy the rooms of the study `source` into a new or empty `folder`; built results stay behind.

    Raises InputError for a source without a model text, and for a folder that is not empty or not writable.
    """
    rooms = Rooms(source)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        got = "a folder that is not empty" if folder.is_dir() else "a file"
        raise refuse(str(folder), got, "a new or empty folder", "choose another, or empty it")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".new.") as scratch:
            for room in ROOMS:
                if (rooms.root / room).is_dir():
                    shutil.copytree(rooms.root / room, Path(scratch) / room, ignore=BUILT)
            for fresh in sorted(Path(scratch).iterdir()):
                fresh.rename(folder / fresh.name)
    except OSError as error:
        got, expected = error.strerror or str(error), "a folder that can be written to"
        raise refuse(str(folder), got, expected, "choose another place") from None
    return folder
