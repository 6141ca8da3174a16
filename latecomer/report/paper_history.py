"""Figures for papers on model and record: the event, one country against its figures, all scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from latecomer.report.content import Line, SeriesPlot
from latecomer.report.figure import within
from latecomer.report.paper import INKS, LARGE, SMALL, TEXT, Build, Spec
from latecomer.report.paper_key import Entry, key
from latecomer.report.paper_parts import (
    Panel,
    across,
    band,
    ends,
    level,
    line,
    points,
    sheet,
    stack,
    starred,
    tidy,
)
from latecomer.study.outcomes import ThresholdEvent

SMALLEST: Final = 25.0
"""The least width of a small panel, mm."""
MIDDLE: Final = 36.0
SHARE: Final = (-0.03, 1.08)
DARKEST: Final = 0.3
"""The NRMSD that is drawn as dark as any above it."""
TALL: Final = 11.0
LEGIBLE: Final = 12.0
"""The least width of a cell that its number still fits into, points."""


@dataclass(frozen=True, slots=True)
class CountryFit:
    """A country by name with its series: the model's line and the figures."""

    name: str
    series: Sequence[SeriesPlot]


@dataclass(frozen=True, slots=True)
class Cell:
    """A score: the NRMSD of a series of a country and whether it holds; None without a tolerance."""

    country: str
    series: str
    nrmsd: float
    holds: bool | None = None


def event_paper(lines: Mapping[str, Line], event: ThresholdEvent) -> Build:
    """The variable of the event, a panel for each country by name, from the deepest fall down to none."""
    inside = {name: within(one, event) for name, one in lines.items()}
    order = sorted(inside, key=lambda name: float(np.nanmin(inside[name].values)))
    entries: list[Entry] = [
        (f"{event.variable}: {event.words.ends}" if event.words.ends else event.variable, "line", 0),
        (event.words.level, "level", 0),
        (f"below {event.words.level}", "band", 0),
    ]
    values = [np.asarray(one.values, float) for one in inside.values()]
    edge = SHARE if event.scale == "logit" else ends([*values, [event.below]], "linear")
    years = [float(year) for one in inside.values() for year in np.asarray(one.years, float)]
    span = (min(years), max(years)) if event.drawn is None else (float(event.drawn[0]), float(event.drawn[1]))

    def build(width: float) -> Spec:
        panels = [Panel(name, "", event_layers(inside[name], event), span, edge) for name in order]
        columns = across(width, SMALLEST, len(panels))
        return stack([key(entries, width), sheet(panels, columns, width, 0.62, shared=True)])

    return build


def event_layers(one: Line, event: ThresholdEvent) -> list[Spec]:
    """A line with what lies below the level of the event shaded."""
    values = np.asarray(one.values, float)
    below = np.minimum(values, event.below)
    top = np.full(values.size, event.below)
    return [band(one.years, below, top), level(event.below), line(one.years, values)]


def fit_paper(countries: Sequence[CountryFit]) -> Build:
    """Each country's series: the model as a line, the figures as points, logarithmic where the fit is."""
    entries: list[Entry] = [("the model", "line", 0), ("the figures", "points", 1)]

    def build(width: float) -> Spec:
        sheets = []
        for one in countries:
            panels = [series_panel(series) for series in one.series]
            drawn = sheet(panels, across(width, MIDDLE, len(panels)), width, 0.6)
            head = {"text": one.name, "fontSize": LARGE + 1, "offset": 6}
            sheets.append({**drawn, "title": head} if len(countries) > 1 else drawn)
        return stack([key(entries, width), *sheets], 12.0)

    return build


def series_panel(one: SeriesPlot) -> Panel:
    """The panel of a series."""
    years = np.concatenate([np.asarray(one.years_model, float), np.asarray(one.years_data, float)])
    return Panel(
        one.name.removeprefix("log ").partition(",")[0],
        f"{one.unit}, log scale" if one.scale == "log" else one.unit,
        [points(one.years_data, one.data), line(one.years_model, one.model)],
        (float(years.min()), float(years.max())),
        ends([one.model, one.data], one.scale),
        one.scale,
    )


def scores_paper(cells: Sequence[Cell]) -> Build:
    """NRMSD by series and country: the darker, the farther off; framed where a tolerance is missed."""
    rows = list(dict.fromkeys(starred(one.series) for one in cells))
    columns = list(dict.fromkeys(one.country for one in cells))
    values = [cell_row(one) for one in cells]

    def build(width: float) -> Spec:
        step = (width - 4.0) / (len(columns) + 5)
        layers: list[Spec] = [
            {
                "mark": {"type": "rect", "stroke": "white", "strokeWidth": 0.5},
                "encoding": shades(step * len(columns)),
            },
            {
                "transform": [{"filter": "datum.short"}],
                "mark": {"type": "rect", "fill": None, "stroke": INKS[1], "strokeWidth": 1.3},
            },
        ]
        if step >= LEGIBLE:
            layers.append(numbers_in_cells())
        frame: Spec = {"type": "ordinal", "title": None}
        bare: Spec = {"domain": False, "ticks": False}
        top = {"orient": "top", "labelAngle": 0 if step >= 1.4 * LEGIBLE else -90, **bare}
        top["labelFontSize"] = min(SMALL, step)
        return {
            "width": round(step * len(columns), 2),
            "height": TALL * len(rows),
            "data": {"values": values},
            "encoding": {
                "x": {**frame, "field": "country", "sort": columns, "axis": top},
                "y": {**frame, "field": "series", "sort": rows, "axis": bare},
            },
            "layer": layers,
        }

    return build


def cell_row(one: Cell) -> dict[str, Any]:
    """A score as the row of a specification, with its number to two places.

    >>> cell_row(Cell("KOR", "log output", 0.0312, holds=True))["words"]
    '.03'
    """
    words = f"{one.nrmsd:.2f}"
    return {
        "country": one.country,
        "series": starred(one.series),
        "nrmsd": tidy(min(one.nrmsd, DARKEST)),
        "words": words.removeprefix("0") if one.nrmsd < 1 else f"{one.nrmsd:.1f}",
        "short": one.holds is False,
        "dark": one.nrmsd > 0.6 * DARKEST,
    }


def shades(width: float) -> Spec:
    """The channel of a score: from the lightest to the darkest, in one ink, so that grey keeps the order."""
    legend = {
        "title": "NRMSD (framed: a tolerance is missed)",
        "values": [0, 0.1, 0.2, DARKEST],
        "orient": "bottom",
        "gradientLength": min(150.0, width),
        "offset": 6,
        "gradientThickness": 6,
        "labelExpr": f"datum.value >= {DARKEST} ? '≥ {DARKEST}' : datum.label",
        "titleFontSize": SMALL,
        "titleFontWeight": "normal",
        "labelFontSize": SMALL,
        "labelOverlap": False,
    }
    scale = {"domain": [0, DARKEST], "range": ["#f3f6fa", INKS[0]], "interpolate": "lab"}
    return {"color": {"field": "nrmsd", "type": "quantitative", "scale": scale, "legend": legend}}


def numbers_in_cells() -> Spec:
    """The number of each cell, light on dark."""
    ink = {"condition": {"test": "datum.dark", "value": "white"}, "value": TEXT}
    return {
        "mark": {"type": "text", "baseline": "middle", "fontSize": 6.0},
        "encoding": {"text": {"field": "words"}, "color": ink},
    }
