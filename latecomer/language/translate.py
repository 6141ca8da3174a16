"""From PySD's syntax trees to this package's own; what is not supported is refused by name."""

from __future__ import annotations

import math
from itertools import pairwise
from numbers import Real
from typing import Any

from pysd.translators.structures import abstract_expressions as foreign

from latecomer.language.functions import ARGUMENTS, shown
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
    Stock,
    Table,
    key,
)

ALONE = {"IntegStructure": "INTEG", "InitialStructure": "INITIAL", "InlineLookupsStructure": "WITH LOOKUP"}
COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})


class Unsupported(Exception):
    """A construct outside the supported language: what it is, what is expected and the cure."""

    def __init__(self, got: str, expected: str, cure: str) -> None:
        self.got, self.expected, self.cure = got, expected, cure
        super().__init__(got)


def definition(node: Any, tables: frozenset[str]) -> Definition:
    """The definition of a variable; `tables` are the keys of the tables of the file.

    Raises `Unsupported` for any construct outside the language.
    """
    if isinstance(node, foreign.LookupsStructure):
        return _table(node)
    if isinstance(node, foreign.IntegStructure):
        if node.non_negative:
            raise Unsupported(
                "a stock that is forbidden to be negative",
                "a stock without a floor",
                "limit its outflow with MIN or MAX instead",
            )
        return Stock(expression(node.flow, tables), expression(node.initial, tables))
    if isinstance(node, foreign.InitialStructure):
        return Held(expression(node.initial, tables))
    if isinstance(node, foreign.InlineLookupsStructure):
        return InlineLookup(_table(node.lookups), expression(node.argument, tables))
    return expression(node, tables)


def expression(node: Any, tables: frozenset[str]) -> Expression:
    """An expression inside a definition."""
    if isinstance(node, bool | str):
        raise _unknown(f"the text {node!r}")
    if isinstance(node, Real):
        return _number(float(node))
    if isinstance(node, foreign.ReferenceStructure):
        return _reference(node, tables)
    if isinstance(node, foreign.ArithmeticStructure):
        return _arithmetic(node, tables)
    if isinstance(node, foreign.LogicStructure):
        return _logic(node, tables)
    if isinstance(node, foreign.CallStructure):
        return _call(node, tables)
    for kind, name in ALONE.items():
        if type(node).__name__ == kind:
            raise Unsupported(
                f"{name} inside an expression",
                f"{name} alone on the right-hand side",
                f"give the {name} a variable of its own",
            )
    raise _unknown(_name_of(node))


def _unknown(what: str) -> Unsupported:
    return Unsupported(
        f"the construct {what}",
        "a construct of the supported language (see the reference of model texts)",
        "write it with supported functions",
    )


def _name_of(node: Any) -> str:
    names = {
        "DelayStructure": "DELAY1 or DELAY3",
        "DelayNStructure": "DELAY N",
        "DelayFixedStructure": "DELAY FIXED",
        "SmoothStructure": "SMOOTH or SMOOTH3",
        "SmoothNStructure": "SMOOTH N",
        "TrendStructure": "TREND",
        "ForecastStructure": "FORECAST",
        "SampleIfTrueStructure": "SAMPLE IF TRUE",
        "GameStructure": "GAME",
        "AllocateAvailableStructure": "ALLOCATE AVAILABLE",
        "AllocateByPriorityStructure": "ALLOCATE BY PRIORITY",
        "GetLookupsStructure": "GET XLS LOOKUPS or GET DIRECT LOOKUPS",
        "GetDataStructure": "GET XLS DATA or GET DIRECT DATA",
        "GetConstantsStructure": "GET XLS CONSTANTS or GET DIRECT CONSTANTS",
        "DataStructure": "a data variable",
        "ndarray": "a list of numbers",
    }
    kind = type(node).__name__
    return names.get(kind, kind)


def _number(value: float) -> Number:
    if not math.isfinite(value):
        raise Unsupported("the missing value :NA:", "a finite number", "write the number")
    return Number(value)


