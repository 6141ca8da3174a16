"""What an expression comes to at the initial time, as far as it is known before a run."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from latecomer.language.emit import COMPARISONS, LOGIC
from latecomer.language.functions import CHOICE, ELEMENTARY, OF_TIME
from latecomer.language.namespace import NUMPY
from latecomer.language.syntax import (
    Arithmetic,
    Call,
    Comparison,
    Expression,
    Logic,
    Negative,
    Number,
    Reference,
)
from latecomer.language.text import TIME

OPERATORS: Final[dict[str, Callable[[np.float64, np.float64], np.float64]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


class Unknown(Exception):
    """Raised where a value depends on the run."""


@dataclass
class AtStart:
    """Values at the initial time; `equation` gives the equation of a key, or None where it has none.

    `constants` are the numbers that the text gives; those read are collected in `used`, and `timed` says
    whether Time has been read as well.
    """

    constants: Mapping[str, float]
    equation: Callable[[str], Expression | None]
    used: set[str] = field(default_factory=set)
    timed: bool = False

    def value(self, node: Expression) -> float | None:
        """The value of an expression, or None where stocks, tables or data come into it, or it is no number.

        >>> AtStart({"a": 2.0}, lambda key: None).value(Arithmetic("*", Reference("a"), Number(3.0)))
        6.0
        """
        self.used, self.timed = set(), False
        try:
            with np.errstate(all="ignore"):
                found = float(self._number(node, {}))
        except Unknown:
            return None
        return found if math.isfinite(found) else None

    def _number(self, node: Expression, known: dict[str, np.float64]) -> np.float64:
        match node:
            case Number(value):
                return np.float64(value)
            case Reference(name):
                return self._reference(name, known)
            case Negative(operand):
                return -self._number(operand, known)
            case Arithmetic("^", left, right):
                return np.float64(NUMPY.power(self._number(left, known), self._number(right, known)))
            case Arithmetic(operator, left, right):
                return OPERATORS[operator](self._number(left, known), self._number(right, known))
            case Call(function, arguments):
                return self._call(function, arguments, known)
            case Comparison() | Logic():
                return np.float64(self._condition(node, known))
            case _:
                raise Unknown

    def _condition(self, node: Expression, known: dict[str, np.float64]) -> bool:
        match node:
            case Comparison(operator, left, right):
                compare = getattr(NUMPY, COMPARISONS[operator])
                return bool(compare(self._number(left, known), self._number(right, known)))
            case Logic(operator, operands):
                return bool(getattr(NUMPY, LOGIC[operator])(*[self._condition(o, known) for o in operands]))
            case _:
                return bool(self._number(node, known) != 0.0)

    def _call(
        self, function: str, arguments: tuple[Expression, ...], known: dict[str, np.float64]
    ) -> np.float64:
        if function == CHOICE:
            first, yes, no = arguments
            chosen = self._condition(first, known)
            values = self._number(yes, known), self._number(no, known)
            return values[0] if chosen else values[1]
        inside = [self._number(argument, known) for argument in arguments]
        if function in OF_TIME:
            self._read_time("time_step")
            now, step = self.constants["initial_time"], self.constants["time_step"]
            return np.float64(getattr(NUMPY, OF_TIME[function][0])(now, step, *inside))
        return np.float64(getattr(NUMPY, ELEMENTARY[function][0])(*inside))

    def _reference(self, name: str, known: dict[str, np.float64]) -> np.float64:
        if name == TIME:
            self._read_time()
            return np.float64(self.constants["initial_time"])
        if name in self.constants:
            self.used.add(name)
            return np.float64(self.constants[name])
        if name not in known:
            equation = self.equation(name)
            if equation is None:
                raise Unknown
            # what comes back to itself has no value
            known[name] = np.float64(np.nan)
            known[name] = self._number(equation, known)
        return known[name]

    def _read_time(self, *others: str) -> None:
        self.timed = True
        if not {"initial_time", *others} <= self.constants.keys():
            raise Unknown
