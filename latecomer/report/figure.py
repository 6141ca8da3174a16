"""Figures that stand alone: the event and the accounting residuals of all countries, as SVG and PNG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import vl_convert

from latecomer.report.charts import Frame, Trace, chart
from latecomer.report.content import Line
from latecomer.study.outcomes import ThresholdEvent

INKS: Final = 8
QUIET: Final = "quiet"
# Light and dark pairs of eight inks that stay apart under the common forms of colour blindness.
LIGHT: Final = ("#0068a8", "#c4500a", "#008060", "#b0487f", "#7d6400", "#3d3d3d", "#6a51c8", "#2a8fb8")
STYLE: Final = (
    "svg{font:12px sans-serif}.paper{fill:#ffffff}.tick{fill:#555555}.hair{stroke:#e2e2e2}"
    ".level{stroke:#222222;stroke-dasharray:5 4}"
    ".line{fill:none;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}"
    ".heading{font-size:14px;fill:#222222}.end{font-size:11px}.cursor{stroke:none}"
    ".line.quiet{stroke:#c8c8c8;stroke-width:1}"
    + "".join(f".line.ink{k}{{stroke:{c}}}.end.ink{k}{{fill:{c}}}" for k, c in enumerate(LIGHT))
)


def country_traces(lines: Mapping[str, Line], told: Sequence[str] | None = None) -> list[Trace]:
    """One line a country, labelled at its end, inks in order of the mapping.

    `told`: the countries that are coloured and named, all by default; the others lie behind them, in grey.
    """
    named = [name for name in lines if told is None or name in told]
    quiet = [Trace(name, one.years, one.values, QUIET) for name, one in lines.items() if name not in named]
    return quiet + [
        Trace(name, lines[name].years, lines[name].values, f"ink{k % INKS}", label=name)
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


def deepest(lines: Mapping[str, Line], event: ThresholdEvent, most: int = INKS) -> list[str]:
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
    told = None if len(lines) <= INKS else deepest(lines, event)
    which = "" if told is None else f"; named: the {len(told)} that fall lowest"
    called = capital(event.variable)
    ends = f": {event.words.ends}" if event.words.ends else ""
    heading = f"{called} in the model{ends}{which}" if style else ""
    words, years = event.words.level, drawn_years(event)
    frame = Frame(width, height, "linear", years, event_ends(lines, event), event.below, words, heading)
    span = f" {span_words(event)}" if event.drawn else ""
    return chart(f"{called}{span}: {said}", country_traces(lines, told), frame, style)


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
    svg = event_chart(lines, event, 860, 400, STYLE)
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
