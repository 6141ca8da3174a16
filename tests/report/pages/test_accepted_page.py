"""The page of what changed in the scenarios."""

from __future__ import annotations

from pathlib import Path

from latecomer.outputs import signed
from latecomer.report.pages.scenario import ChangedPath, RegressionReport, render_regression, write_regression

MOVED = ChangedPath(
    "<b>zones</b>", "KHM", "output", "tonnes", {2000.0: 1.0, 2010.0: 2.0}, {2000.0: 1.0, 2010.0: 3.0}
)
GONE = ChangedPath("gone", "KHM", "output", "tonnes", {2000.0: 1.0, 2010.0: 2.0}, {})


def page(*moved: ChangedPath) -> str:
    return render_regression(RegressionReport(12, "reference", moved, ["model text"], "Made on a day"))


def test_what_moved_is_told_with_both_ends() -> None:
    told = page(MOVED, GONE)
    assert "<strong>2 of 12</strong>" in told
    assert "2 accepted, 3 now (+50 %)" in told
    assert "2 accepted, – now (–)" in told
    assert "<li>model text</li>" in told


def test_words_of_a_study_are_shown_and_never_run() -> None:
    assert "<b>zones</b>" not in page(MOVED)
    assert "&lt;b&gt;zones&lt;/b&gt;" in page(MOVED)


def test_a_study_that_holds_says_so_and_draws_nothing() -> None:
    told = page()
    assert "All <strong>12</strong> outcomes" in told
    assert "<figure" not in told


def test_the_same_report_is_the_same_page(tmp_path: Path) -> None:
    file = write_regression(tmp_path / "below" / "page.html", RegressionReport(1, "none", (), (), "Made"))
    assert file.read_bytes() == signed(
        render_regression(RegressionReport(1, "none", (), (), "Made")).encode()
    )
