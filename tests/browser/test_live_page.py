"""The live page in a browser: a policy moves the curves the way the equations say; no markup runs."""

from __future__ import annotations

import math
import re
import time
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from latecomer.report.live.page import LivePayload, LiveShown, render_explorer
from latecomer.report.live.payload import live_payload, live_shown
from latecomer.report.live.server import LiveServer
from latecomer.study.study import Study
from tests.browser.pages import BREAKING, EVIL, WIDTHS, Watched, contrast, faults, ran, show, write
from tests.study.small import lay_small

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

Open = Callable[..., "Page"]
RATE, YEARS, AT = 0.1, 20, 2000


@pytest.fixture(scope="module")
def small(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The small study, in which capability grows by learning rate * (1 + support), from 1990 to 2010."""
    return Study(lay_small(root, tmp_path_factory.mktemp("live") / "study"))


@pytest.fixture(scope="module")
def payload(small: Study) -> LivePayload:
    return live_payload(small, ["VNM", "KHM"], None, None)


@pytest.fixture(scope="module")
def shown(small: Study) -> LiveShown:
    return live_shown(small)


@pytest.fixture(scope="module")
def text(payload: LivePayload, shown: LiveShown) -> str:
    return render_explorer(payload, shown, "A small study", "Made on a day.")


@pytest.fixture
def opened(page: Page, tmp_path: Path, text: str) -> Page:
    """The page of the small study, as it opens."""
    show(page, write(tmp_path, text))
    return page


def settled(page: Page) -> None:
    """Wait until the page has drawn what was asked."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def slider(page: Page, lever: str) -> Locator:
    return page.locator(f'[data-lever="{lever}"] input[type="range"]')


def move(page: Page, lever: str, level: float) -> None:
    """Set a lever, in whose group others may lie hidden."""
    page.evaluate("() => document.querySelectorAll('#live details').forEach((one) => { one.open = true; })")
    slider(page, lever).fill(f"{level:g}")
    settled(page)


def outcome(page: Page, title: str) -> list[str]:
    """The row of an outcome in the table: baseline, with changes, difference."""
    row = page.locator("#live-rows tr").filter(has=page.locator("th", has_text=title)).first
    return [cell.inner_text() for cell in row.locator("td").all()]


def last_height(page: Page, title: str, line: str) -> float:
    """How far below the top of its drawing a line of an outcome ends."""
    card = page.locator("#live-charts figure").filter(has=page.locator("h3", has_text=title)).first
    path = card.locator(f"path.line.{line}").get_attribute("d") or ""
    return float(re.findall(r"[-\d.]+", path)[-1])


def by_hand(level: float) -> str:
    """Capability in 2010 with support .5 until 1999 and `level` from 2000 on, to three digits."""
    grown = RATE * (1.5 * 9 + (1.5 + 1.0 + level) / 2 + (1.0 + level) * 10)
    return f"{math.exp(grown):.3g}" if math.exp(grown) < 100 else f"{math.exp(grown):.0f}"


def test_the_baseline_is_what_can_be_reckoned_by_hand(opened: Page) -> None:
    base, changed, difference = outcome(opened, "Capability of firms")
    assert float(base) == pytest.approx(math.exp(RATE * 1.5 * YEARS), rel=5e-3)
    assert (changed, difference) == (base, "0 (0\u00a0%)")
    assert last_height(opened, "Capability of firms", "base") == last_height(opened, "Capability", "model")


@pytest.mark.parametrize("level", [0.0, 0.8, 1.0])
def test_a_slider_moves_the_curve_to_where_the_equations_put_it(opened: Page, level: float) -> None:
    move(opened, "support", level)
    base, changed, _ = outcome(opened, "Capability of firms")
    assert float(changed) == pytest.approx(float(by_hand(level)), rel=5e-3)
    heights = [last_height(opened, "Capability of firms", line) for line in ("base", "model")]
    assert (heights[1] < heights[0]) == (level > 0.5)
    assert (float(changed) > float(base)) == (level > 0.5)


def test_what_depends_on_what_moves_follows_and_nothing_else(opened: Page) -> None:
    move(opened, "openness", 0.5)
    base, changed, _ = outcome(opened, "Output per head")
    assert float(changed) == pytest.approx(0.5 * float(base), rel=5e-3)
    assert outcome(opened, "Capability of firms")[2] == "0 (0\u00a0%)"


def test_the_year_from_which_a_change_holds_can_be_moved(opened: Page) -> None:
    move(opened, "support", 1.0)
    later = float(outcome(opened, "Capability of firms")[1])
    opened.locator("#live-start").fill("1991")
    settled(opened)
    assert float(outcome(opened, "Capability of firms")[1]) > later
    opened.locator("#live-last").fill("2005")
    settled(opened)
    assert "2005" in opened.locator("#live-table-caption").inner_text()


def test_the_change_is_said_in_words(opened: Page) -> None:
    assert "Nothing is changed yet" in opened.locator("#live-result").inner_text()
    move(opened, "support", 1.0)
    said = opened.locator("#live-result").inner_text()
    share = round(100 * (math.exp(RATE * (0.25 + 0.5 * 10)) - 1))
    assert f"output per head in 2010 is {share}\u00a0% higher" in said
    assert "support at 1.00 from 2000" in said


def test_another_country_is_another_run(opened: Page) -> None:
    opened.locator("#live-country").select_option("KHM")
    settled(opened)
    base = float(outcome(opened, "Capability of firms")[0])
    # from 2 in 1993, 17 years
    assert base == pytest.approx(2.0 * math.exp(RATE * 1.5 * 17), rel=5e-3)


def test_steps_go_back_and_forth_by_button_and_by_key(opened: Page) -> None:
    start = outcome(opened, "Capability of firms")
    move(opened, "support", 1.0)
    first = outcome(opened, "Capability of firms")
    move(opened, "support", 0.2)
    second = outcome(opened, "Capability of firms")
    assert start != first != second
    opened.locator("#live-undo").click()
    settled(opened)
    assert outcome(opened, "Capability of firms") == first
    opened.keyboard.press("Control+z")
    settled(opened)
    assert outcome(opened, "Capability of firms") == start
    assert opened.locator("#live-undo").get_attribute("aria-disabled") == "true"
    opened.locator("#live-redo").click()
    opened.keyboard.press("Control+Shift+z")
    settled(opened)
    assert outcome(opened, "Capability of firms") == second
    assert opened.locator("#live-redo").get_attribute("aria-disabled") == "true"


def test_a_slider_that_is_dragged_is_one_step(opened: Page) -> None:
    start = outcome(opened, "Capability of firms")
    opened.evaluate("() => document.querySelectorAll('#live details').forEach((one) => { one.open = true; })")
    slider(opened, "support").scroll_into_view_if_needed()
    box = slider(opened, "support").bounding_box()
    assert box is not None
    opened.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    opened.mouse.down()
    for share in (0.6, 0.7, 0.8, 0.9):
        opened.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        settled(opened)
    opened.mouse.up()
    settled(opened)
    assert outcome(opened, "Capability of firms") != start
    opened.locator("#live-undo").click()
    settled(opened)
    assert outcome(opened, "Capability of firms") == start


def test_everything_can_be_done_without_a_pointer(opened: Page) -> None:
    opened.evaluate("() => document.querySelectorAll('#live details').forEach((one) => { one.open = true; })")
    slider(opened, "support").focus()
    opened.keyboard.press("End")
    settled(opened)
    assert float(outcome(opened, "Capability of firms")[1]) == pytest.approx(float(by_hand(1.0)), rel=5e-3)
    opened.keyboard.press("ArrowLeft")
    settled(opened)
    assert float(slider(opened, "support").input_value()) == pytest.approx(0.99)
    assert "0.99 of 1 from 2000" in (slider(opened, "support").get_attribute("aria-valuetext") or "")
    opened.keyboard.press("Home")
    assert float(slider(opened, "support").input_value()) == 0.0
    names = opened.evaluate("""() => [...document.querySelectorAll(
        '#live button, #live select, #live input, #live summary, #live textarea, #live [tabindex="0"]')]
        .filter((one) => one.checkVisibility() && !(one.labels?.length) && !one.getAttribute('aria-label')
          && !one.textContent.trim()).map((one) => one.outerHTML.slice(0, 80))""")
    assert names == []


def test_every_stop_of_the_tab_key_is_seen(opened: Page) -> None:
    seen = []
    for _ in range(12):
        opened.keyboard.press("Tab")
        seen.append(
            opened.evaluate("""() => { const one = document.activeElement, look = getComputedStyle(one);
                return [one.tagName, parseFloat(look.outlineWidth) > 0 && look.outlineStyle !== 'none']; }""")
        )
    assert [one for one in seen if one[0] != "BODY" and not one[1]] == []
    assert len(seen) == 12


def test_the_arrow_keys_read_a_chart(opened: Page) -> None:
    chart = opened.locator("#live-charts svg.chart").first
    chart.focus()
    opened.keyboard.press("End")
    words = opened.locator("#live-tip").inner_text().split()
    assert (words[0], words[1], float(words[2])) == ("2010", "baseline", pytest.approx(math.exp(3), rel=1e-3))
    opened.keyboard.press("Escape")
    assert opened.locator("#live-tip").is_hidden()


def state(page: Page) -> dict[str, object]:
    """Everything that a reader has set."""
    return {
        "country": page.locator("#live-country").input_value(),
        "start": page.locator("#live-start").input_value(),
        "last": page.locator("#live-last").input_value(),
        "levers": [one.input_value() for one in page.locator("[data-lever] input[type='range']").all()],
        "result": page.locator("#live-result").inner_text(),
        "rows": page.locator("#live-rows").inner_text(),
    }


@pytest.mark.slow
def test_a_link_brings_back_what_was_set(opened: Page) -> None:
    opened.locator("#live-country").select_option("KHM")
    move(opened, "support", 0.85)
    move(opened, "openness", 0.4)
    opened.locator("#live-last").fill("2008")
    settled(opened)
    opened.locator("#live-copy-link").click()
    link = opened.locator("#live-copied-text").input_value()
    assert link.startswith("file:///")
    other = opened.context.new_page()
    other.set_viewport_size({"width": 1280, "height": 800})
    other.goto(link)
    settled(other)
    assert state(other) == state(opened)
    assert state(other)["country"] == "KHM"


@pytest.mark.parametrize(
    "fragment",
    [
        "live=1&country=ZZZ&scenario=baseline&start=2000&last=2010&show=capability",
        "live=1&country=%3Cimg%20src=x%20onerror=window.ran=1%3E&scenario=baseline&start=2000&last=2010&show=x",
        "live=1&country=VNM&scenario=baseline&start=2000&last=2010&show=capability&lever.support=2",
        "live=2",
    ],
)
def test_a_link_that_is_none_of_this_page_changes_nothing_and_says_so(
    page: Page, tmp_path: Path, text: str, fragment: str
) -> None:
    path = write(tmp_path, text)
    show(page, path)
    before = state(page)
    page.goto("about:blank")
    page.goto(f"{path.as_uri()}#{fragment}")
    settled(page)
    assert "The link was not followed" in page.locator("#live-note").inner_text()
    assert state(page) == before
    assert not ran(page)
    assert page.locator("img").count() == 0


def test_the_scenario_file_says_what_was_set(opened: Page) -> None:
    move(opened, "support", 1.0)
    opened.locator("#live-copy-file").click()
    written = tomllib.loads(opened.locator("#live-copied-text").input_value())
    assert written["override"]["live page"]["levers"] == {"support": {"year": AT, "level": 1.0}}
    assert written["override"]["live page"]["countries"] == ["VNM"]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", WIDTHS)
def test_words_and_controls_lie_apart_at_every_width(
    page: Page, tmp_path: Path, text: str, width: int, dark: bool
) -> None:
    show(page, write(tmp_path, text), width, dark)
    assert faults(page) == []
    move(page, "support", 1.0)
    page.locator("#live-copy-file").click()
    settled(page)
    assert faults(page) == []


@pytest.mark.parametrize("dark", [False, True])
def test_words_stand_out_from_their_ground(page: Page, tmp_path: Path, text: str, dark: bool) -> None:
    show(page, write(tmp_path, text), dark=dark)
    move(page, "support", 1.0)
    for part in ("#live-result", ".live-about", ".live-record", "#live-undo", "svg .tick", ".live-count"):
        assert contrast(page, part) >= 4.5, part


def test_markup_from_a_study_is_shown_as_words(
    page: Page, tmp_path: Path, payload: LivePayload, shown: LiveShown
) -> None:
    first, second = payload.countries
    hostile = replace(
        payload,
        countries=[replace(first, name=f"Viet Nam {EVIL}"), replace(second, name=BREAKING)],
        presets=[replace(one, title=f"Base {BREAKING}", note=f"Note {EVIL}") for one in payload.presets],
        levers=[replace(one, note=f"{EVIL}: 0 {BREAKING}, 1 {EVIL}", source=EVIL) for one in payload.levers],
        variables=[replace(one, note=f"{one.note} {EVIL}", unit=BREAKING) for one in payload.variables],
    )
    show(page, write(tmp_path, render_explorer(hostile, shown, f"Title {EVIL}", BREAKING)))
    move(page, "support", 1.0)
    page.locator("#live-charts .live-what").first.click()
    assert EVIL in page.locator("#live-tip").inner_text()
    assert EVIL in page.locator("#live-result").inner_text()
    assert EVIL in page.locator("#live-scenario-note").inner_text()
    assert EVIL in page.locator("h1").inner_text()
    assert BREAKING in (page.locator("#live-country option").nth(1).text_content() or "")
    assert not ran(page)
    assert page.locator("img").count() == 0


def test_the_page_served_on_this_machine_asks_for_nothing_else(
    page: Page, watched: Watched, text: str
) -> None:
    with LiveServer(text) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        watched.allowed.add(server.address)
        page.goto(server.address)
        move(page, "support", 1.0)
        assert float(outcome(page, "Capability of firms")[1]) == pytest.approx(float(by_hand(1.0)), rel=5e-3)
        server.shutdown()
    asked = {url.removeprefix(server.address) for url in watched.asked}
    assert asked <= {"", "favicon.ico"}
    # the browser itself asks for an icon
    watched.said = [one for one in watched.said if "404" not in one]


@pytest.mark.slow
def test_a_country_of_the_reference_study_loads_and_answers(page: Page, tmp_path: Path, root: Path) -> None:
    found = live_payload(Study(root), ["KOR"], ["baseline"])
    shown = live_shown(Study(root))
    path = write(tmp_path, render_explorer(found, shown, "Korea", "Made on a day."))
    begun = time.perf_counter()
    show(page, path)
    assert page.locator("#live-rows tr").count() > 5
    loaded = time.perf_counter() - begun
    move(page, "export orientation", 0.0)
    took = page.evaluate("""() => { const begun = performance.now();
        const engine = LatecomerEngine.create(JSON.parse(document.getElementById('live-data').textContent),
                                              LATECOMER_MODEL);
        engine.simulate({country: 'KOR', scenario: 'baseline', last: 2010, levers: {}});
        return performance.now() - begun; }""")
    print(
        f"Korea alone: {path.stat().st_size / 1e6:.2f} MB, loaded in {loaded:.2f} s, a run in {took:.0f} ms"
    )
    base, changed, _ = outcome(page, "Exports over output")
    assert float(changed) < float(base)
    for width in WIDTHS:
        show(page, path, width)
        assert faults(page) == []
