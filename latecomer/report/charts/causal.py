"""Causal diagrams as SVG: one for each sector, in the signs of system dynamics.

Stocks are boxes, flows have a valve, names of other sectors stand in angle brackets. An arrow carries the
sign of its effect, and two bars where a stock delays it. Drawn here, as the charts are: no other program is
needed, the text is the same every time, and the colours follow the reader's choice of light or dark.

Also here:
- Where the names and links of a causal diagram lie.
- The marks of a causal diagram as SVG: arrows with their signs, valves, brackets and loops.
- What a causal diagram is made of: boxes, hops of links, and their measures in pixels.
- The paper of the causal diagrams: colours for light and dark screens, letters, title and description.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from latecomer.explain.causal import CausalGraph, Link, Node
from latecomer.language import Kind
from latecomer.report.charts.layered_layout import (
    Lane,
    PlacedNode,
    columns,
    heights,
    lanes,
    sorted_columns,
    width,
    wrapped,
)

LETTERS, LINE, ROOM = 13.0, 16.0, 136.0

PORT, LANE, GAP = 16.0, 7.0, 9.0

PAD, VALVE, LOOP = 8.0, 18.0, 30.0

BRACKET = 6.0

# how far links run level beside a name, so that signs and bars have room
PORT_RUN = 38.0


@dataclass(frozen=True, slots=True)
class Shadow:
    """A variable of another sector, drawn once in front of each column that reads it."""

    name: str
    column: int


@dataclass(frozen=True, slots=True)
class Box:
    """A drawn name: its lines, its place and where links end; pixels, y downwards.

    Links that come from the left end within half a `bracket` above and below the middle.
    """

    name: str
    kind: Kind
    shadow: bool
    lines: tuple[str, ...]
    left: float
    middle: float
    width: float
    height: float
    bracket: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + self.width

    @property
    def top(self) -> float:
        """The upper edge."""
        return self.middle - self.height / 2


@dataclass(frozen=True, slots=True)
class Hop:
    """The part of a link between two columns, from x1, y1 to x2, y2; the last part carries the link.

    It runs level for the first `start` pixels, where other links end beside it.
    """

    x1: float
    y1: float
    x2: float
    y2: float
    link: Link | None
    pipe: bool
    start: float


@dataclass(frozen=True)
class Layout:
    """Boxes, hops, level lines through columns, names without links, and the size of it all."""

    boxes: Mapping[PlacedNode, Box]
    hops: tuple[Hop, ...]
    levels: tuple[tuple[float, float, float], ...]
    alone: tuple[str, ...]
    width: float
    height: float


def layout(graph: CausalGraph, sector: str) -> Layout:
    """The layout of a sector's part of a causal graph (`CausalGraph.within`)."""
    links = [link for link in graph.links if link.cause != link.effect]
    own = [name for name, node in graph.nodes.items() if node.sector == sector]
    linked = {link.effect for link in links} | {link.cause for link in links}
    drawn = [name for name in own if name in linked or graph.nodes[name].kind is Kind.STOCK]
    ends = [(link.cause, link.effect) for link in links if graph.nodes[link.cause].sector == sector]
    stocks = {name for name in drawn if graph.nodes[name].kind is Kind.STOCK}
    column: dict[PlacedNode, int] = dict(
        columns(drawn, [e for e in ends if e[1] not in stocks], [e for e in ends if e[1] in stocks])
    )
    wires: dict[tuple[PlacedNode, PlacedNode], Link] = {}
    for link in links:
        cause: PlacedNode = link.cause
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
        self,
        graph: CausalGraph,
        column: Mapping[PlacedNode, int],
        wires: Mapping[tuple[PlacedNode, PlacedNode], Link],
    ) -> None:
        self.graph, self.column, self.wires = graph, column, wires
        self.looped = {link.cause for link in graph.links if link.cause == link.effect}
        self.stations = lanes(column, wires)
        self.rows = sorted_columns(column, self.stations.values())
        self.lines = {node: self._lines(node) for node in column}
        self.ports = self._ports()

    def layout(self, alone: tuple[str, ...]) -> Layout:
        size: dict[PlacedNode, float] = {
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

    def _lines(self, node: PlacedNode) -> tuple[str, ...]:
        name = _name(node)
        return tuple(wrapped(f"<{name}>" if isinstance(node, Shadow) else name, ROOM, LETTERS))

    def _kind(self, node: PlacedNode) -> Kind:
        return self.graph.nodes[_name(node)].kind

    def _width(self, node: PlacedNode) -> float:
        text = max(width(line, LETTERS) for line in self.lines[node])
        if isinstance(node, Shadow):
            return text
        loop = LOOP if node in self.looped else 0.0
        return text + loop + {Kind.STOCK: 2 * PAD, Kind.FLOW: BRACKET + VALVE}.get(self._kind(node), BRACKET)

    def _height(self, node: PlacedNode) -> float:
        boxed = self._kind(node) is Kind.STOCK and not isinstance(node, Shadow)
        text = len(self.lines[node]) * LINE + (2 * PAD if boxed else 2.0)
        return max(text, *(len(side) * PORT + 4.0 for side in self.ports[node]))

    def _ports(self) -> dict[PlacedNode, tuple[list[PlacedNode], list[PlacedNode]]]:
        """What ends at the left and at the right of each node: the stations next to it, its own as itself."""
        sides: dict[PlacedNode, tuple[list[PlacedNode], list[PlacedNode]]] = {
            node: ([], []) for node in self.column
        }
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

    def _between(self, a: PlacedNode, b: PlacedNode) -> int:
        return min(self._place(a), self._place(b))

    def _place(self, stop: PlacedNode) -> int:
        return stop.column if isinstance(stop, Lane) else self.column[stop]

    def _box(self, node: PlacedNode, left: float, middle: float) -> Box:
        shadow = isinstance(node, Shadow)
        size = self._width(node), self._height(node)
        bracket = max(len(self.ports[node][0]) - 1, 0) * PORT
        return Box(_name(node), self._kind(node), shadow, self.lines[node], left, middle, *size, bracket)

    def _port(self, node: PlacedNode, other: PlacedNode, right: bool, y: Mapping[PlacedNode, float]) -> float:
        """The height at which the link with a neighbouring station ends."""
        away = [s[1] for s in self.stations.values() if s[0] == node and self._right_of(s[1], node) == right]

        def level(stop: PlacedNode) -> float:
            return sum(y[s] for s in away) / len(away) if stop == node else y[stop]

        side = sorted(self.ports[node][right], key=lambda stop: (level(stop), str(stop)))
        return y[node] + (side.index(other) - (len(side) - 1) / 2) * PORT

    def _right_of(self, stop: PlacedNode, node: PlacedNode) -> bool:
        return self._place(stop) > self._place(node)

    def _hops(
        self,
        boxes: Mapping[PlacedNode, Box],
        edges: Sequence[tuple[float, float]],
        y: Mapping[PlacedNode, float],
    ) -> list[Hop]:
        hops: dict[tuple[PlacedNode, PlacedNode], Hop] = {}
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
        self,
        boxes: Mapping[PlacedNode, Box],
        edges: Sequence[tuple[float, float]],
        y: Mapping[PlacedNode, float],
    ) -> list[tuple[float, float, float]]:
        """Level lines: lanes through their column, and from a box to the edge of its column."""
        passed = [(*edges[s.column], y[s]) for row in self.rows for s in row if isinstance(s, Lane)]
        out = [
            (box.right, edges[self.column[node]][1], self._port(node, node, True, y))
            for node, box in boxes.items()
            if node in self.ports[node][1]
        ]
        return passed + out


