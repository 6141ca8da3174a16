"""Charts as SVG text: lines for the model, points for the figures, areas for bands, NaN as gaps.

Drawn here rather than with a plotting library: eighty small charts in a page take a tenth of a second, weigh
little, come out byte for byte the same, and take their colours from the page's style, light or dark.

Also here:
- Axes of a chart: where a value lies, which ticks are drawn and how numbers are written.
- The mark of a band in a chart: the area between a lower and an upper line, with gaps.
- The charts of the page of some runs: bands behind, figures between, lines in front, their letters last.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Final, Literal, TypeAlias

import numpy as np

from latecomer.report.content import LIGHT, Numbers, Panel, RunLine, Scale

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

SIZES = ((1e12, 1e12, "tn"), (1e9, 1e9, "bn"), (1e6, 1e6, "M"), (1e4, 1e3, "k"))  # from, divisor, sign


@dataclass(frozen=True, slots=True)
class Axis:
    """A map from values low..high to pixels start..stop: p = start + (stop - start) (v - low) / (high - low).

    On a log axis v, low and high are replaced by their logarithms.

    >>> Axis(0, 10, 100, 0).at(2.5), Axis(1, 100, 0, 50, "log").at(10)
    (75.0, 25.0)
    """

    low: float
    high: float
    start: float
    stop: float
    scale: Scale = "linear"

    def at(self, value: float) -> float:
        """The pixel of `value`; a value <= 0 on a log axis lies at its foot."""
        if self.scale == "log":
            low, high = math.log(self.low), math.log(self.high)
            share = (math.log(max(value, self.low)) - low) / (high - low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + (self.stop - self.start) * share


def limits(values: list[float], scale: Scale, pad: float = 0.06) -> tuple[float, float]:
    """The ends of an axis that shows all finite `values`, with a margin of `pad` of their range.

    >>> limits([0.0, 10.0], "linear", pad=0.1)
    (-1.0, 11.0)
    >>> limits([7.0], "linear")
    (6.0, 8.0)
    """
    if scale == "log":
        kept = [math.log10(v) for v in values if math.isfinite(v) and v > 0]
        low, high = limits(kept, "linear", pad) if kept else (-1.0, 1.0)
        return 10**low, 10**high
    kept = [v for v in values if math.isfinite(v)] or [0.0]
    low, high = min(kept), max(kept)
    margin = pad * (high - low)
    if margin <= 1e-12 * max(abs(low), abs(high)):
        return low - 1.0, high + 1.0
    return low - margin, high + margin


def nice_step(span: float, count: int) -> float:
    """The smallest of 1, 2, 5 times a power of ten that cuts `span` into at most `count` steps.

    >>> nice_step(50, 5), nice_step(0.7, 4)
    (10.0, 0.2)
    """
    power: float = 10.0 ** math.floor(math.log10(span / count))
    return next(m * power for m in (1, 2, 5, 10, 20) if m * power * count >= span * (1 - 1e-9))


def ticks(low: float, high: float, scale: Scale, count: int = 4) -> list[float]:
    """Round values between `low` and `high`: about `count` of them.

    >>> ticks(1960, 2010, "linear", 5)
    [1960.0, 1970.0, 1980.0, 1990.0, 2000.0, 2010.0]
    >>> ticks(0.5, 200, "log")
    [1.0, 10.0, 100.0]
    """
    if scale == "log":
        return log_ticks(low, high, count)
    step = nice_step(high - low, count)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{k * step:.12g}") for k in range(first, last + 1)]


def log_ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Powers of ten between `low` and `high`, thinned to `count`; 1, 2, 5 times them on a short axis.

    >>> log_ticks(1.5, 30)
    [2.0, 5.0, 10.0, 20.0]
    """
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    if last - first >= 2:
        every = math.ceil((last - first) / count)
        return [10.0**k for k in range(first, last + 1) if k % every == 0]
    few = [m * 10.0**k for k in range(first - 1, last + 1) for m in (1, 2, 5) if low <= m * 10.0**k <= high]
    return few if len(few) >= 2 else ticks(low, high, "linear", count)


def number(value: float, digits: int = 4) -> str:
    """A value to `digits` significant digits, large and small ones in a readable form.

    >>> number(0.03141592), number(1234567), number(3e-16, 2), number(float("nan"))
    ('0.03142', '1.235 M', '3×10⁻¹⁶', 'none')
    """
    if not math.isfinite(value):
        return "none"
    if value == 0:
        return "0"
    if abs(value) < 1e-4:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        power = "10" + str(int(exponent)).translate(SUPERSCRIPT)
        return power if mantissa == "1" else f"{mantissa}×{power}"
    for least, size, sign in SIZES:
        if abs(value) >= least:
            return f"{value / size:.{digits}g} {sign}"
    return f"{value:.{digits}g}"


Spot: TypeAlias = tuple[str, str] | None


