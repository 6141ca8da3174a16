"""What figures for papers are put together from: lines, points and bands, panels, sheets of panels, keys."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from latecomer.report.axes import Axis, limits, ticks
from latecomer.report.content import Numbers, Scale
from latecomer.report.paper import (
    DASHES,
    INKS,
    LARGE,
    LETTER,
    LINE,
    POINTS,
    SHADE,
    SHAPES,
    SMALL,
    SOFT,
    Spec,
)

HEAD, FOOT = 5.0, 16.0
"""Room over the titles and under the axis of a panel, points."""
GUTTER: Final = 30.0
"""Room beside a panel for the numbers of its axis, points."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One small drawing: its title and unit, its layers, and the ends of its axes."""

    title: str
    unit: str
    layers: Sequence[Spec]
    years: tuple[float, float]
    values: tuple[float, float]
    scale: Scale = "linear"


def tidy(value: float) -> float | None:
    """A number of six digits; None, a gap, where it is not finite.

    >>> tidy(1 / 3), tidy(float("nan"))
    (0.333333, None)
    """
    return float(f"{value:.6g}") if math.isfinite(value) else None


def starred(series: str) -> str:
    """The name of a series with a star for what it is divided by.

    >>> starred("debt/output, one denominator"), starred("debt/output")
    ('debt/output*', 'debt/output')
    """
    name, comma, _ = series.partition(",")
    return f"{name}*" if comma else name


def points_of(x: Numbers, y: Numbers, y2: Numbers | None = None) -> list[Spec]:
    """Values by year as the rows of a specification."""
    names = ("x", "y", "y2")[: 2 if y2 is None else 3]
    columns = [np.asarray(one, float).tolist() for one in (x, y, y2) if one is not None]
    return [{name: tidy(v) for name, v in zip(names, row, strict=True)} for row in zip(*columns, strict=True)]


def line(x: Numbers, y: Numbers, k: int = 0, width: float = LINE) -> Spec:
    """A line in ink and dashes number `k`, with gaps where a value is not finite."""
    mark = {"type": "line", "clip": True, "strokeWidth": width, **look(k)}
    return {"data": {"values": points_of(x, y)}, "mark": mark}


def points(x: Numbers, y: Numbers, k: int = 1) -> Spec:
    """Open points in ink and shape number `k`."""
    kept = [one for one in points_of(x, y) if one["y"] is not None]
    return {"data": {"values": kept}, "mark": sign(k)}


def band(x: Numbers, low: Numbers, high: Numbers, k: int = 0) -> Spec:
    """A shade between two lines, in ink number `k`."""
    mark = {"type": "area", "clip": True, "color": INKS[k % len(INKS)], "opacity": SHADE, "line": False}
    rows = [one for one in points_of(x, low, high) if None not in one.values()]
    return {"data": {"values": rows}, "mark": mark, "encoding": {"y2": {"field": "y2"}}}


def level(at: float) -> Spec:
    """A dotted line across a panel at a value that matters."""
    return {"data": {"values": [{"y": at}]}, "mark": dotted(), "encoding": {"x": None}}


def dotted() -> Spec:
    """The mark of a value that matters."""
    return {"type": "rule", "strokeDash": [2, 1.5], "color": SOFT, "strokeWidth": 0.6}


def look(k: int) -> Spec:
    """Ink and dashes of line number `k`: no two of thirty are alike."""
    return {"color": INKS[k % len(INKS)], "strokeDash": DASHES[k % len(DASHES)]}


def sign(k: int, filled: bool = False) -> Spec:
    """The mark of points in ink and shape number `k`, open unless `filled`."""
    ink = INKS[k % len(INKS)]
    return {
        "type": "point",
        "shape": SHAPES[k % len(SHAPES)],
        "stroke": ink,
        "fill": ink if filled else "white",
    }


def ends(series: Iterable[Numbers], scale: Scale = "linear") -> tuple[float, float]:
    """The ends of an axis that shows all of some values."""
    return limits([float(v) for one in series for v in np.asarray(one, float).ravel()], scale)


def wrapped(words: str, width: float, letters: float) -> list[str]:
    """Words in lines no longer than `width` points, in letters of a size.

    >>> wrapped("thousand dollars per person", 60, 7.0)
    ['thousand dollars', 'per person']
    """
    most, lines = max(int(width / (letters * LETTER)), 6), [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) <= most or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def panel(one: Panel, width: float, height: float, labels: bool = True) -> Spec:
    """The specification of a panel; without `labels` its values' axis has no numbers."""
    years = [t for t in ticks(*one.years, "linear", max(int(width // 30), 2)) if t == int(t)]
    x: Spec = {"values": years, "format": "d", "title": None, "grid": False, "labelOverlap": "greedy"}
    x["labelSeparation"] = 4
    y: Spec = {"values": below_the_top(one, height), "format": ".6~r", "title": None, "labels": labels}
    title, unit = heads(one, width)
    return {
        "width": round(width, 2),
        "height": round(height, 2),
        "title": {"text": title, **({"subtitle": unit} if one.unit else {})},
        "encoding": {"x": axis("x", one.years, x), "y": axis("y", one.values, y, one.scale)},
        "layer": list(one.layers),
    }


def below_the_top(one: Panel, height: float) -> list[float]:
    """The numbers of a values' axis, without one so high that its letters would push the title up."""
    ends = Axis(*one.values, 0.0, height, one.scale)
    return [v for v in ticks(*one.values, one.scale, 4) if ends.at(v) <= height - SMALL / 2]


def axis(field: str, domain: tuple[float, float], style: Spec | None, scale: Scale = "linear") -> Spec:
    """The channel of a field over a domain that is kept as it is."""
    kept: Spec = {"domain": [tidy(v) for v in domain], "nice": False, "type": scale}
    kept |= {"zero": False} if scale == "linear" else {}
    return {"field": field, "type": "quantitative", "scale": kept, "axis": style}


def heads(one: Panel, width: float) -> tuple[list[str], list[str]]:
    """Title and unit of a panel in lines that its width holds."""
    return wrapped(one.title, width + GUTTER / 2, LARGE), wrapped(one.unit, width + GUTTER / 2, SMALL)


def across(width: float, least: float, n: int) -> int:
    """How many of `n` panels of at least `least` mm stand in a row of a width in points, rows alike.

    >>> across(496.0, 40.0, 5), across(496.0, 24.0, 20), across(100.0, 90.0, 3)
    (3, 7, 1)
    """
    most = max(int(width / (least * POINTS)), 1)
    return math.ceil(n / math.ceil(n / most))


def sheet(panels: Sequence[Panel], columns: int, width: float, tall: float, shared: bool = False) -> Spec:
    """Panels side by side, `columns` in a row; `tall`: height by width.

    With `shared` axes the first of each row alone has numbers on its values' axis.
    """
    columns = min(columns, len(panels))
    gap = 9.0 if shared else GUTTER
    each = (width - gap * (columns - 1)) / columns
    lines = [heads(one, each) for one in panels]
    below = lines[columns:] or lines
    head = max(len(t) * (LARGE + 1) + len([u for u in unit if u]) * (SMALL + 1) for t, unit in below)
    drawn = [panel(one, each, tall * each, not shared or k % columns == 0) for k, one in enumerate(panels)]
    spacing = {"row": FOOT + HEAD + head, "column": gap}
    return {"concat": drawn, "columns": columns, "bounds": "flush", "align": "all", "spacing": spacing}


def stack(parts: Sequence[Spec], space: float = 8.0) -> Spec:
    """Parts of a figure below each other."""
    return {"vconcat": list(parts), "spacing": space, "align": "none"}
