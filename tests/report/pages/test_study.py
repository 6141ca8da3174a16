"""The report as a reader gets it: one file, whole, the same twice, nothing fetched, nothing slipped in."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.outputs import signed, write_output
from latecomer.report.charts.crisis import event_drawings, event_words, residual_chart
from latecomer.report.content import Line, PlainTable, Residuals, ScoreRow, SeriesPlot
from latecomer.report.pages.study import PAGE, largest, matrix, render
from tests.outcomes import EVENT
from tests.report.made_up import SHARP, YEARS, country, report

VOID = {"meta", "link", "br", "wbr", "img", "hr", "input"}


class Page(HTMLParser):
    """Tags in order, attributes, the text of each element; fails on tags that do not close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert self.open == [], f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append((self.open[-1] if self.open else "", data))


@pytest.fixture(scope="module")
def templates(root: Path) -> Path:
    return root / "reports" / "templates"


@pytest.fixture(scope="module")
def text(templates: Path) -> str:
    return render(report(), templates)


def test_every_tag_closes_in_order_and_every_link_has_its_target(text: str) -> None:
    page = Page(text)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    links = [attributes["href"] or "" for tag, attributes in page.tags if tag == "a"]
    assert len(ids) == len(set(ids))
    assert links
    assert {link.removeprefix("#") for link in links} <= set(ids)


def test_every_series_of_every_country_stands_there_once(text: str) -> None:
    cards = [attributes["data-series"] for _, attributes in Page(text).tags if "data-series" in attributes]
    names = ["log output", "log exports", "capability"]
    assert cards == [f"{iso3} {name}" for iso3 in ("KOR", "BRA") for name in names]


def test_nothing_is_fetched(text: str) -> None:
    page = Page(text)
    for tag, attributes in page.tags:
        for key in ("src", "href", "srcset", "data", "action", "poster"):
            assert (attributes.get(key) or "#").startswith("#"), f"{tag} {key}"
        assert tag not in {"link", "iframe", "object", "embed", "base"}
    assert "url(" not in text
    assert "@import" not in text
    assert "fetch(" not in text
    assert "http" not in text.replace("http-equiv", "")


def test_markup_in_a_name_is_shown_and_not_run(text: str) -> None:
    assert SHARP not in text
    page = Page(text)
    assert sum(tag == "script" for tag, _ in page.tags) == 1
    assert "".join(data for tag, data in page.text if tag == "h2").count(SHARP) == 1


def test_verdicts_are_said_in_words(text: str) -> None:
    assert "1 of 2 scores hold their tolerance,\n1 fall short; 1 have no tolerance set." in text
    assert "✓ holds" in text
    assert "✗ falls short" in text
    said = {data for tag, data in Page(text).text if tag == "small"}
    assert said == {"holds", "falls short", "no tolerance"}


def test_a_gap_never_reads_as_a_number(text: str) -> None:
    assert re.search(r"\bnan\b", text, re.IGNORECASE) is None


def test_the_credit_section_says_who_falls_and_when(text: str) -> None:
    words = [data for tag, data in Page(text).text if tag == "td"]
    assert "falls below one half in 1982" in words
    assert "stays at or above one half, 1975-1995" in words


def test_only_the_date_line_differs_between_two_runs(templates: Path) -> None:
    first = render(report("Made on Sunday."), templates).splitlines()
    second = render(report("Made on Monday."), templates).splitlines()
    different = [(a, b) for a, b in zip(first, second, strict=True) if a != b]
    assert different == [
        ('<p class="generated">Made on Sunday.</p>', '<p class="generated">Made on Monday.</p>')
    ]


def test_the_same_report_is_the_same_page(templates: Path) -> None:
    assert render(report(), templates) == render(report(), templates)


def test_a_report_replaces_the_last_one_and_leaves_nothing_behind(tmp_path: Path, templates: Path) -> None:
    (tmp_path / "index.html").write_bytes(signed(b"<p>old"))
    path = write_output(tmp_path / PAGE, render(report(), templates).encode())
    assert path == tmp_path / "index.html"
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert os.listdir(tmp_path) == ["index.html"]  # noqa: PTH208 - hidden files too


def test_a_template_with_an_unknown_name_breaks_rather_than_leaves_a_gap(tmp_path: Path) -> None:
    (tmp_path / "index.html.j2").write_text("{{ report.no_such_thing }}")
    (tmp_path / "style.css").touch()
    (tmp_path / "tips.js").touch()
    with pytest.raises(Exception, match="no_such_thing"):
        render(report(), tmp_path)


