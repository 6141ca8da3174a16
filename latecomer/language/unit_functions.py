"""The rules of the functions: what units their arguments have, and what unit comes out."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING

from latecomer.language.functions import CHOICE, shown
from latecomer.language.syntax import Arithmetic, Call, Expression
from latecomer.language.text import TIME
from latecomer.language.unit_rules import Rule, Scope, alike, power, product, pure, unit_of

if TYPE_CHECKING:
    from pint.facets.plain import PlainUnit as Unit


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
