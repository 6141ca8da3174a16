"""Read a model text, check it, and refuse it with all its faults at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from latecomer.faults import Fault, InputError, refuse
from latecomer.files import LARGEST_TEXT, read_bytes
from latecomer.language import vensim, xmile
from latecomer.language.assemble import build
from latecomer.language.checks import check
from latecomer.language.data import DataFiles, read_data
from latecomer.language.entry import BrokenEntry, Item, place_of
from latecomer.language.limits import deep_expressions, too_deep
from latecomer.language.text import ModelText

SUFFIXES = (".mdl", *xmile.SUFFIXES)
METHODS = ("euler", "rk4")


@dataclass(frozen=True)
class Source:
    """A file taken apart: its elements, how its equations are spelled, and its integration method."""

    path: Path
    dialect: str
    items: tuple[Item, ...]
    method: str
    # where the method is named
    line: int = 0


def read_text(path: str | Path, data: DataFiles = None) -> ModelText:
    """The checked model text of a Vensim (.mdl) or XMILE file, `data` being CSV files of its data variables.

    Raises `InputError` with every fault of the file: unreadable elements, unsupported constructs, names
    defined twice or not at all, loops without a stock, missing control variables.
    """
    with deep_expressions():
        try:
            return _read_text(Path(path), data)
        except RecursionError:
            problem = too_deep()
            raise refuse(Path(path).name, problem.got, problem.expected, problem.cure) from None


def _read_text(path: Path, data: DataFiles) -> ModelText:
    source = _source(path)
    faults: list[Fault] = []
    if not any(not isinstance(item, BrokenEntry) for item in source.items):
        faults += [item.fault for item in source.items if isinstance(item, BrokenEntry)]
        raise InputError(faults) if faults else _empty(source.path)
    if source.method not in METHODS:
        faults.append(
            Fault(
                place_of(source.path.name, source.line, "settings"),
                source.method,
                "Euler or RK4 with fixed steps",
                "choose one of them in the program that wrote the file",
            )
        )
    text = build(source.path, source.dialect, source.items, source.method, read_data(data), faults)
    return check(text, faults)


def _source(path: Path) -> Source:
    if path.suffix.lower() not in SUFFIXES:
        raise refuse(
            str(path),
            f"a file ending with '{path.suffix}'",
            "a model text ending with " + ", ".join(SUFFIXES),
            "name the model file",
        )
    raw = read_bytes(path, "a model text", "correct the path", largest=LARGEST_TEXT)
    if path.suffix.lower() in xmile.SUFFIXES:
        file = xmile.read(raw, path.name)
        return Source(path, "xmile", file.items, file.method, file.line)
    try:
        text = vensim.decode(raw)
    except (UnicodeError, LookupError):
        raise refuse(
            path.name, "bytes that are no text", "a model text in UTF-8", "save the model as text in UTF-8"
        ) from None
    return Source(path, "vensim", tuple(vensim.entries(text, path.name)), vensim.method_of(text))


def _empty(path: Path) -> InputError:
    cure = "write name = equation ~ unit ~ note |"
    return refuse(path.name, "a file without any element", "a model text", cure)
