"""A new study: the rooms of another one, copied; that one is the reference study, or a template."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import Final

from latecomer.changes import HELD, LOCK, STAGE, changing, finish
from latecomer.faults import nearest, refuse
from latecomer.study.reference import MARK, reference_root
from latecomer.study.study import Study

ROOMS = ("model", "calibration", "runs", "reports")
BUILT = ("out", "results", "__pycache__", "*.pyc", ".*", "numbers.lock")
TEMPLATES: Final = Path(__file__).resolve().parent.parent / "_templates"
REFERENCE: Final = "reference"
GUIDE: Final = "README.md"
# what an earlier start that was cut off may have left
UNDER_WAY = {LOCK, HELD, STAGE}


def template_names() -> tuple[str, ...]:
    """The names of what a study can be started from: the reference study, then the templates.

    >>> template_names()
    ('reference', 'solow')
    """
    return (REFERENCE, *sorted(one.name for one in TEMPLATES.iterdir() if (one / MARK).is_file()))


def template_root(name: str) -> Path:
    """The folder of a template. Raises InputError for an unknown one.

    >>> (template_root("solow") / "model" / "latecomer.mdl").is_file()
    True
    """
    names = template_names()
    if name not in names:
        raise refuse("--template", f"'{name}'", f"one of {', '.join(names)}", nearest(name, names))
    return reference_root() if name == REFERENCE else TEMPLATES / name


def start_study(source: Path, folder: Path) -> Path:
    """Copy the rooms of the study `source` into a new or empty `folder`, as one step, without what is built.

    A template brings its guide too.

    Raises InputError for a source without a model text, and for a folder that is not empty or not writable.
    """
    study = Study(source)
    if folder.is_dir():
        finish(folder)
    if folder.exists() and (not folder.is_dir() or {one.name for one in folder.iterdir()} - UNDER_WAY):
        got = "a folder that is not empty" if folder.is_dir() else "a file"
        raise refuse(str(folder), got, "a new or empty folder", "choose another, or empty it")
    with changing(folder, "choose another place") as change:
        for room in ROOMS:
            for file in files_of(study.root / room):
                change.put(file.relative_to(study.root), partial(shutil.copyfile, file))
        if source.parent == TEMPLATES:
            change.put(Path(GUIDE), partial(shutil.copyfile, source / GUIDE))
    return folder


def files_of(room: Path) -> Iterator[Path]:
    """The files of a room but for what is built, in order."""
    for place, folders, files in os.walk(room):
        folders[:] = sorted(name for name in folders if not built(name))
        yield from (Path(place) / name for name in sorted(files) if not built(name))


def built(name: str) -> bool:
    """Whether a file or a folder of this name is built from the others.

    >>> built("out"), built("x.pyc"), built("KOR.toml")
    (True, True, False)
    """
    return any(fnmatch(name, pattern) for pattern in BUILT)
