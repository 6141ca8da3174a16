"""A layered drawing of a directed graph: columns by depth, few crossings, straight lanes for long links.

The method of Sugiyama, Tagawa and Toda (1981): links that would close a loop are turned, every node is put
behind its causes, links that pass a column get a lane in it, columns are sorted by the mean place of their
neighbours, and heights are the least-squares ones that keep all apart (pooled adjacent violators). Written
here, as the links of one cause are to share a lane and no text may touch a lane.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Node = Hashable
Pair = tuple[Node, Node]
SWEEPS = 24


@dataclass(frozen=True, slots=True)
class Lane:
    """The place in a column where the links of one cause pass by; `back` for links towards the causes."""

    cause: Node
    column: int
    back: bool


def columns(nodes: Sequence[Node], forward: Iterable[Pair], closing: Iterable[Pair]) -> dict[Node, int]:
    """The column of each node: behind all its causes, and no farther from its effects than need be.

    `forward` has no loops; of `closing` each link counts unless it would close one.

    >>> columns("abcd", [("a", "b"), ("b", "c"), ("d", "c")], [("c", "a")])
    {'a': 0, 'b': 1, 'c': 2, 'd': 1}
    """
    causes: dict[Node, list[Node]] = {node: [] for node in nodes}
    for cause, effect in forward:
        causes[effect].append(cause)
    for cause, effect in closing:
        if not _reaches(causes, cause, effect):
            causes[effect].append(cause)
        elif not _reaches(causes, effect, cause):
            causes[cause].append(effect)
    depth: dict[Node, int] = {}
    for node in nodes:
        _depth(node, causes, depth)
    effects: dict[Node, list[Node]] = {node: [] for node in nodes}
    for node, before in causes.items():
        for cause in before:
            effects[cause].append(node)
    for node in sorted(nodes, key=lambda n: -depth[n]):
        if len(effects[node]) > len(causes[node]):
            depth[node] = min(depth[effect] for effect in effects[node]) - 1
    lowest = min(depth.values(), default=0)
    return {node: depth[node] - lowest for node in nodes}


def _reaches(causes: Mapping[Node, Sequence[Node]], goal: Node, start: Node) -> bool:
    """Whether `start` is among the direct and indirect causes of `goal`."""
    waiting, seen = [goal], set()
    while waiting:
        node = waiting.pop()
        if node == start:
            return True
        if node not in seen:
            seen.add(node)
            waiting.extend(causes[node])
    return False


def _depth(node: Node, causes: Mapping[Node, Sequence[Node]], known: dict[Node, int]) -> int:
    if node not in known:
        known[node] = max((_depth(cause, causes, known) + 1 for cause in causes[node]), default=0)
    return known[node]


def lanes(column: Mapping[Node, int], links: Iterable[Pair]) -> dict[Pair, list[Node]]:
    """The stations of each link: cause, the lanes that it passes through, effect."""
    stations: dict[Pair, list[Node]] = {}
    for cause, effect in links:
        first, last = column[cause], column[effect]
        way = 1 if last > first else -1
        passed = [Lane(cause, k, way < 0) for k in range(first + way, last, way)]
        stations[cause, effect] = [cause, *passed, effect]
    return stations


def sorted_columns(column: Mapping[Node, int], stations: Iterable[Sequence[Node]]) -> list[list[Node]]:
    """The nodes and lanes of each column from top to bottom, with few crossings."""
    steps = {(a, b) for stops in stations for a, b in pairwise(stops)}
    place = dict(column) | {stop: stop.column for step in steps for stop in step if isinstance(stop, Lane)}
    rows: list[list[Node]] = [[] for _ in range(max(place.values(), default=-1) + 1)]
    order = {node: k for k, node in enumerate(column)}
    for stop in sorted(place, key=lambda s: (order[s.cause], 1) if isinstance(s, Lane) else (order[s], 0)):
        rows[place[stop]].append(stop)
    near: dict[Node, list[Node]] = defaultdict(list)
    for a, b in sorted(steps, key=lambda step: (str(step[0]), str(step[1]))):
        near[a].append(b)
        near[b].append(a)
    best, least = [list(row) for row in rows], _crossings(rows, steps, place)
    for sweep in range(SWEEPS):
        ahead = sweep % 2 == 0
        for k in range(1, len(rows)) if ahead else range(len(rows) - 2, -1, -1):
            beside = {stop: i for i, stop in enumerate(rows[k - 1 if ahead else k + 1])}
            rows[k] = _by_mean(rows[k], near, beside)
        count = _crossings(rows, steps, place)
        if count < least:
            best, least = [list(row) for row in rows], count
    return best


def _by_mean(row: list[Node], near: Mapping[Node, Sequence[Node]], beside: Mapping[Node, int]) -> list[Node]:
    def mean(stop: Node, here: int) -> float:
        places = [beside[other] for other in near[stop] if other in beside]
        return sum(places) / len(places) if places else here

    keyed = [(mean(stop, here), here, stop) for here, stop in enumerate(row)]
    return [stop for _, _, stop in sorted(keyed, key=lambda item: item[:2])]


def _crossings(rows: Sequence[Sequence[Node]], steps: Iterable[Pair], place: Mapping[Node, int]) -> int:
    spot = {stop: i for row in rows for i, stop in enumerate(row)}
    gaps: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for a, b in steps:
        left, right = (a, b) if place[a] < place[b] else (b, a)
        gaps[place[left]].append((spot[left], spot[right]))
    return sum(
        (a[0] - b[0]) * (a[1] - b[1]) < 0
        for pairs in gaps.values()
        for i, a in enumerate(pairs)
        for b in pairs[:i]
    )


def heights(
    rows: Sequence[Sequence[Node]],
    stations: Iterable[Sequence[Node]],
    size: Mapping[Node, float],
    gap: float,
) -> dict[Node, float]:
    """The middle of each node and lane, so that links run level and all keep `gap` apart."""
    steps = {(a, b) for stops in stations for a, b in pairwise(stops)}
    near: dict[Node, list[Node]] = defaultdict(list)
    for a, b in sorted(steps, key=lambda step: (str(step[0]), str(step[1]))):
        near[a].append(b)
        near[b].append(a)
    y: dict[Node, float] = {}
    for row in rows:
        y |= dict(zip(row, apart([0.0] * len(row), [size[s] for s in row], gap), strict=True))
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = [sum(y[o] for o in near[s]) / len(near[s]) if near[s] else y[s] for s in row]
            y |= dict(zip(row, apart(wanted, [size[s] for s in row], gap), strict=True))
    return y


def apart(wanted: Sequence[float], sizes: Sequence[float], gap: float) -> list[float]:
    """The middles nearest to those wanted, in the same order, that keep things of `sizes` apart.

    min sum (y - wanted)^2 with y[i+1] - y[i] >= (size[i] + size[i+1]) / 2 + gap

    >>> apart([5.0, 5.0, 40.0], [10.0, 10.0, 10.0], 2.0)
    [-1.0, 11.0, 40.0]
    """
    offsets = [0.0]
    for a, b in pairwise(sizes):
        offsets.append(offsets[-1] + (a + b) / 2 + gap)
    pools: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=False):
        pools.append((want - offset, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (b, m), (a, n) = pools.pop(), pools.pop()
            pools.append(((a * n + b * m) / (n + m), n + m))
    level = [mean for mean, count in pools for _ in range(count)]
    return [value + offset for value, offset in zip(level, offsets, strict=False)]
