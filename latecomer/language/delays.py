"""SMOOTH, DELAY, TREND and the like as the stocks that they stand for.

Also here:
- What an expression comes to at the initial time, as far as it is known before a run.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from latecomer.language.builtins import CHOICE, ELEMENTARY, OF_TIME, shown
from latecomer.language.codegen.expressions import COMPARISONS, LOGIC
from latecomer.language.codegen.namespace import NUMPY
from latecomer.language.model_text import TIME
from latecomer.language.source import Unsupported
from latecomer.language.syntax import (
    NOTHING,
    Arithmetic,
    Call,
    Comparison,
    Definition,
    Expression,
    Logic,
    Negative,
    Number,
    Reference,
    Stock,
    key,
)

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


@dataclass(frozen=True, slots=True)
class HiddenVariable:
    """A variable that no one wrote: its name says where it comes from."""

    name: str
    unit: str
    meaning: Definition


@dataclass
class Hidden:
    """Collects the hidden variables of one element."""

    owner: str
    unit: str
    units: Mapping[str, str]
    constants: Mapping[str, float]
    # where a text may give an order as an equation: what that comes to at the initial time
    at_start: AtStart | None = None
    found: list[HiddenVariable] = field(default_factory=list)
    # times that must not change during a run, with the function that asks for it
    fixed: list[tuple[str, Expression]] = field(default_factory=list)
    # constants that shape the equations, so that a run cannot replace them
    structural: set[str] = field(default_factory=set)
    # functions that go from step to step, which only Euler's method follows
    stepwise: list[str] = field(default_factory=list)

    def add(self, function: str, meaning: Definition, unit: str = "") -> Reference:
        """A new hidden variable; `function` names what it stands for."""
        name = f"{shown(function)} of {self.owner} #{len(self.found) + 1}"
        self.found.append(HiddenVariable(name, unit, meaning))
        return Reference(key(name))

    def reserve(self, name: str) -> int:
        """A place for a hidden variable of that name, whose equation is still to come."""
        self.found.append(HiddenVariable(name, "", Number(0.0)))
        return len(self.found) - 1

    def fill(self, place: int, meaning: Definition) -> None:
        """The equation of a hidden variable whose place was reserved."""
        self.found[place] = HiddenVariable(self.found[place].name, "", meaning)

    def unit_of(self, node: Expression) -> str:
        """The unit of a variable that stands alone, as far as it is known."""
        return self.units.get(node.key, "") if isinstance(node, Reference) else ""

    def order(self, node: Expression, start: Expression) -> tuple[int, Expression]:
        """The order of a delay, a whole number, and the start of a delay of that order.

        It is the number that is written, that of a constant or that of an equation at the initial time. Where
        the equation reads Time, a run from another time on may give another order: it then has no start.
        """
        value = None
        timed = False
        if isinstance(node, Number):
            value = node.value
        elif self.at_start is not None:
            value, timed = self.at_start.value(node), self.at_start.timed
            self.structural |= self.at_start.used
        elif isinstance(node, Reference) and node.key in self.constants:
            value = self.constants[node.key]
            self.structural.add(node.key)
        if value is None or value % 1 or not 1 <= value <= 100:
            raise Unsupported(
                "an order of a delay that is no number", "a whole number from 1 to 100", "write the number"
            )
        return int(value), self._kept(start, node, value) if timed else start

    @staticmethod
    def _kept(start: Expression, node: Expression, value: float) -> Expression:
        return _where(Comparison("=", node, Number(value)), start)

    def smooth(
        self, function: str, source: Expression, time: Expression, start: Expression, n: int
    ) -> Expression:
        """The last of n stocks: d s_i/dt = (s_(i-1) - s_i) / (time / n), each from `start`."""
        unit = self.unit_of(source) or self.unit
        stage = source
        for _ in range(n):
            itself = self._next(function)
            flow = Arithmetic("/", Arithmetic("-", stage, itself), _share(time, n))
            stage = self.add(function, Stock(flow, start), unit)
        return stage

    def delay(
        self, function: str, source: Expression, time: Expression, start: Expression, n: int
    ) -> Expression:
        """What leaves the last of n stocks: d s_i/dt = s_(i-1) / lag - s_i / lag, lag = time / n.

        Each holds `start` * lag at first. Where lag is below the time step, other programs change the order:
        the function LAG makes such a run fail.
        """
        self._check_lag(function, time, n)
        lag: Expression = Call("lag", (_share(time, n), Reference("time_step")))
        inner, time_unit = self.unit_of(source) or self.unit, self.units.get("time_step", "")
        unit = f"{inner}*{time_unit}" if inner and time_unit else ""
        inflow = source
        for _ in range(n):
            itself = self._next(function)
            outflow = Arithmetic("/", itself, lag)
            self.add(function, Stock(Arithmetic("-", inflow, outflow), Arithmetic("*", start, lag)), unit)
            inflow = outflow
        return inflow

    def _check_lag(self, function: str, time: Expression, n: int) -> None:
        value = time.value if isinstance(time, Number) else None
        if isinstance(time, Reference):
            value = self.constants.get(time.key)
        step = self.constants.get("time_step")
        if value is not None and step is not None and value < n * step * (1 - 1e-9):
            raise Unsupported(
                f"{shown(function)} with a delay time of {value:g}",
                f"at least {n} time steps of {step:g}",
                "choose a smaller TIME STEP or a lower order",
            )

    def sample(self, condition: Expression, source: Expression, start: Expression) -> Expression:
        """The source where the condition holds, otherwise what it was at the last step where it did."""
        self.stepwise.append(shown("sample_if_true"))
        itself = self._next("sample_if_true")
        flow = Call(CHOICE, (condition, _per_step(source, itself), Number(0.0)))
        held = self.add("sample_if_true", Stock(flow, start), self.unit_of(source) or self.unit)
        return Call(CHOICE, (condition, source, held))

    def delay_fixed(
        self, function: str, source: Expression, time: Expression, start: Expression
    ) -> Expression:
        """What came in n = time / TIME STEP steps ago: n stocks, each of which hands on what it holds."""
        self.stepwise.append(shown(function))
        step = self.constants.get("time_step")
        value = self.at_start.value(time) if self.at_start is not None else None
        known = value is not None and step is not None and not (self.at_start and self.at_start.timed)
        steps = value / step if known and value is not None and step else 0.0
        n = round(steps)
        if not 1 <= n <= 500 or abs(steps - n) > 1e-6:
            got = f"{shown(function)} whose delay time is no constant"
            if known:
                got = f"{shown(function)} with a delay time of {value:g} and a TIME STEP of {step:g}"
            cure = "choose such a delay time, or write DELAY3"
            raise Unsupported(got, "a delay time of 1 to 500 whole time steps", cure)
        self.structural |= self.at_start.used if self.at_start is not None else set()
        # another time step would ask for another number of stocks
        short = Call(
            "abs", (Arithmetic("-", Arithmetic("/", time, Reference("time_step")), Number(float(n))),)
        )
        start = _where(Comparison("<", short, Number(1e-6)), start)
        unit = self.unit_of(source) or self.unit
        for _ in range(n):
            flow = _per_step(source, self._next(function))
            source = self.add(function, Stock(flow, start), unit)
        return source

    def _next(self, function: str) -> Reference:
        """The hidden variable that will be added next."""
        return Reference(key(f"{shown(function)} of {self.owner} #{len(self.found) + 1}"))

    def trend(self, source: Expression, time: Expression, start: Expression) -> Expression:
        """(source - average) / (time * |average|), 0 where the average is; average = SMOOTH of the source."""
        one = Arithmetic("+", Number(1.0), Arithmetic("*", start, time))
        average = self._average("trend", source, time, Arithmetic("/", source, one))
        size = Arithmetic("*", time, Call("abs", (average,)))
        return Call("zidz", (Arithmetic("-", source, average), size))

    def forecast(self, source: Expression, time: Expression, horizon: Expression) -> Expression:
        """source * (1 + horizon * (source - average) / (time * average)); average = SMOOTH of the source."""
        average = self._average("forecast", source, time, source)
        growth = Call("zidz", (Arithmetic("-", source, average), Arithmetic("*", time, average)))
        return Arithmetic("*", source, Arithmetic("+", Number(1.0), Arithmetic("*", growth, horizon)))

    def _average(self, function: str, source: Expression, time: Expression, start: Expression) -> Reference:
        itself = self._next(function)
        flow = Arithmetic("/", Arithmetic("-", source, itself), time)
        return self.add(function, Stock(flow, start), self.unit_of(source))


def _share(time: Expression, n: int) -> Expression:
    return time if n == 1 else Arithmetic("/", time, Number(float(n)))


def _per_step(source: Expression, held: Expression) -> Expression:
    return Arithmetic("/", Arithmetic("-", source, held), Reference("time_step"))


def _where(condition: Expression, value: Expression) -> Expression:
    """The value where the condition holds, otherwise no number, so that the run fails."""
    return Arithmetic("*", value, Call(CHOICE, (condition, Number(1.0), NOTHING)))
