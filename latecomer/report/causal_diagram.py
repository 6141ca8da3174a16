"""Causal diagrams as SVG: one for each sector, in the signs of system dynamics.

Stocks are boxes, flows have a valve, names of other sectors stand in angle brackets. An arrow carries the
sign of its effect, and two bars where a stock delays it. Drawn here, as the charts are: no other program is
needed, the text is the same every time, and the colours follow the reader's choice of light or dark.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape

from latecomer.explain.causal import CausalGraph, Link, Node
from latecomer.language import Kind
from latecomer.report.causal_layout import layout
from latecomer.report.causal_marks import TIP, arrow, bracket, loop, valve
from latecomer.report.causal_parts import BRACKET, LETTERS, LINE, PAD, PORT_RUN, VALVE, Box, Hop, Layout
from latecomer.report.causal_style import document, letters
from latecomer.report.lettering import width

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
    parts = [f"<title>{escape(_told(node, graph))}</title>"]
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


def _told(node: Node, graph: CausalGraph) -> str:
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
