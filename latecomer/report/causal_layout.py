"""Where the names and links of a causal diagram lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from latecomer.explain.causal import CausalGraph, Link
from latecomer.language import Kind
from latecomer.report.causal_parts import (
    BRACKET,
    GAP,
    LANE,
    LETTERS,
    LINE,
    LOOP,
    PAD,
    PORT,
    PORT_RUN,
    ROOM,
    VALVE,
    Box,
    Hop,
    Layout,
    Shadow,
)
from latecomer.report.layers import Lane, Node, columns, heights, lanes, sorted_columns
from latecomer.report.lettering import width, wrapped


def layout(graph: CausalGraph, sector: str) -> Layout:
    """The layout of a sector's part of a causal graph (`CausalGraph.within`)."""
    links = [link for link in graph.links if link.cause != link.effect]
    own = [name for name, node in graph.nodes.items() if node.sector == sector]
    linked = {link.effect for link in links} | {link.cause for link in links}
    drawn = [name for name in own if name in linked or graph.nodes[name].kind is Kind.STOCK]
    ends = [(link.cause, link.effect) for link in links if graph.nodes[link.cause].sector == sector]
    stocks = {name for name in drawn if graph.nodes[name].kind is Kind.STOCK}
    column: dict[Node, int] = dict(
        columns(drawn, [e for e in ends if e[1] not in stocks], [e for e in ends if e[1] in stocks])
    )
    wires: dict[tuple[Node, Node], Link] = {}
    for link in links:
        cause: Node = link.cause
        if graph.nodes[link.cause].sector != sector:
            cause = Shadow(link.cause, column[link.effect] - 1)
            column[cause] = cause.column
        wires[cause, link.effect] = link
    first = min(column.values(), default=0)
    return _Plan(graph, {node: k - first for node, k in column.items()}, wires).layout(
        tuple(name for name in own if name not in drawn)
    )


