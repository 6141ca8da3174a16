"""What a file holds, element by element, before names are resolved: the same for every file format."""

from __future__ import annotations

from dataclasses import dataclass

from latecomer.faults import Fault
from latecomer.language.written import Written

Limits = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Entry:
    """One element of a model text: its left-hand side, and its right-hand side as written.

    `body` is None for a data variable; `subscripts` and `exceptions` are those of the left-hand side.
    """

    name: str
    subscripts: tuple[str, ...]
    body: Written | None
    unit: str
    note: str
    limits: Limits
    sector: str
    line: int
    exceptions: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class RangeEntry:
    """A range of subscripts: elements and other ranges in order, and mappings {range: elements or None}."""

    name: str
    items: tuple[str, ...]
    mappings: tuple[tuple[str, tuple[str, ...]], ...]
    line: int
    same_as: str = ""


@dataclass(frozen=True, slots=True)
class BrokenEntry:
    """An element that cannot be read; `name` is its left-hand side as far as it could be told."""

    name: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class MacroEntry:
    """A macro: its name and inputs as written, and its equations, one of them named like the macro."""

    name: str
    inputs: tuple[str, ...]
    equations: tuple[Entry, ...]


Item = Entry | RangeEntry | BrokenEntry | MacroEntry
REFERENCE = "a construct of the supported language (see model/LANGUAGE.md)"


class Broken(Exception):
    """Raised for an element that cannot be read."""

    def __init__(self, name: str, fault: Fault) -> None:
        self.name, self.fault = name, fault
        super().__init__(str(fault))


def place_of(file: str, line: int, name: str) -> str:
    """Where an element stands.

    >>> place_of("small.mdl", 3, "births")
    'small.mdl, line 3, births'
    """
    return f"{file}, line {line}, {name or 'element'}" if line else f"{file}, {name or 'element'}"