def _name(node: PlacedNode) -> str:
    return node.name if isinstance(node, Shadow) else str(node)


TIP, BADGE = 8.0, 6.5

INKS = {"+": "plus", "−": "minus", "?": "both", "": "none"}


def arrow(link: Link, path: str, x: float, y: float, way: float, pipe: bool) -> list[str]:
    """A link along `path` to its head at x, y; `way` is 1 to the right, -1 to the left; `pipe` for flows."""
    ink = INKS[link.sign]
    state = " initial" if link.initial else " dormant" if link.dormant else ""
    drawn = [f'<path class="line {ink}{state}" d="{path}"/>']
    if pipe:
        drawn = [f'<path class="pipe {ink}" d="{path}"/>', f'<path class="bore" d="{path}"/>']
    back = x - TIP * way
    tip = f'<path class="tip {ink}" d="M{x:.1f} {y:.1f}L{back:.1f} {y - 4:.1f}V{y + 4:.1f}Z"/>'
    bars = "".join(f"M{x - d * way:.1f} {y - 5:.1f}v10" for d in (30.0, 34.0))
    delay = [f'<path class="bar {ink}" d="{bars}"/>'] if link.delayed and not pipe else []
    return [*drawn, tip, *delay, *badge(link.sign, x - 18.0 * way, y)]


