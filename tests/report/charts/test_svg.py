"""Charts: what is drawn is what was given, gaps included."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latecomer.report.charts.crisis import ACCESS_STYLE, event_chart
from latecomer.report.charts.svg import Frame, Trace, chart, spread
from latecomer.report.content import Line
from tests.outcomes import EVENT

NAN = float("nan")


def drawn(traces: list[Trace], frame: Frame | None = None) -> ET.Element:
    return ET.fromstring(chart("a chart", traces, frame))


def path(tree: ET.Element) -> str:
    element = tree.find("path")
    assert element is not None
    return element.attrib["d"]


def test_a_gap_breaks_the_line() -> None:
    line = path(drawn([Trace("model", [1960, 1961, 1962, 1963, 1964], [1, 2, NAN, 2, 1], "model")]))
    assert line.count("M") == 2
    assert "nan" not in line


def test_a_lone_year_between_gaps_is_still_drawn() -> None:
    first, last = path(drawn([Trace("model", [1960, 1961, 1962], [NAN, 2, NAN], "model")]))[1:].split("L")
    assert first == last


def test_points_that_are_no_figures_are_left_out() -> None:
    tree = drawn([Trace("data", [1960, 1961, 1962], [1.0, NAN, 3.0], "data", mark="points")])
    assert len(tree.findall(".//circle")) == 2


def test_a_rising_line_rises_from_left_to_right() -> None:
    spots = [
        tuple(map(float, s.split(",")))
        for s in path(drawn([Trace("m", [1960, 2010], [1, 2], "m")]))[1:].split("L")
    ]
    (x0, y0), (x1, y1) = spots
    assert x1 > x0
    assert y1 < y0


def test_years_outside_the_frame_are_cut() -> None:
    tree = drawn([Trace("Z", np.arange(1960, 2011), np.ones(51), "ink0")], Frame(years=(1975, 1995)))
    assert json.loads(tree.attrib["data-tip"])["year"] == [str(year) for year in range(1975, 1996)]


def test_the_pointer_finds_both_values_of_a_year_and_says_what_is_missing() -> None:
    traces = [
        Trace("data", [1961], [7.5], "data", mark="points"),
        Trace("model", [1960, 1961], [NAN, 8.0], "model"),
    ]
    tip = json.loads(drawn(traces).attrib["data-tip"])
    assert tip["year"] == ["1960", "1961"]
    assert tip["rows"] == [["data", ["none", "7.5"]], ["model", ["none", "8"]]]


def test_words_are_escaped() -> None:
    text = chart(
        'a "chart" <b>',
        [Trace("<i>", [1960, 1961], [1, 2], "m", label="<u>")],
        Frame(level=1.5, level_label="<s>"),
    )
    assert not re.search(r"<[bius]>", text)
    assert ET.fromstring(text).attrib["aria-label"] == 'a "chart" <b>'


def test_a_chart_without_any_figure_is_still_a_chart() -> None:
    tree = drawn([Trace("data", [], [], "data", mark="points"), Trace("model", [1960], [NAN], "model")])
    assert tree.find(".//circle") is None
    assert path(tree) == ""


def test_only_a_chart_that_stands_alone_brings_its_style() -> None:
    trace = Trace("m", [1960, 1961], [1, 2], "ink0")
    assert "<style>" not in chart("a chart", [trace])
    alone = ET.fromstring(chart("a chart", [trace], style=ACCESS_STYLE))
    assert alone.tag == "{http://www.w3.org/2000/svg}svg"


@given(st.lists(st.floats(0, 300), max_size=15).map(sorted))
def test_labels_never_overlap_and_stay_above_the_foot(places: list[float]) -> None:
    moved = spread(places, 300.0, gap=13)
    assert all(b - a >= 13 - 1e-9 for a, b in pairwise(moved))
    assert all(place <= 300 for place in moved)


def test_years_and_values_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        chart("a chart", [Trace("m", [1960, 1961], [1.0], "m")])


def test_of_many_countries_only_the_lowest_are_named_and_coloured() -> None:
    years = [1975, 1983, 1995]
    lines = {f"C{k:02}": Line(years, [0.9, 0.9 - 0.02 * k, 0.9]) for k in range(20)}
    lines["NEW"] = Line([1990, 1995], [0.1, 0.1])
    svg = event_chart(lines, EVENT, 860, 400, ACCESS_STYLE)
    named = [f"C{k:02}" for k in range(12, 20)]
    assert sorted(re.findall(r'class="end ink\d"[^>]*>([^<]+)<', svg)) == named
    assert svg.count('class="line quiet"') == 13
    assert "named: the 8 that fall lowest" in svg


def test_of_few_countries_all_are_named() -> None:
    lines = {name: Line([1975, 1995], [0.9, 0.9]) for name in ("KOR", "BRA")}
    svg = event_chart(lines, EVENT, 860, 400, ACCESS_STYLE)
    assert sorted(re.findall(r'class="end ink\d"[^>]*>([^<]+)<', svg)) == ["BRA", "KOR"]
    assert 'class="line quiet"' not in svg
