"""Figures for papers on model and record: the event, one country against its figures, all scores.

Also here:
- Figures for papers on what was foretold: breakdowns with their intervals, the coverage of bands.
- The figure for papers on what may come: the outcomes of runs, with bands where there are draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from latecomer.report.charts.crisis import KINDS, Mark, Row, marks, within
from latecomer.report.content import Line, Numbers, SeriesPlot, same_length
from latecomer.report.publication.style import (
    INKS,
    LARGE,
    PLAIN,
    SMALL,
    TEXT,
    Build,
    Entry,
    Panel,
    Spec,
    across,
    axis,
    band,
    dotted,
    ends,
    key,
    level,
    line,
    look,
    points,
    sheet,
    sign,
    stack,
    starred,
    tidy,
    wrapped,
)
from latecomer.study.outcome_tables import Record, ThresholdEvent

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


STEP: Final = 10.5
"""The height of a row, points."""

SIGNS: Final[Mapping[Mark, tuple[int, bool]]] = {
    "both": (0, True),
    "one": (1, True),
    "none": (2, False),
    "earlier": (3, True),
}
"""Shape and ink of a country by what happened, and whether it is filled."""


def breakdown_paper(
    rows: Sequence[Row], event: ThresholdEvent, record: Record, window: tuple[int, int]
) -> Build:
    """Countries from top to bottom: probability of the event, lowest value, what happened."""
    used = [mark for mark in KINDS if any(one.mark == mark for one in rows)]
    values = [breakdown_row(one, event) for one in rows]
    order = [one.name for one in rows]

    def build(width: float) -> Spec:
        room = width - 34.0 - 70.0
        loss = f"probability of {event.words.loss} {window[0]}–{window[1]}"
        parts = [dots(values, order, loss, 0.42 * room), ranges(values, order, event, 0.58 * room)]
        row = {"hconcat": [*parts, words(values, order)], "bounds": "flush", "spacing": 14}
        return stack([marks_key(used, marks(record), width), row])

    return build


def breakdown_row(one: Row, event: ThresholdEvent) -> dict[str, Any]:
    """A country as the row of a specification; a share above one is drawn as one."""
    least, most = (0.0, 1.0) if event.scale == "logit" else (-np.inf, np.inf)
    low, median, high = (tidy(min(max(v, least), most)) for v in (one.low, one.median, one.high))
    numbers = {"p": tidy(one.probability), "low": low, "median": median, "high": high}
    return {"name": one.name, "words": one.words, "mark": one.mark, **numbers}


def by_name(order: Sequence[str]) -> Spec:
    """The channel of rows, in an order."""
    scale = {"type": "point", "domain": list(order), "padding": 0.5}
    return {"field": "name", "type": "ordinal", "sort": None, "scale": scale, "axis": None}


def share(field: str, title: str, width: float) -> Spec:
    """The channel of a number from nought to one, with room for a sign at either end."""
    values = [0, 0.25, 0.5, 0.75, 1] if width >= 100.0 else [0, 0.5, 1]
    lines = wrapped(title, width, PLAIN)
    style = {"values": values, "format": ".2~f", "title": lines, "grid": True, "labelFlush": False}
    scale = {"domain": [-0.04, 1.04], "nice": False}
    return {"field": field, "type": "quantitative", "scale": scale, "axis": style}


def signs(values: Sequence[Spec]) -> list[Spec]:
    """A layer of points for each mark."""
    return [
        {"data": {"values": kept}, "mark": {**sign(*SIGNS[mark]), "size": 26}}
        for mark in KINDS
        if (kept := [one for one in values if one["mark"] == mark])
    ]


def dots(values: Sequence[Spec], order: Sequence[str], title: str, width: float) -> Spec:
    """The probability of each row as a point, with the names of the rows."""
    names = by_name(order) | {"axis": {"domain": False, "ticks": False, "title": None}}
    encoding = {"y": names, "x": share("p", title, width)}
    return {**framed(order, width), "encoding": encoding, "layer": signs(values)}


def lowest(field: str, event: ThresholdEvent, width: float) -> Spec:
    """The channel of the lowest values: that of a share, or as wide as they are."""
    title = f"lowest {event.variable}: median and 80 % interval of the draws"
    if event.scale == "logit":
        return share(field, title, width)
    style = {"tickCount": 4, "title": wrapped(title, width, PLAIN), "grid": True, "labelFlush": False}
    return {"field": field, "type": "quantitative", "scale": {"zero": False}, "axis": style}


def ranges(values: Sequence[Spec], order: Sequence[str], event: ThresholdEvent, width: float) -> Spec:
    """The lowest value of each row: median and 80 % interval, with the level of the event drawn."""
    bars: list[Spec] = [
        {
            "data": {"values": [one for one in values if one["mark"] == mark]},
            "mark": {"type": "rule", "strokeWidth": 1.2, "color": look(SIGNS[mark][0])["color"]},
            "encoding": {"x": lowest("low", event, width), "x2": {"field": "high"}},
        }
        for mark in KINDS
    ]
    half: Spec = {"data": {"values": [{"median": event.below}]}, "mark": dotted(), "encoding": {"y": None}}
    encoding = {"y": by_name(order), "x": lowest("median", event, width)}
    return {**framed(order, width), "encoding": encoding, "layer": [half, *bars, *signs(values)]}


def framed(order: Sequence[str], width: float) -> Spec:
    """The size of a drawing of rows."""
    return {"width": round(width, 2), "height": STEP * len(order)}


def words(values: Sequence[Spec], order: Sequence[str]) -> Spec:
    """What happened in each row, in words."""
    return {
        "width": 56.0,
        "height": STEP * len(order),
        "data": {"values": list(values)},
        "mark": {"type": "text", "align": "left", "baseline": "middle"},
        "encoding": {"y": by_name(order), "x": {"value": 0}, "text": {"field": "words"}},
    }


def marks_key(used: Sequence[Mark], meaning: Mapping[Mark, str], width: float) -> Spec:
    """What the signs of a breakdown mean."""
    entries: list[Entry] = [
        (meaning[mark], "signs" if SIGNS[mark][1] else "points", SIGNS[mark][0]) for mark in used
    ]
    return key(entries, width)


def coverage_paper(level: float, groups: Mapping[str, Mapping[str, float]]) -> Build:
    """The share of figures inside the bands, by groups such as series and countries, with what was asked."""
    entries: list[Entry] = [
        ("share of figures inside", "signs", 1),
        (f"asked: {level:g}", "level", 0),
    ]

    def build(width: float) -> Spec:
        wide = width >= 300.0
        each = width / len(groups) - 40.0 if wide else width - 40.0
        parts = [inside(title, of, level, each) for title, of in groups.items()]
        drawn = {"hconcat": parts, "spacing": 14} if wide else {"vconcat": parts, "spacing": 10}
        return stack([key(entries, width), drawn])

    return build


def inside(title: str, of: Mapping[str, float], level: float, width: float) -> Spec:
    """The shares of one group, from the largest down, each as a point at the end of its distance."""
    order = sorted(of, key=lambda name: -of[name])
    values = [{"name": starred(name), "p": tidy(of[name]), "asked": level} for name in order]
    x = axis("p", (min(0.5, *of.values()) - 0.01, 1.0), {"tickCount": 5, "format": ".1f", "title": None})
    y = by_name([starred(name) for name in order]) | {
        "axis": {"domain": False, "ticks": False, "title": None}
    }
    rule: Spec = {"data": {"values": [{"p": level}]}, "mark": dotted(), "encoding": {"y": None}}
    stem: Spec = {"mark": {"type": "rule", "strokeWidth": 0.8}, "encoding": {"x2": {"field": "asked"}}}
    return {
        **framed(order, width),
        "title": {"text": title},
        "data": {"values": values},
        "encoding": {"x": x, "y": y},
        "layer": [rule, stem, {"mark": {**sign(1, filled=True), "size": 20}}],
    }


@dataclass(frozen=True, slots=True)
class RunPath:
    """A variable over the years: a line, and a band between two lines where there are draws."""

    years: Numbers
    middle: Numbers
    low: Numbers | None = None
    high: Numbers | None = None

    def __post_init__(self) -> None:
        for one in (self.middle, self.low, self.high):
            if one is not None:
                same_length("path", self.years, one)

    def drawn(self, k: int) -> list[Spec]:
        """The layers of the path in ink number `k`."""
        shade = [] if self.low is None or self.high is None else [band(self.years, self.low, self.high, k)]
        return [*shade, line(self.years, self.middle, k)]

    def all(self) -> list[Numbers]:
        """Every value that is drawn."""
        return [one for one in (self.middle, self.low, self.high) if one is not None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A variable with its unit, and its path in each run by the run's name."""

    name: str
    unit: str
    paths: Mapping[str, RunPath]


