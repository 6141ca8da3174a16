"""Mean, spread and extremes of many values, the same to the last bit whatever the order of the blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@final
class Moments:
    """mean, standard deviation (of a sample), minimum and maximum of the values of several cells.

    Each block gives its own count, mean and sum of squares; they are joined in the order of their numbers 0,
    1, 2 ..., and a block waits for those before it; without `joins` every block waits, to be handed on.
    Source: Chan, Golub and LeVeque (1979), equations 2.1.

    >>> moments = Moments(cells=1)
    >>> moments.add(1, np.array([[3.0, 5.0]]))
    >>> moments.add(0, np.array([[1.0, 3.0]]))
    >>> [round(float(value[0]), 6) for value in moments.statistics().values()]
    [3.0, 1.632993, 1.0, 5.0]
    """

    NAMES: ClassVar[tuple[str, ...]] = ("mean", "standard deviation", "minimum", "maximum")

    def __init__(self, cells: int, joins: bool = True) -> None:
        self.joins = joins
        self._waiting: dict[int, _Part] = {}
        self._next = 0
        self._joined = _Part(0, np.zeros(cells), np.zeros(cells))
        self._least: Vector = np.full(cells, np.inf)
        self._most: Vector = np.full(cells, -np.inf)

    def add(self, number: int, values: Vector) -> None:
        """Take the values of the block with a number, shape (cells, values); every number comes once."""
        self._waiting[number] = _part(values)
        if values.shape[1]:
            self._least = np.minimum(self._least, values.min(axis=1))
            self._most = np.maximum(self._most, values.max(axis=1))
        self._settle()

    def _settle(self) -> None:
        while self.joins and self._next in self._waiting:
            self._joined = _join(self._joined, self._waiting.pop(self._next))
            self._next += 1

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that has been taken, as arrays, those that `take` takes over.

        next: how many blocks are joined; joined: (1 + 2 cells,), their count, means and squares;
        number, count: (blocks,), mean, squares: (blocks, cells), of those that wait; least, most: (cells,).
        """
        waiting = sorted(self._waiting.items())
        shape, joined = (len(waiting), self._least.size), self._joined
        return {
            "next": np.array(self._next),
            "joined": np.concatenate([[float(joined.number)], joined.mean, joined.squares]),
            "number": np.array([number for number, _ in waiting], dtype=np.int64),
            "count": np.array([part.number for _, part in waiting], dtype=np.int64),
            "mean": np.array([part.mean for _, part in waiting], dtype=np.float64).reshape(shape),
            "squares": np.array([part.squares for _, part in waiting], dtype=np.float64).reshape(shape),
            "least": self._least,
            "most": self._most,
        }

    def take(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take over what another has taken; only one of the two may have joined blocks."""
        if int(arrays["next"]):
            mean, squares = np.split(arrays["joined"][1:], 2)
            self._next, self._joined = int(arrays["next"]), _Part(int(arrays["joined"][0]), mean, squares)
        rows = zip(*(arrays[name] for name in ("number", "count", "mean", "squares")), strict=True)
        self._waiting |= {int(n): _Part(int(count), mean, squares) for n, count, mean, squares in rows}
        self._least = np.minimum(self._least, arrays["least"])
        self._most = np.maximum(self._most, arrays["most"])
        self._settle()

    def statistics(self) -> dict[str, Vector]:
        """The statistics by name, shape (cells,); NaN where there are too few values."""
        found = self._joined
        for _, part in sorted(self._waiting.items()):
            found = _join(found, part)
        none = np.full(found.mean.size, np.nan)
        if not found.number:
            return dict.fromkeys(self.NAMES, none)
        spread = np.sqrt(found.squares / (found.number - 1)) if found.number > 1 else none
        return dict(zip(self.NAMES, (found.mean, spread, self._least, self._most), strict=True))


class _Part(NamedTuple):
    number: int
    mean: Vector
    squares: Vector


def _part(values: Vector) -> _Part:
    count = values.shape[1]
    # beyond the largest number a spread is infinite
    with np.errstate(over="ignore", invalid="ignore"):
        mean = values.sum(axis=1) / max(count, 1)
        return _Part(count, mean, ((values - mean[:, None]) ** 2).sum(axis=1))


def _join(one: _Part, other: _Part) -> _Part:
    total = one.number + other.number
    if not one.number or not other.number:
        return other if other.number else one
    with np.errstate(over="ignore", invalid="ignore"):
        gap = other.mean - one.mean
        squares = one.squares + other.squares + gap * gap * (one.number * other.number / total)
        return _Part(total, one.mean + gap * (other.number / total), squares)
