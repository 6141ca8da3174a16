"""The mark of a band in a chart: the area between a lower and an upper line, with gaps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TypeAlias

Spot: TypeAlias = tuple[str, str] | None


def area(lower: Sequence[Spot], upper: Sequence[Spot]) -> str:
    """The path between two lines of the same years: along the lower one, back along the upper one.

    A lone year between two gaps is a line of no width.

    >>> area([("0", "9"), ("5", "8"), None], [("0", "1"), ("5", "2"), ("9", "3")])
    'M0,9L5,8L5,2L0,1Z'
    """
    pairs = [(low, high) if low and high else None for low, high in zip(lower, upper, strict=True)]
    parts = []
    for there, run in groupby(pairs, key=lambda pair: pair is not None):
        if there:
            whole = [pair for pair in run if pair is not None]
            around = [low for low, _ in whole] + [high for _, high in reversed(whole)]
            parts.append("M" + "L".join(f"{x},{y}" for x, y in around) + "Z")
    return "".join(parts)
