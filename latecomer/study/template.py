"""A new study: the rooms of another one, copied; that one is the reference study, or a template.

Also here:
- The model text of any country: its constants and tables put in, to be opened in the tools of the field.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import Final

from latecomer.changes import HELD, LOCK, STAGE, changing, finish
from latecomer.errors import Fault, InputError, nearest, refuse
from latecomer.files import read_text
from latecomer.language import key
from latecomer.study.consistency import apart
from latecomer.study.drivers import Points
from latecomer.study.fits import Fit
from latecomer.study.provenance import elements
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


NOTES = r"(?:\s|\{[^{}]*\})*"

NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"

# a constant: its name, an equals sign and one number, with blanks and notes in braces about it
PLAIN = re.compile(rf'(?:"[^"]*"|[^="{{}}])*==?{NOTES}(?P<number>{NUMBER}){NOTES}')


def render_text(study: Study, iso3: str, fit: Fit | str | None = None) -> str:
    """The model text with a country's parameters, driver tables, policy levers and years.

    What is the same stays as it is written. Raises InputError for an unknown country or fit.
    """
    chosen = study.named_fit(fit)
    window = study.countries[iso3].window
    held = study.model.parameters
    constants = {
        name: value for name, value in study.parameter_values(iso3, chosen).items() if held.get(name) != value
    }
    held_tables = study.model.tables
    tables = {
        name: points
        for name, points in study.tables(iso3, None if chosen is None else chosen.until).items()
        if not same_points(points, held_tables[name])
    }
    grid = study.model.grid()
    years = {"INITIAL TIME": (grid.t0, window.start), "FINAL TIME": (grid.t1, window.end)}
    constants |= {name: float(now) for name, (before, now) in years.items() if before != now}
    return put_in(read_text(study.root / MARK, "the model text", "restore the file"), constants, tables)


def with_table_values(study: Study) -> str:
    """The model text with the values of the tables where a constant has another; the rest as it is written.

    The tables: the shared parameters, and those of the country whose values stand in the text. Raises
    InputError for names, sectors and units in which text and tables differ, and for a constant that is no
    plain number in the text.
    """
    values = {one.name: one.value for _, one in apart(study.model.text, study.written)}
    text = read_text(study.root / MARK, "the model text", "restore the file")
    plain = {one.key for one in elements(text) if PLAIN.fullmatch(one.equation)}
    faults = study.unnamed
    for name, value in values.items():
        if key(name) not in plain:
            place, expected = f"{MARK.name}, {name}", f"a name, = and the number {number(value)}"
            faults.append(
                Fault(place, "a constant in another form", expected, "write it into the text by hand")
            )
    if faults:
        raise InputError(faults)
    return put_in(text, values, {})


def put_in(text: str, constants: Mapping[str, float], tables: Mapping[str, Points]) -> str:
    r"""A text with some constants and tables replaced, the rest as it is.

    >>> put_in("k =\n 8\n ~ Year ~ Note. |\nn = k ~ Year ~ |", {"k": 2.5}, {})
    'k =\n 2.5\n ~ Year ~ Note. |\nn = k ~ Year ~ |'
    """
    values = {key(name): number(value) for name, value in constants.items()}
    new = {key(name): f"{name} =\n\t{number(value)}" for name, value in constants.items()}
    for name, (x, y) in tables.items():
        pairs = ",".join(f"({number(a)},{number(b)})" for a, b in zip(x, y, strict=True))
        new[key(name)] = f"{name}(\n\t{pairs})"
    parts, at = [], 0
    for element in elements(text):
        plain = PLAIN.fullmatch(element.equation) if element.key in values else None
        if plain is not None:
            parts += [text[at : element.start + plain.start("number")], values[element.key]]
            at = element.start + plain.end("number")
        elif element.key in new:
            parts += [text[at : element.start], new[element.key]]
            at = element.end
    return "".join([*parts, text[at:]])


def number(value: float) -> str:
    """A number that reads back as itself.

    >>> [number(value) for value in (8.0, 0.1, -2.5)]
    ['8', '0.1', '-2.5']
    """
    return repr(float(value)).removesuffix(".0")


def same_points(one: Points, other: Points) -> bool:
    """Whether two tables hold the same points."""
    return all(a.tolist() == b.tolist() for a, b in zip(one, other, strict=True))