def area(lower: Sequence[Spot], upper: Sequence[Spot]) -> str:
    """The path between two lines of the same years: along the lower one, back along the upper one.

    A lone year between two gaps is a line of no width.

    >>> area([("0", "9"), ("5", "8"), None], [("0", "1"), ("5", "2"), ("9", "3")])
    'M0,9L5,8L5,2L0,1Z'
    """
    pairs = [(low, high) if low and high else None for low, high in zip(lower, upper, strict=True)]
    parts = []
    for there, run in groupby(pairs, key=lambda pair: pair is not None):
        if there:
            whole = [pair for pair in run if pair is not None]
            around = [low for low, _ in whole] + [high for _, high in reversed(whole)]
            parts.append("M" + "L".join(f"{x},{y}" for x, y in around) + "Z")
    return "".join(parts)


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
    tables = [value_text(trace, x) for trace in traces]
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


def value_text(trace: Trace, x: Axis) -> dict[float, str]:
    """The value of a trace in each year, of a band its range, as it is written.

    >>> value_text(Trace("band", [1960], [1.0], "ink0", "band", upper=[2.0]), Axis(1960, 1970, 0, 9))
    {1960.0: '1 to 2'}
    """
    values = {t: number(v) for t, v in trace.pairs() if x.low <= t <= x.high}
    tops = dict(trace.tops())
    return {t: f"{said} to {number(tops[t])}" for t, said in values.items()} if tops else values


INKS: Final = 8

DASHES: Final = ("none", "7 3", "2 3", "9 3 2 3", "12 3", "4 2", "1 4", "9 2 2 2 2 2")

PRINT: Final = (
    "svg{font-family:'Libertinus Serif'}.paper{fill:none}.tick{fill:#555555;font-size:10.5px}"
    ".hair{stroke:#e2e2e2}.level{stroke:#222222;stroke-dasharray:5 4}.cursor{stroke:none}"
    ".line{fill:none;stroke-width:1.9;stroke-linecap:round;stroke-linejoin:round}"
    ".end{font-size:12px;font-weight:bold}.points{fill:#ffffff;stroke:#c4500a;stroke-width:1.3}"
    ".band{stroke:none;fill-opacity:0.16}"
    + "".join(
        f".line.ink{k}{{stroke:{ink};stroke-dasharray:{dash}}}"
        f".band.ink{k}{{fill:{ink}}}.end.ink{k}{{fill:{ink}}}"
        for k, (ink, dash) in enumerate(zip(LIGHT, DASHES, strict=True))
    )
)
"""The style of a chart that is printed: what the page's own style says, on white paper."""


def panel_chart(panel: Panel, country: str, size: tuple[int, int] = (280, 180), style: str = "") -> str:
    """The chart of a panel as SVG text; `style`: see `chart`."""
    frame = Frame(*size, panel.scale, values=panel.values, level=panel.level, level_label=panel.level_label)
    return chart(spoken(panel, country), list(traces(panel)), frame, style)


def traces(panel: Panel) -> Iterator[Trace]:
    """Bands first, then the figures, then the lines, so that no band hides a line."""
    several = len(panel.lines) > 1
    for one in panel.lines:
        band = one.band
        if band.low is not None and band.high is not None:
            name = f"{called(one, several)}8 of 10 draws"
            yield Trace(name, band.years, band.low, ink(one), "band", upper=band.high)
    if panel.figures is not None:
        yield Trace("figure", panel.figures.years, panel.figures.values, "data", "points")
    for one in panel.lines:
        said = "middle" if one.band.low is not None else "run"
        label = one.letter if several else ""
        yield Trace(f"{called(one, several)}{said}", one.band.years, one.band.middle, ink(one), label=label)


def called(one: RunLine, several: bool) -> str:
    """How a row of the tip begins: with the letter and the name of the run where there are several."""
    return f"{one.letter} {one.name}: " if several else ""


def ink(one: RunLine) -> str:
    """The style class of a run."""
    return f"ink{one.number % INKS}"


def spoken(panel: Panel, country: str) -> str:
    """What a screen reader says: the variable, its unit, and each run's first and last value.

    >>> from latecomer.report.content import Band
    >>> spoken(Panel("output", "dollars", [RunLine(0, "A", "base", Band([1960, 1961], [1, 2]))]), "Korea")
    'output, Korea, in dollars: base from 1 in 1960 to 2 in 1961'
    """
    said = [ends(one) for one in panel.lines]
    points = "; points: the figures" if panel.figures is not None else ""
    return f"{panel.name}, {country}, in {panel.unit}: {'; '.join(said)}{points}"


def ends(one: RunLine) -> str:
    """The first and the last value of a run's line, in words."""
    years, values = np.asarray(one.band.years, float), np.asarray(one.band.middle, float)
    good = np.flatnonzero(np.isfinite(values))
    if not good.size:
        return f"{one.name} has no value"
    first, last = good[0], good[-1]
    start = f"from {values[first]:.3g} in {years[first]:g}"
    return f"{one.name} {start} to {values[last]:.3g} in {years[last]:g}"
