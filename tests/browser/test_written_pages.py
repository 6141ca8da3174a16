"""The report of the fits and the page of a scenario in a browser: nothing runs, overlaps or is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from latecomer.report.content import Change, Report, ScenarioReport
from latecomer.report.pages.scenario import render_scenario
from latecomer.report.pages.study import render
from tests.browser.pages import (
    BREAKING,
    EVIL,
    WIDTHS,
    contrast,
    faults_at_widths,
    ran,
    show,
    write,
)
from tests.report.made_up import country, report
from tests.report.pages.test_scenario import made_up

if TYPE_CHECKING:
    from playwright.sync_api import Page

Made = Callable[[], str]
READABLE = 4.5
"""The contrast that WCAG 2 asks of ordinary text."""


@pytest.fixture(scope="module")
def templates(root: Path) -> Path:
    return root / "reports" / "templates"


@pytest.fixture(scope="module", params=["report", "scenario"])
def text(request: pytest.FixtureRequest, templates: Path) -> str:
    """One of the two pages with markup in its names and words."""
    if request.param == "report":
        return render(hostile_report(), templates)
    return render_scenario(hostile_scenario(), templates)


@pytest.fixture(scope="module", params=["report", "scenario"])
def plain(request: pytest.FixtureRequest, templates: Path) -> str:
    """One of the two pages as it comes."""
    return render(report(), templates) if request.param == "report" else render_scenario(made_up(), templates)


def hostile_report() -> Report:
    """A report whose title, country, limits and chapter hold markup."""
    made = report()
    countries = [country("KOR", f"Korea {EVIL}"), country("BRA", f"Brazil {BREAKING}", falls=1982)]
    return replace(made, title=f"Study {EVIL}", countries=countries, limits=[BREAKING], summary=[EVIL])


def hostile_scenario() -> ScenarioReport:
    """A scenario whose title, note, override and country hold markup."""
    made = made_up()
    override = Change(f"closed {EVIL}", BREAKING, EVIL, [f"import openness {BREAKING}"], ["KOR"])
    countries = [replace(made.countries[0], name=f"Korea {BREAKING}"), *made.countries[1:]]
    return replace(
        made, title=f"What {EVIL}", note=f"If {BREAKING}", overrides=[override], countries=countries
    )


@pytest.mark.slow
def test_words_lie_apart_and_inside_at_every_width(page: Page, tmp_path: Path, plain: str) -> None:
    assert faults_at_widths(page, write(tmp_path, plain)) == []


@pytest.mark.slow
def test_the_same_in_the_dark_with_all_that_folds_open(page: Page, tmp_path: Path, plain: str) -> None:
    opened = plain.replace("<details>", "<details open>")
    assert faults_at_widths(page, write(tmp_path, opened), dark=True) == []


def test_markup_is_shown_as_words_and_never_runs(page: Page, tmp_path: Path, text: str) -> None:
    show(page, write(tmp_path, text))
    words = page.locator("body").inner_text()
    assert not ran(page)
    assert page.locator("img").count() == 0
    assert EVIL in words
    assert BREAKING in words
    assert EVIL in page.title()


@pytest.mark.parametrize("dark", [False, True])
def test_words_stand_out_from_their_ground(page: Page, tmp_path: Path, text: str, dark: bool) -> None:
    show(page, write(tmp_path, text), dark=dark)
    for part in ("h1", "p", "a", ".generated", "svg .tick", "caption", ".source", "th"):
        assert contrast(page, part) >= READABLE, part


def test_light_and_dark_have_different_grounds(page: Page, tmp_path: Path, text: str) -> None:
    path, grounds = write(tmp_path, text), []
    for dark in (False, True):
        show(page, path, dark=dark)
        grounds.append(page.evaluate("() => getComputedStyle(document.body).backgroundColor"))
    assert grounds[0] != grounds[1]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_values_under_the_pointer_stay_on_the_screen(
    page: Page, tmp_path: Path, templates: Path, width: int
) -> None:
    show(page, write(tmp_path, render_scenario(hostile_scenario(), templates)), width)
    drawing = page.locator("svg[data-tip]").first
    drawing.scroll_into_view_if_needed()
    box = drawing.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] - 14, box["y"] + box["height"] / 2)
    tip = page.locator("#tip")
    assert tip.inner_text().split() == ["2050", "baseline", "50", "scenario", "54"]
    shown = tip.bounding_box()
    assert shown is not None
    assert shown["x"] >= 0
    assert shown["x"] + shown["width"] <= width
    page.mouse.move(1, 1)
    assert tip.is_hidden()


def test_every_link_leads_to_its_section(page: Page, tmp_path: Path, text: str) -> None:
    show(page, write(tmp_path, text))
    for link in page.locator("nav a").all():
        link.click()
        target = page.evaluate("() => document.querySelector(':target')?.getBoundingClientRect().top ?? null")
        assert target is not None
        assert target < 800


def test_a_report_of_nothing_is_sound(page: Page, tmp_path: Path, templates: Path) -> None:
    bare = replace(report(), countries=[], scores=[], summary=[], limits=[], provenance={}, chapter=None)
    assert faults_at_widths(page, write(tmp_path, render(bare, templates))) == []
