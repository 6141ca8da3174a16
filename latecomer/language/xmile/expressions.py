"""Expressions as XMILE writes them; what XMILE means otherwise is said by elementary functions.

Also here:
- Functions of the model language said by those that XMILE has with the same meaning; texts in, text out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from latecomer.language.codegen.namespace import LEAD, SMALL
from latecomer.language.model_text import TIME
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

NUMBER = re.compile(r"-?[\d.]+(e[-+]?\d+)?")


def decimal(value: float) -> str:
    """The shortest number that reads back to the same value, in parentheses where it is negative.

    >>> decimal(3.0), decimal(-0.25), decimal(1e-6)
    ('3', '(-0.25)', '1e-06')
    """
    shown = repr(float(value)).removesuffix(".0")
    return f"({shown})" if shown.startswith("-") else shown


def bare(text: str) -> str:
    """A text without the parentheses that enclose all of it.

    >>> bare("(a + b)"), bare("(a) + (b)")
    ('a + b', '(a) + (b)')
    """
    return text[1:-1] if text.startswith("(") and _closes_at_end(text) else text


def _closes_at_end(text: str) -> bool:
    depth, quoted = 0, False
    for place, character in enumerate(text):
        quoted ^= character == '"'
        depth += 0 if quoted else (character == "(") - (character == ")")
        if depth == 0:
            return place == len(text) - 1
    return False


def called(function: str, *given: str) -> str:
    """A function of some texts.

    >>> called("MAX", "0", "(a + b)")
    'MAX(0, a + b)'
    """
    return f"{function}({', '.join(bare(text) for text in given)})"


def value_of(text: str) -> float | None:
    """The number that a text is, or None where it is more than a number."""
    return float(bare(text)) if NUMBER.fullmatch(bare(text)) else None


def towards_zero(x: str) -> str:
    """INT rounds down in XMILE, INTEGER towards zero.

    >>> towards_zero("x")
    '((IF x >= 0 THEN 1 ELSE (-1)) * INT(ABS(x)))'
    """
    return f"((IF {x} >= 0 THEN 1 ELSE (-1)) * INT({called('ABS', x)}))"


def remainder(x: str, divisor: str) -> str:
    """MODULO has the sign of x; MOD differs among programs where x is negative.

    >>> remainder("x", "2")
    '((IF x >= 0 THEN 1 ELSE (-1)) * (ABS(x) mod 2))'
    """
    # in small letters all readers know it
    return f"((IF {x} >= 0 THEN 1 ELSE (-1)) * ({called('ABS', x)} mod {divisor}))"


def safe_division(numerator: str, denominator: str, *otherwise: str) -> str:
    """SAFEDIV guards against nought alone, ZIDZ and XIDZ against all that is small.

    >>> safe_division("a", "b")
    'SAFEDIV(a, IF ABS(b) < 1e-06 THEN 0 ELSE b)'
    """
    known = value_of(denominator)
    if known is None or abs(known) < SMALL:
        denominator = f"IF {called('ABS', denominator)} < {decimal(SMALL)} THEN 0 ELSE {denominator}"
    return called("SAFEDIV", numerator, denominator, *otherwise)


def quantum(x: str, size: str) -> str:
    """The multiple of `size` next to x towards zero.

    >>> quantum("x", "5")
    '(5 * ((IF (x / 5) >= 0 THEN 1 ELSE (-1)) * INT(ABS(x / 5))))'
    """
    known = value_of(size)
    if known is not None and known >= SMALL:
        return f"({size} * {towards_zero(f'({x} / {size})')})"
    ratio = safe_division(x, size, "0")
    return f"(IF {size} < {decimal(SMALL)} THEN {x} ELSE ({size} * {towards_zero(ratio)}))"


def ramp(slope: str, start: str, finish: str) -> str:
    """RAMP of XMILE has no end.

    >>> ramp("2", "1960", "1970")
    '(2 * MAX(0, MIN(TIME, 1970) - 1960))'
    """
    first, last = value_of(start), value_of(finish)
    now = called("MIN", "TIME", finish)
    if first is None or last is None:
        now = f"(IF {finish} < {start} THEN TIME ELSE {now})"
    elif last < first:
        now = "TIME"
    return f"({slope} * MAX(0, {now} - {start}))"


ELEMENTARY: dict[str, Callable[..., str]] = {
    "power": lambda base, exponent: f"({base} ^ {exponent})",
    "log": lambda x, base: f"({called('LN', x)} / {called('LN', base)})",
    "integer": towards_zero,
    "modulo": remainder,
    "quantum": quantum,
    "zidz": safe_division,
    "xidz": safe_division,
    "ramp": ramp,
    "safediv": lambda *given: called("SAFEDIV", *given),
    "mod": lambda x, divisor: f"({x} mod {divisor})",
    "floor": lambda x: called("INT", x),
    # no number where a limit is passed
    "within": lambda x, limit: f"(IF {x} > {limit} THEN SQRT(-1) ELSE {x})",
    "step_at": lambda *given: called("STEP", *given),
    "pulse_of": lambda *given: called("PULSE", *given),
}

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
