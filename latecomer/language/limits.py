"""How large and how deep a model text may be, and what is said of one that is larger.

Also here:
- Deep expressions in layers: what lies deeper than some levels becomes a hidden variable of its own.
  Everything behind the reader (the program, units, XMILE, JavaScript) then meets shallow expressions only,
  whatever stands in a text. The numbers are the same to the last bit: each operation takes what it took
  before.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from latecomer.language.delays import Hidden, HiddenVariable
from latecomer.language.source import Unsupported
from latecomer.language.syntax import (
    Definition,
    Expression,
    Held,
    Starting,
    Stock,
    Table,
    children,
    walk,
    with_children,
)

# parentheses inside parentheses, or terms of one sum
DEEPEST: Final = 10_000

# elements of one range, of one array, and of what one SUM runs over
MOST_ELEMENTS: Final = 100_000

# operations, numbers and names of all equations, once arrays, SUM and macros are written out
MOST_PARTS: Final = 2_000_000

LONGEST_NUMBER: Final = 300

LONGEST_NAME: Final = 1_000

# frames of the interpreter: some ten for each level of an expression
FRAMES: Final = 150_000

_lock = threading.Lock()

_readers: list[int] = []


@contextmanager
def deep_expressions() -> Iterator[None]:
    """Room for expressions of `DEEPEST` levels while a text is read; then the interpreter's limit is back."""
    with _lock:
        _readers.append(sys.getrecursionlimit())
        sys.setrecursionlimit(max(FRAMES, _readers[0]))
    try:
        yield
    finally:
        with _lock:
            before = _readers[0]
            _readers.pop()
            if not _readers:
                sys.setrecursionlimit(before)


def too_deep() -> Unsupported:
    """The problem of an expression with too many levels."""
    return Unsupported(
        f"an expression of more than {DEEPEST:,} levels",
        f"at most {DEEPEST:,} parentheses inside each other, or terms one after the other",
        "give parts of it names of their own",
    )


def check_count(what: str, count: int) -> None:
    """Raise `Unsupported` for more than `MOST_ELEMENTS`.

    >>> check_count("a range", 100_000)
    """
    if count > MOST_ELEMENTS:
        raise Unsupported(
            f"{what} of {count:,} elements" if count < 10**18 else f"{what} of countless elements",
            f"at most {MOST_ELEMENTS:,}",
            "declare fewer elements",
        )


class TooLarge(Exception):
    """Raised where the equations of a text come to more than `MOST_PARTS`."""


@dataclass
class Budget:
    """How many parts of equations may still be written out in one text."""

    left: int = MOST_PARTS

    def spend(self, parts: int = 1) -> None:
        """Take some; raises `TooLarge` where none are left."""
        self.left -= parts
        if self.left < 0:
            raise TooLarge


# Python reads no more than 200 parentheses inside each other, and a level may take three
LEVELS: Final = 60


def in_layers(meaning: Definition, hidden: Hidden) -> Definition:
    """The definition with no expression of more than `LEVELS` levels; the parts are added to `hidden`.

    The hidden variables that are there already are taken apart too.
    """
    for place in range(len(hidden.found)):
        part = hidden.found[place]
        shallow = _definition(part.meaning, hidden)
        if shallow is not part.meaning:
            hidden.found[place] = HiddenVariable(part.name, part.unit, shallow)
    return _definition(meaning, hidden)


def _definition(node: Definition, hidden: Hidden) -> Definition:
    match node:
        case Stock(flow, initial):
            return Stock(_expression(flow, hidden), _expression(initial, hidden))
        case Starting(active, initial):
            return Starting(_expression(active, hidden), _expression(initial, hidden))
        case Held(initial):
            return Held(_expression(initial, hidden))
        case Table():
            return node
        case _:
            return _expression(node, hidden)


def _expression(node: Expression, hidden: Hidden) -> Expression:
    # a node stands before all that is inside it
    order = list(walk(node))
    if len(order) <= LEVELS:
        return node
    made: dict[int, tuple[Expression, int]] = {}
    for inner in reversed(order):
        if id(inner) not in made:
            made[id(inner)] = _layered(inner, [made[id(part)] for part in children(inner)], hidden)
    return made[id(node)][0]


def _layered(node: Definition, parts: list[tuple[Expression, int]], hidden: Hidden) -> tuple[Expression, int]:
    """A node over its finished parts, each with its levels; a part that has as many as may be is named."""
    named = [
        (hidden.add("part", part), 1) if levels >= LEVELS - 1 else (part, levels) for part, levels in parts
    ]
    changed = any(one is not other for (one, _), other in zip(named, children(node), strict=True))
    assert isinstance(node, Expression)
    made = with_children(node, [part for part, _ in named]) if changed else node
    return made, 1 + max((levels for _, levels in named), default=0)
