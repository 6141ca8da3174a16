"""Deep expressions in layers: what lies deeper than some levels becomes a hidden variable of its own.

Everything behind the reader (the program, units, XMILE, JavaScript) then meets shallow expressions only,
whatever stands in a text. The numbers are the same to the last bit: each operation takes what it took before.
"""

from __future__ import annotations

from typing import Final

from latecomer.language.hidden import Hidden, HiddenVariable
from latecomer.language.syntax import (
    Definition,
    Expression,
    Held,
    Starting,
    Stock,
    Table,
    children,
    walk,
    with_children,
)

# Python reads no more than 200 parentheses inside each other, and a level may take three
LEVELS: Final = 60


def in_layers(meaning: Definition, hidden: Hidden) -> Definition:
    """The definition with no expression of more than `LEVELS` levels; the parts are added to `hidden`.

    The hidden variables that are there already are taken apart too.
    """
    for place in range(len(hidden.found)):
        part = hidden.found[place]
        shallow = _definition(part.meaning, hidden)
        if shallow is not part.meaning:
            hidden.found[place] = HiddenVariable(part.name, part.unit, shallow)
    return _definition(meaning, hidden)


def _definition(node: Definition, hidden: Hidden) -> Definition:
    match node:
        case Stock(flow, initial):
            return Stock(_expression(flow, hidden), _expression(initial, hidden))
        case Starting(active, initial):
            return Starting(_expression(active, hidden), _expression(initial, hidden))
        case Held(initial):
            return Held(_expression(initial, hidden))
        case Table():
            return node
        case _:
            return _expression(node, hidden)


def _expression(node: Expression, hidden: Hidden) -> Expression:
    # a node stands before all that is inside it
    order = list(walk(node))
    if len(order) <= LEVELS:
        return node
    made: dict[int, tuple[Expression, int]] = {}
    for inner in reversed(order):
        if id(inner) not in made:
            made[id(inner)] = _layered(inner, [made[id(part)] for part in children(inner)], hidden)
    return made[id(node)][0]


def _layered(node: Definition, parts: list[tuple[Expression, int]], hidden: Hidden) -> tuple[Expression, int]:
    """A node over its finished parts, each with its levels; a part that has as many as may be is named."""
    named = [
        (hidden.add("part", part), 1) if levels >= LEVELS - 1 else (part, levels) for part, levels in parts
    ]
    changed = any(one is not other for (one, _), other in zip(named, children(node), strict=True))
    assert isinstance(node, Expression)
    made = with_children(node, [part for part, _ in named]) if changed else node
    return made, 1 + max((levels for _, levels in named), default=0)
