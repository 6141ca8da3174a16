"""What an expression comes to at the initial time, as far as it is known before a run."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from latecomer.language.emit import Writer
from latecomer.language.functions import OF_TIME
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
        """The value of an expression, or None where stocks, tables or data come into it."""
        self.used, self.timed = set(), False
        try:
            plain = self._inlined(node, ())
            step = self.constants.get("time_step", math.nan)
        except Unknown:
            return None
        return float(eval(Writer({}, {}).number(plain, ""), self._names(step)))  # noqa: S307 - text emitted here, from a checked tree

    def _names(self, step: float) -> dict[str, object]:
        return {
            "__builtins__": {},
            "ns": NUMPY,
            "t": self.constants.get("initial_time"),
            "c": (0.0, 0.0, step),
        }

    def _inlined(self, node: Expression, path: tuple[str, ...]) -> Expression:
        match node:
            case Number():
                return node
            case Reference(name):
                return self._reference(name, path)
            case Negative(operand):
                return Negative(self._inlined(operand, path))
            case Arithmetic(_, left, right) | Comparison(_, left, right):
                return replace(node, left=self._inlined(left, path), right=self._inlined(right, path))
            case Logic(operator, operands):
                return Logic(operator, tuple(self._inlined(operand, path) for operand in operands))
            case Call(function, arguments):
                if function in OF_TIME:
                    self._read_time("time_step")
                return Call(function, tuple(self._inlined(argument, path) for argument in arguments))
            case _:
                raise Unknown

    def _reference(self, name: str, path: tuple[str, ...]) -> Expression:
        if name == TIME:
            self._read_time()
            return Number(self.constants["initial_time"])
        if name in self.constants:
            self.used.add(name)
            return Number(self.constants[name])
        equation = None if name in path else self.equation(name)
        if equation is None:
            raise Unknown
        return self._inlined(equation, (*path, name))

    def _read_time(self, *others: str) -> None:
        self.timed = True
        if not {"initial_time", *others} <= self.constants.keys():
            raise Unknown
