"""Mean, spread and extremes of many values, the same to the last bit whatever the order of the blocks."""

from __future__ import annotations

from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@final
class Moments:
    """mean, standard deviation (of a sample), minimum and maximum of the values of several cells.

    Each block gives its own count, mean and sum of squares; they are joined at the end in the order of their
    numbers. Source: Chan, Golub and LeVeque (1979), equations 2.1.

    >>> moments = Moments(cells=1)
    >>> moments.add(2, np.array([[3.0, 5.0]]))
    >>> moments.add(0, np.array([[1.0, 3.0]]))
    >>> [round(float(value[0]), 6) for value in moments.statistics().values()]
    [3.0, 1.632993, 1.0, 5.0]
    """

    NAMES: ClassVar[tuple[str, ...]] = ("mean", "standard deviation", "minimum", "maximum")

    def __init__(self, cells: int) -> None:
        self._cells = cells
        self._blocks: dict[int, tuple[int, Vector, Vector]] = {}
        self._least: Vector = np.full(cells, np.inf)
        self._most: Vector = np.full(cells, -np.inf)

    def add(self, number: int, values: Vector) -> None:
        """Take the values of the block with a number, shape (cells, values)."""
        if values.shape[1] == 0:
            return
        mean = values.mean(axis=1)
        self._blocks[number] = (values.shape[1], mean, ((values - mean[:, None]) ** 2).sum(axis=1))
        self._least = np.minimum(self._least, values.min(axis=1))
        self._most = np.maximum(self._most, values.max(axis=1))

    def statistics(self) -> dict[str, Vector]:
        """The statistics by name, shape (cells,); NaN where there are too few values."""
        if not self._blocks:
            return {name: np.full(self._cells, np.nan) for name in self.NAMES}
        count, mean, squares = 0, np.zeros(self._cells), np.zeros(self._cells)
        for _, (n, own_mean, own_squares) in sorted(self._blocks.items(), key=lambda block: block[0]):
            gap = own_mean - mean
            total = count + n
            mean = mean + gap * (n / total)
            squares = squares + own_squares + gap * gap * (count * n / total)
            count = total
        spread = np.sqrt(squares / (count - 1)) if count > 1 else np.full(self._cells, np.nan)
        return dict(zip(self.NAMES, (mean, spread, self._least, self._most), strict=True))
