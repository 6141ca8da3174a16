"""Python text of single expressions, and the names that stand in it: nothing of it comes from a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

from latecomer.language.builtins import CHOICE, ELEMENTARY, OF_STOCKS, OF_TIME
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

COMPARISONS = {
    "=": "equal",
    "<>": "not_equal",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
}
LOGIC = {"AND": "logical_and", "OR": "logical_or", "NOT": "logical_not"}


def identifiers(keys: Iterable[str]) -> dict[str, str]:
    """A name for each key that no file has a say in: v and a number.

    >>> identifiers(["gdp", "__import__"])
    {'gdp': 'v0', '__import__': 'v1'}
    """
    return {key: f"v{number}" for number, key in enumerate(keys)}


class Spelling(ABC):
    """How a language writes expressions; `names` are those of variables there.

    Both languages write them from one tree by one walk: what differs is how a piece is spelled.
    """

    names: Mapping[str, str]

    @abstractmethod
    def call(self, function: str, *arguments: str) -> str:
        """A function of the model language, by the name that namespaces give it."""

    @abstractmethod
    def choice(self, condition: str, yes: str, no: str) -> str:
        """One of two numbers."""

    @abstractmethod
    def comparison(self, operator: str, left: str, right: str) -> str:
        """A condition on two numbers."""

    @abstractmethod
    def logic(self, operator: str, operands: Sequence[str]) -> str:
        """A condition on conditions."""

    @abstractmethod
    def truth(self, number: str) -> str:
        """The condition that a number is not 0."""

    @abstractmethod
    def read(self, table: str, argument: str) -> str:
        """A table, by its key, read at a number."""

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
                return self.call("power", self.number(left, owner), self.number(right, owner))
            case Arithmetic(operator, left, right):
                return f"({self.number(left, owner)} {operator} {self.number(right, owner)})"
            case Lookup(table, argument):
                return self.read(table, self.number(argument, owner))
            case InlineLookup(_, argument):
                return self.read(owner, self.number(argument, owner))
            case Call(function, arguments):
                return self._call(function, arguments, owner)
            case Comparison() | Logic():
                return self.choice(self.condition(node, owner), "1.0", "0.0")

    def condition(self, node: Expression, owner: str) -> str:
        """The text of an expression as a condition: a number holds where it is not 0."""
        match node:
            case Comparison(operator, left, right):
                return self.comparison(operator, self.number(left, owner), self.number(right, owner))
            case Logic(operator, operands):
                return self.logic(operator, [self.condition(operand, owner) for operand in operands])
            case _:
                return self.truth(self.number(node, owner))

    def _call(self, function: str, arguments: tuple[Expression, ...], owner: str) -> str:
        if function == CHOICE:
            first, yes, no = arguments
            return self.choice(self.condition(first, owner), self.number(yes, owner), self.number(no, owner))
        inside = [self.number(argument, owner) for argument in arguments]
        if function in OF_TIME:
            return self.call(OF_TIME[function][0], "t", "c[2]", *inside)
        if function in OF_STOCKS:
            return self.call(OF_STOCKS[function], *inside)
        return self.call(ELEMENTARY[function][0], *inside)


@final
@dataclass(frozen=True)
class Writer(Spelling):
    """Writes expressions as Python; `tables`: the place of each table, by its key."""

    names: Mapping[str, str]
    tables: Mapping[str, int]

    def call(self, function: str, *arguments: str) -> str:
        """A function of the namespace."""
        return f"ns.{function}({', '.join(arguments)})"

    def choice(self, condition: str, yes: str, no: str) -> str:
        """Both numbers are computed."""
        return self.call("where", condition, yes, no)

    def comparison(self, operator: str, left: str, right: str) -> str:
        """By a function of the namespace."""
        return self.call(COMPARISONS[operator], left, right)

    def logic(self, operator: str, operands: Sequence[str]) -> str:
        """By a function of the namespace."""
        return self.call(LOGIC[operator], *operands)

    def truth(self, number: str) -> str:
        """By a function of the namespace."""
        return self.call("truth", number)

    def read(self, table: str, argument: str) -> str:
        """A table by its place."""
        return self.call("interp", argument, f"*tables[{self.tables[table]}]")