def badge(sign: str, x: float, y: float) -> list[str]:
    """A sign in a circle, nothing where there is none."""
    if not sign:
        return []
    ink = INKS[sign]
    circle = f'<circle class="badge {ink}" cx="{x:.1f}" cy="{y:.1f}" r="{BADGE:g}"/>'
    return [circle, letter(sign, x, y)]


def letter(sign: str, x: float, y: float) -> str:
    """A sign alone, around its middle."""
    return f'<text class="sign {INKS[sign]}" text-anchor="middle" x="{x:.1f}" y="{y + 4.2:.1f}">{sign}</text>'


def valve(x: float, y: float) -> str:
    """The mark of a flow, around its middle."""
    return f'<path class="valve" d="M{x - 6:.1f} {y - 5:.1f}v10l12 -10v10Z"/>'


def bracket(box: Box) -> list[str]:
    """What holds the arrows together that end at one name."""
    if not box.bracket:
        return []
    top = box.middle - box.bracket / 2
    return [f'<path class="bracket" d="M{box.left + 1:.1f} {top - 5:.1f}v{box.bracket + 10:.1f}"/>']


def loop(box: Box, part: CausalGraph) -> list[str]:
    """A stock that acts on its own net flow: a sign with an arrow around it."""
    own = [link for link in part.links if link.cause == link.effect == box.name]
    if not own:
        return []
    ink, x, y = INKS[own[0].sign], box.right - PAD - LOOP / 2 + 4.0, box.middle
    arc = f'<path class="loop {ink}" d="M{x - 7:.1f} {y + 6:.1f}A9.2 9.2 0 1 1 {x + 6:.1f} {y + 7:.1f}"/>'
    tip = f'<path class="tip {ink}" d="M{x + 1:.1f} {y + 10.5:.1f}l7 1l-2 -7Z"/>'
    return [arc, tip, letter(own[0].sign, x, y)] if own[0].sign else [arc, tip]


LIGHT = {"paper": "#fdfdfc", "text": "#1d2328", "soft": "#58626b", "hair": "#a3adb5", "box": "#eaf1f6"}

DARK = {"paper": "#14181b", "text": "#e6e9eb", "soft": "#a9b4bc", "hair": "#66727b", "box": "#22303a"}

SIGNS_LIGHT = {"plus": "#0068a8", "minus": "#c4500a", "both": "#6b3fa0", "none": "#7b868e"}

SIGNS_DARK = {"plus": "#62b5ee", "minus": "#f2975a", "both": "#c3a1f2", "none": "#8d99a1"}


def document(wide: float, tall: float, title: str, description: str, body: Iterable[str]) -> str:
    """An SVG file of a size in pixels, with a title and a description for screen readers."""
    size = f'width="{wide:.0f}" height="{tall:.0f}" viewBox="0 0 {wide:.0f} {tall:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title desc">'
    names = f'<title id="title">{escape(title)}</title>', f'<desc id="desc">{escape(description)}</desc>'
    paper = '<rect class="paper" width="100%" height="100%"/>'
    return "\n".join([head, *names, f"<style>{style()}</style>", paper, *body, "</svg>"]) + "\n"


def style(dark: bool = False) -> str:
    """The style of the diagrams, with the dark colours where a reader's screen is dark (or always)."""
    plain = (
        f'text{{font:{LETTERS:g}px system-ui,"Segoe UI",Roboto,Helvetica,Arial,sans-serif}}'
        ".title{font-size:20px;font-weight:600}.small{font-size:12px}.sign{font-size:12px;font-weight:700}"
        ".line,.trunk,.bar,.loop,.bracket{fill:none;stroke-width:1.5}.dormant{stroke-dasharray:2 4}"
        ".initial{stroke-dasharray:7 4}.pipe{fill:none;stroke-width:5.5}.bore{fill:none;stroke-width:2.5}"
    )
    light, night = _colours(LIGHT | SIGNS_LIGHT), _colours(DARK | SIGNS_DARK)
    return plain + (night if dark else f"{light}@media (prefers-color-scheme: dark){{{night}}}")


