"""Figures for papers on breakdowns, coverage, scores and stored runs: what stands where."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from lxml import etree

from latecomer.report.charts.crisis import Row, marks
from latecomer.report.publication.figures import (
    DARKEST,
    SIGNS,
    Cell,
    Outcome,
    RunPath,
    breakdown_paper,
    cell_row,
    coverage_paper,
    scenario_paper,
    scores_paper,
)
from latecomer.report.publication.style import POINTS, Build, draw, fitted
from tests.outcomes import EVENT, RECORD, WINDOW

ROWS = [
    Row("BRA", 0.9, 0.1, 0.2, 0.4, "both", "LV 1983, RR 1983"),
    Row("TUR", 0.6, 0.3, 0.45, 0.6, "earlier", "RR 1982"),
    Row("NGA", 0.5, 0.3, 0.5, 0.6, "one", "LV 1983"),
    Row("KOR", 0.1, 0.7, 0.8, 1.2, "none"),
]
YEARS = np.arange(2010, 2051)
MARKS = marks(RECORD)


def drawn(build: Build, width: float = 175.0) -> etree._Element:
    return etree.fromstring(fitted(build, width * POINTS).encode())


def letters(tree: etree._Element) -> list[str]:
    return [" ".join(one.itertext()) for one in tree.iter("{*}text")]


def heights(tree: etree._Element, name: str) -> float:
    """Where the words of a name stand, points from the top of their group."""
    one = next(one for one in tree.iter("{*}text") if one.text == name)
    found = re.search(r"translate\([^,]+,([-\d.]+)\)", one.get("transform") or "")
    assert found is not None
    return float(found[1])


@pytest.mark.slow
def test_countries_stand_from_top_to_bottom_as_they_come() -> None:
    tree = drawn(breakdown_paper(ROWS, EVENT, RECORD, WINDOW))
    places = [heights(tree, one.name) for one in ROWS]
    assert places == sorted(places)
    assert len({round(b - a, 1) for a, b in pairwise(places)}) == 1


def test_every_mark_has_a_shape_of_its_own_and_the_key_names_those_that_are_there() -> None:
    assert len({shape for shape, _ in SIGNS.values()}) == len(MARKS)
    words = " ".join(letters(drawn(breakdown_paper(ROWS[:1], EVENT, RECORD, WINDOW))))
    assert MARKS["both"] in words
    assert not any(MARKS[mark] in words for mark in ("one", "none", "earlier"))
    assert "1980–1986" in words
    assert "LV 1983, RR 1983" in words


def test_an_interval_beyond_full_access_ends_at_full() -> None:
    def bar(row: Row) -> float:
        svg = drawn(breakdown_paper([row], EVENT, RECORD, WINDOW))
        rules = [one for one in svg.iter("{*}line") if one.get("stroke-width") == "1.2"]
        return sum(abs(float(one.get("x2"))) for one in rules)

    full = bar(Row("KOR", 0.1, 0.7, 0.8, 1.0, "none"))
    assert bar(ROWS[3]) == pytest.approx(full)
    assert bar(Row("KOR", 0.1, 0.4, 0.8, 1.0, "none")) == pytest.approx(2 * full, rel=0.01)


def test_shares_stand_from_the_largest_down_with_what_was_asked() -> None:
    shares = {"log output": 0.7, "debt/output, one denominator": 0.9}
    tree = drawn(coverage_paper(0.8, {"by series": shares, "by country": {"KOR": 0.8}}))
    assert heights(tree, "debt/output*") < heights(tree, "log output")
    assert {"by series", "by country", "asked: 0.8"} <= set(letters(tree))


def test_a_score_is_told_to_two_places_and_framed_where_it_falls_short() -> None:
    cells = [
        Cell("KOR", "log output", 0.031, holds=True),
        Cell("KOR", "debt/output, one denominator", 1.26, holds=False),
        Cell("BRA", "log output", 0.052),
    ]
    tree = drawn(scores_paper(cells))
    assert {".03", "1.3", ".05", "KOR", "BRA", "debt/output*"} <= set(letters(tree))
    frames = [one for one in tree.iter("{*}path") if one.get("stroke-width") == "1.3"]
    assert len(frames) == 1


def test_all_beyond_the_darkest_is_as_dark_and_its_number_is_light() -> None:
    far, near = cell_row(Cell("KOR", "x", 6.5)), cell_row(Cell("KOR", "x", 0.05))
    assert (far["nrmsd"], far["dark"], far["words"]) == (DARKEST, True, "6.5")
    assert (near["nrmsd"], near["dark"], near["words"]) == (0.05, False, ".05")


def test_numbers_are_left_out_where_cells_are_too_narrow_for_them() -> None:
    cells = [Cell(f"C{k:02}", "log output", 0.03) for k in range(20)]
    assert letters(drawn(scores_paper(cells), 175.0)).count(".03") == 20
    assert letters(drawn(scores_paper(cells), 85.0)).count(".03") == 0


def banded(scale: float) -> RunPath:
    middle = scale * np.exp((YEARS - 2010) * 0.02)
    return RunPath(YEARS, middle, 0.9 * middle, 1.1 * middle)


def test_each_run_is_a_line_with_its_band_and_a_name_in_the_key() -> None:
    outcomes = [
        Outcome("output per head", "dollars", {"baseline": banded(1.0), "staged": banded(1.2)}),
        Outcome("credit access", "a ratio", {"staged": RunPath(YEARS, np.ones(YEARS.size))}),
    ]
    tree = drawn(scenario_paper(outcomes))
    assert {"baseline", "staged", "80 % of the draws", "output per head", "dollars"} <= set(letters(tree))
    areas = [one for one in tree.iter("{*}path") if one.get("opacity") == "0.22"]
    assert len(areas) == 2 + 1  # two bands, and the sample of the key


def test_without_draws_nothing_is_said_of_bands() -> None:
    tree = drawn(scenario_paper([Outcome("output", "u", {"baseline": RunPath(YEARS, YEARS - 2000.0)})]))
    assert not any("draws" in words for words in letters(tree))


def test_a_run_keeps_its_look_in_a_panel_that_lacks_another() -> None:
    both = {"first": RunPath(YEARS, YEARS * 1.0), "second": RunPath(YEARS, YEARS * 2.0)}
    outcomes = [Outcome("a", "u", both), Outcome("b", "u", {"second": both["second"]})]
    lines = [
        one.get("stroke") for one in drawn(scenario_paper(outcomes)).iter("{*}path")
        if one.get("stroke-width") == "1.1"
    ]  # fmt: skip
    inks = list(dict.fromkeys(lines))
    assert [lines.count(ink) for ink in inks] == [2, 3]


def test_a_band_that_does_not_belong_to_its_years_is_refused() -> None:
    with pytest.raises(ValueError, match="path: 2 years but 3 values"):
        RunPath([2010, 2011], [1.0, 2.0], [0.0, 1.0, 2.0], [2.0, 3.0])


@pytest.mark.parametrize("kind", ["svg", "pdf", "png"])
def test_the_same_rows_give_the_same_bytes(kind: str) -> None:
    first = draw(breakdown_paper(ROWS, EVENT, RECORD, WINDOW), kind, 85.0)
    draw(coverage_paper(0.8, {"by series": {"x": 0.5}}), kind, 85.0)
    assert draw(breakdown_paper(ROWS, EVENT, RECORD, WINDOW), kind, 85.0) == first
