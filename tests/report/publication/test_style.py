"""Figures for papers: of the width asked for, the same twice, told apart in grey and by the colour-blind."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from lxml import etree
from numpy.typing import NDArray

from latecomer.errors import InputError
from latecomer.report.content import Line, SeriesPlot
from latecomer.report.publication.figures import CountryFit, event_paper, fit_paper
from latecomer.report.publication.style import (
    DOTS,
    FORMATS,
    INKS,
    POINTS,
    Build,
    Caption,
    Figure,
    draw,
    format_of,
    look,
    points_of,
    sign,
    width_of,
    write_figure,
)
from tests.outcomes import EVENT

YEARS = np.arange(1960, 2011)
FALLING = Line(YEARS, np.where((YEARS >= 1982) & (YEARS < 1988), 0.2, 0.9))
STANDING = Line(YEARS, np.full(YEARS.size, 0.95))
CAPTION = Caption("What is shown.", "2 countries", "made up", "none", ("mind this.",))


def access() -> Build:
    return event_paper({"Korea": STANDING, "Brazil": FALLING}, EVENT)


def series(name: str, scale: str = "log") -> SeriesPlot:
    model = np.exp((YEARS - 1960) * 0.07)
    return SeriesPlot(name, "a unit", YEARS, model, YEARS[::5], model[::5] * 1.1, "made up", scale)  # type: ignore[arg-type]


def letters(svg: bytes) -> list[str]:
    return [one.text or "" for one in etree.fromstring(svg).iter("{*}text")]


@pytest.mark.slow
@pytest.mark.parametrize("width", [60.0, 85.0, 175.0])
def test_a_figure_is_as_wide_as_was_asked_for(width: float) -> None:
    root = etree.fromstring(draw(access(), "svg", width))
    assert float(root.get("width").removesuffix("mm")) == pytest.approx(width, abs=0.5)
    assert root.get("height").endswith("mm")
    box = [float(part) for part in root.get("viewBox").split()]
    assert box[2] / box[3] == pytest.approx(
        float(root.get("width")[:-2]) / float(root.get("height")[:-2]), abs=0.01
    )


def test_pdf_and_png_have_the_same_size_as_the_drawing() -> None:
    pdf, png = draw(access(), "pdf", 85.0), draw(access(), "png", 85.0)
    box = re.search(rb"MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert box is not None
    assert float(box[1]) == pytest.approx(85.0 * POINTS, abs=1.5)
    assert int.from_bytes(png[16:20], "big") == pytest.approx(float(box[1]) * DOTS / 72, abs=2)
    assert int.from_bytes(png[20:24], "big") == pytest.approx(float(box[2]) * DOTS / 72, abs=2)
    assert b"LiberationSans" in pdf


# the library writes the objects of a PDF in any order
@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind != "pdf"])
def test_the_same_figure_gives_the_same_bytes_whatever_was_drawn_before(kind: str) -> None:
    first = draw(access(), kind, 85.0)
    draw(fit_paper([CountryFit("Korea", [series("log output")])]), kind, 85.0)
    assert draw(access(), kind, 85.0) == first


def test_every_country_has_a_panel_from_the_deepest_fall_down() -> None:
    words = letters(draw(access(), "svg", 175.0))
    assert words.index("Brazil") < words.index("Korea")
    assert {"one half", "below one half"} <= set(words)


def test_nothing_is_shaded_where_access_stays_above_one_half() -> None:
    def shades(lines: dict[str, Line]) -> int:
        svg = draw(event_paper(lines, EVENT), "svg", 85.0)
        areas = [one for one in etree.fromstring(svg).iter("{*}path") if one.get("opacity") == "0.22"]
        heights = [{float(spot) for spot in re.findall(r",(-?[\d.]+)", one.get("d"))} for one in areas]
        return sum(max(each) - min(each) > 0.5 for each in heights)

    # one more than none is the sample of the key
    assert shades({"Korea": STANDING}) == 1
    assert shades({"Brazil": FALLING}) == 2


def test_a_fit_names_its_series_and_says_where_the_scale_is_logarithmic() -> None:
    plots = [series("log output"), series("debt/output, one denominator", "linear")]
    words = letters(draw(fit_paper([CountryFit("Korea", plots)]), "svg", 175.0))
    assert {"output", "debt/output", "a unit, log scale", "a unit", "the model", "the figures"} <= set(words)
    assert "Korea" not in words
    both = letters(draw(fit_paper([CountryFit(name, plots) for name in ("Korea", "Brazil")]), "svg", 175.0))
    assert {"Korea", "Brazil"} <= set(both)


def test_figures_after_the_last_year_of_the_run_widen_the_axis() -> None:
    late = SeriesPlot("x", "u", [1990, 2000], [1.0, 2.0], [2000, 2010, 2020], [1.0, 3.0, 2.0], "made up")
    svg = draw(fit_paper([CountryFit("Korea", [late])]), "svg", 85.0)
    assert "2020" in letters(svg)


def test_a_gap_is_no_number() -> None:
    found = points_of([1980, 1981], [0.5, float("nan")])
    assert found == [{"x": 1980.0, "y": 0.5}, {"x": 1981.0, "y": None}]


def test_markup_in_a_name_stays_words() -> None:
    sharp = "<script>alert(1)</script> & Co"
    svg = draw(event_paper({sharp: FALLING}, EVENT), "svg", 175.0)
    assert b"<script" not in svg
    assert "<script>alert(1)</script> & Co" in " ".join(letters(svg))


# Inks. The matrices are those of Machado, Oliveira and Fernandes 2009 for a full lack of one kind of cones.

BLIND = {
    "protan": "0.152286 1.052583 -0.204868 0.114503 0.786281 0.099216 -0.003882 -0.048116 1.051998",
    "deutan": "0.367322 0.860646 -0.227968 0.280085 0.672501 0.047413 -0.011820 0.042940 0.968881",
    "tritan": "1.255528 -0.076749 -0.178779 -0.078411 0.930809 0.147602 0.004733 0.691367 0.303900",
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
APART = 15.0


def linear(ink: str) -> NDArray[np.float64]:
    parts = np.array([int(ink[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIE L*a*b* of linear light."""
    xyz = TO_XYZ @ np.clip(light, 0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("kind", BLIND)
def test_inks_stay_apart_for_the_colour_blind(kind: str) -> None:
    matrix = np.array(BLIND[kind].split(), float).reshape(3, 3)
    seen = [lab(matrix @ linear(ink)) for ink in INKS]
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)) > APART


