"""The one style of figures for papers: sizes in millimetres, letters, lines and inks; a figure as a file.

A figure is a Vega-Lite specification made for a width. Its inks stay apart under the common forms of colour
blindness, and lines differ by their dashes, points by their shapes, where a printer knows grey alone.

Also here:
- Specifications are put together as plain data: a library that builds the same data would be one more to
  install for whoever draws, and `vl-convert` says what is wrong with them.
- The key of a figure for papers: what its lines, points and bands mean.
- What figures for papers are put together from: lines, points and bands, panels, sheets of panels, keys.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import vl_convert

from latecomer.errors import nearest, refuse
from latecomer.outputs import write_outputs
from latecomer.report.charts.svg import Axis, limits, ticks
from latecomer.report.content import Numbers, Scale

Spec = dict[str, Any]

Build = Callable[[float], Spec]
"""A specification for an inner width in points."""

POINTS: Final = 72 / 25.4
"""Points in a millimetre."""

COLUMNS: Final = {"single": 85.0, "double": 175.0}
"""The widths of a column and of a page of most journals, mm."""

NARROWEST, WIDEST = 60.0, 400.0

FORMATS: Final = ("svg", "pdf", "png")

DOTS: Final = 300
"""Dots per inch of a PNG."""

VEGA_LITE: Final = "6.4"

FONT: Final = "Liberation Sans, Arial, Helvetica, sans-serif"

SMALL, PLAIN, LARGE = 6.5, 7.0, 8.0
"""Sizes of letters, points."""

LETTER: Final = 0.5
"""The width of a letter of that font as a share of its size, on average."""

TEXT, SOFT, HAIR = "#1a1a1a", "#4d4d4d", "#dedede"

INKS: Final = ("#00427a", "#d1620f", "#1a1a1a", "#6f9fcb", "#8c2f5d")

DASHES: Final[tuple[list[float], ...]] = ([1, 0], [5, 2], [1.5, 1.5], [6, 2, 1.5, 2], [3, 1.5], [8, 2])

SHAPES: Final = ("square", "circle", "triangle-up", "diamond", "cross", "triangle-down")

LINE: Final = 1.1

SHADE: Final = 0.22

STYLE: Final[Spec] = {
    "background": "white",
    "font": FONT,
    "padding": 2,
    "view": {"stroke": None},
    "concat": {"spacing": 8},
    "axis": {
        "labelFontSize": SMALL,
        "titleFontSize": PLAIN,
        "titleFontWeight": "normal",
        "labelColor": TEXT,
        "titleColor": TEXT,
        "domainColor": SOFT,
        "domainWidth": 0.5,
        "tickColor": SOFT,
        "tickWidth": 0.5,
        "tickSize": 3,
        "gridColor": HAIR,
        "gridWidth": 0.4,
        "labelPadding": 2,
        "titlePadding": 4,
        "tickRound": False,
        "translate": 0,
    },
    "title": {
        "anchor": "start",
        "frame": "group",
        "fontSize": LARGE,
        "fontWeight": "bold",
        "color": TEXT,
        "offset": 4,
        "lineHeight": LARGE + 1,
        "subtitleFontSize": SMALL,
        "subtitleColor": SOFT,
        "subtitlePadding": 1,
        "subtitleLineHeight": SMALL + 1,
    },
    "line": {"strokeWidth": LINE, "strokeCap": "butt", "strokeJoin": "round"},
    "rule": {"strokeWidth": 0.6, "color": SOFT},
    "point": {"size": 9, "strokeWidth": 0.7, "opacity": 1},
    "text": {"fontSize": SMALL, "color": TEXT},
}


@dataclass(frozen=True, slots=True)
class Caption:
    """What stands below a figure: what is shown, of how many, from where, and after which fit.

    `notes`: what a reader must know besides, such as that a result is older than the model.
    """

    shown: str
    n: str
    source: str
    fit: str
    notes: tuple[str, ...] = ()

    def text(self) -> str:
        """The caption in plain text, a line each."""
        named = (("", self.shown), ("n: ", self.n), ("Source: ", self.source), ("Fit: ", self.fit))
        return "".join(f"{head}{said}\n" for head, said in (*named, *(("Note: ", one) for one in self.notes)))


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: the name of its file, how it is drawn for a width, and its caption."""

    name: str
    build: Build
    caption: Caption


def width_of(request: str) -> float:
    """A width in millimetres: single, double or a number. Raises InputError.

    >>> width_of("single"), width_of("120")
    (85.0, 120.0)
    """
    if request in COLUMNS:
        return COLUMNS[request]
    try:
        width = float(request)
    except ValueError:
        width = 0.0
    if not NARROWEST <= width <= WIDEST:
        expected = f"single, double, or a number of millimetres from {NARROWEST:g} to {WIDEST:g}"
        raise refuse("--width", f"'{request}'", expected, "write for example --width single")
    return width


def format_of(request: str) -> str:
    """A format of a file. Raises InputError for one that no figure is drawn in."""
    if request not in FORMATS:
        raise refuse("--format", f"'{request}'", f"one of {', '.join(FORMATS)}", nearest(request, FORMATS))
    return request


