"""The predicted breakdown of each country, beside what is on record, as SVG.

Also here:
- Figures that stand alone: the event and the accounting residuals of all countries, as SVG and PNG.
- The drawing of a prediction of the debt crisis: each country with its chance and its defaults on record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final, Literal, TypeAlias

import numpy as np
import vl_convert

from latecomer.evaluation.crisis_forecast import Breakdown
from latecomer.evaluation.crisis_scores import CountryCrisis, lowest_key
from latecomer.outputs import write_output
from latecomer.report.charts.svg import Axis, Frame, Trace, chart, text
from latecomer.report.content import LIGHT, Line
from latecomer.study.outcome_tables import Record, ThresholdEvent

Mark = Literal["both", "one", "none", "earlier"]

WIDTH: Final = 780

ROW, HEAD, FOOT = 21.0, 78.0, 84.0

LEFT, RIGHT = 64.0, 244.0

Ticks: TypeAlias = tuple[float, ...]

TICKS: Final[Ticks] = (0.0, 0.25, 0.5, 0.75, 1.0)

KINDS: Final[tuple[Mark, ...]] = ("both", "one", "none", "earlier")

# inks that stay apart under the common forms of colour blindness; shapes tell the marks apart without them
INKS: Final[dict[Mark, str]] = {"both": "#c4500a", "one": "#b0487f", "none": "#0068a8", "earlier": "#3d3d3d"}

STYLE: Final = (
    "svg{font:12px sans-serif}.paper{fill:#ffffff}.tick{fill:#555555}.hair{stroke:#e2e2e2}"
    ".level{stroke:#222222;stroke-dasharray:5 4}.heading{font-size:14px;fill:#222222}.name{fill:#222222}"
    ".band{stroke-width:2;stroke-linecap:round}"
    + "".join(f".{mark}{{stroke:{ink};fill:{ink}}}" for mark, ink in INKS.items())
    + ".none{fill:#ffffff}.mark{stroke-width:1.8}"
)


@dataclass(frozen=True, slots=True)
class Row:
    """A country: the probability of the event, its lowest value (80 % band and median), and its `mark`.

    `words`: what happened, such as the year that is on record.
    """

    name: str
    probability: float
    low: float
    median: float
    high: float
    mark: Mark
    words: str = ""


def marks(record: Record) -> dict[Mark, str]:
    """What each sign of a country means."""
    return {
        "both": f"{record.struck} within the window, by both sources",
        "one": "by one source only",
        "none": record.not_struck,
        "earlier": f"{record.state} before the window already",
    }


def value_axis(rows: Sequence[Row], event: ThresholdEvent, start: float, stop: float) -> tuple[Axis, Ticks]:
    """The axis of the lowest values and its ticks: 0 to 1 for a share, else as wide as they are."""
    if event.scale == "logit":
        return Axis(0.0, 1.0, start, stop), TICKS
    values = [event.below, *(value for one in rows for value in (one.low, one.high))]
    low, high = min(values), max(values)
    high = high if high > low else low + 1.0
    return Axis(low, high, start, stop), (low, event.below, high)


def breakdown_figure(
    rows: Sequence[Row], event: ThresholdEvent, record: Record, window: tuple[int, int], until: int
) -> str:
    """The rows from top to bottom as an SVG file: values left to right, with the level of the event drawn."""
    height = HEAD + ROW * len(rows) + FOOT
    x, ticks = value_axis(rows, event, LEFT, WIDTH - RIGHT)
    foot = HEAD + ROW * len(rows)
    size = f'width="{WIDTH}" height="{height:g}"'
    words = "; ".join(f"{one.name} {one.probability:.2f} {one.words}".rstrip() for one in rows)
    label = f"Probability of {event.words.loss} {window[0]} to {window[1]}: {words}"
    axis = f"; {event.words.axis}" if event.words.axis else ""
    box = f'viewBox="0 0 {WIDTH} {height:g}" aria-label="{escape(label)}"'
    parts = [
        f'<svg role="img" xmlns="http://www.w3.org/2000/svg" {size} {box}>',
        f'<style>{STYLE}</style><rect class="paper" {size}/>',
        text(
            "heading", 12, 24, f"Lowest {event.variable} {window[0]}-{window[1]}, from figures up to {until}"
        ),
        text("tick", 12, 42, f"median and 80 % band over draws{axis}; ordered by probability"),
        *_grid(x, ticks, foot, event, record),
        *(part for k, one in enumerate(rows) for part in _row(one, x, HEAD + ROW * (k + 0.5))),
        *_legend(rows, marks(record), foot + 44.0),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _grid(x: Axis, ticks: Ticks, foot: float, event: ThresholdEvent, record: Record) -> list[str]:
    parts = []
    for value in ticks:
        style, at = ("level" if value == event.below else "hair"), x.at(value)
        parts.append(f'<line class="{style}" x1="{at:.1f}" x2="{at:.1f}" y1="{HEAD - 6:g}" y2="{foot:g}"/>')
        parts.append(text("tick", at, foot + 15, f"{value:g}", "middle"))
    return [
        *parts,
        text("tick", x.stop + 14, HEAD - 10, "probability"),
        text("tick", x.stop + 92, HEAD - 10, record.plural),
        text("tick", x.at(event.below), HEAD - 10, event.words.level, "middle"),
    ]


def _row(one: Row, x: Axis, y: float) -> list[str]:
    low, median, high = (x.at(min(max(value, x.low), x.high)) for value in (one.low, one.median, one.high))
    return [
        text("name", LEFT - 12, y + 4, one.name, "end"),
        f'<line class="band {one.mark}" x1="{low:.1f}" x2="{high:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>',
        shape(one.mark, median, y),
        text("name", x.stop + 14, y + 4, f"{one.probability:.2f}"),
        text("tick", x.stop + 92, y + 4, one.words),
    ]


def shape(mark: Mark, x: float, y: float, r: float = 5.0) -> str:
    """The sign of a mark about a place: disc, diamond, open disc, square.

    >>> shape("none", 3.0, 4.0)
    '<circle class="mark none" cx="3.0" cy="4.0" r="4.5"/>'
    """
    if mark == "one":
        corners = [(x, y - r - 1), (x + r + 1, y), (x, y + r + 1), (x - r - 1, y)]
    elif mark == "earlier":
        corners = [(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)]
    else:
        return f'<circle class="mark {mark}" cx="{x:.1f}" cy="{y:.1f}" r="{r - 0.5:.1f}"/>'
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in corners)
    return f'<polygon class="mark {mark}" points="{points}"/>'


def _legend(rows: Sequence[Row], meaning: Mapping[Mark, str], y: float) -> list[str]:
    used = [mark for mark in KINDS if any(one.mark == mark for one in rows)]
    parts = []
    for k, mark in enumerate(used):
        at, line = 24.0 + 350.0 * (k % 2), y + 20.0 * (k // 2)
        parts += [shape(mark, at, line), text("tick", at + 14, line + 4, meaning[mark])]
    return parts


INK_COUNT: Final = 8

QUIET: Final = "quiet"

ACCESS_STYLE: Final = (
    "svg{font:12px sans-serif}.paper{fill:#ffffff}.tick{fill:#555555}.hair{stroke:#e2e2e2}"
    ".level{stroke:#222222;stroke-dasharray:5 4}"
    ".line{fill:none;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}"
    ".heading{font-size:14px;fill:#222222}.end{font-size:11px}.cursor{stroke:none}"
    ".line.quiet{stroke:#c8c8c8;stroke-width:1}"
    + "".join(f".line.ink{k}{{stroke:{c}}}.end.ink{k}{{fill:{c}}}" for k, c in enumerate(LIGHT))
)


def country_traces(lines: Mapping[str, Line], highlighted: Sequence[str] | None = None) -> list[Trace]:
    """One line a country, labelled at its end, inks in order of the mapping.

    `highlighted`: the countries that are coloured and named, all by default; the others lie behind, in grey.
    """
    named = [name for name in lines if highlighted is None or name in highlighted]
    quiet = [Trace(name, one.years, one.values, QUIET) for name, one in lines.items() if name not in named]
    return quiet + [
        Trace(name, lines[name].years, lines[name].values, f"ink{k % INK_COUNT}", label=name)
        for k, name in enumerate(named)
    ]


def within(line: Line, event: ThresholdEvent) -> Line:
    """The part of a line in the years that charts of the event show."""
    return line if event.drawn is None else line.within(*event.drawn)


def drawn_years(event: ThresholdEvent) -> tuple[float, float] | None:
    """The years that charts of the event show, None for all."""
    return None if event.drawn is None else (float(event.drawn[0]), float(event.drawn[1]))


def span_words(event: ThresholdEvent, to: str = " to ") -> str:
    """These years in words; nothing for all."""
    return "" if event.drawn is None else f"{event.drawn[0]}{to}{event.drawn[1]}"


def deepest(lines: Mapping[str, Line], event: ThresholdEvent, most: int = INK_COUNT) -> list[str]:
    """The countries that fall lowest in the years that are drawn, of those that have begun by the year named.

    >>> fell, stood = Line([1979, 1983], [0.9, 0.4]), Line([1979, 1983], [0.9, 0.8])
    >>> from latecomer.study.outcomes import ThresholdEvent
    >>> event = ThresholdEvent(variable="access", below=0.5, begun=1980)
    >>> deepest({"AAA": stood, "BBB": fell, "CCC": Line([1989, 1990], [0.1, 0.2])}, event, 1)
    ['BBB']
    """
    floor, latest = {}, np.inf if event.begun is None else float(event.begun)
    for name, line in lines.items():
        years, values = (np.asarray(part, float) for part in (line.years, line.values))
        inside = np.asarray(within(line, event).values, float)
        inside = inside[np.isfinite(inside)]
        if inside.size and np.min(years[np.isfinite(values)], initial=np.inf) <= latest:
            floor[name] = float(inside.min())
    return sorted(floor, key=lambda name: floor[name])[:most]


def event_chart(
    lines: Mapping[str, Line], event: ThresholdEvent, width: int, height: int, style: str = ""
) -> str:
    """The variable of the event in all countries, with a line at its level, as SVG text."""
    said = "; ".join(f"{name} {event_words(line, event)}" for name, line in lines.items())
    highlighted = None if len(lines) <= INK_COUNT else deepest(lines, event)
    which = "" if highlighted is None else f"; named: the {len(highlighted)} that fall lowest"
    called = capital(event.variable)
    ends = f": {event.words.ends}" if event.words.ends else ""
    heading = f"{called} in the model{ends}{which}" if style else ""
    words, years = event.words.level, drawn_years(event)
    frame = Frame(width, height, "linear", years, event_ends(lines, event), event.below, words, heading)
    span = f" {span_words(event)}" if event.drawn else ""
    return chart(f"{called}{span}: {said}", country_traces(lines, highlighted), frame, style)


def event_ends(lines: Mapping[str, Line], event: ThresholdEvent) -> tuple[float, float]:
    """The ends of an axis of the event: nought and one of a share, else the values and the level."""
    if event.scale == "logit":
        return -0.03, 1.05
    values = [np.asarray(within(line, event).values, float) for line in lines.values()]
    known = np.concatenate([[event.below], *(one[np.isfinite(one)] for one in values)])
    room = 0.03 * (float(known.max() - known.min()) or 1.0)
    return float(known.min()) - room, float(known.max()) + room


def event_words(line: Line, event: ThresholdEvent) -> str:
    """What the variable of the event does in the years that are drawn, said only of those that it has.

    >>> from latecomer.study.outcomes import ThresholdEvent
    >>> event = ThresholdEvent(variable="access", below=0.5, drawn=(1975, 1995))
    >>> event_words(Line([1970, 1980, 1982], [0.1, 0.9, 0.3]), event)
    'falls below 0.5 in 1982'
    >>> event_words(Line([1993, 1994, 2000], [0.9, 0.8, 0.1]), event)
    'stays at or above 0.5, 1993-1994'
    """
    window, level = within(line, event), event.words.level
    years = np.asarray(window.years, float)[np.isfinite(np.asarray(window.values, float))]
    if not years.size:
        return "has no value in these years"
    below = window.first_below(event.below)
    if below is None:
        return f"stays at or above {level}, {int(years[0])}-{int(years[-1])}"
    return f"{'falls' if below > years[0] else 'is'} below {level} in {below}"


def event_drawings(
    lines: Mapping[str, Line], event: ThresholdEvent, name: str | None = None
) -> dict[str, bytes]:
    """The event in all countries as SVG and as PNG, by the names of their files."""
    svg = event_chart(lines, event, 860, 400, ACCESS_STYLE)
    svg_name, png_name = event_files(event, name)
    return {svg_name: svg.encode(), png_name: vl_convert.svg_to_png(svg, scale=2.0)}


def event_files(event: ThresholdEvent, name: str | None = None) -> tuple[str, str]:
    """The names of the files of the drawing of the event."""
    return f"{name or event.file}.svg", f"{name or event.file}.png"


def capital(words: str) -> str:
    """Words with a capital at their begin.

    >>> capital("labour share")
    'Labour share'
    """
    return words[:1].upper() + words[1:]


def residual_chart(lines: Mapping[str, Line], tolerance: float, width: int, height: int) -> str:
    """The worst accounting residual of each country in each year on a log axis, with the tolerance."""
    broken = [float(np.nanmax(line.values, initial=0.0)) for line in lines.values()]
    ends = (tolerance * 1e-8, 10 * max([tolerance, *broken]))
    frame = Frame(width, height, "log", None, ends, tolerance, "a run above this line fails")
    return chart("Worst accounting residual of each country in each year", country_traces(lines), frame)


def draw_breakdown(found: Breakdown, path: Path) -> Path:
    """Write the figure of a prediction. Raises InputError where the place cannot be written to."""
    event = found.outcomes.needed_event("a figure of the breakdown")
    rows = [row(one) for one in found.countries]
    svg = breakdown_figure(rows, event, found.outcomes.record, found.window, found.until)
    return write_output(path, svg.encode(), "choose another --figure FILE")


def row(one: CountryCrisis) -> Row:
    """A country as the figure shows it."""
    said = one.as_dict()[lowest_key(one.loss.event)]
    low, median, high = (said[name] for name in ("low", "median", "high"))
    return Row(one.loss.iso3, one.loss.probability, low, median, high, mark(one), words(one))


def mark(one: CountryCrisis) -> Mark:
    """Which sign a country has: of an event, of one by one source only, of an earlier one, of none."""
    dated = [event for event in one.events.values() if event.label]
    if one.before:
        return "earlier"
    if not dated:
        return "none"
    return "both" if len(dated) == len(one.events) else "one"


def words(one: CountryCrisis) -> str:
    """The years on record by source, and what they do not say."""
    said = [
        f"{source.upper()} {event.year or ('none' if event.known else 'no figures')}"
        for source, event in one.events.items()
        if event.year or not event.known
    ]
    return ", ".join(said)