def test_a_place_that_is_a_file_says_the_cure(tmp_path: Path, templates: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(
        InputError, match=r"expected a folder that can be written to\. Cure: choose another --out DIR"
    ):
        write_output(tmp_path / "out" / PAGE, render(report(), templates).encode())


def test_an_empty_report_is_still_a_page(templates: Path) -> None:
    bare = replace(report(), countries=[], scores=[], summary=[], limits=[], provenance={})
    assert "0 of 0 scores hold" in render(bare, templates)


def test_a_run_that_broke_its_books_is_marked(templates: Path) -> None:
    broken = replace(country("BRA", "Brazil"), residual_max=float("nan"))
    page = Page(render(replace(report(), countries=[broken], scores=[]), templates))
    assert [data for tag, data in page.text if tag == "small"] == ["falls short"]


def test_a_residual_above_the_tolerance_stays_inside_the_chart() -> None:
    chart = residual_chart({"BRA": Line([1960, 1961], [1e-16, 0.3])}, 1e-9, 860, 380)
    path = chart.split('<path class="line ink0" d="M')[1].split('"')[0]
    heights = [float(spot.split(",")[1]) for spot in path.split("L")]
    assert all(0 < height < 380 for height in heights)
    assert heights[1] < heights[0]


def test_a_broken_year_is_not_hidden_by_the_others() -> None:
    values = np.where(YEARS == 1980, np.nan, 0.0)
    hurt = replace(country("BRA", "Brazil"), residual=Residuals(YEARS, {"debt": values}))
    assert np.isnan(largest(hurt, "debt") or 0.0)
    assert np.isnan(hurt.residual.worst().values).sum() == 1
    assert largest(hurt, "reserves") is None


def test_numpy_verdicts_count_like_pythons() -> None:
    assert ScoreRow("KOR", "log output", 0.1, holds=np.bool_(False)).holds is False  # type: ignore[arg-type]


def test_the_first_window_of_a_series_stands_in_the_overview() -> None:
    rows = [
        ScoreRow("KOR", "log output", 0.01, window="1960-2010"),
        ScoreRow("KOR", "log output", 0.5, window="1980-1990"),
    ]
    assert matrix(rows)["rows"][0][1][0] is rows[0]


def test_a_fall_outside_1975_to_1995_is_not_the_one_meant() -> None:
    line = Line(np.arange(1960, 2011), np.where(np.arange(1960, 2011) >= 1996, 0.1, 0.9))
    assert event_words(line, EVENT) == "stays at or above one half, 1975-1995"


def test_nothing_is_said_of_years_without_values() -> None:
    assert event_words(Line([1980, 1981], [np.nan, np.nan]), EVENT) == "has no value in these years"
    assert event_words(Line([1996, 1997], [0.2, 0.2]), EVENT) == "has no value in these years"
    assert event_words(Line([1980, 1981], [np.nan, 0.2]), EVENT) == "is below one half in 1981"


def test_a_series_with_a_year_too_many_is_refused() -> None:
    with pytest.raises(ValueError, match="log output, data: 2 years but 1 values"):
        SeriesPlot("log output", "1", [1960], [1.0], [1960, 1961], [1.0], "made up")


def test_the_figure_for_the_readme_is_an_svg_and_a_png() -> None:
    lines = {c.iso3: c.event for c in report().countries if c.event is not None}
    drawn = event_drawings(lines, EVENT)
    assert list(drawn) == ["credit-access.svg", "credit-access.png"]
    svg, png = drawn["credit-access.svg"].decode(), drawn["credit-access.png"]
    assert svg.startswith('<svg class="chart" role="img" xmlns=')
    assert "BRA falls below one half in 1982" in svg
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(png[16:20], "big") == 1720


def test_a_chapter_has_its_passages_in_order_and_a_place_in_the_contents(text: str) -> None:
    page = Page(text)
    assert ("a", {"href": "#chapter"}) in page.tags
    heads = [words for tag, words in page.text if tag in ("h2", "h3")]
    at = heads.index("The breakdown")
    assert heads[at + 1 : at + 3] == ["What happened", "How sure"]
    assert ("caption", "By country") in page.text
    assert ("th", "Brazil") in page.text
    assert ("td", "0.9") in page.text


def test_a_report_without_a_chapter_has_none(templates: Path) -> None:
    assert "chapter" not in render(replace(report(), chapter=None), templates)


def test_a_row_that_does_not_fit_its_table_is_refused() -> None:
    with pytest.raises(ValueError, match="By country: 2 columns but 1 cells"):
        PlainTable("By country", ["country", "probability"], [["BRA"]])


def test_what_the_study_is_about_is_told_with_emphasis_and_nothing_else(templates: Path) -> None:
    told = render(replace(report(), about=["A *stock* <b>of</b> debt"], books="debt, reserves"), templates)
    assert "<p>A <em>stock</em> &lt;b&gt;of&lt;/b&gt; debt</p>" in told
    assert "Every run checks its own books: debt, reserves. The chart" in told


def test_a_study_without_identities_has_no_part_on_accounting(templates: Path) -> None:
    none = [replace(one, residual=Residuals([], {}), residual_max=0.0) for one in report().countries]
    told = render(replace(report(), countries=none), templates)
    assert "Accounting" not in told
    assert "Accounting" in render(report(), templates)