def _table(node: Any) -> Table:
    x, y = tuple(float(v) for v in node.x), tuple(float(v) for v in node.y)
    if node.type != "interpolate":
        raise _unknown(f"a table with {node.type} reading")
    if len(x) < 2:
        raise Unsupported("a table with one point", "two points or more", "add a point or use a constant")
    if any(b <= a for a, b in pairwise(x)):
        raise Unsupported("a table with the same x twice", "each x once", "remove one of the two points")
    return Table(x, y)


def _reference(node: Any, tables: frozenset[str]) -> Reference:
    name = key(node.reference)
    if node.subscripts is not None:
        raise Unsupported(
            f"a subscript on '{name.replace('_', ' ')}'",
            "variables without subscripts",
            "write one variable for each element",
        )
    if name in tables:
        raise Unsupported(
            f"the table '{name.replace('_', ' ')}' without an argument",
            "a table read at an argument, such as table(Time)",
            "add the argument in parentheses",
        )
    return Reference(name)


def _arithmetic(node: Any, tables: frozenset[str]) -> Expression:
    operators = list(node.operators)
    if operators == ["negative"]:
        operand = expression(node.arguments[0], tables)
        return Number(-operand.value) if isinstance(operand, Number) else Negative(operand)
    operands = [expression(argument, tables) for argument in node.arguments]
    if "^" in operators:
        _check_power(operators, operands)
    result = operands[0]
    for operator, operand in zip(operators, operands[1:], strict=True):
        result = Arithmetic(operator, result, operand)
    return result


def _check_power(operators: list[str], operands: list[Expression]) -> None:
    # the parser reads -2^2 as (-2)^2 but -x^2 as -(x^2), and other programs chain ^ the other way round
    if len(operators) > 1:
        raise Unsupported(
            "a chain of powers such as a^b^c", "one ^ at a time", "set parentheses: (a^b)^c or a^(b^c)"
        )
    base = operands[0]
    if isinstance(base, Number) and base.value < 0:
        raise Unsupported(
            f"a power of the negative number {base.value:g}",
            "a power whose sign is beyond doubt",
            "write POWER(-2, 2) for (-2)^2 or 0 - 2^2 for -(2^2)",
        )


def _logic(node: Any, tables: frozenset[str]) -> Expression:
    operators = [operator.upper().strip(":") for operator in node.operators]
    operands = [expression(argument, tables) for argument in node.arguments]
    if operators == ["NOT"]:
        return Logic("NOT", (operands[0],))
    if operators[0] in COMPARISONS:
        return Comparison(operators[0], operands[0], operands[1])
    if len(set(operators)) > 1:
        raise Unsupported(
            ":AND: and :OR: side by side without parentheses",
            "an order of evaluation that is beyond doubt",
            "set parentheses around the :AND: or the :OR:",
        )
    result = operands[0]
    for operand in operands[1:]:
        result = Logic(operators[0], (result, operand))
    return result


def _call(node: Any, tables: frozenset[str]) -> Expression:
    name = key(node.function.reference)
    arguments = tuple(expression(argument, tables) for argument in node.arguments)
    if name in tables:
        _count(name.replace("_", " "), "table", len(arguments), 1)
        return Lookup(name, arguments[0])
    if name not in ARGUMENTS:
        raise Unsupported(
            f"the function or table {shown(name)}, which is neither supported nor defined",
            "a supported function or a table of this file",
            "define the table, or write it with supported functions",
        )
    _count(shown(name), "function", len(arguments), ARGUMENTS[name])
    return Call(name, arguments)


def _count(name: str, kind: str, got: int, expected: int) -> None:
    if got != expected:
        raise Unsupported(
            f"the {kind} {name} with {got} argument{'' if got == 1 else 's'}",
            f"{expected} argument{'' if expected == 1 else 's'}",
            "give the arguments that the definition asks for",
        )
