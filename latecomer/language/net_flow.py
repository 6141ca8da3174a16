"""Which flows fill and drain each stock, where its net flow is a plain sum of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from latecomer.language.syntax import Arithmetic, Expression, Held, Negative, Number, Reference, Stock
from latecomer.language.text import Kind, ModelText

Terms = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Flows:
    """The terms (flow, +1 or -1) of each stock, None where they are no plain sum; all flows in them."""

    of_stock: Mapping[str, Terms | None]
    plain: frozenset[str]


def terms(node: Expression) -> Terms | None:
    """The variables that an expression adds and subtracts, or None where it does anything else.

    >>> terms(Arithmetic("-", Reference("births"), Reference("deaths")))
    (('births', 1), ('deaths', -1))
    """
    match node:
        case Number(0.0):
            return ()
        case Reference(key):
            return ((key, 1),)
        case Negative(operand):
            inner = terms(operand)
            return None if inner is None else tuple((key, -sign) for key, sign in inner)
        case Arithmetic("+" | "-" as operator, left, right):
            one, other = terms(left), terms(right if operator == "+" else Negative(right))
            return None if one is None or other is None else one + other
        case _:
            return None


def flows(text: ModelText) -> Flows:
    """The flows of a model text: each leaves at most one stock and enters at most one."""
    able = {v.key for v in text.of_kind(Kind.FLOW, Kind.CONSTANT) if not isinstance(v.definition, Held)}
    taken: set[tuple[str, int]] = set()
    of_stock: dict[str, Terms | None] = {}
    for variable in text.variables:
        if not isinstance(variable.definition, Stock):
            continue
        found = terms(variable.definition.flow)
        free = found is not None and len(set(found)) == len(found) and not taken.intersection(found)
        if found is None or not free or any(key not in able for key, _ in found):
            of_stock[variable.key] = None
            continue
        taken.update(found)
        of_stock[variable.key] = found
    return Flows(of_stock, frozenset(key for key, _ in taken))
