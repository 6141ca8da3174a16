"""The page of some runs in a browser: nothing runs or overlaps, words are explained, the model runs in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from latecomer.report.content import (
    Band,
    Cell,
    CountryPart,
    Facts,
    Line,
    OutcomeRow,
    Panel,
    Passage,
    PlainTable,
    RunLine,
    RunsPage,
    ScoreRow,
)
from latecomer.report.content import SectorPart as Sector
from latecomer.report.live.page import live_section
from latecomer.report.live.payload import live_payload, live_shown
from latecomer.report.pages.runs import render_runs
from latecomer.study.study import Study
from tests.browser.pages import BREAKING, EVIL, WIDTHS, contrast, faults, faults_at_widths, ran, show, write
from tests.study.small import lay_small

if TYPE_CHECKING:
    from playwright.sync_api import Page

YEARS = np.arange(1960, 2051)
NAMES = ("baseline", "staged portfolio")


def panel(name: str, unit: str = "thousand dollars per person and year") -> Panel:
    lines = []
    for k, run in enumerate(NAMES):
        middle = np.exp((YEARS - 1960) * (0.02 + 0.004 * k))
        lines.append(RunLine(k, "AB"[k], run, Band(YEARS, middle, 0.8 * middle, 1.2 * middle)))
    figures = Line(YEARS[:50:2], np.exp((YEARS[:50:2] - 1960) * 0.021))
    score = ScoreRow("KOR", "log output", 0.03, 1.2, 0.4, 0.04, True, "1960–2010")
    return Panel(name, unit, lines, "a note of some words", figures, "a source of figures", "log", score)


def chances() -> Panel:
    lines = [
        RunLine(k, "AB"[k], name, Band(YEARS, np.where(YEARS > 2030, 40.0 + 20 * k, 0.0)))
        for k, name in enumerate(NAMES)
    ]
    return Panel("chance", "% of draws", lines, level=50.0, level_label="one half", values=(0.0, 100.0))


def part(iso3: str = "KOR", name: str = "Korea") -> CountryPart:
    facts = {"seed": "3", "sha256 of model text": "0123456789abcdef" * 4}
    drives = [Passage("Changed by hand", ["export orientation: 0.6 from 2025"], None)]
    runs = [
        Facts(
            k, "AB"[k], run, f"The note of {run}.", "200 draws with shocks", drives, ["a draw failed"], facts
        )
        for k, run in enumerate(NAMES)
    ]
    cells = [Cell("12.3", "10.1 to 15.2"), Cell("14.1", "12 to 17", "+1.8 (+0.4 to +3.1)", "clearly higher")]
    rows = [OutcomeRow(one, "% of a year’s output", cells) for one in ("Output per head", "Foreign debt")]
    return CountryPart(
        iso3, name,
        summary=["In 2050 output per head is clearly higher in B.", "Lenders stop in 3 of 100 draws."],
        how=["Both were run with the same draws: differences are told draw by draw."],
        runs=runs,
        outcomes=rows,
        outcomes_caption="Last year of the runs, 2050, with the band of the draws",
        ends=PlainTable("Where it ends", ["outcome", "A", "B"], [["Output per head", "12.3", "14.1"]]),
        paths=[panel("output per head"), panel("debt to output", "years"), panel("capability", "index")],
        differences=[panel("output per head")],
        chances=chances(),
        chances_said=["The chance is highest in 2040."],
        chances_table=PlainTable("By year", ["year", "A", "B"], [["2040", "40", "60"]]),
        fit=[panel("log output")],
        fit_said=["1 of 1 judged series holds its tolerance."],
        sectors=[Sector(name, "what it holds", [panel("output")]) for name in ("Goods", "Labour")],
        wrong=["The boom of the 1970s is too high."],
    )  # fmt: skip


def made_up() -> RunsPage:
    sources = PlainTable("Figures", ["series", "source"], [["output", "a table, a vintage of some year"]])
    return RunsPage(
        "Two runs of Korea",
        "Made from two folders.",
        [part()],
        ["No crisis of banks."],
        sources,
        "Made on a day.",
    )


def hostile() -> RunsPage:
    """A page with markup wherever a study, a scenario or a manifest may put words."""
    one = part(name=f"Korea {EVIL}")
    runs = [
        replace(run, name=f"{run.name} {BREAKING}", note=EVIL, notes=[BREAKING], facts={EVIL: BREAKING})
        for run in one.runs
    ]
    table = PlainTable(BREAKING, ["a", EVIL], [[EVIL, BREAKING]])
    paths = [replace(panel("x"), name=f"output {EVIL}", unit=BREAKING, note=EVIL, source=BREAKING)]
    changed = replace(one, runs=runs, summary=[EVIL, BREAKING], paths=paths, ends=table, wrong=[EVIL])
    return replace(made_up(), title=f"Runs {EVIL}", lead=BREAKING, countries=[changed], wrong=[EVIL])


@pytest.fixture(scope="module")
def text(root: Path) -> str:
    return render_runs(made_up(), templates=root / "reports" / "templates")


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
def test_words_lie_apart_at_every_width_with_all_that_folds_open(
    page: Page, tmp_path: Path, text: str, dark: bool
) -> None:
    opened = text.replace('<details class="sector">', '<details class="sector" open>')
    opened = opened.replace("<details>", "<details open>")
    assert faults_at_widths(page, write(tmp_path, opened), dark=dark) == []


@pytest.mark.slow
def test_one_run_of_two_countries_is_sound_too(page: Page, tmp_path: Path, root: Path) -> None:
    alone = [replace(one, runs=one.runs[:1], differences=[]) for one in (part(), part("BRA", "Brazil"))]
    bare = replace(alone[1], chances=None, ends=None, fit=[], sectors=[], wrong=[], how=[])
    made = replace(made_up(), countries=[alone[0], bare])
    path = write(tmp_path, render_runs(made, templates=root / "reports" / "templates"))
    assert faults_at_widths(page, path) == []


def test_markup_is_shown_as_words_and_never_runs(page: Page, tmp_path: Path, root: Path) -> None:
    show(page, write(tmp_path, render_runs(hostile(), templates=root / "reports" / "templates")))
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    words = page.locator("body").inner_text()
    assert words.count(EVIL) > 5
    assert words.count(BREAKING) > 5
    assert EVIL in page.title()
    assert not ran(page)
    assert page.locator("img").count() == 0


@pytest.mark.slow
def test_a_word_is_explained_by_pointer_and_by_key_and_the_box_stays_on_the_screen(
    page: Page, tmp_path: Path, text: str
) -> None:
    for width in WIDTHS:
        show(page, write(tmp_path, text), width)
        word, box = page.locator("a.term").first, page.locator("#words")
        said = page.locator(word.get_attribute("href") or "").inner_text()
        word.hover()
        assert box.inner_text() == said
        frame = box.bounding_box()
        assert frame is not None
        assert frame["x"] >= 0
        assert frame["x"] + frame["width"] <= width
        page.keyboard.press("Escape")
        assert box.is_hidden()
        page.mouse.move(1, 1)
        word.focus()
        assert box.is_visible()
        page.keyboard.press("Escape")
        assert box.is_hidden()


def test_every_link_leads_to_its_section(page: Page, tmp_path: Path, text: str) -> None:
    show(page, write(tmp_path, text))
    links = page.locator("nav a")
    assert links.count() > 5
    missing = links.evaluate_all(
        "(all) => all.filter((a) => !document.querySelector(a.getAttribute('href'))).length"
    )
    assert missing == 0


def test_a_verdict_is_said_in_words_and_not_by_colour_alone(page: Page, tmp_path: Path, text: str) -> None:
    show(page, write(tmp_path, text))
    assert page.locator("table.outcomes .verdict").first.inner_text().split(maxsplit=1) == [
        "▲▲",
        "clearly higher",
    ]


@pytest.mark.parametrize("dark", [False, True])
def test_words_stand_out_from_their_ground(page: Page, tmp_path: Path, text: str, dark: bool) -> None:
    show(page, write(tmp_path, text), dark=dark)
    for word in ("h1", "h3", "p.note", ".summary li", "a.term", "svg .tick", ".unit", ".verdict", "caption"):
        assert contrast(page, word) >= 4.5, word


@pytest.mark.slow
def test_the_live_model_runs_inside_the_page(
    page: Page, tmp_path: Path, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    study = Study(lay_small(root, tmp_path_factory.mktemp("inside") / "study"))
    live = live_section(live_payload(study, ["VNM"], None, None), live_shown(study))
    path = write(tmp_path, render_runs(made_up(), live, root / "reports" / "templates"))
    for width in WIDTHS:
        show(page, path, width)
        assert faults(page) == []
    page.evaluate("() => document.querySelectorAll('#live details').forEach((one) => { one.open = true; })")
    page.locator('[data-lever="support"] input[type="range"]').fill("1")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert "higher" in page.locator("#live-result").inner_text()
    page.locator("nav a", has_text="Where they end").click()
    assert page.evaluate("() => document.querySelector(':target').id") == "KOR-outcomes"
    assert page.locator("#live-note").is_hidden()
