"""Figures for papers on model and record: credit access, one country against its figures, all scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from latecomer.report.content import Line, SeriesPlot
from latecomer.report.figure import HALF, WINDOW
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

SMALLEST: Final = 25.0
"""The least width of a small panel, mm."""
MIDDLE: Final = 36.0
CREDIT: Final = (-0.03, 1.08)
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


def credit_paper(lines: Mapping[str, Line]) -> Build:
    """Credit access 1975 to 1995, a panel for each country by name, from the deepest fall down to none."""
    inside = {name: one.within(*WINDOW) for name, one in lines.items()}
    order = sorted(inside, key=lambda name: float(np.nanmin(inside[name].values)))
    entries: list[Entry] = [
        ("credit access: 1 full, 0 none", "line", 0),
        ("one half", "level", 0),
        ("below one half", "band", 0),
    ]

    def build(width: float) -> Spec:
        panels = [Panel(name, "", credit_layers(inside[name]), WINDOW, CREDIT) for name in order]
        columns = across(width, SMALLEST, len(panels))
        return stack([key(entries, width), sheet(panels, columns, width, 0.62, shared=True)])

    return build


def credit_layers(access: Line) -> list[Spec]:
    """A line with what lies below one half shaded."""
    values = np.asarray(access.values, float)
    below = np.minimum(values, HALF)
    return [band(access.years, below, np.full(values.size, HALF)), level(HALF), line(access.years, values)]


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
