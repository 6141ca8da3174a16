"""Python text of single expressions, and the names that stand in it."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from latecomer.language.functions import CHOICE, ELEMENTARY, OF_TIME
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

RESERVED = frozenset({"t", "y", "p", "c", "f", "d", "tables", "ns", "start", *keyword.kwlist})
COMPARISONS = {
    "=": "equal",
    "<>": "not_equal",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
}
LOGIC = {"AND": "logical_and", "OR": "logical_or", "NOT": "logical_not"}


def identifiers(keys: Iterable[str], reserved: Iterable[str] = RESERVED) -> dict[str, str]:
    """A name for each key that Python and JavaScript allow, all different and none of the reserved.

    >>> identifiers(["gdp", "lambda", "1st", "a'b", "a_b"])
    {'gdp': 'gdp', 'lambda': 'lambda_', '1st': '_1st', "a'b": 'a_b', 'a_b': 'a_b_'}
    """
    taken = set(reserved)
    names: dict[str, str] = {}
    for key in keys:
        name = re.sub(r"\W", "_", key)
        name = f"_{name}" if name[:1].isdigit() else name
        while name in taken:
            name += "_"
        taken.add(name)
        names[key] = name
    return names


@dataclass(frozen=True)
class Writer:
    """Writes expressions; `names` are Python names of variables, `tables` the names their tables go by."""

    names: Mapping[str, str]
    tables: Mapping[str, str]

    def number(self, node: Expression, owner: str) -> str:
        """The text of an expression as a number: a condition is 1 where it holds, otherwise 0."""
        match node:
            case Number(value):
                return repr(value) if value >= 0 else f"({value!r})"
            case Reference(name):
                return "t" if name == TIME else self.names[name]
            case Negative(operand):
                return f"(-{self.number(operand, owner)})"
            case Arithmetic("^", left, right):
                return f"ns.power({self.number(left, owner)}, {self.number(right, owner)})"
            case Arithmetic(operator, left, right):
                return f"({self.number(left, owner)} {operator} {self.number(right, owner)})"
            case Lookup(table, argument):
                return f"ns.interp({self.number(argument, owner)}, *tables[{self.tables[table]!r}])"
            case InlineLookup(_, argument):
                return f"ns.interp({self.number(argument, owner)}, *tables[{self.tables[owner]!r}])"
            case Call(function, arguments):
                return self._call(function, arguments, owner)
            case Comparison() | Logic():
                return f"ns.where({self.condition(node, owner)}, 1.0, 0.0)"

    def condition(self, node: Expression, owner: str) -> str:
        """The text of an expression as a condition: a number holds where it is not 0."""
        match node:
            case Comparison(operator, left, right):
                return f"ns.{COMPARISONS[operator]}({self.number(left, owner)}, {self.number(right, owner)})"
            case Logic(operator, operands):
                inside = ", ".join(self.condition(operand, owner) for operand in operands)
                return f"ns.{LOGIC[operator]}({inside})"
            case _:
                return f"ns.truth({self.number(node, owner)})"

    def _call(self, function: str, arguments: tuple[Expression, ...], owner: str) -> str:
        if function == CHOICE:
            first, *rest = arguments
            inside = ", ".join([self.condition(first, owner), *(self.number(a, owner) for a in rest)])
            return f"ns.where({inside})"
        inside = ", ".join(self.number(argument, owner) for argument in arguments)
        if function in OF_TIME:
            return f"ns.{OF_TIME[function][0]}(t, c[2], {inside})"
        return f"ns.{ELEMENTARY[function][0]}({inside})"
