"""Charts as SVG text: lines for the model, points for the figures, areas for bands, NaN as gaps.

Drawn here rather than with a plotting library: eighty small charts in a page take a tenth of a second, weigh
little, come out byte for byte the same, and take their colours from the page's style, light or dark.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Literal

import numpy as np

from latecomer.report.axes import Axis, limits, number, ticks
from latecomer.report.bands import Spot, area
from latecomer.report.content import Numbers, Scale

LEFT, RIGHT, TOP, BOTTOM = 46.0, 12.0, 10.0, 22.0
LABEL_GAP = 13.0


def paired(years: Numbers, values: Numbers) -> list[tuple[float, float]]:
    """Each year with its value."""
    return list(zip(np.asarray(years, float).tolist(), np.asarray(values, float).tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Trace:
    """One line, one set of points or one band; `ink` is the style class that colours it.

    `upper`: of a band, whose lower line is `values`.
    """

    name: str
    years: Numbers
    values: Numbers
    ink: str
    mark: Literal["line", "points", "band"] = "line"
    label: str = ""
    upper: Numbers | None = None

    def pairs(self) -> list[tuple[float, float]]:
        """(year, value) in order, NaN kept."""
        return paired(self.years, self.values)

    def tops(self) -> list[tuple[float, float]]:
        """(year, upper value) in order; none where it is no band."""
        return [] if self.upper is None else paired(self.years, self.upper)


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds the traces: size in pixels, scale, ends of the axes, a level line, words."""

    width: int = 280
    height: int = 180
    scale: Scale = "linear"
    years: tuple[float, float] | None = None
    values: tuple[float, float] | None = None
    level: float | None = None
    level_label: str = ""
    heading: str = ""

    @property
    def top(self) -> float:
        """Where the values' axis ends: below the heading where there is one."""
        return TOP + (22.0 if self.heading else 0.0)


def chart(description: str, traces: Sequence[Trace], frame: Frame | None = None, style: str = "") -> str:
    """One chart as an `<svg>` element.

    `description` is what a screen reader says. With `style` the text stands alone as an image file;
    without it the page's own style applies.
    """
    frame = frame or Frame()
    x, y = axes(traces, frame)
    size = f'width="{frame.width}" height="{frame.height}"'
    words = f'aria-label="{escape(description)}" data-tip="{escape(tips(traces, x))}"'
    alone = [f"<style>{style}</style>", f'<rect class="paper" {size}/>'] if style else []
    name = f'xmlns="http://www.w3.org/2000/svg" {size} ' if style else ""
    parts = [
        f'<svg class="chart" role="img" {name}viewBox="0 0 {frame.width} {frame.height}" {words}>',
        *alone,
        *([text("heading", x.start, TOP + 6, frame.heading)] if frame.heading else []),
        *grid(x, y, frame),
        *level_line(x, y, frame),
        *[mark(trace, x, y) for trace in traces],
        *end_labels(traces, x, y),
        f'<line class="cursor" y1="{y.stop:g}" y2="{y.start:g}" x1="-9" x2="-9"/>',
        "</svg>",
    ]
    return "\n".join(parts)


def axes(traces: Sequence[Trace], frame: Frame) -> tuple[Axis, Axis]:
    """The axes that show every trace: years left to right, values bottom to top."""
    pairs = [pair for trace in traces for pair in (*trace.pairs(), *trace.tops())]
    first, last = frame.years or limits([year for year, _ in pairs], "linear", pad=0.0)
    shown = [value for year, value in pairs if first <= year <= last]
    low, high = frame.values or limits(shown, frame.scale)
    right = RIGHT + (26.0 if any(trace.label for trace in traces) else 0.0)
    return (
        Axis(first, last, LEFT, frame.width - right),
        Axis(low, high, frame.height - BOTTOM, frame.top, frame.scale),
    )


