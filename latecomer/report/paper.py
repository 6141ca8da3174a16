"""The one style of figures for papers: sizes in millimetres, letters, lines and inks; a figure as a file.

A figure is a Vega-Lite specification made for a width. Its inks stay apart under the common forms of colour
blindness, and lines differ by their dashes, points by their shapes, where a printer knows grey alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import vl_convert

from latecomer.faults import nearest, refuse
from latecomer.report.files import write_outputs

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


def width_of(asked: str) -> float:
    """A width in millimetres: single, double or a number. Raises InputError.

    >>> width_of("single"), width_of("120")
    (85.0, 120.0)
    """
    if asked in COLUMNS:
        return COLUMNS[asked]
    try:
        width = float(asked)
    except ValueError:
        width = 0.0
    if not NARROWEST <= width <= WIDEST:
        expected = f"single, double, or a number of millimetres from {NARROWEST:g} to {WIDEST:g}"
        raise refuse("--width", f"'{asked}'", expected, "write for example --width single")
    return width


def format_of(asked: str) -> str:
    """A format of a file. Raises InputError for one that no figure is drawn in."""
    if asked not in FORMATS:
        raise refuse("--format", f"'{asked}'", f"one of {', '.join(FORMATS)}", nearest(asked, FORMATS))
    return asked


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
