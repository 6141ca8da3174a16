"""How large and how deep a model text may be, and what is said of one that is larger."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from latecomer.language.written import Unsupported

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