def _colours(ink: dict[str, str]) -> str:
    signs = "".join(
        f".line.{name},.pipe.{name},.bar.{name},.loop.{name},.badge.{name}{{stroke:{ink[name]}}}"
        f".tip.{name},.sign.{name}{{fill:{ink[name]}}}"
        for name in SIGNS_LIGHT
    )
    return (
        f".paper,.badge{{fill:{ink['paper']}}}.name,.title{{fill:{ink['text']}}}"
        f".shadow,.small{{fill:{ink['soft']}}}.trunk,.bracket{{stroke:{ink['hair']}}}"
        f".bore{{stroke:{ink['paper']}}}.stock{{fill:{ink['box']};stroke:{ink['text']};stroke-width:1.5}}"
        f".among{{fill:none;stroke:{ink['plus']};stroke-opacity:.5}}.head{{fill:{ink['plus']}}}"
        f".valve{{fill:{ink['box']};stroke:{ink['text']};stroke-width:1.2}}{signs}"
    )


def letters(kind: str, x: float, y: float, words: str) -> str:
    """Escaped words of a style class at a place."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'


MARGIN, HEAD, FOOT = 28.0, 62.0, 20.0

MEANINGS = {"+": "rises with", "−": "falls with", "?": "rises or falls with", "": "depends on"}


def sector_diagram(graph: CausalGraph, sector: str) -> str:
    """The causal diagram of one sector of a model, as the text of an SVG file."""
    part = graph.within(sector)
    plan = layout(part, sector)
    legend, foot = _legend(part), _alone(plan)
    inner = max(plan.width, 560.0)
    wide = inner + 2 * MARGIN
    rows = _flowed(legend, inner)
    top = HEAD + 22.0 * len(rows)
    alone = _flowed(foot, inner)
    tall = top + plan.height + FOOT + (30.0 + 20.0 * len(alone) if alone else 0.0)
    body = [
        letters("title", MARGIN, 36.0, sector or "Model"),
        *[_placed(mark, MARGIN + x, HEAD + 22.0 * k) for k, row in enumerate(rows) for x, mark in row],
        f'<g transform="translate({MARGIN:g} {top:g})">',
        *_trunks(plan),
        *[_hop(hop) for hop in plan.hops if hop.link is not None],
        *[_box(box, graph, part) for box in plan.boxes.values()],
        "</g>",
        *_footer(alone, top + plan.height + FOOT),
    ]
    return document(wide, tall, f"{sector or 'Model'}: causal diagram", _sentences(part, sector), body)


def _trunks(plan: Layout) -> list[str]:
    """What the links of one cause share, in a neutral ink."""
    paths = [_curve(hop, hop.x2) for hop in plan.hops if hop.link is None]
    levels = [f"M{x1:.1f} {y:.1f}H{x2:.1f}" for x1, x2, y in plan.levels if x2 > x1]
    return [f'<path class="trunk" d="{"".join([*paths, *levels])}"/>']


def _curve(hop: Hop, end: float) -> str:
    """The line of a hop up to the x `end`, level at both its ends."""
    start = hop.x1 + math.copysign(hop.start, hop.x2 - hop.x1)
    bend = start + 0.5 * (end - start)
    curve = f"C{bend:.1f} {hop.y1:.1f} {bend:.1f} {hop.y2:.1f} {end:.1f} {hop.y2:.1f}"
    return f"M{hop.x1:.1f} {hop.y1:.1f}H{start:.1f}{curve}"


def _hop(hop: Hop) -> str:
    """The last part of a link: its line, its head, its sign and, before a stock, the bars of a delay."""
    link = hop.link or Link("", "")
    way = 1.0 if hop.x2 > hop.x1 else -1.0
    run = PORT_RUN if link.delayed and not hop.pipe else PORT_RUN - 10.0
    path = f"{_curve(hop, hop.x2 - run * way)}H{hop.x2 - TIP * way:.1f}"
    return "".join(arrow(link, path, hop.x2, hop.y2, way, hop.pipe))


def _box(box: Box, graph: CausalGraph, part: CausalGraph) -> str:
    """A name with what marks its kind, and what a pointer resting on it is told."""
    node = graph.nodes[box.name]
    parts = [f"<title>{escape(_node_text(node, graph))}</title>"]
    x = box.left
    if box.shadow:
        kind = "shadow"
    else:
        kind = "name"
        if box.kind is Kind.STOCK:
            size = f'width="{box.width:.1f}" height="{box.height:.1f}"'
            parts.append(f'<rect class="stock" x="{x:.1f}" y="{box.top:.1f}" {size} rx="3"/>')
            parts += loop(box, part)
            x += PAD
        else:
            parts += bracket(box)
            x += BRACKET
        if box.kind is Kind.FLOW:
            parts.append(valve(x + 6.5, box.middle))
            x += VALVE
    first = box.middle - LINE * (len(box.lines) - 1) / 2 + 4.5
    parts += [letters(kind, x, first + LINE * k, line) for k, line in enumerate(box.lines)]
    return f"<g>{''.join(parts)}</g>"


def _node_text(node: Node, graph: CausalGraph) -> str:
    read = f" Constants: {', '.join(node.constants)}." if node.constants else ""
    readers = graph.readers(node.name)
    acts = f" Acts on: {', '.join(readers)}." if readers else ""
    return f"{node.name} [{node.unit or 'no unit'}]. {node.note}{read}{acts}"


def _sentences(part: CausalGraph, sector: str) -> str:
    """The links in words, for those who do not see the picture."""
    words = []
    for name, node in part.nodes.items():
        found = [link for link in part.links if link.effect == name]
        said = [f"{MEANINGS[link.sign]} {link.cause}" for link in found]
        if said:
            words.append(f"{name} ({node.kind}) {', '.join(said)}.")
    return " ".join(words) or f"The variables of {sector} act on none of each other."


Item = tuple[float, str]


def _legend(part: CausalGraph) -> list[Item]:
    """The key of the signs: the width of each entry, and its drawing at 0, 0."""

    def entry(link: Link, words: str, pipe: bool = False) -> Item:
        drawn = "".join(arrow(link, f"M0 0H{52 - TIP:g}", 52.0, 0.0, 1.0, pipe))
        return 60.0 + width(words, 12.0), drawn + letters("small", 58.0, 4.2, words)

    known = [
        (any(link.sign == "+" for link in part.links), Link("", "", "+"), "moves the same way"),
        (any(link.sign == "−" for link in part.links), Link("", "", "−"), "moves the opposite way"),
        (any(link.sign == "?" for link in part.links), Link("", "", "?"), "changes its sign along the run"),
        (any(link.delayed for link in part.links), Link("", "", "+", delayed=True), "gathered by a stock"),
        (any(link.initial for link in part.links), Link("", "", "+", initial=True), "at the start only"),
        (
            any(link.dormant for link in part.links),
            Link("", "", "+", dormant=True),
            "not at work in this run",
        ),
    ]
    return [
        *[entry(link, words) for there, link, words in known if there],
        (VALVE + width("flow", 12.0), valve(6.5, 0.0) + letters("small", VALVE, 4.2, "flow")),
        (width("<name> of another sector", 12.0), letters("small", 0.0, 4.2, "<name> of another sector")),
    ]


def _alone(plan: Layout) -> list[Item]:
    return [(width(name, LETTERS), letters("name", 0.0, 4.2, name)) for name in plan.alone]


def _flowed(items: Iterable[Item], room: float) -> list[list[Item]]:
    """Items side by side with their places, in rows no wider than `room`."""
    rows: list[list[Item]] = []
    x = room
    for wide, mark in items:
        if x + wide > room:
            rows.append([])
            x = 0.0
        rows[-1].append((x, mark))
        x += wide + 26.0
    return rows


def _placed(mark: str, x: float, y: float) -> str:
    return f'<g transform="translate({x:.1f} {y:.1f})">{mark}</g>'


def _footer(rows: list[list[Item]], y: float) -> list[str]:
    if not rows:
        return []
    heading = letters("small", MARGIN, y + 6.0, "Without links within the sector")
    return [
        heading,
        *[_placed(m, MARGIN + x, y + 30.0 + 20.0 * k) for k, row in enumerate(rows) for x, m in row],
    ]
