"""Expressions as XMILE writes them; what XMILE means otherwise is said by elementary functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from latecomer.language.namespace import LEAD
from latecomer.language.syntax import (
    Arithmetic,
    Call,
    Comparison,
    Expression,
    InlineLookup,
    Logic,
    Lookup,
    Negative,
    Number,
    Reference,
)
from latecomer.language.text import TIME
from latecomer.language.xmile_functions import ELEMENTARY, bare, called, decimal, value_of

PASSED_ON = "abs exp ln sqrt sin cos tan arcsin arccos arctan sinh cosh tanh min max"
FUNCTIONS = (
    f"{PASSED_ON} int log10 safediv lookup lookupinv pulse ramp step delay delay1 delay3 delayn forcst "
    "smth1 smth3 smthn trend init previous history exprnd lognormal normal poisson random mean prod rank "
    "size stddev sum"
)
VALUES = "and or not mod if then else time dt starttime stoptime pi inf nan self"
# no variable may bear the first names, no table the others either
WORDS = frozenset(VALUES.split())
OF_FUNCTIONS = frozenset(FUNCTIONS.split())
SAME = {name: name.upper() for name in PASSED_ON.split()}


class Unwritable(Exception):
    """A construct that XMILE cannot say with the same meaning."""

    def __init__(self, got: str, cure: str) -> None:
        self.got, self.cure = got, cure
        super().__init__(got)


def identifier(name: str) -> str:
    """A variable's name as an equation writes it: plain where it can be, otherwise in quotes.

    >>> identifier("real wage"), identifier("1st shock"), identifier("notional value")
    ('real_wage', '"1st shock"', '"notional value"')
    """
    plain = "_".join(name.split())
    # some readers take the first letters of such a name for the word NOT
    return plain if re.fullmatch(r"(?!not)[a-z]\w*", plain, re.ASCII | re.IGNORECASE) else f'"{name}"'


@dataclass(frozen=True)
class Equations:
    """Writes expressions; `names` are the names under the keys, as an equation writes them.

    `start` and `step` are the initial time and the time step: XMILE's STEP and PULSE set in at the first
    point of time that has come, Vensim's at the nearest: the same on a multiple of the time step only.
    """

    names: Mapping[str, str]
    start: float = 0.0
    step: float = 1.0

    def on_grid(self, time: float) -> bool:
        """Whether a time is a point of the run."""
        steps = (time - self.start) / self.step
        return abs(steps - round(steps)) < 1e-6

    def whole(self, node: Expression) -> str:
        """The text of a whole right-hand side.

        >>> Equations({"a": "a"}).whole(Arithmetic("-", Reference("a"), Negative(Reference("time"))))
        'a - (-TIME)'
        """
        return bare(self.number(node))

    def number(self, node: Expression) -> str:
        """The text of an expression as a number, so enclosed that it may stand anywhere."""
        match node:
            case Number(value):
                return decimal(value)
            case Reference(key):
                return "TIME" if key == TIME else self.names[key]
            case Negative(operand):
                return f"(-{self.number(operand)})"
            case Arithmetic("^", left, right):
                return f"({self.number(left)} ^ {self.number(right)})"
            case Arithmetic(operator, left, right):
                return f"({self._operand(operator, left)} {operator} {self._operand(operator, right, True)})"
            case Lookup(table, argument):
                return f"{self.names[table]}({self.whole(argument)})"
            case InlineLookup():
                raise Unwritable("WITH LOOKUP inside an expression", "give it a variable of its own")
            case Call(function, arguments):
                return self._call(function, arguments)
            case Comparison() | Logic():
                return f"(IF {self.condition(node)} THEN 1 ELSE 0)"

    def _operand(self, operator: str, node: Expression, last: bool = False) -> str:
        """An operand; a + b + c, a * b * c and a + b * c need no parentheses."""
        text = self.number(node)
        if not isinstance(node, Arithmetic) or node.operator == "^":
            return text
        inner, sums = node.operator in "+-", operator in "+-"
        return bare(text) if (sums and not inner) or (inner == sums and not last) else text

    def condition(self, node: Expression) -> str:
        """The text of an expression as a condition: a number holds where it is not 0."""
        match node:
            case Comparison(operator, left, right):
                return f"{self.number(left)} {operator} {self.number(right)}"
            case Logic("NOT", operands):
                return f"NOT ({self.condition(operands[0])})"
            case Logic(operator, operands):
                return f" {operator} ".join(f"({self.condition(operand)})" for operand in operands)
            case _:
                return f"{self.number(node)} <> 0"

    def _call(self, function: str, arguments: tuple[Expression, ...]) -> str:
        if function == "if_then_else":
            condition, *branches = arguments
            yes, no = (self.number(branch) for branch in branches)
            return f"(IF {self.condition(condition)} THEN {yes} ELSE {no})"
        given = [self.number(argument) for argument in arguments]
        if function in SAME:
            return called(SAME[function], *given)
        if function in ELEMENTARY:
            return ELEMENTARY[function](*given)
        if function in EVENTS:
            return EVENTS[function](self, *given)
        name = function.replace("_", " ").upper()
        raise Unwritable(f"the function {name}", "write it with functions that XMILE has")


def step(writer: Equations, height: str, start: str) -> str:
    """A height from a time on; half a time step early where that is no multiple of the time step.

    >>> step(Equations({"time_step": "DT"}, 1960.0, 0.25), "2", "1970.5")
    'STEP(2, 1970.5)'
    """
    known = value_of(start)
    if known is not None and writer.on_grid(known):
        return called("STEP", height, start)
    return f"(IF {soon(writer)} > {start} THEN {height} ELSE 0)"


def pulse(writer: Equations, start: str, width: str) -> str:
    """PULSE of XMILE is an impulse of a given quantity, this one a height of 1 that lasts.

    >>> pulse(Equations({"time_step": "DT"}), "3", "2")
    '(IF ((TIME + 0.4999995 * DT) > 3) AND ((TIME + 0.4999995 * DT) < (3 + MAX(2, DT))) THEN 1 ELSE 0)'
    """
    now = soon(writer)
    end = f"({start} + {called('MAX', width, writer.names['time_step'])})"
    return f"(IF ({now} > {start}) AND ({now} < {end}) THEN 1 ELSE 0)"


def pulse_train(writer: Equations, start: str, width: str, interval: str, end: str) -> str:
    """PULSE again and again, every `interval`, until `end`."""
    now, step = soon(writer), writer.names["time_step"]
    past = f"({now} - {start})"
    since = f"({past} - {interval} * INT({past} / {interval}))"
    inside = f"({since} > 0) AND ({since} < {called('MAX', width, step)})"
    return f"(IF ({now} > {start}) AND {inside} AND (TIME < {end}) THEN 1 ELSE 0)"


def lag(writer: Equations, time: str) -> str:
    """The time of a delay; below the time step there is none, and a run must not go on."""
    known = value_of(time)
    if known is not None and known >= writer.step:
        return time
    return f"(IF {time} < (0.999999999 * {writer.names['time_step']}) THEN SQRT(-1) ELSE {time})"


def soon(writer: Equations) -> str:
    """Half a time step ahead, less a hair."""
    return f"(TIME + {decimal(LEAD)} * {writer.names['time_step']})"


EVENTS: dict[str, Callable[..., str]] = {
    "step": step,
    "pulse": pulse,
    "pulse_train": pulse_train,
    "lag": lambda writer, time, _: lag(writer, time),
}
