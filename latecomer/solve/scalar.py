"""The functions of the model language on Python's own numbers: a single run without compiling anything."""

from __future__ import annotations

import math
import operator
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any

from latecomer.language.namespace import LEAD, namespace
from latecomer.solve.arrays import Array

DIRECT = ["exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "trunc", "fmod"]

COMPARISONS = {
    "equal": operator.eq,
    "not_equal": operator.ne,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
}


def interp(x: float, grid: Sequence[float], values: Sequence[float]) -> float:
    """The table (grid, values) at x: linear between points, constant beyond the ends.

    >>> interp(1.5, [0.0, 1.0, 2.0], [0.0, 10.0, 30.0]), interp(9.0, [0.0, 1.0], [2.0, 4.0])
    (20.0, 4.0)
    """
    if not x < grid[-1]:
        # what is no number compares with nothing
        return values[-1] if x == x else x
    right = bisect_right(grid, x)
    if right == 0:
        return values[0]
    left = right - 1
    slope = (values[right] - values[left]) / (grid[right] - grid[left])
    return values[left] + slope * (x - grid[left])


def _where(condition: bool, yes: float, no: float) -> float:
    return yes if condition else no


def _minimum(a: float, b: float) -> float:
    # Python's own drops what is no number where it comes second
    return a if a < b or a != a else b


def _maximum(a: float, b: float) -> float:
    return a if a > b or a != a else b


def _module() -> SimpleNamespace:
    module = SimpleNamespace(**{name: getattr(math, name) for name in DIRECT})
    module.absolute, module.power = abs, math.pow
    module.arcsin, module.arccos, module.arctan = math.asin, math.acos, math.atan
    module.minimum, module.maximum = _minimum, _maximum
    module.where = _where
    module.logical_and = lambda a, b: bool(a and b)
    module.logical_or = lambda a, b: bool(a or b)
    module.logical_not = lambda a: not a
    module.floor = math.floor
    for name, function in COMPARISONS.items():
        setattr(module, name, function)
    return module


def plain(values: Iterable[Any] | Array) -> list[float]:
    """Numbers as Python's own, which are several times as quick as NumPy's one by one."""
    return [float(value) for value in values]


# unlike NumPy these raise ArithmeticError or ValueError where a result is not finite
SCALAR = namespace(_module(), interp, LEAD)
