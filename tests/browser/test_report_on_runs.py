"""The page of some runs in a browser: sound at every width, and words that explain themselves by keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from latecomer.report.content import RunsPage
from latecomer.report.pages.runs import PAGE, render_runs
from tests.browser.pages import WIDTHS, contrast, faults, show
from tests.report.made_up_runs import runs_page

WORDS = (".lead", "#summary a.term", ".caveats", ".verdict.clear", "table.outcomes small", ".sector .note")

if TYPE_CHECKING:
    from playwright.sync_api import Page


def written(folder: Path, content: RunsPage) -> Path:
    path = folder / PAGE
    path.write_text(render_runs(content), encoding="utf-8")
    return path


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_word_lies_on_another_or_beyond_the_edge(
    page: Page, tmp_path: Path, width: int, dark: bool
) -> None:
    show(page, written(tmp_path, runs_page("KOR", "BRA")), width, dark)
    assert faults(page) == []
    # what WCAG 2 asks of words of this size
    assert min(contrast(page, one) for one in WORDS) >= 4.5


def test_a_word_is_explained_on_focus_and_on_hover_and_escape_closes_it(page: Page, tmp_path: Path) -> None:
    show(page, written(tmp_path, runs_page()))
    box, word = page.locator("#words"), page.locator("#summary a.term").first
    assert not box.is_visible()
    word.focus()
    assert box.is_visible()
    assert "divided by the number of inhabitants" in box.inner_text()
    page.keyboard.press("Escape")
    assert not box.is_visible()
    word.blur()
    word.hover()
    assert box.is_visible()


def test_a_press_on_a_word_explains_it_and_stays_there(page: Page, tmp_path: Path) -> None:
    show(page, written(tmp_path, runs_page()), 375)
    page.locator("#summary a.term").first.click()
    assert page.locator("#words").is_visible()
    assert "#" not in page.url
