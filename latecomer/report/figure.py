"""Figures that stand alone: credit access and accounting residuals of all countries, as SVG and PNG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import vl_convert

from latecomer.report.charts import Frame, Trace, chart
from latecomer.report.content import Line

INKS: Final = 8
HALF: Final = 0.5
WINDOW: Final = (1975.0, 1995.0)
LATEST: Final = 1980.0
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


def deepest(lines: Mapping[str, Line], most: int = INKS) -> list[str]:
    """The countries whose access falls lowest within 1975-1995, of those that have it from 1980 on.

    >>> fell, stood = Line([1979, 1983], [0.9, 0.4]), Line([1979, 1983], [0.9, 0.8])
    >>> deepest({"KOR": stood, "BRA": fell, "VNM": Line([1989, 1990], [0.1, 0.2])}, 1)
    ['BRA']
    """
    floor = {}
    for name, line in lines.items():
        years, values = (np.asarray(part, float) for part in (line.years, line.values))
        inside = values[(years >= WINDOW[0]) & (years <= WINDOW[1]) & np.isfinite(values)]
        if inside.size and np.min(years[np.isfinite(values)], initial=np.inf) <= LATEST:
            floor[name] = float(inside.min())
    return sorted(floor, key=lambda name: floor[name])[:most]


def credit_chart(lines: Mapping[str, Line], width: int, height: int, style: str = "") -> str:
    """Credit access of all countries 1975-1995 with the line at one half, as SVG text."""
    said = "; ".join(f"{name} {credit_words(line)}" for name, line in lines.items())
    told = None if len(lines) <= INKS else deepest(lines)
    which = "" if told is None else f"; named: the {len(told)} that fall lowest"
    heading = f"Credit access in the model: 1 full, 0 none{which}" if style else ""
    frame = Frame(width, height, "linear", WINDOW, (-0.03, 1.05), HALF, "one half", heading)
    return chart(f"Credit access 1975 to 1995: {said}", country_traces(lines, told), frame, style)


def credit_words(line: Line) -> str:
    """What a credit access does within 1975-1995, said only of the years that it has values for.

    >>> credit_words(Line([1970, 1980, 1982], [0.1, 0.9, 0.3]))
    'falls below one half in 1982'
    >>> credit_words(Line([1993, 1994, 2000], [0.9, 0.8, 0.1]))
    'stays at or above one half, 1993-1994'
    """
    window = line.within(*WINDOW)
    years = np.asarray(window.years, float)[np.isfinite(np.asarray(window.values, float))]
    if not years.size:
        return "has no value in these years"
    below = window.first_below(HALF)
    if below is None:
        return f"stays at or above one half, {int(years[0])}-{int(years[-1])}"
    return f"{'falls' if below > years[0] else 'is'} below one half in {below}"


def credit_drawings(lines: Mapping[str, Line], name: str = "credit-access") -> dict[str, bytes]:
    """The credit access of all countries as SVG and as PNG, by the names of their files."""
    svg = credit_chart(lines, 860, 400, STYLE)
    return {f"{name}.svg": svg.encode(), f"{name}.png": vl_convert.svg_to_png(svg, scale=2.0)}


def residual_chart(lines: Mapping[str, Line], tolerance: float, width: int, height: int) -> str:
    """The worst accounting residual of each country in each year on a log axis, with the tolerance."""
    broken = [float(np.nanmax(line.values, initial=0.0)) for line in lines.values()]
    ends = (tolerance * 1e-8, 10 * max([tolerance, *broken]))
    frame = Frame(width, height, "log", None, ends, tolerance, "a run above this line fails")
    return chart("Worst accounting residual of each country in each year", country_traces(lines), frame)
