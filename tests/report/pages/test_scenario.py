"""The page of a scenario as a reader gets it: one file, whole, nothing fetched, nothing slipped in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from latecomer.report.content import Assumption, Change, Comparison, CountryScenario, ScenarioReport
from latecomer.report.pages.scenario import ends, render_scenario, write_scenario
from tests.report.made_up import SHARP
from tests.report.pages.test_study import Page

YEARS = np.arange(2010, 2051)


def made_up() -> ScenarioReport:
    rising = Comparison("output per head", "thousand dollars", YEARS, YEARS - 2000.0, YEARS - 1996.0)
    flat = Comparison("credit access", "a ratio", YEARS, np.ones(YEARS.size), np.ones(YEARS.size))
    refused = ["export subsidy: asked 0.60 in 2020-2050, permitted 0.00"]
    return ScenarioReport(
        title="Made up",
        note=f"What if? {SHARP}",
        rows=["C1", "N2"],
        is_base=False,
        overrides=[Change("closed", "Imports closed", "a reason", ["import openness: 0 from 2020"], ["KOR"])],
        countries=[
            CountryScenario("KOR", "Korea", "2010–2050", [rising, flat], refused),
            CountryScenario("LAO", SHARP, "2010–2050", [rising]),
        ],
        assumptions=[Assumption("oil price", "the world", "2022", "stays at its last figure", "a source")],
        provenance={"variant": "a variant", "fit": "a fit"},
        generated="Made on 26 November 2026.",
    )


@pytest.fixture(scope="module")
def text(root: Path) -> str:
    return render_scenario(made_up(), root / "reports" / "templates")


def words(page: str) -> str:
    return " ".join(" ".join(data for _, data in Page(page).text).split())


def test_every_tag_closes_in_order_and_every_link_has_its_target(text: str) -> None:
    page = Page(text)
    ids = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    links = [attrs["href"] for tag, attrs in page.tags if tag == "a"]
    assert links
    assert {str(link).removeprefix("#") for link in links} <= ids


def test_nothing_is_fetched_and_markup_in_words_stays_words(text: str) -> None:
    assert "http" not in text.replace('xmlns="http://www.w3.org/2000/svg"', "").replace("http-equiv", "")
    assert "<script>alert" not in text
    assert 'What if? <script>alert("x")</script> & Co' in words(text)


def test_what_is_asked_refused_and_assumed_stands_there(text: str) -> None:
    said = words(text)
    for one in (
        "Variant of the model: a variant . Fit: a fit . Rows of the mechanisms: C1, N2.",
        "closed (only KOR)",
        "import openness: 0 from 2020",
        "export subsidy: asked 0.60 in 2020-2050, permitted 0.00",
        "oil price the world 2022 stays at its last figure a source",
    ):
        assert one in said


def test_every_variable_of_every_country_is_drawn_beside_the_baseline(text: str) -> None:
    page = Page(text)
    cards = [attrs["data-series"] for tag, attrs in page.tags if "data-series" in attrs]
    assert cards == ["KOR output per head", "KOR credit access", "LAO output per head"]
    lines = [attrs.get("class") for tag, attrs in page.tags if tag == "path"]
    assert lines.count("line base") == 3 + 2  # a chart each, and the legend of each country
    assert text.count("+8 % in the last year") == 2


def test_the_ends_stand_in_a_table_with_their_difference(text: str) -> None:
    table = ends(made_up().countries)
    assert [(name, [None if one is None else one.change for one in row]) for name, row in table] == [
        ("output per head", [0.08, 0.08]),
        ("credit access", [0.0, None]),
    ]
    assert '<td class="cell">54<small>+8 %</small></td>' in text


def test_a_run_that_broke_has_no_difference(root: Path) -> None:
    broken = Comparison("output", "", [2049, 2050], [1.0, 1.0], [1.0, float("nan")])
    report = replace(made_up(), countries=[CountryScenario("KOR", "Korea", "2049–2050", [broken])])
    said = words(render_scenario(report, root / "reports" / "templates"))
    assert "output none – " in said


def test_the_baseline_is_drawn_alone(root: Path) -> None:
    text = render_scenario(replace(made_up(), is_base=True), root / "reports" / "templates")
    assert "line base" not in text.split("</style>")[1]
    assert "in the last year" not in text


def test_a_page_without_refusals_and_assumptions_says_so(root: Path) -> None:
    bare = replace(made_up(), countries=made_up().countries[1:], assumptions=[])
    said = words(render_scenario(bare, root / "reports" / "templates"))
    assert "Nothing that was asked for is beyond what rules of trade permit." in said
    assert "None: every driver has figures up to the last year of the runs." in said


def test_the_same_report_is_the_same_file(tmp_path: Path) -> None:
    one, other = (write_scenario(tmp_path / name, made_up()) for name in ("a", "b"))
    assert one.name == "scenario.html"
    assert one.read_bytes() == other.read_bytes()


def test_values_that_do_not_belong_to_their_years_are_refused() -> None:
    with pytest.raises(ValueError, match="output, scenario: 1 years but 2 values"):
        Comparison("output", "", [2020], [1.0], [1.0, 2.0])
