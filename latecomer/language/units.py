"""The units of a model text: each variable has one, and each equation keeps to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from latecomer.faults import Fault
from latecomer.language.syntax import (
    Definition,
    Expression,
    Held,
    InlineLookup,
    Starting,
    Stock,
    Table,
    children,
)
from latecomer.language.text import CONTROLS, TIME, Kind, ModelText, Variable
from latecomer.language.unit_functions import RULES
from latecomer.language.unit_rules import WRONG, Finding, Scope, is_number, product, unit_of
from latecomer.language.unit_text import Units, UnreadableUnit

if TYPE_CHECKING:
    from pint.facets.plain import PlainUnit as Unit

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