def test_the_first_inks_stay_apart_in_grey_and_all_are_dark_enough_for_paper() -> None:
    light = [float(lab(linear(ink))[0]) for ink in INKS]
    assert min(abs(a - b) for a, b in combinations(light[:3], 2)) > APART
    assert max(light) < 70


def test_no_two_of_thirty_lines_and_no_two_of_six_signs_look_alike() -> None:
    assert len({str(look(k)) for k in range(30)}) == 30
    assert len({str(sign(k)["shape"]) for k in range(6)}) == 6
    assert sign(0) != sign(0, filled=True)


def test_a_figure_is_written_with_its_caption(tmp_path: Path) -> None:
    path, caption = write_figure(tmp_path / "new", Figure("credit", access(), CAPTION), "svg", 85.0)
    assert (path.name, caption.name) == ("credit.svg", "credit.txt")
    assert caption.read_text(encoding="utf-8") == (
        "What is shown.\nn: 2 countries\nSource: made up\nFit: none\nNote: mind this.\n"
    )
    assert {one.name for one in path.parent.iterdir()} == {"credit.svg", "credit.txt"}


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"expected a folder that can be written to\. Cure: choose another"):
        write_figure(tmp_path / "file", Figure("credit", access(), CAPTION), "svg", 85.0)


def test_an_unknown_format_is_refused_with_the_nearest() -> None:
    assert [format_of(kind) for kind in FORMATS] == ["svg", "pdf", "png"]
    with pytest.raises(InputError) as refused:
        format_of("jpng")
    assert str(refused.value) == (
        "--format: got 'jpng'; expected one of svg, pdf, png. Cure: write the nearest name: 'png'."
    )


@pytest.mark.parametrize("asked", ["wide", "10", "4000", "nan"])
def test_a_width_that_no_page_has_is_refused(asked: str) -> None:
    with pytest.raises(InputError) as refused:
        width_of(asked)
    assert str(refused.value) == (
        f"--width: got '{asked}'; expected single, double, or a number of millimetres from 60 to 400. "
        "Cure: write for example --width single."
    )
