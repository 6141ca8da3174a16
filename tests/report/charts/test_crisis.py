"""The figure of the predicted debt crisis: what stands where, told apart by shape as well as by colour."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from latecomer.report.charts.crisis import HEAD, INKS, ROW, Mark, Row, breakdown_figure, marks, shape
from tests.outcomes import EVENT, RECORD, WINDOW

MARKS = marks(RECORD)
ROWS = [
    Row("BRA", 0.9, 0.1, 0.2, 0.4, "both", "LV 1983, RR 1983"),
    Row("TUR", 0.6, 0.3, 0.45, 0.6, "earlier", "RR 1982"),
    Row("NGA", 0.5, 0.3, 0.5, 0.6, "one", "LV 1983"),
    Row("KOR", 0.1, 0.7, 0.8, 1.2, "none"),
]


def drawn(rows: list[Row]) -> etree._Element:
    return etree.fromstring(breakdown_figure(rows, EVENT, RECORD, WINDOW, 1979).encode())


def bands(tree: etree._Element) -> list[tuple[float, float, float]]:
    lines = [one for one in tree.iter() if "band" in (one.get("class") or "")]
    return [(float(one.get("x1")), float(one.get("x2")), float(one.get("y1"))) for one in lines]


def test_countries_stand_from_top_to_bottom_with_their_bands_to_scale() -> None:
    found = bands(drawn(ROWS))
    assert [y for _, _, y in found] == [pytest.approx(HEAD + ROW * (k + 0.5), abs=0.06) for k in range(4)]
    widths = [right - left for left, right, _ in found]
    assert widths[0] / widths[1] == pytest.approx(0.3 / 0.3, abs=0.01)
    # beyond full access nothing is drawn: .7 to 1 is as wide as .1 to .4
    assert widths[3] == pytest.approx(widths[0], abs=0.2)


def test_every_mark_has_a_shape_and_an_ink_of_its_own() -> None:
    shapes = {mark: re.sub(rf"\b{mark}\b", "", shape(mark, 0.0, 0.0)) for mark in MARKS}
    assert len(set(INKS.values())) == len(MARKS)
    # a disc and an open disc differ by their filling alone, which the style says
    assert shapes["both"] == shapes["none"]
    assert len({shapes["both"], shapes["one"], shapes["earlier"]}) == 3
    assert ".none{fill:#ffffff}" in breakdown_figure(ROWS, EVENT, RECORD, WINDOW, 1979)


def test_the_legend_names_the_marks_that_are_there_and_no_other() -> None:
    words = {one.text for one in drawn(ROWS[:1]).iter() if one.tag.endswith("text")}
    absent: list[Mark] = ["one", "none", "earlier"]
    assert MARKS["both"] in words
    assert not words & {MARKS[mark] for mark in absent}


def test_a_reader_without_eyes_is_told_the_same() -> None:
    said = drawn(ROWS).get("aria-label")
    assert said is not None
    assert said.startswith("Probability of a loss of credit access 1980 to 1986: BRA 0.90 LV 1983, RR 1983; ")
    assert said.endswith("KOR 0.10")


def test_nothing_leaves_the_page() -> None:
    tree = drawn(ROWS)
    width, height = float(tree.get("width")), float(tree.get("height"))
    for one in tree.iter():
        for name, most in (("x", width), ("x2", width), ("cx", width), ("y", height), ("cy", height)):
            assert 0.0 <= float(one.get(name, "0")) <= most


def test_the_same_rows_give_the_same_bytes() -> None:
    assert breakdown_figure(ROWS, EVENT, RECORD, WINDOW, 1979) == breakdown_figure(
        ROWS, EVENT, RECORD, WINDOW, 1979
    )
