"""What a file holds, element by element, before names are resolved: the same for every file format.

Also here:
- An equation as it is written: names with their subscripts, before these are resolved to elements.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from latecomer.errors import Fault


class Unreadable(Exception):
    """Text outside the grammar: `rest` is what stands where reading stopped, empty at the end."""

    def __init__(self, text: str, rest: str, got: str = "") -> None:
        self.text, self.rest, self.got = text, rest, got
        super().__init__(got or text)


class Unsupported(Exception):
    """A construct outside the supported language: what it is, what is expected and the cure."""

    def __init__(self, got: str, expected: str, cure: str) -> None:
        self.got, self.expected, self.cure = got, expected, cure
        super().__init__(got)


@dataclass(frozen=True, slots=True)
class Literal:
    """A number; `text` where it is something else, such as a string or the missing value :NA:."""

    value: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class Name:
    """A name with its subscripts; None where none are written."""

    name: str
    subscripts: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Apply:
    """A function or a table with its arguments."""

    name: str
    arguments: tuple[Written, ...]
    subscripts: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator (neg + - * / ^ MOD, comparisons, AND OR NOT) with its operands."""

    operator: str
    operands: tuple[Written, ...]


@dataclass(frozen=True, slots=True)
class Points:
    """The points of a table in the order in which they are written."""

    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Numbers:
    """A list of numbers for the elements of an array, row by row."""

    rows: tuple[tuple[float, ...], ...]


Written = Literal | Name | Apply | Operation | Points | Numbers


def inside(node: Written | None) -> tuple[Written, ...]:
    """What is written directly inside an equation or a part of one."""
    match node:
        case Apply(_, arguments):
            return arguments
        case Operation(_, operands):
            return operands
        case _:
            return ()


def walk(node: Written | None) -> Iterator[Written]:
    """An equation and everything inside it, outermost first."""
    waiting = [] if node is None else [node]
    while waiting:
        inner = waiting.pop()
        yield inner
        waiting.extend(reversed(inside(inner)))


def words(node: Written | None) -> set[str]:
    """The names and subscripts of an equation, as they are written."""
    found: set[str] = set()
    for inner in walk(node):
        if isinstance(inner, Name | Apply):
            found |= {inner.name, *(inner.subscripts or ())}
    return found


def depth(node: Written) -> int:
    """How many levels an equation has, counted from the outermost.

    >>> depth(Operation("+", (Operation("neg", (Literal(1.0),)), Literal(2.0))))
    3
    """
    level, levels = [node], 0
    while level:
        levels += 1
        level = [part for inner in level for part in inside(inner)]
    return levels


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
