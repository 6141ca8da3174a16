"""The equation graph: orders of evaluation, and the loops that forbid one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Final

MOST_LOOPS: Final = 20
Graph = Mapping[str, tuple[str, ...]]


def ordered(graph: Graph) -> tuple[str, ...]:
    """The keys of a graph without loops, each after all that it depends on.

    >>> ordered({"c": ("b",), "b": ("a",), "a": ()})
    ('a', 'b', 'c')
    """
    return tuple(TopologicalSorter({name: list(needs) for name, needs in graph.items()}).static_order())


def loops(graph: Graph) -> list[tuple[str, ...]]:
    """One loop for each knot of the graph, twenty at most: each name acts on the next, the last on the first.

    >>> loops({"a": ("c",), "b": ("a",), "c": ("b",), "d": ("a",)})
    [('a', 'b', 'c')]
    """
    rest = {name: tuple(need for need in needs if need in graph) for name, needs in graph.items()}
    found: list[tuple[str, ...]] = []
    while len(found) < MOST_LOOPS:
        try:
            ordered(rest)
        except CycleError as problem:
            cycle = tuple(problem.args[1][:-1])
            found.append(_from_first(cycle, tuple(graph)))
            gone = set(cycle)
            rest = {n: tuple(m for m in needs if m not in gone) for n, needs in rest.items() if n not in gone}
        else:
            break
    return found


def _from_first(cycle: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    place = {name: i for i, name in enumerate(names)}
    start = cycle.index(min(cycle, key=place.__getitem__))
    return cycle[start:] + cycle[:start]


def needed(graph: Graph, wanted: Iterable[str]) -> frozenset[str]:
    """All that some names depend on, themselves included.

    >>> sorted(needed({"c": ("b",), "b": (), "a": ()}, ["c"]))
    ['b', 'c']
    """
    seen: set[str] = set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(graph.get(name, ()))
    return frozenset(seen)
