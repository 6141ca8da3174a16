"""The unit of an expression, by one rule for each operator and function; what does not fit is found."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from latecomer.language.syntax import (
    Arithmetic,
    Call,
    Comparison,
    Definition,
    Expression,
    InlineLookup,
    Logic,
    Lookup,
    Negative,
    Number,
    Reference,
    walk,
)
from latecomer.language.unit_text import Units
from latecomer.language.wording import equation_text

if TYPE_CHECKING:
    from pint.facets.plain import PlainUnit as Unit

LONGEST = 100
WRONG = "correct the equation, or the unit of a variable in it"
SCALE = "divide by a reference value of the same unit"
OPERATORS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
Rule: TypeAlias = "Callable[[Call, Scope], Unit | None]"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with the units of an expression."""

    got: str
    expected: str
    cure: str


@dataclass
class Scope:
    """What the units of a text are held against, and what was found so far.

    `of` holds the units of the variables by key, None where one is not known; `readings` holds, for each
    table, who read it first and the unit of the argument.
    """

    units: Units
    of: Mapping[str, Unit | None]
    names: Mapping[str, str]
    rules: Mapping[str, Rule]
    readings: dict[str, tuple[str, Unit]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    reader: str = ""

    def said(self, node: Expression) -> str:
        """An expression in quotes, cut where it is long."""
        text = equation_text(node, self.names)
        return f"'{text}'" if len(text) <= LONGEST else f"'{text[: LONGEST - 3]}...'"

    def in_unit(self, node: Expression, unit: Unit) -> str:
        """The sentence that says in what unit an expression is."""
        return f"{self.said(node)} is in {self.units.written(unit)}"

    def cure(self, *parts: Expression) -> str:
        """The cure for parts that do not fit: a number among them needs a name and a unit."""
        number = next((part for part in parts if is_number(part)), None)
        return WRONG if number is None else f"give the number {self.said(number)} a name and a unit"

    def find(self, node: Expression, what: str, expected: str, cure: str) -> None:
        """Keep what is wrong with a node."""
        self.findings.append(Finding(f"{self.said(node)}, where {what}", expected, cure))


def unit_of(node: Expression, scope: Scope) -> Unit | None:
    """The unit of an expression; None where any fits: a literal 0, or what a finding or fault stands for.

    Every other number is dimensionless. What does not fit is added to the findings of the scope.
    """
    match node:
        case Number(value):
            return scope.units.one if value else None
        case Reference(name):
            return scope.of[name]
        case Negative(operand):
            return unit_of(operand, scope)
        case Arithmetic(sign, left, right):
            return _arithmetic(node, sign, left, right, scope)
        case Comparison(sign, left, right):
            alike(node, (left, right), f"one unit on both sides of {sign}", scope)
        case Logic(sign, operands):
            pure(node, operands, f"conditions around :{sign}:", scope)
        case Call(function, _):
            return scope.rules[function](node, scope)
        case Lookup(table, argument):
            _reading(node, table, argument, scope)
            return scope.of[table]
        case InlineLookup(_, argument):
            unit_of(argument, scope)
    return scope.units.one


def _arithmetic(
    node: Expression, sign: str, left: Expression, right: Expression, scope: Scope
) -> Unit | None:
    match sign:
        case "*":
            return product(unit_of(left, scope), unit_of(right, scope))
        case "/":
            return _ratio(unit_of(left, scope), unit_of(right, scope))
        case "^":
            return power(node, left, right, scope)
        case _:
            return alike(node, (left, right), f"one unit on both sides of {sign}", scope)


def is_number(node: Definition) -> bool:
    """Whether a node is a number, or arithmetic of numbers alone: it has the unit that it is declared with.

    >>> is_number(Arithmetic("/", Number(1.0), Number(3.0))), is_number(Reference("a"))
    (True, False)
    """
    return all(isinstance(inner, Number | Negative | Arithmetic) for inner in walk(node))


def product(left: Unit | None, right: Unit | None) -> Unit | None:
    """The unit of left * right."""
    return None if left is None or right is None else left * right


def _ratio(left: Unit | None, right: Unit | None) -> Unit | None:
    return None if left is None or right is None else left / right


def alike(node: Expression, parts: Iterable[Expression], expected: str, scope: Scope) -> Unit | None:
    """The one unit of the parts of a node, after finding the first part that has another."""
    known = ((part, unit) for part in parts if (unit := unit_of(part, scope)) is not None)
    first = next(known, None)
    if first is None:
        return None
    for other in known:
        if other[1] != first[1]:
            what = " and ".join(scope.in_unit(part, unit) for part, unit in (first, other))
            scope.find(node, what, expected, scope.cure(first[0], other[0]))
            return None
    return first[1]


def pure(node: Expression, parts: Iterable[Expression], expected: str, scope: Scope) -> None:
    """Find each part of a node that has a unit."""
    for part in parts:
        unit = unit_of(part, scope)
        if unit is not None and unit != scope.units.one:
            scope.find(node, scope.in_unit(part, unit), f"dimensionless {expected}", SCALE)


def power(node: Expression, base: Expression, exponent: Expression, scope: Scope) -> Unit | None:
    """The unit of base ^ exponent; a base that has a unit needs a number as its exponent."""
    unit = unit_of(base, scope)
    pure(node, (exponent,), "exponents of ^", scope)
    if unit is None or unit == scope.units.one:
        return unit
    exact = _exact(exponent)
    if exact is not None:
        return scope.units.power(unit, exact)
    what = f"{scope.in_unit(base, unit)} and the exponent is no number"
    scope.find(node, what, "a number as the exponent of what has a unit", SCALE)
    return None


def _exact(node: Expression) -> Fraction | None:
    """The value of arithmetic of numbers, so that x^(1/3) cubed is x; None for anything else."""
    match node:
        case Number(value):
            return Fraction(repr(value)) if 1e-9 < abs(value) < 1e9 or not value else None
        case Negative(operand):
            exact = _exact(operand)
            return None if exact is None else -exact
        case Arithmetic("+" | "-" | "*" | "/" as sign, left, right):
            a, b = _exact(left), _exact(right)
            if a is None or b is None or (sign == "/" and not b):
                return None
            return OPERATORS[sign](a, b)
        case _:
            return None


def _reading(node: Lookup, table: str, argument: Expression, scope: Scope) -> None:
    unit = unit_of(argument, scope)
    if unit is None:
        return
    reader, before = scope.readings.setdefault(table, (scope.reader, unit))
    if unit != before:
        name = scope.names[table]
        what = f"{scope.in_unit(argument, unit)}, while '{reader}' reads it in {scope.units.written(before)}"
        cure = "correct the argument, or give this equation a table of its own"
        scope.find(node, what, f"arguments of '{name}' in one unit", cure)