def write_figure(out: Path, figure: Figure, kind: str, width: float) -> tuple[Path, Path]:
    """Write `figure` in a format and its caption as plain text into `out`; returns both paths.

    `width`: of the whole figure, mm. Raises InputError where `out` cannot be written to.
    """
    drawn = draw(figure.build, kind, width)
    texts = {f"{figure.name}.{kind}": drawn, f"{figure.name}.txt": figure.caption.text().encode()}
    path, caption = write_outputs(Path(out), texts)
    return path, caption


def draw(build: Build, kind: str, width: float) -> bytes:
    """A figure of a width in mm as the bytes of a file; the same bytes for the same specification."""
    svg = fitted(build, width * POINTS)
    if kind == "png":
        return vl_convert.svg_to_png(svg, scale=1.0, ppi=DOTS)
    return vl_convert.svg_to_pdf(svg) if kind == "pdf" else in_millimetres(svg).encode()


def fitted(build: Build, width: float) -> str:
    """The SVG that is so many points wide with its letters: its inner width follows from what is drawn."""
    inner, svg = width, ""
    for _ in range(6):
        spec = {"config": STYLE, **build(inner)}
        svg = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE, allowed_base_urls=[])
        over = size(svg)[0] - width
        if abs(over) <= 1.2:
            break
        inner -= over
    return numbered(svg)


def size(svg: str) -> tuple[float, float]:
    """Width and height of an SVG text.

    >>> size('<svg class="marks" width="12" height="5" viewBox="0 0 12 5">')
    (12.0, 5.0)
    """
    found = re.search(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)"', svg)
    if found is None:
        raise ValueError("no width and height in the drawing")
    return float(found[1]), float(found[2])


def numbered(svg: str) -> str:
    """The text with its clips numbered from the first: the library counts on from one drawing to the next.

    >>> numbered('<clipPath id="clip8"/><g clip-path="url(#clip8)"/><clipPath id="clip9"/>')
    '<clipPath id="clip1"/><g clip-path="url(#clip1)"/><clipPath id="clip2"/>'
    """
    ids = dict.fromkeys(re.findall(r"\bclip\d+\b", svg))
    new = {old: f"clip{k}" for k, old in enumerate(ids, 1)}
    return re.sub(r"\bclip\d+\b", lambda found: new[found[0]], svg)


def in_millimetres(svg: str) -> str:
    """The text with its size in millimetres, so that it comes out of a press as large as it was drawn."""
    wide, high = size(svg)
    sized = f'width="{wide / POINTS:.2f}mm" height="{high / POINTS:.2f}mm"'
    return svg.replace(f'width="{wide:g}" height="{high:g}"', sized, 1) + "\n"


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


Kind = Literal["line", "points", "signs", "band", "level"]

Entry = tuple[str, Kind, int]
"""Words, what they stand beside, and the number of its ink."""

SAMPLE: Final = 16.0

FULL: Final = 0.92
"""The share of the width that a row of a key fills at most."""

ROW: Final = 10.0


def key(entries: Sequence[Entry], width: float) -> Spec:
    """What lines, points and bands mean: a sample and words each, in as many rows as the width asks for."""
    layers, at, row, most = [], 0.0, 0, 0.0
    for words, kind, k in entries:
        long = SAMPLE + 4.0 + len(words) * LETTER * SMALL
        if at > 0.0 and at + long > FULL * width:
            at, row = 0.0, row + 1
        layers += [*sample(kind, k, at, row), lettered(words, at + SAMPLE + 4.0, row)]
        most, at = max(most, at + long), at + long + 10.0
    height = ROW * (row + 1)
    return {
        "width": round(most, 2),
        "height": height,
        "encoding": {"x": axis("x", (0.0, most), None), "y": axis("y", (height, 0.0), None)},
        "layer": layers,
    }


def sample(kind: Kind, k: int, at: float, row: int) -> list[Spec]:
    """A short piece of a line, a point or a band at a place of a key."""
    middle = ROW * (row + 0.5)
    if kind in ("points", "signs"):
        one = points([at + SAMPLE / 2], [middle], k)
        return [{**one, "mark": {**sign(k, filled=kind == "signs"), "size": 20}}]
    if kind == "band":
        return [band([at, at + SAMPLE], [middle - 3] * 2, [middle + 3] * 2, k)]
    if kind == "level":
        rows = points_of([at, at + SAMPLE], [middle] * 2)
        return [{"data": {"values": rows}, "mark": {**dotted(), "type": "line"}}]
    return [line([at, at + SAMPLE], [middle] * 2, k)]


def lettered(words: str, at: float, row: int) -> Spec:
    """The words of a key at a place."""
    rows = [{"x": tidy(at), "y": ROW * (row + 0.5), "words": words}]
    mark = {"type": "text", "align": "left", "baseline": "middle"}
    return {"data": {"values": rows}, "mark": mark, "encoding": {"text": {"field": "words"}}}
