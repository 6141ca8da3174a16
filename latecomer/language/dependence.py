"""Which constants the variables of a model depend on, once some constants are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from latecomer.language.syntax import (
    Arithmetic,
    Definition,
    Negative,
    Number,
    Reference,
    children,
    key,
)
from latecomer.language.text import Kind, ModelText

Reduced: TypeAlias = tuple[float | None, frozenset[str]]
NONE: frozenset[str] = frozenset()


def constants_behind(text: ModelText, outputs: Iterable[str], known: Mapping[str, float]) -> frozenset[str]:
    """The keys of the constants that some variables depend on where others have known values.

    0 * x = 0;  0 / x = 0;  x ^ 0 = 1, whatever x

    `outputs`: names of variables; `known`: values of constants by name, which are not among the result. What
    is left after these rules may still be without effect, what is not there surely is. An unknown name is
    passed over.
    """
    values = {key(name): value for name, value in known.items()}
    for one in text.order:
        variable = text.by_key[one]
        if one not in values and variable.kind in (Kind.AUXILIARY, Kind.FLOW):
            value, _ = reduced(variable.definition, values)
            if value is not None:
                values[one] = value
    found: set[str] = set()
    ahead = [key(name) for name in outputs]
    while ahead:
        one = ahead.pop()
        if one in found or one in values or one not in text.by_key:
            continue
        found.add(one)
        ahead.extend(reduced(text.by_key[one].definition, values)[1])
    return frozenset(one for one in found if text.by_key[one].kind is Kind.CONSTANT)


def reduced(node: Definition, values: Mapping[str, float]) -> Reduced:
    """The value of an equation where it is the same at all times, and the keys that it depends on otherwise.

    >>> times = Arithmetic("*", Reference("switch"), Reference("x"))
    >>> reduced(times, {"switch": 0.0}), reduced(times, {"switch": 1.0})
    ((0.0, frozenset()), (None, frozenset({'x'})))
    """
    match node:
        case Number(value):
            return value, NONE
        case Reference(name):
            return (values[name], NONE) if name in values else (None, frozenset([name]))
        case Negative(operand):
            inner, behind = reduced(operand, values)
            return (None if inner is None else -inner), behind
        case Arithmetic(operator, left, right):
            return _arithmetic(operator, reduced(left, values), reduced(right, values))
        case _:
            return None, NONE.union(*(reduced(one, values)[1] for one in children(node)))


def _arithmetic(operator: str, left: Reduced, right: Reduced) -> Reduced:
    (a, behind_a), (b, behind_b) = left, right
    if (operator in "*/" and a == 0.0) or (operator == "*" and b == 0.0):
        return 0.0, NONE
    if operator == "^" and b == 0.0:
        return 1.0, NONE
    if a is None or b is None:
        return None, behind_a | behind_b
    match operator:
        case "+":
            return a + b, NONE
        case "-":
            return a - b, NONE
        case "*":
            return a * b, NONE
        case "/" if b != 0.0:
            return a / b, NONE
        case _:  # a power, or no number at all: constant, but not worked out here
            return None, NONE
