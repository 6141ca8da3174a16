"""The units of a model text: each variable has one, and each equation keeps to them.

Also here:
- The rules of the functions: what units their arguments have, and what unit comes out.
- The unit of an expression, by one rule for each operator and function; what does not fit is found.
- Expressions as a model text writes them, for messages.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from latecomer.errors import Fault
from latecomer.language.builtins import CHOICE, shown
from latecomer.language.model_text import CONTROLS, TIME, Kind, ModelText, Variable
from latecomer.language.syntax import (
    Arithmetic,
    Call,
    Comparison,
    Definition,
    Expression,
    Held,
    InlineLookup,
    Logic,
    Lookup,
    Negative,
    Number,
    Reference,
    Starting,
    Stock,
    Table,
    children,
    walk,
)
from latecomer.language.unit_text import Units, UnreadableUnit

if TYPE_CHECKING:
    from pint.facets.plain import PlainUnit as Unit


_RANK = {"OR": 1, "AND": 2, "NOT": 3, "+": 5, "-": 5, "*": 6, "/": 6, "^": 8}

_COMPARISON, _NEGATIVE, _ALONE = 4, 7, 9


def equation_text(node: Expression, names: Mapping[str, str]) -> str:
    """A right-hand side with the names of its variables, by key; parentheses only where they are needed.

    >>> product = Arithmetic("*", Arithmetic("-", Number(1.0), Reference("tax_rate")), Reference("income"))
    >>> equation_text(product, {"tax_rate": "tax rate", "income": "Income"})
    '(1-tax rate)*Income'
    """
    return _ranked(node, names)[0]


def _ranked(node: Expression, names: Mapping[str, str]) -> tuple[str, int]:
    """The text of a node, and how tightly its outermost operator binds."""
    match node:
        case Number(value):
            return f"{value:g}", _ALONE if value >= 0 else _NEGATIVE
        case Reference(name):
            return _named(name, names), _ALONE
        case Negative() | Arithmetic() | Comparison() | Logic():
            return _operation(node, names)
        case _:
            arguments = ", ".join(_ranked(part, names)[0] for part in children(node))
            return f"{_function(node, names)}({arguments})", _ALONE


def _operation(node: Expression, names: Mapping[str, str]) -> tuple[str, int]:
    def inside(part: Expression, rank: int) -> str:
        text, own = _ranked(part, names)
        return text if own >= rank else f"({text})"

    match node:
        case Arithmetic(operator, left, right):
            rank = _RANK[operator]
            # a chain of powers is read in two ways, so it is never written
            return f"{inside(left, rank + (operator == '^'))}{operator}{inside(right, rank + 1)}", rank
        case Comparison(operator, left, right):
            rank = _COMPARISON + 1
            return f"{inside(left, rank)} {operator} {inside(right, rank)}", _COMPARISON
        case Logic("NOT", (operand,)):
            return f":NOT: {inside(operand, _RANK['NOT'] + 1)}", _RANK["NOT"]
        case Logic(operator, operands):
            rank = _RANK[operator]
            return f" :{operator}: ".join(inside(part, rank + 1) for part in operands), rank
        case _:
            (operand,) = children(node)
            return f"-{inside(operand, _ALONE)}", _NEGATIVE


def _function(node: Expression, names: Mapping[str, str]) -> str:
    match node:
        case Call(function, _):
            return shown(function)
        case Lookup(table, _):
            return _named(table, names)
        case _:
            return "WITH LOOKUP"


def _named(name: str, names: Mapping[str, str]) -> str:
    return names.get(name, name.replace("_", " "))


LONGEST_MESSAGE = 100

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
        return f"'{text}'" if len(text) <= LONGEST_MESSAGE else f"'{text[: LONGEST_MESSAGE - 3]}...'"

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


def _in_time(node: Call, parts: Iterable[Expression], scope: Scope) -> None:
    time = scope.of[TIME]
    for part in parts:
        unit = unit_of(part, scope)
        if unit is not None and time is not None and unit != time:
            expected = f"times of {shown(node.function)} in {scope.units.written(time)}, the unit of Time"
            scope.find(node, scope.in_unit(part, unit), expected, scope.cure(part))


def _same_call(node: Call, scope: Scope) -> Unit | None:
    return alike(node, node.arguments, f"arguments of {shown(node.function)} in one unit", scope)


def _pure_call(node: Call, scope: Scope) -> Unit | None:
    pure(node, node.arguments, f"arguments of {shown(node.function)}", scope)
    return scope.units.one


def _root_call(node: Call, scope: Scope) -> Unit | None:
    unit = unit_of(node.arguments[0], scope)
    return None if unit is None else scope.units.power(unit, Fraction(1, 2))


def _power_call(node: Call, scope: Scope) -> Unit | None:
    base, exponent = node.arguments
    return power(node, base, exponent, scope)


def _ratio_call(node: Call, scope: Scope) -> Unit | None:
    numerator, denominator, *otherwise = node.arguments
    ratio = Arithmetic("/", numerator, denominator)
    return alike(node, (ratio, *otherwise), "the last argument in the unit of the ratio", scope)


def _choice_call(node: Call, scope: Scope) -> Unit | None:
    condition, *branches = node.arguments
    pure(node, (condition,), f"conditions of {shown(node.function)}", scope)
    return alike(node, branches, f"one unit in both branches of {shown(node.function)}", scope)


def _step_call(node: Call, scope: Scope) -> Unit | None:
    height, *times = node.arguments
    _in_time(node, times, scope)
    return unit_of(height, scope)


def _ramp_call(node: Call, scope: Scope) -> Unit | None:
    slope, *times = node.arguments
    _in_time(node, times, scope)
    return product(unit_of(slope, scope), scope.of[TIME])


def _pulse_call(node: Call, scope: Scope) -> Unit | None:
    _in_time(node, node.arguments, scope)
    return scope.units.one


def _volume_call(node: Call, scope: Scope) -> Unit | None:
    volume, *times = node.arguments
    _in_time(node, times, scope)
    unit, time = unit_of(volume, scope), scope.of[TIME]
    return None if unit is None or time is None else unit / time


RULES: dict[str, Rule] = {
    **dict.fromkeys(
        ("abs", "integer", "min", "max", "modulo", "quantum", "mod", "floor", "lag", "within"), _same_call
    ),
    **dict.fromkeys(("exp", "ln", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh"), _pure_call),
    **dict.fromkeys(("arcsin", "arccos", "arctan"), _pure_call),
    **dict.fromkeys(("zidz", "xidz", "safediv"), _ratio_call),
    "sqrt": _root_call,
    "power": _power_call,
    **dict.fromkeys(("step", "step_at"), _step_call),
    **dict.fromkeys(("pulse", "pulse_train"), _pulse_call),
    "pulse_of": _volume_call,
    "ramp": _ramp_call,
    CHOICE: _choice_call,
}

START = "initial_time"

VOLATILITY = "_volatility"

SUBSCRIPTS = re.compile(r"\[[^\]]*\]")


def check_units(text: ModelText) -> tuple[Fault, ...]:
    """Every fault in the units of a model text, in the order of the file.

    Each variable has a unit, and each equation the unit of its variable. For a stock S, [S] = [flow] * [Time]
    and [S volatility] = [S] / [Time]^0.5. A number has the unit declared for it where it stands alone, as a
    constant, an initial value or the points of a table; inside an expression 0 fits anything, and every other
    number is dimensionless.
    """
    units = Units()
    found: list[tuple[Variable, Finding]] = []
    known: dict[str, Unit | None] = {}
    for variable in text.variables:
        known[variable.key], wrong = (None, []) if variable.hidden else _declared(variable, units)
        found += [(variable, finding) for finding in wrong]
    known[TIME] = known.get(START)
    names = {variable.key: variable.name for variable in text.variables} | {TIME: "Time"}
    scope = Scope(units, known, names, RULES)
    for variable in text.variables:
        if variable.hidden:
            known[variable.key] = _derived(variable.definition, scope)
    scope.findings.clear()
    scope.readings.clear()
    for variable in text.variables:
        scope.reader = variable.name
        _definition(variable.definition, known[variable.key], scope)
        if variable.key in CONTROLS:
            _control(known[variable.key], scope)
        found += [(variable, finding) for finding in scope.findings]
        scope.findings.clear()
    found += _noise(text, scope)
    place = {variable.key: position for position, variable in enumerate(text.variables)}
    ordered = sorted(found, key=lambda one: place[one[0].key])
    return tuple(_fault(text, variable, finding) for variable, finding in _once(ordered))


def _once(found: Iterable[tuple[Variable, Finding]]) -> Iterator[tuple[Variable, Finding]]:
    """What is wrong with an array, once for all its elements."""
    seen = set()
    for variable, finding in found:
        plain = SUBSCRIPTS.sub("", f"{variable.key}: {finding.got}, {finding.expected}")
        if plain not in seen:
            seen.add(plain)
            yield variable, finding


def _derived(node: Definition, scope: Scope) -> Unit | None:
    """The unit of what no one wrote; of a stock, that of its initial value or else of its flow over time."""
    match node:
        case Table():
            return None
        case Stock(flow, initial) if is_number(initial):
            return product(unit_of(flow, scope), scope.of[TIME])
        case Stock(_, inner) | Held(inner) | Starting(inner, _):
            return unit_of(inner, scope)
        case _:
            return unit_of(node, scope)


def _fault(text: ModelText, variable: Variable, finding: Finding) -> Fault:
    line = f"line {variable.line}, " if variable.line else ""
    place = f"{text.path.name}, {line}{variable.name}"
    return Fault(place, finding.got, finding.expected, finding.cure)


def _declared(variable: Variable, units: Units) -> tuple[Unit | None, list[Finding]]:
    if not variable.unit.strip():
        expected = "a unit for each variable, Dmnl for a pure number"
        return None, [Finding("no unit", expected, "write the unit after the equation")]
    try:
        return units.read(variable.unit), []
    except UnreadableUnit as problem:
        got = f"{problem} in the unit '{variable.unit}'"
        expected = "words, 1, *, /, ^ and parentheses, as in billion dollars/(Year*person)"
        return None, [Finding(got, expected, "write the unit again")]


def _definition(node: Definition, declared: Unit | None, scope: Scope) -> None:
    match node:
        case Table():
            pass
        case InlineLookup(_, argument):
            unit_of(argument, scope)
        case Stock(flow, initial):
            time = scope.of[TIME]
            rate = None if declared is None or time is None else declared / time
            _compare(flow, rate, "a flow", "the unit of the stock per unit of Time", scope)
            _compare(initial, declared, "an initial value", "the unit of the stock", scope)
        case _:
            for part in (node,) if isinstance(node, Expression) else children(node):
                _compare(part, declared, "a right-hand side", "the unit of the variable", scope)


def _compare(node: Expression, wanted: Unit | None, role: str, why: str, scope: Scope) -> None:
    if is_number(node):
        return
    unit = unit_of(node, scope)
    if unit is None or wanted is None or unit == wanted:
        return
    got = f"{role} in {scope.units.written(unit)}: {scope.said(node)}"
    expected = f"{role} in {scope.units.written(wanted)}, {why}"
    scope.findings.append(Finding(got, expected, WRONG))


def _control(unit: Unit | None, scope: Scope) -> None:
    time = scope.of[TIME]
    if unit is None or time is None or unit == time:
        return
    got, expected = scope.units.written(unit), scope.units.written(time)
    cure = "declare all control variables in one unit"
    scope.findings.append(Finding(f"the unit {got}", f"{expected}, the unit of INITIAL TIME", cure))


def _noise(text: ModelText, scope: Scope) -> Iterator[tuple[Variable, Finding]]:
    for stock in text.of_kind(Kind.STOCK):
        name, bracket, subscripts = stock.key.partition("[")
        size = text.by_key.get(f"{name}{VOLATILITY}{bracket}{subscripts}")
        time = scope.of[TIME]
        if size is None or time is None:
            continue
        unit, of_stock = scope.of[size.key], scope.of[stock.key]
        if unit is None or of_stock is None:
            continue
        wanted = of_stock / scope.units.power(time, Fraction(1, 2))
        if unit != wanted:
            got = f"the unit {scope.units.written(unit)}"
            why = f"the unit of '{stock.name}' per square root of the unit of Time"
            expected = f"{scope.units.written(wanted)}, {why}"
            yield size, Finding(got, expected, f"declare it in {scope.units.written(wanted)}")
