"""How a long job tells how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with what is being done, the number of steps done and the number of all."""


def silent(what: str, done: int, total: int) -> None:
    """Tell nobody."""
