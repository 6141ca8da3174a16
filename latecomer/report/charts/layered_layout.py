"""A layered drawing of a directed graph: columns by depth, few crossings, straight lanes for long links.

The method of Sugiyama, Tagawa and Toda (1981): links that would close a loop are turned, every node is put
behind its causes, links that pass a column get a lane in it, columns are sorted by the mean place of their
neighbours, and heights are the least-squares ones that keep all apart (pooled adjacent violators). Written
here, as the links of one cause are to share a lane and no text may touch a lane.

Also here:
- How wide words are drawn, on the safe side, and how names are broken into lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

PlacedNode = Hashable

Pair = tuple[PlacedNode, PlacedNode]

SWEEPS = 24


@dataclass(frozen=True, slots=True)
class Lane:
    """The place in a column where the links of one cause pass by; `back` for links towards the causes."""

    cause: PlacedNode
    column: int
    back: bool


def columns(
    nodes: Sequence[PlacedNode], forward: Iterable[Pair], closing: Iterable[Pair]
) -> dict[PlacedNode, int]:
    """The column of each node: behind all its causes, and no farther from its effects than need be.

    `forward` has no loops; of `closing` each link counts unless it would close one.

    >>> columns("abcd", [("a", "b"), ("b", "c"), ("d", "c")], [("c", "a")])
    {'a': 0, 'b': 1, 'c': 2, 'd': 1}
    """
    causes: dict[PlacedNode, list[PlacedNode]] = {node: [] for node in nodes}
    for cause, effect in forward:
        causes[effect].append(cause)
    for cause, effect in closing:
        if not _reaches(causes, cause, effect):
            causes[effect].append(cause)
        elif not _reaches(causes, effect, cause):
            causes[cause].append(effect)
    depth: dict[PlacedNode, int] = {}
    for node in nodes:
        _depth(node, causes, depth)
    effects: dict[PlacedNode, list[PlacedNode]] = {node: [] for node in nodes}
    for node, before in causes.items():
        for cause in before:
            effects[cause].append(node)
    for node in sorted(nodes, key=lambda n: -depth[n]):
        if len(effects[node]) > len(causes[node]):
            depth[node] = min(depth[effect] for effect in effects[node]) - 1
    lowest = min(depth.values(), default=0)
    return {node: depth[node] - lowest for node in nodes}


def _reaches(causes: Mapping[PlacedNode, Sequence[PlacedNode]], goal: PlacedNode, start: PlacedNode) -> bool:
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


def _depth(
    node: PlacedNode, causes: Mapping[PlacedNode, Sequence[PlacedNode]], known: dict[PlacedNode, int]
) -> int:
    if node not in known:
        known[node] = max((_depth(cause, causes, known) + 1 for cause in causes[node]), default=0)
    return known[node]


def lanes(column: Mapping[PlacedNode, int], links: Iterable[Pair]) -> dict[Pair, list[PlacedNode]]:
    """The stations of each link: cause, the lanes that it passes through, effect."""
    stations: dict[Pair, list[PlacedNode]] = {}
    for cause, effect in links:
        first, last = column[cause], column[effect]
        way = 1 if last > first else -1
        passed = [Lane(cause, k, way < 0) for k in range(first + way, last, way)]
        stations[cause, effect] = [cause, *passed, effect]
    return stations


def sorted_columns(
    column: Mapping[PlacedNode, int], stations: Iterable[Sequence[PlacedNode]]
) -> list[list[PlacedNode]]:
    """The nodes and lanes of each column from top to bottom, with few crossings."""
    steps = {(a, b) for stops in stations for a, b in pairwise(stops)}
    place = dict(column) | {stop: stop.column for step in steps for stop in step if isinstance(stop, Lane)}
    rows: list[list[PlacedNode]] = [[] for _ in range(max(place.values(), default=-1) + 1)]
    order = {node: k for k, node in enumerate(column)}
    for stop in sorted(place, key=lambda s: (order[s.cause], 1) if isinstance(s, Lane) else (order[s], 0)):
        rows[place[stop]].append(stop)
    near: dict[PlacedNode, list[PlacedNode]] = defaultdict(list)
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


def _by_mean(
    row: list[PlacedNode], near: Mapping[PlacedNode, Sequence[PlacedNode]], beside: Mapping[PlacedNode, int]
) -> list[PlacedNode]:
    def mean(stop: PlacedNode, here: int) -> float:
        places = [beside[other] for other in near[stop] if other in beside]
        return sum(places) / len(places) if places else here

    keyed = [(mean(stop, here), here, stop) for here, stop in enumerate(row)]
    return [stop for _, _, stop in sorted(keyed, key=lambda item: item[:2])]


def _crossings(
    rows: Sequence[Sequence[PlacedNode]], steps: Iterable[Pair], place: Mapping[PlacedNode, int]
) -> int:
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
    rows: Sequence[Sequence[PlacedNode]],
    stations: Iterable[Sequence[PlacedNode]],
    size: Mapping[PlacedNode, float],
    gap: float,
) -> dict[PlacedNode, float]:
    """The middle of each node and lane, so that links run level and all keep `gap` apart."""
    steps = {(a, b) for stops in stations for a, b in pairwise(stops)}
    near: dict[PlacedNode, list[PlacedNode]] = defaultdict(list)
    for a, b in sorted(steps, key=lambda step: (str(step[0]), str(step[1]))):
        near[a].append(b)
        near[b].append(a)
    y: dict[PlacedNode, float] = {}
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


NARROW, WIDE, CAPITAL, OTHER = 0.36, 0.98, 0.76, 0.62


def width(words: str, size: float) -> float:
    """The width of `words` in letters of `size` pixels, no less than in any common sans-serif font.

    >>> width("ill", 10.0), round(width("Mm", 10.0), 1)
    (10.8, 19.6)
    """
    return size * sum(_share(letter) for letter in words)


def _share(letter: str) -> float:
    if letter in "ijlftrI.,:;'|()[]!- ":
        return NARROW if letter not in "-ftr" else 0.42
    if letter in "mwMW@%—":
        return WIDE
    return CAPITAL if letter.isupper() or letter in "<>+−" else OTHER


def wrapped(words: str, room: float, size: float) -> list[str]:
    """`words` in as few lines as fit into `room` pixels, of lengths as even as can be.

    >>> wrapped("debt service to exports ratio", 110.0, 13.0)
    ['debt service to', 'exports ratio']
    """
    parts = words.split() or [words]
    least = len(_filled(parts, room, size))
    while len(_filled(parts, room - 4.0, size)) == least and room > 24.0:
        room -= 4.0
    return _filled(parts, room, size)


def _filled(parts: list[str], room: float, size: float) -> list[str]:
    lines = [parts[0]]
    for part in parts[1:]:
        longer = f"{lines[-1]} {part}"
        if width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines
