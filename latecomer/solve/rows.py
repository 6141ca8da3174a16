"""A vector whose components are arrays of their own, and in which a zero costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Self, final

from latecomer.solve.arrays import Number


@final
class Rows:
    """The arithmetic that the schemes need, component by component; None stands for a zero.

    Stocks without noise have a zero for the size of theirs: what is multiplied with it is never computed.

    >>> (2.0 * Rows([1.0, None]) * Rows([3.0, 5.0]) + Rows([None, 7.0])).items
    [6.0, 7.0]
    """

    # NumPy's numbers leave the arithmetic to this class
    __array_ufunc__ = None

    def __init__(self, items: Iterable[Any]) -> None:
        self.items = list(items)

    def __add__(self, other: Rows | Number) -> Self:
        return self._with(other, lambda a, b: b if a is None else a if b is None else a + b)

    def __sub__(self, other: Rows | Number) -> Self:
        return self.__add__((-1.0) * other)

    def __mul__(self, other: Rows | Number) -> Self:
        return self._with(other, lambda a, b: None if a is None or b is None else a * b)

    def __truediv__(self, number: float) -> Self:
        return self * (1.0 / number)

    __radd__, __rmul__ = __add__, __mul__

    def _with(self, other: Rows | Number, combine: Callable[[Any, Any], Any]) -> Self:
        others = other.items if isinstance(other, Rows) else [other] * len(self.items)
        return type(self)(combine(a, b) for a, b in zip(self.items, others, strict=True))