def grid(x: Axis, y: Axis, frame: Frame) -> list[str]:
    """Hair lines and their numbers."""
    parts = []
    for value in ticks(y.low, y.high, y.scale, max(5, frame.height // 50)):
        p = y.at(value)
        parts.append(f'<line class="hair" x1="{x.start:g}" x2="{x.stop:g}" y1="{p:.1f}" y2="{p:.1f}"/>')
        parts.append(text("tick", x.start - 5, p + 3.5, number(value), "end"))
    years = [year for year in ticks(x.low, x.high, "linear", max(6, frame.width // 60)) if year == int(year)]
    return parts + [text("tick", x.at(year), y.start + 15, str(int(year)), "middle") for year in years]


def text(style: str, x: float, y: float, words: str, anchor: str = "start") -> str:
    """Escaped words at a place.

    >>> text("tick", 5, 9.26, "a<b")
    '<text class="tick" text-anchor="start" x="5.0" y="9.3">a&lt;b</text>'
    """
    return f'<text class="{style}" text-anchor="{anchor}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'


def level_line(x: Axis, y: Axis, frame: Frame) -> list[str]:
    """The level that matters, with its words."""
    if frame.level is None or not y.low <= frame.level <= y.high:
        return []
    p = y.at(frame.level)
    return [
        f'<line class="level" x1="{x.start:g}" x2="{x.stop:g}" y1="{p:.1f}" y2="{p:.1f}"/>',
        text("tick", x.start + 4, p - 4, frame.level_label),
    ]


def placed(pairs: Sequence[tuple[float, float]], x: Axis, y: Axis) -> list[Spot]:
    """Where the values within the axis of years lie; None where there is none."""
    inside = [(t, v) for t, v in pairs if x.low <= t <= x.high]
    return [(f"{x.at(t):.1f}", f"{y.at(v):.1f}") if np.isfinite(v) else None for t, v in inside]


def mark(trace: Trace, x: Axis, y: Axis) -> str:
    """A trace as a path with gaps where the value is NaN, as an area, or as circles."""
    spots = placed(trace.pairs(), x, y)
    if trace.mark == "band":
        return f'<path class="band {trace.ink}" d="{area(spots, placed(trace.tops(), x, y))}"/>'
    if trace.mark == "points":
        circles = "".join(f'<circle cx="{s[0]}" cy="{s[1]}" r="2.1"/>' for s in spots if s)
        return f'<g class="points {trace.ink}">{circles}</g>'
    runs = [list(run) for there, run in groupby(spots, key=lambda s: s is not None) if there]
    # A lone year between two gaps has no length; a round cap makes a line of no length a dot.
    path = "".join(
        "M" + "L".join(f"{s[0]},{s[1]}" for s in (run if len(run) > 1 else run * 2) if s) for run in runs
    )
    return f'<path class="line {trace.ink}" d="{path}"/>'


def end_labels(traces: Sequence[Trace], x: Axis, y: Axis) -> list[str]:
    """Names at the ends of the lines, moved apart where they would overlap."""
    ends = []
    for trace in traces:
        inside = [v for t, v in trace.pairs() if x.low <= t <= x.high and np.isfinite(v)]
        if trace.label and inside:
            ends.append((y.at(inside[-1]), trace))
    ends.sort(key=lambda end: (end[0], end[1].label))
    return [
        text(f"end {trace.ink}", x.stop + 5, p + 4, trace.label)
        for p, (_, trace) in zip(spread([p for p, _ in ends], y.start), ends, strict=True)
    ]


def spread(places: Sequence[float], foot: float, gap: float = LABEL_GAP) -> list[float]:
    """Sorted `places` moved apart to at least `gap`, none below `foot` (pixels grow downwards).

    >>> spread([10, 12, 60], 65, gap=10)
    [10, 20, 60]
    >>> spread([58, 60], 60, gap=10)
    [50, 60]
    """
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + gap) if moved else place)
    ceiling = foot
    for k in range(len(moved) - 1, -1, -1):
        moved[k] = min(moved[k], ceiling)
        ceiling = moved[k] - gap
    return moved


def tips(traces: Sequence[Trace], x: Axis) -> str:
    """What the page shows under the pointer: for every year its pixel and each trace's value, as JSON."""
    tables = [told(trace, x) for trace in traces]
    years = sorted({t for table in tables for t in table})
    columns = [[table.get(t, "none") for t in years] for table in tables]
    return json.dumps(
        {
            "x": [round(x.at(t), 1) for t in years],
            "year": [f"{t:g}" for t in years],
            "rows": [[trace.name, column] for trace, column in zip(traces, columns, strict=True)],
        },
        separators=(",", ":"),
        ensure_ascii=False,
    )


def told(trace: Trace, x: Axis) -> dict[float, str]:
    """The value of a trace in each year, of a band its range, as it is written.

    >>> told(Trace("band", [1960], [1.0], "ink0", "band", upper=[2.0]), Axis(1960, 1970, 0, 9))
    {1960.0: '1 to 2'}
    """
    values = {t: number(v) for t, v in trace.pairs() if x.low <= t <= x.high}
    tops = dict(trace.tops())
    return {t: f"{said} to {number(tops[t])}" for t, said in values.items()} if tops else values