class _Plan:
    def __init__(
        self, graph: CausalGraph, column: Mapping[Node, int], wires: Mapping[tuple[Node, Node], Link]
    ) -> None:
        self.graph, self.column, self.wires = graph, column, wires
        self.looped = {link.cause for link in graph.links if link.cause == link.effect}
        self.stations = lanes(column, wires)
        self.rows = sorted_columns(column, self.stations.values())
        self.lines = {node: self._lines(node) for node in column}
        self.ports = self._ports()

    def layout(self, alone: tuple[str, ...]) -> Layout:
        size: dict[Node, float] = {
            stop: self._height(stop) if stop in self.column else LANE for row in self.rows for stop in row
        }
        y = heights(self.rows, self.stations.values(), size, GAP)
        top = min((y[stop] - size[stop] / 2 for stop in y), default=0.0)
        y = {stop: value - top for stop, value in y.items()}
        edges = self._edges()
        boxes = {node: self._box(node, edges[self.column[node]][0], y[node]) for node in self.column}
        return Layout(
            boxes,
            tuple(self._hops(boxes, edges, y)),
            tuple(self._levels(boxes, edges, y)),
            alone,
            edges[-1][1] if edges else 0.0,
            max((y[stop] + size[stop] / 2 for stop in y), default=0.0),
        )

    def _lines(self, node: Node) -> tuple[str, ...]:
        name = _name(node)
        return tuple(wrapped(f"<{name}>" if isinstance(node, Shadow) else name, ROOM, LETTERS))

    def _kind(self, node: Node) -> Kind:
        return self.graph.nodes[_name(node)].kind

    def _width(self, node: Node) -> float:
        text = max(width(line, LETTERS) for line in self.lines[node])
        if isinstance(node, Shadow):
            return text
        loop = LOOP if node in self.looped else 0.0
        return text + loop + {Kind.STOCK: 2 * PAD, Kind.FLOW: BRACKET + VALVE}.get(self._kind(node), BRACKET)

    def _height(self, node: Node) -> float:
        boxed = self._kind(node) is Kind.STOCK and not isinstance(node, Shadow)
        text = len(self.lines[node]) * LINE + (2 * PAD if boxed else 2.0)
        return max(text, *(len(side) * PORT + 4.0 for side in self.ports[node]))

    def _ports(self) -> dict[Node, tuple[list[Node], list[Node]]]:
        """What ends at the left and at the right of each node: the stations next to it, its own as itself."""
        sides: dict[Node, tuple[list[Node], list[Node]]] = {node: ([], []) for node in self.column}
        for stops in self.stations.values():
            cause, effect, second, last = stops[0], stops[-1], stops[1], stops[-2]
            sides[effect][self._place(last) > self.column[effect]].append(last)
            own = sides[cause][self._place(second) > self.column[cause]]
            if cause not in own:
                own.append(cause)
        return sides

    def _edges(self) -> list[tuple[float, float]]:
        """Left and right edge of each column."""
        steps = {(a, b) for stops in self.stations.values() for a, b in pairwise(stops)}
        edges, x = [], 0.0
        for k, row in enumerate(self.rows):
            wide = max((self._width(node) for node in row if node in self.column), default=0.0)
            edges.append((x, x + wide))
            here = [self._place(b) > self._place(a) for a, b in steps if self._between(a, b) == k]
            x += wide + min(60.0 + 2.0 * len(here), 104.0) + (0.0 if all(here) else PORT_RUN)
        return edges

    def _between(self, a: Node, b: Node) -> int:
        return min(self._place(a), self._place(b))

    def _place(self, stop: Node) -> int:
        return stop.column if isinstance(stop, Lane) else self.column[stop]

    def _box(self, node: Node, left: float, middle: float) -> Box:
        shadow = isinstance(node, Shadow)
        size = self._width(node), self._height(node)
        bracket = max(len(self.ports[node][0]) - 1, 0) * PORT
        return Box(_name(node), self._kind(node), shadow, self.lines[node], left, middle, *size, bracket)

    def _port(self, node: Node, other: Node, right: bool, y: Mapping[Node, float]) -> float:
        """The height at which the link with a neighbouring station ends."""
        away = [s[1] for s in self.stations.values() if s[0] == node and self._right_of(s[1], node) == right]

        def level(stop: Node) -> float:
            return sum(y[s] for s in away) / len(away) if stop == node else y[stop]

        side = sorted(self.ports[node][right], key=lambda stop: (level(stop), str(stop)))
        return y[node] + (side.index(other) - (len(side) - 1) / 2) * PORT

    def _right_of(self, stop: Node, node: Node) -> bool:
        return self._place(stop) > self._place(node)

    def _hops(
        self, boxes: Mapping[Node, Box], edges: Sequence[tuple[float, float]], y: Mapping[Node, float]
    ) -> list[Hop]:
        hops: dict[tuple[Node, Node], Hop] = {}
        for (cause, effect), stops in self.stations.items():
            link = self.wires[cause, effect]
            pipe = self._kind(cause) is Kind.FLOW and self._kind(effect) is Kind.STOCK
            for a, b in pairwise(stops):
                ahead = self._place(b) > self._place(a)
                x1, x2 = edges[self._place(a)][ahead], edges[self._place(b)][not ahead]
                y1 = y[a] if isinstance(a, Lane) else self._port(a, a, ahead, y)
                y2 = y[b] if isinstance(b, Lane) else self._port(b, a, not ahead, y)
                if not isinstance(b, Lane) and not ahead:
                    x2 = boxes[b].right
                old = hops.get((a, b))
                piped = pipe or (old is not None and old.pipe)
                beside = not isinstance(a, Lane) and len(self.ports[a][ahead]) > 1
                start = PORT_RUN if beside else 0.0
                hops[a, b] = Hop(x1, y1, x2, y2, link if b == effect else None, piped, start)
        return list(hops.values())

    def _levels(
        self, boxes: Mapping[Node, Box], edges: Sequence[tuple[float, float]], y: Mapping[Node, float]
    ) -> list[tuple[float, float, float]]:
        """Level lines: lanes through their column, and from a box to the edge of its column."""
        passed = [(*edges[s.column], y[s]) for row in self.rows for s in row if isinstance(s, Lane)]
        out = [
            (box.right, edges[self.column[node]][1], self._port(node, node, True, y))
            for node, box in boxes.items()
            if node in self.ports[node][1]
        ]
        return passed + out


def _name(node: Node) -> str:
    return node.name if isinstance(node, Shadow) else str(node)
