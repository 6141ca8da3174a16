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
from latecomer.report.causal_layout import (
    BRACKET,
    LETTERS,
    LINE,
    LOOP,
    PAD,
    PORT_RUN,
    VALVE,
    Box,
    Hop,
    Layout,
    layout,
)
from latecomer.report.lettering import width

MARGIN, HEAD, FOOT = 28.0, 62.0, 20.0
TIP, BADGE = 8.0, 6.5
INKS = {"+": "plus", "−": "minus", "?": "both", "": "none"}
MEANINGS = {"+": "rises with", "−": "falls with", "?": "rises or falls with", "": "depends on"}
LIGHT = {"paper": "#fdfdfc", "text": "#1d2328", "soft": "#58626b", "hair": "#a3adb5", "box": "#eaf1f6"}
DARK = {"paper": "#14181b", "text": "#e6e9eb", "soft": "#a9b4bc", "hair": "#66727b", "box": "#22303a"}
SIGNS_LIGHT = {"plus": "#0068a8", "minus": "#c4500a", "both": "#6b3fa0", "none": "#7b868e"}
SIGNS_DARK = {"plus": "#62b5ee", "minus": "#f2975a", "both": "#c3a1f2", "none": "#8d99a1"}


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
    return "".join(_arrow(link, path, hop.x2, hop.y2, way, hop.pipe))


def _arrow(link: Link, path: str, x: float, y: float, way: float, pipe: bool) -> list[str]:
    ink = INKS[link.sign]
    state = " initial" if link.initial else " dormant" if link.dormant else ""
    drawn = [f'<path class="line {ink}{state}" d="{path}"/>']
    if pipe:
        drawn = [f'<path class="pipe {ink}" d="{path}"/>', f'<path class="bore" d="{path}"/>']
    back = x - TIP * way
    tip = f'<path class="tip {ink}" d="M{x:.1f} {y:.1f}L{back:.1f} {y - 4:.1f}V{y + 4:.1f}Z"/>'
    bars = "".join(f"M{x - d * way:.1f} {y - 5:.1f}v10" for d in (30.0, 34.0))
    delay = [f'<path class="bar {ink}" d="{bars}"/>'] if link.delayed and not pipe else []
    return [*drawn, tip, *delay, *_badge(link.sign, x - 18.0 * way, y)]


def _badge(sign: str, x: float, y: float) -> list[str]:
    if not sign:
        return []
    ink = INKS[sign]
    circle = f'<circle class="badge {ink}" cx="{x:.1f}" cy="{y:.1f}" r="{BADGE:g}"/>'
    return [circle, _sign(sign, x, y)]


def _sign(sign: str, x: float, y: float) -> str:
    return f'<text class="sign {INKS[sign]}" text-anchor="middle" x="{x:.1f}" y="{y + 4.2:.1f}">{sign}</text>'


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
            parts += _loop(box, part)
            x += PAD
        else:
            parts += _bracket(box)
            x += BRACKET
        if box.kind is Kind.FLOW:
            parts.append(_valve(x + 6.5, box.middle))
            x += VALVE
    first = box.middle - LINE * (len(box.lines) - 1) / 2 + 4.5
    parts += [letters(kind, x, first + LINE * k, line) for k, line in enumerate(box.lines)]
    return f"<g>{''.join(parts)}</g>"


def _valve(x: float, y: float) -> str:
    return f'<path class="valve" d="M{x - 6:.1f} {y - 5:.1f}v10l12 -10v10Z"/>'


def _bracket(box: Box) -> list[str]:
    """What holds the arrows together that end at one name."""
    if not box.bracket:
        return []
    top = box.middle - box.bracket / 2
    return [f'<path class="bracket" d="M{box.left + 1:.1f} {top - 5:.1f}v{box.bracket + 10:.1f}"/>']


def _loop(box: Box, part: CausalGraph) -> list[str]:
    """A stock that acts on its own net flow: a sign with an arrow around it."""
    own = [link for link in part.links if link.cause == link.effect == box.name]
    if not own:
        return []
    ink, x, y = INKS[own[0].sign], box.right - PAD - LOOP / 2 + 4.0, box.middle
    arc = f'<path class="loop {ink}" d="M{x - 7:.1f} {y + 6:.1f}A9.2 9.2 0 1 1 {x + 6:.1f} {y + 7:.1f}"/>'
    tip = f'<path class="tip {ink}" d="M{x + 1:.1f} {y + 10.5:.1f}l7 1l-2 -7Z"/>'
    return [arc, tip, _sign(own[0].sign, x, y)] if own[0].sign else [arc, tip]


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
        arrow = "".join(_arrow(link, f"M0 0H{52 - TIP:g}", 52.0, 0.0, 1.0, pipe))
        return 60.0 + width(words, 12.0), arrow + letters("small", 58.0, 4.2, words)

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
        (VALVE + width("flow", 12.0), _valve(6.5, 0.0) + letters("small", VALVE, 4.2, "flow")),
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
