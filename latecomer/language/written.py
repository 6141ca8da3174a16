"""An equation as it is written: names with their subscripts, before these are resolved to elements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


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
