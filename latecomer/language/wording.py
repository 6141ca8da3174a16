"""Expressions as a model text writes them, for messages."""

from __future__ import annotations

from collections.abc import Mapping

from latecomer.language.functions import shown
from latecomer.language.syntax import (
    Arithmetic,
    Call,
    Comparison,
    Expression,
    Logic,
    Lookup,
    Negative,
    Number,
    Reference,
    children,
)

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
