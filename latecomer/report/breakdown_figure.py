"""The predicted breakdown of each country, beside what is on record, as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final, Literal, TypeAlias

from latecomer.report.axes import Axis
from latecomer.report.charts import text
from latecomer.study.outcomes import Record, ThresholdEvent

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
