"""The causal diagrams of a model as files: one for each sector and one of the links among them.

Also here:
- The links among the sectors of a model as SVG: a ring of sectors, arrows as wide as the links are many.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from html import escape
from pathlib import Path

from latecomer.errors import nearest, refuse
from latecomer.explain.causal import CausalGraph
from latecomer.language.analysis import sector_file
from latecomer.outputs import write_outputs
from latecomer.report.charts.causal import document, letters, sector_diagram

RING, MARGIN, RING_HEAD = 300.0, 36.0, 76.0

SIDE = 175.0

LEAST, EACH = 1.0, 0.55

# a name stands above or below its circle where that is so near to the top or the bottom, else beside it
LEVEL = 0.15

Point = tuple[float, float]


def sector_overview(graph: CausalGraph) -> str:
    """Which sector acts on which, as the text of an SVG file."""
    sectors, counts = graph.sectors, graph.between_sectors()
    sizes = Counter(node.sector for node in graph.nodes.values())
    radius = {sector: 12.0 + 2.6 * math.sqrt(sizes[sector]) for sector in sectors}
    middle = (MARGIN + SIDE + RING, RING_HEAD + MARGIN + RING)
    place = {sector: _on_ring(k, len(sectors), middle) for k, sector in enumerate(sectors)}
    links = sorted(counts.items(), key=lambda item: item[1])
    words = "An arrow is as wide as the links from one sector to the other are many; circles hold variables."
    body = [
        letters("title", MARGIN, 36.0, "Links among the sectors"),
        letters("small", MARGIN, 60.0, words),
        *_key(MARGIN, RING_HEAD + 2 * (MARGIN + RING) - 40.0),
        *[_link(pair, n, place, radius, middle) for pair, n in links],
        *[_sector(sector, sizes[sector], place[sector], radius[sector], middle) for sector in sectors],
    ]
    said = "; ".join(f"{a} on {b}: {n}" for (a, b), n in reversed(links)) or "no links among sectors"
    size = 2 * (MARGIN + SIDE + RING), RING_HEAD + 2 * (MARGIN + RING) + 30.0
    return document(*size, "Links among the sectors of the model", f"Number of links, {said}.", body)


def _key(x: float, y: float) -> list[str]:
    """Arrows of known width."""
    return [
        f'<path class="among" stroke-width="{LEAST + EACH * n:.2f}" d="M{x:g} {y + 20 * k:g}h44"/>'
        + letters("small", x + 52.0, y + 20 * k + 4.2, f"{n} link{'' if n == 1 else 's'}")
        for k, n in enumerate((1, 5, 10))
    ]


def _on_ring(k: int, count: int, middle: Point) -> Point:
    angle = 2 * math.pi * k / count - math.pi / 2
    return middle[0] + RING * math.cos(angle), middle[1] + RING * math.sin(angle)


def _sector(name: str, variables: int, at: Point, radius: float, middle: Point) -> str:
    x, y = at
    out = (x - middle[0]) / RING, (y - middle[1]) / RING
    level = abs(out[0]) < LEVEL
    anchor = "middle" if level else "start" if out[0] > 0 else "end"
    dx = 0.0 if level else math.copysign(radius + 7.0, out[0])
    dy = (math.copysign(radius + 13.0, out[1]) if level else 6.0 * out[1]) + 4.5
    return (
        f'<circle class="stock" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>'
        f'<text class="small" text-anchor="middle" x="{x:.1f}" y="{y + 4.3:.1f}">{variables}</text>'
        f'<text class="name" text-anchor="{anchor}" x="{x + dx:.1f}" y="{y + dy:.1f}">{escape(name)}</text>'
    )


def _link(
    pair: tuple[str, str],
    count: int,
    place: dict[str, Point],
    radius: dict[str, float],
    middle: Point,
) -> str:
    """One arrow, bent towards the middle of the ring and, to part it from its return, to its right."""
    (x1, y1), (x2, y2) = place[pair[0]], place[pair[1]]
    apart = math.hypot(x2 - x1, y2 - y1)
    aside = 0.09 * apart
    cx = 0.5 * (x1 + x2) + 0.30 * (middle[0] - 0.5 * (x1 + x2)) + aside * (y1 - y2) / apart
    cy = 0.5 * (y1 + y2) + 0.30 * (middle[1] - 0.5 * (y1 + y2)) + aside * (x2 - x1) / apart
    wide = LEAST + EACH * count
    head = 6.0 + 1.1 * wide

    def at(t: float) -> Point:
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t * t
        return a * x1 + b * cx + c * x2, a * y1 + b * cy + c * y2

    first = _leaves(at, (x1, y1), radius[pair[0]])
    last = 1 - _leaves(lambda t: at(1 - t), (x2, y2), radius[pair[1]] + head)
    tip = 1 - _leaves(lambda t: at(1 - t), (x2, y2), radius[pair[1]] + 1.5)
    points = [at(first + (last - first) * k / 16) for k in range(17)]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    details = f"{pair[0]} on {pair[1]}: {count} link{'' if count == 1 else 's'}"
    return (
        f"<g><title>{escape(details)}</title>"
        f'<path class="among" stroke-width="{wide:.2f}" d="{path}"/>'
        f"{_head(points[-1], at(tip), head, wide)}</g>"
    )


def _leaves(at: Callable[[float], Point], centre: Point, distance: float) -> float:
    """The least t at which a curve is `distance` from where it starts."""
    for k in range(1, 400):
        x, y = at(k / 400)
        if math.hypot(x - centre[0], y - centre[1]) >= distance:
            return k / 400
    return 1.0


def _head(foot: Point, tip: Point, length: float, wide: float) -> str:
    dx, dy = tip[0] - foot[0], tip[1] - foot[1]
    long = math.hypot(dx, dy) or 1.0
    half = 0.5 * wide + 0.33 * length
    nx, ny = -dy / long * half, dx / long * half
    corners = [tip, (foot[0] + nx, foot[1] + ny), (foot[0] - nx, foot[1] - ny)]
    return f'<path class="head" d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in corners)}Z"/>'


OVERVIEW = "links among sectors"

HEAD, OWN = 600, b'role="img" aria-labelledby="title desc">\n<title id="title">'


def write_diagrams(graph: CausalGraph, out: Path, sector: str | None = None) -> list[Path]:
    """Write the diagram of one sector, or of all and of the links among them, into the folder `out`.

    Returns the paths. Raises `InputError` for an unknown sector and where `out` cannot be written to.
    """
    files = diagrams(graph, sector)
    return write_outputs(out, {name: content.encode() for name, content in files.items()})


def diagrams(graph: CausalGraph, sector: str | None = None) -> dict[str, str]:
    """The diagrams by the names of their files; raises `InputError` for an unknown sector."""
    named = {name.lower(): name for name in graph.sectors}
    if sector is not None and sector.lower() not in named:
        got = f"'{sector}'" if named else f"'{sector}', in a model without sectors"
        raise refuse("--sector", got, "a sector of the model", nearest(sector, graph.sectors))
    chosen = graph.sectors if sector is None else (named[sector.lower()],)
    files = {file_name(name): sector_diagram(graph, name) for name in chosen}
    if sector is None and len(chosen) > 1:
        files[file_name(OVERVIEW)] = sector_overview(graph)
    return files


def own_diagram(path: Path) -> bool:
    """Whether a file is a diagram that was drawn here; what else lies beside them is not taken away."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    return head.startswith(b"<svg ") and OWN in head


def file_name(sector: str) -> str:
    """The name of the diagram of a sector.

    >>> file_name("Balance of payments")
    'balance-of-payments.svg'
    """
    return sector_file(sector, "svg")
