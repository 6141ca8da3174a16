"""Quantiles of any number of values in bounded memory, the same whatever the order in which they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from latecomer.errors import refuse

# a quantile is off by no more than this part of itself
ACCURACY = 2.5e-4
# values nearer to 0 are taken for 0
FLOOR = 1e-12
# bins that are kept together: only pages that hold a value take memory
PAGE = 2**8
# values that are counted at a time
PART = 2**14

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
        # the place of each page of each cell among the pages kept, -1 for none
        self._places: NDArray[np.int32] = np.empty((cells, 0), dtype=np.int32)
        self._used = 0
        self._pages: Counts = np.zeros((0, PAGE), dtype=np.int64)

    @property
    def size(self) -> int:
        """The memory that the counts take, in bytes."""
        return self._pages.nbytes + self._places.nbytes

    def add(self, values: Vector) -> None:
        """Count finite values, shape (cells, values)."""
        if values.shape[1] == 0:
            return
        # in parts that stay in the cache of a core
        part = max(1, PART // values.shape[1])
        for first in range(0, values.shape[0], part):
            bins = self._bins(values[first : first + part])
            rows = self._rows(first + np.arange(bins.shape[0])[:, None], bins >> 8)
            rows *= PAGE
            rows += bins & 255
            np.add.at(self._pages.reshape(-1), rows.reshape(-1), 1)

    def _bins(self, values: Vector) -> Counts:
        above = np.abs(values)
        np.maximum(above, FLOOR, out=above)
        np.log(above, out=above)
        above -= np.log(FLOOR)
        above *= 1.0 / self._log_ratio
        np.ceil(above, out=above)
        return np.copysign(above, values, out=above).astype(np.int64)

    def merge(self, other: Sketch) -> None:
        """Take over the counts of another sketch of the same cells and accuracy."""
        if other.accuracy != self.accuracy or other._places.shape[0] != self._places.shape[0]:
            raise refuse("sketch", "another accuracy or number of cells", "the same", "make both alike")
        cells, page = np.nonzero(other._places >= 0)
        if cells.size:
            rows = self._rows(cells, page + other._low)
            self._pages[rows] += other._pages[other._places[cells, page]]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The counts as arrays, those that `take` takes over: of bin `bin` of cell `cell`, `count` values."""
        cells, columns = np.nonzero(self._places >= 0)
        pages = self._pages[self._places[cells, columns]]
        rows, places = np.nonzero(pages)
        bins = (columns[rows] + self._low) * PAGE + places
        return {
            "cell": cells[rows].astype(np.int32),
            "bin": bins.astype(np.int32),
            "count": pages[rows, places].astype(np.int64),
        }

    def take(self, held: Mapping[str, NDArray[Any]]) -> None:
        """Take over the counts of another sketch of the same cells and accuracy, from its arrays."""
        if held["cell"].size == 0:
            return
        bins = held["bin"].astype(np.int64)
        rows = self._rows(held["cell"].astype(np.int64), bins >> 8) * PAGE + (bins & 255)
        np.add.at(self._pages.reshape(-1), rows, held["count"])

    def counts(self, cell: int) -> dict[int, int]:
        """How many values of a cell lie in each bin that holds any."""
        held = np.flatnonzero(self._places[cell] >= 0)
        bins = (held[:, None] + self._low) * PAGE + np.arange(PAGE)
        counts = self._pages[self._places[cell, held]]
        return {int(i): int(n) for i, n in zip(bins[counts > 0], counts[counts > 0], strict=True)}

    def quantile(self, share: float) -> Vector:
        """The value that `share` of the values of each cell do not exceed, shape (cells,); NaN where none is.

        Raises InputError for a share outside 0 to 1.
        """
        found: Vector = self.quantiles([share])[0]
        return found

    def quantiles(self, shares: Sequence[float]) -> Vector:
        """The quantiles of several shares, shape (shares, cells), as `quantile` gives them one by one."""
        for share in shares:
            if not 0.0 <= share <= 1.0:
                raise refuse("quantile", f"{share:g}", "a share from 0 to 1", "write 0.05 for 5 %")
        options = np.asarray(shares, dtype=np.float64)
        return np.stack([self._quantiles(places, options) for places in self._places], axis=1)

    def _quantiles(self, places: NDArray[np.int32], shares: Vector) -> Vector:
        held = np.flatnonzero(places >= 0)
        reached = np.cumsum(self._pages[places[held]])
        if not reached.size:
            return np.full(shares.size, np.nan)
        rank = np.maximum(1, np.ceil(shares * reached[-1]))
        first = np.searchsorted(reached, rank)
        number = (held[first // PAGE] + self._low) * PAGE + first % PAGE
        middle = np.log(2.0 * FLOOR) - np.log1p(np.exp(self._log_ratio)) + np.abs(number) * self._log_ratio
        # the middle of the last bin may lie beyond the largest number
        size = np.exp(np.minimum(middle, np.log(np.finfo(np.float64).max)))
        found: Vector = np.sign(number) * size
        return found

    def _rows(self, cells: NDArray[np.intp], page: Counts) -> NDArray[np.int64]:
        """Where each page of its cell is kept; new pages are empty."""
        self._reach(int(page.min()), int(page.max()))
        flat = page + (cells * self._places.shape[1] - self._low)
        rows: NDArray[np.int32] = self._places.reshape(-1).take(flat)
        if rows.min() < 0:
            new = np.unique(flat[rows < 0])
            self._places.reshape(-1)[new] = np.arange(self._used, self._used + new.size)
            self._used += new.size
            if self._used > self._pages.shape[0]:
                more = max(self._used, self._pages.shape[0] * 5 // 4) - self._pages.shape[0]
                self._pages = np.concatenate([self._pages, np.zeros((more, PAGE), dtype=np.int64)])
            rows = self._places.reshape(-1).take(flat)
        return rows.astype(np.int64)

    def _reach(self, low: int, high: int) -> None:
        """Widen the table of pages so that it spans those from low to high."""
        width = self._places.shape[1]
        if width == 0:
            self._low = low
        before = max(self._low - low, 0)
        after = max(high - (self._low + width - 1), 0)
        if before or after:
            self._places = np.pad(self._places, ((0, 0), (before, after)), constant_values=-1)
            self._low -= before
