"""Charts with bands: where the area lies, what the axis shows, what is read out."""

from __future__ import annotations

import json
import re
from html import unescape

import numpy as np
import pytest

from latecomer.report.charts.svg import Frame, Trace, axes, chart, panel_chart, traces
from latecomer.report.content import Band, Panel, RunLine
from tests.report.made_up_runs import line

YEARS = [2000, 2001, 2002]


def corners(svg: str, kind: str) -> list[list[tuple[float, float]]]:
    (path,) = re.findall(rf'<path class="{kind} ink0" d="([^"]*)"', svg)
    return [
        [(float(x), float(y)) for x, y in re.findall(r"([\d.]+),([\d.]+)", piece)]
        for piece in path.split("M")[1:]
    ]


def test_a_band_goes_along_its_lower_line_and_back_along_its_upper() -> None:
    band = Trace("band", YEARS, [1.0, 2.0, 3.0], "ink0", "band", upper=[2.0, 4.0, 6.0])
    (area,) = corners(chart("said", [band]), "band")
    lower, upper = area[:3], area[3:]
    assert [x for x, _ in lower] == [x for x, _ in reversed(upper)]
    heights = [low - high for (_, low), (_, high) in zip(lower, reversed(upper), strict=True)]
    assert heights == pytest.approx([heights[0], 2 * heights[0], 3 * heights[0]], rel=0.02)


def test_a_gap_in_either_line_parts_the_area() -> None:
    band = Trace("b", [1, 2, 3, 4], [1.0, np.nan, 1, 1], "ink0", "band", upper=[2.0, 2, np.nan, 2])
    assert [len(piece) for piece in corners(chart("said", [band]), "band")] == [2, 2]


def test_the_axis_shows_the_whole_band() -> None:
    band = Trace("band", YEARS, [1.0, 1.0, 1.0], "ink0", "band", upper=[9.0, 9.0, 9.0])
    _, y = axes([band, Trace("middle", YEARS, [2.0, 2.0, 2.0], "ink0")], Frame())
    assert y.low < 1.0 < 9.0 < y.high


def test_the_tip_of_a_band_is_its_range() -> None:
    band = Trace("8 of 10", YEARS, [1.0, 1.0, np.nan], "ink0", "band", upper=[2.0, 3.0, np.nan])
    (held,) = re.findall(r'data-tip="([^"]*)"', chart("said", [band]))
    assert json.loads(unescape(held))["rows"] == [["8 of 10", ["1 to 2", "1 to 3", "none to none"]]]


def test_runs_are_named_at_the_ends_of_their_lines_where_there_are_several() -> None:
    def letters(panel: Panel) -> list[str]:
        return re.findall(r'<text class="end [^>]*>([^<]*)<', panel_chart(panel, "Korea"))

    assert letters(Panel("output", "dollars", [line(0)])) == []
    assert sorted(letters(Panel("output", "dollars", [line(0), line(1, 1.0)]))) == ["A", "B"]


def test_a_run_without_draws_has_no_band() -> None:
    plain = RunLine(0, "A", "plain", Band(YEARS, [1.0, 2.0, 3.0]))
    assert [one.mark for one in traces(Panel("output", "dollars", [plain]))] == ["line"]


def test_a_screen_reader_hears_of_a_run_without_values() -> None:
    empty = RunLine(0, "A", "broken", Band(YEARS, [np.nan] * 3))
    assert "broken has no value" in panel_chart(Panel("output", "dollars", [empty]), "Korea")
