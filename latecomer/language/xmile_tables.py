"""Graphical functions of XMILE as the points of tables."""

from __future__ import annotations

from collections.abc import Iterable

from latecomer.language.tokens import number
from latecomer.language.written import Points, Unreadable, Unsupported
from latecomer.language.xmile_nodes import Node, child, text_of


def points_of(graph: Node) -> Points:
    """The points of a graphical function; raises `Unsupported` for any that is not continuous."""
    kind = (graph.get("type") or "continuous").lower()
    if kind != "continuous" or (graph.get("discrete") or "false").lower() == "true":
        raise Unsupported(
            f"a table of type {'discrete' if kind == 'continuous' else kind}",
            "a continuous table",
            "write its steps as points",
        )
    y = _numbers(child(graph, "ypts"))
    given, scale = child(graph, "xpts"), child(graph, "xscale")
    if given is not None:
        x = _numbers(given)
    elif scale is not None and y:
        low, high = _end(scale, "min"), _end(scale, "max")
        x = [low + (high - low) * i / max(len(y) - 1, 1) for i in range(len(y))]
    else:
        x = []
    if len(x) != len(y) or not y:
        raise Unsupported(f"a table of {len(x)} x and {len(y)} y", "as many x as y", "mend the table")
    return Points(tuple(x), tuple(y))


def _end(scale: Node, end: str) -> float:
    value = number(scale.get(end, ""))
    if value is None:
        raise Unsupported(f"'{scale.get(end, '')}' for the {end} of xscale", "a number", "write the number")
    return value


def _numbers(node: Node | None) -> list[float]:
    separator = "," if node is None else node.get("sep") or ","
    words: Iterable[str] = text_of(node).split(separator)
    values = [number(word) for word in words if word.strip()]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        raise Unreadable(text_of(node), text_of(node))
    return known
