"""What the tests ask thousands of times with the same answer, worked out once in each process."""

from __future__ import annotations

import pickle
import tomllib
from collections.abc import Callable
from functools import cache
from typing import Any

Loads = Callable[..., dict[str, Any]]


def remembering(loads: Loads) -> Loads:
    """The same function of a text, which works out each text once and gives each caller tables of its own.

    A text that is refused is not remembered, nor is one with an own way to read numbers.
    """

    @cache
    def packed(text: str) -> bytes:
        return pickle.dumps(loads(text))

    def remembered(text: str, /, **options: Any) -> dict[str, Any]:
        if options or type(text) is not str:
            return loads(text, **options)
        made: dict[str, Any] = pickle.loads(packed(text))
        return made

    return remembered


def remember() -> None:
    """Let `tomllib.loads` remember: those of the reference study are most of what it costs to open."""
    tomllib.loads = remembering(tomllib.loads)
