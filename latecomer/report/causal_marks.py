"""The marks of a causal diagram as SVG: arrows with their signs, valves, brackets and loops."""

from __future__ import annotations

from latecomer.explain.causal import CausalGraph, Link
from latecomer.report.causal_parts import LOOP, PAD, Box

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