def scenario_paper(outcomes: Sequence[Outcome]) -> Build:
    """Each outcome in a panel: a line for each run, with a band where it has draws."""
    names = list(dict.fromkeys(name for one in outcomes for name in one.paths))
    ink = {name: k for k, name in enumerate(names)}
    banded = any(path.low is not None for one in outcomes for path in one.paths.values())
    entries: list[Entry] = [(name, "line", k) for name, k in ink.items()]
    entries += [("80 % of the draws", "band", 0)] if banded else []

    def build(width: float) -> Spec:
        panels = [outcome_panel(one, ink) for one in outcomes]
        return stack([key(entries, width), sheet(panels, across(width, MIDDLE, len(panels)), width, 0.62)])

    return build


def outcome_panel(one: Outcome, ink: Mapping[str, int]) -> Panel:
    """The panel of an outcome."""
    years = np.concatenate([np.asarray(path.years, float) for path in one.paths.values()])
    layers = [layer for name, path in one.paths.items() for layer in path.drawn(ink[name])]
    # bands behind all lines
    layers.sort(key=lambda layer: layer["mark"]["type"] != "area")
    span = ends([value for path in one.paths.values() for value in path.all()])
    return Panel(one.name, one.unit, layers, (float(years.min()), float(years.max())), span)
