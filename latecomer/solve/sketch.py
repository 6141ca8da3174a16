"""Quantiles of any number of values in bounded memory, the same whatever the order in which they come."""

from __future__ import annotations

from typing import final

import numpy as np
from numpy.typing import NDArray

from latecomer.faults import refuse

# a quantile is off by no more than this part of itself
ACCURACY = 2.5e-4
# values nearer to 0 are taken for 0
FLOOR = 1e-12

Vector = NDArray[np.float64]
Counts = NDArray[np.int64]


@final
class Sketch:
    """Counts of values in bins whose edges grow by g = (1 + a) / (1 - a), for several cells at once.

    Bin i > 0 holds FLOOR g^(i-1) < x <= FLOOR g^i and stands for 2 FLOOR g^i / (g + 1), which is off by at
    most a x; bins below 0 mirror it, bin 0 holds |x| <= FLOOR. Counts are whole numbers: adding them up gives
    the same in any order. Source: Masson, Rim and Lee (2019), DDSketch, section 2.

    >>> sketch = Sketch(cells=1)
    >>> sketch.add(np.arange(1.0, 1002.0)[None])
    >>> abs(float(sketch.quantile(0.5)[0]) / 501.0 - 1.0) <= ACCURACY
    True
    """

    def __init__(self, cells: int, accuracy: float = ACCURACY) -> None:
        if not 0.0 < accuracy < 0.5:
            raise refuse("accuracy", f"{accuracy:g}", "a number between 0 and 0.5", "take 0.001 or less")
        self.accuracy = accuracy
        self._log_ratio = float(np.log1p(accuracy) - np.log1p(-accuracy))
        self._low = 0
        self._counts: Counts = np.zeros((cells, 0), dtype=np.int64)

    def add(self, values: Vector) -> None:
        """Count finite values, shape (cells, values)."""
        if values.shape[1] == 0:
            return
        size = np.maximum(np.abs(values), FLOOR) / FLOOR
        bins = (np.sign(values) * np.ceil(np.log(size) / self._log_ratio)).astype(np.int64)
        self._reach(int(bins.min()), int(bins.max()))
        cells = np.broadcast_to(np.arange(values.shape[0])[:, None], bins.shape)
        np.add.at(self._counts, (cells, bins - self._low), 1)

    def merge(self, other: Sketch) -> None:
        """Take over the counts of another sketch of the same cells and accuracy."""
        if other.accuracy != self.accuracy or other._counts.shape[0] != self._counts.shape[0]:
            raise refuse("sketch", "another accuracy or number of cells", "the same", "make both alike")
        if other._counts.shape[1]:
            self._reach(other._low, other._low + other._counts.shape[1] - 1)
            start = other._low - self._low
            self._counts[:, start : start + other._counts.shape[1]] += other._counts

    def quantile(self, share: float) -> Vector:
        """The value that `share` of the values of each cell do not exceed, shape (cells,); NaN where none is.

        Raises InputError for a share outside 0 to 1.
        """
        if not 0.0 <= share <= 1.0:
            raise refuse("quantile", f"{share:g}", "a share from 0 to 1", "write 0.05 for 5 %")
        total = self._counts.sum(axis=1)
        if not total.any():
            return np.full(total.shape, np.nan)
        rank = np.maximum(1, np.ceil(share * total))
        reached = np.cumsum(self._counts, axis=1) >= rank[:, None]
        bins = self._low + np.argmax(reached, axis=1)
        ratio = np.exp(self._log_ratio)
        middle = FLOOR * np.exp(np.abs(bins) * self._log_ratio) * 2.0 / (ratio + 1.0)
        return np.where(total > 0, np.sign(bins) * np.where(bins == 0, 0.0, middle), np.nan)

    def _reach(self, low: int, high: int) -> None:
        """Widen the counts so that they hold the bins from low to high."""
        width = self._counts.shape[1]
        if width == 0:
            self._low = low
        # a little more than asked, so that widening is rare
        new_low = self._low if low >= self._low else low - 64
        new_high = max(self._low + width - 1, high if high < self._low + width else high + 64)
        before, after = self._low - new_low, new_high - (self._low + width - 1)
        if before or after:
            self._counts = np.pad(self._counts, ((0, 0), (before, after)))
            self._low = new_low
