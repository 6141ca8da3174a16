"""The charts of the page of some runs: bands behind, figures between, lines in front, their letters last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from latecomer.report.charts import Frame, Trace, chart
from latecomer.report.figure import LIGHT
from latecomer.report.runs_content import Panel, RunLine

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

    >>> from latecomer.report.runs_content import Band
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
