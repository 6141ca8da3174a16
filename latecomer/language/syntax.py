"""The syntax tree of an equation: small frozen nodes, free of any parser's own types."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


def key(name: str) -> str:
    """The key under which a name is known: case, quotes and the kind of blank do not matter.

    >>> key('"Human  Capital"') == key("human_capital")
    True
    >>> key("Output [Garments, north]")
    'output[garments,north]'
    """
    plain = "_".join(name.strip().strip('"').lower().replace("_", " ").split())
    return re.sub(r"_*([\[\],])_*", r"\1", plain) if "[" in plain else plain


@dataclass(frozen=True, slots=True)
class Number:
    """A number written in the text."""

    value: float


@dataclass(frozen=True, slots=True)
class Reference:
    """The value of another variable, by its key."""

    key: str


@dataclass(frozen=True, slots=True)
class Negative:
    """-operand."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """left operator right, with operator one of + - * / ^."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Comparison:
    """left operator right, with operator one of = <> < <= > >=."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Logic:
    """:AND:, :OR: of two conditions or :NOT: of one."""

    operator: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the language called with its arguments."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Lookup:
    """A table read at an argument: linear between its points, constant beyond its ends."""

    table: str
    argument: Expression


@dataclass(frozen=True, slots=True)
class Table:
    """The points of a table, x increasing."""

    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class InlineLookup:
    """A table written where it is used."""

    table: Table
    argument: Expression


@dataclass(frozen=True, slots=True)
class Stock:
    """d stock/dt = flow, stock(initial time) = initial."""

    flow: Expression
    initial: Expression


@dataclass(frozen=True, slots=True)
class Held:
    """The value that an expression has at the initial time."""

    initial: Expression


@dataclass(frozen=True, slots=True)
class Starting:
    """ACTIVE INITIAL: `active`, but `initial` wherever initial values are computed from it."""

    active: Expression
    initial: Expression


Expression = Number | Reference | Negative | Arithmetic | Comparison | Logic | Call | Lookup | InlineLookup
Definition = Expression | Table | Stock | Held | Starting


# no number at all: what an equation comes to where it must not be used
NOTHING = Call("within", (Number(1.0), Number(0.0)))


def children(node: Definition) -> tuple[Expression, ...]:
    """The expressions directly inside a node."""
    match node:
        case Negative(operand):
            return (operand,)
        case Arithmetic(_, left, right) | Comparison(_, left, right):
            return (left, right)
        case Logic(_, operands):
            return operands
        case Call(_, arguments):
            return arguments
        case Lookup(_, argument) | InlineLookup(_, argument):
            return (argument,)
        case Stock(flow, initial):
            return (flow, initial)
        case Held(initial):
            return (initial,)
        case Starting(active, initial):
            return (active, initial)
        case _:
            return ()


def walk(node: Definition) -> Iterator[Definition]:
    """A node and everything inside it, outermost first."""
    waiting = [node]
    while waiting:
        inner = waiting.pop()
        yield inner
        waiting.extend(reversed(children(inner)))


def with_children(node: Expression, parts: Sequence[Expression]) -> Expression:
    """The node with other expressions directly inside it, as many as `children` gives.

    >>> with_children(Negative(Number(1.0)), [Reference("a")])
    Negative(operand=Reference(key='a'))
    """
    match node:
        case Negative():
            return Negative(parts[0])
        case Arithmetic(operator) | Comparison(operator):
            return type(node)(operator, parts[0], parts[1])
        case Logic(operator):
            return Logic(operator, tuple(parts))
        case Call(function):
            return Call(function, tuple(parts))
        case Lookup(table):
            return Lookup(table, parts[0])
        case InlineLookup(table):
            return InlineLookup(table, parts[0])
        case _:
            return node


def references(node: Definition) -> tuple[str, ...]:
    """The keys of the variables that a node reads, each once, in order; tables are not among them."""
    return tuple(dict.fromkeys(inner.key for inner in walk(node) if isinstance(inner, Reference)))
