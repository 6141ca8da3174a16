"""The ground that the browser tests stand on: what is planted is found, and what is sound is let be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser import conftest
from tests.browser.conftest import Kept
from tests.browser.pages import NO_CHROMIUM, Watched, contrast, faults, layout, show, write

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HEAD = '<!doctype html><meta name="viewport" content="width=device-width"><title>made up</title>'
STYLE = "<style>body{margin:0;font:16px/1.4 sans-serif}</style>"


def laid(page: Page, folder: Path, body: str, width: int = 375) -> dict[str, list[str]]:
    show(page, write(folder, HEAD + STYLE + body), width)
    return layout(page)


def test_two_words_on_one_place_are_found(page: Page, tmp_path: Path) -> None:
    found = laid(page, tmp_path, '<p>first</p><p style="margin-top:-36px">second</p>')
    assert found == {"overlap": ["'first' and 'second'"], "outside": [], "cut": []}


def test_words_of_a_drawing_on_one_place_are_found(page: Page, tmp_path: Path) -> None:
    drawing = (
        '<svg width="200" height="40"><text x="9" y="20">here</text><text x="20" y="24">there</text></svg>'
    )
    assert laid(page, tmp_path, drawing)["overlap"] == ["'here' and 'there'"]


def test_a_control_on_words_is_found(page: Page, tmp_path: Path) -> None:
    body = '<p>level</p><input aria-label="slider" type="range" style="margin-top:-40px;display:block">'
    assert laid(page, tmp_path, body)["overlap"] == ["'<input slider>' and 'level'"]


def test_words_beside_and_below_each_other_are_sound(page: Page, tmp_path: Path) -> None:
    body = (
        "<h1>A heading</h1><p>Words with <b>strong</b> ones and <a href='#x'>a link</a>, over more than one "
        "line of a phone, so that the lines lie close.</p><label>name <input></label><button>Press</button>"
        "<table><tr><td>1<td>2<tr><td>3<td>4</table><p hidden>nothing</p>"
        "<details><summary>more</summary>not yet shown</details>"
    )
    assert laid(page, tmp_path, body) == {"overlap": [], "outside": [], "cut": []}


def test_what_sticks_out_of_the_page_is_found(page: Page, tmp_path: Path) -> None:
    body = '<p style="width:500px;white-space:nowrap">a line far longer than a telephone is wide, by much</p>'
    found = laid(page, tmp_path, body)["outside"]
    assert found[0].startswith("the page itself, ")
    assert found[1].startswith("a line far longer")
    assert laid(page, tmp_path, body, width=1280)["outside"] == []


def test_a_box_that_scrolls_may_be_longer_inside(page: Page, tmp_path: Path) -> None:
    inner = '<div style="width:900px;white-space:nowrap">' + "a long row of a table " * 8 + "</div>"
    scrolls = laid(page, tmp_path, f'<div style="overflow-x:auto">{inner}</div>')
    assert scrolls == {"overlap": [], "outside": [], "cut": []}
    cut = laid(page, tmp_path, f'<div style="overflow:hidden">{inner}</div>')
    assert len(cut["cut"]) == 1


def test_words_that_leave_their_drawing_are_cut(page: Page, tmp_path: Path) -> None:
    drawing = '<svg width="100" height="40"><text x="60" y="20">longer than that</text></svg>'
    assert laid(page, tmp_path, drawing)["cut"] == ["longer than that"]


def test_what_stays_in_place_may_cover_what_scrolls(page: Page, tmp_path: Path) -> None:
    bar = '<div style="position:fixed;top:0;background:white">bar</div><p style="margin:0">under it</p>'
    assert laid(page, tmp_path, bar)["overlap"] == []


def test_contrast_is_that_of_the_words_against_their_ground(page: Page, tmp_path: Path) -> None:
    body = '<p id="most" style="color:#000;background:#fff">a</p><p id="none" style="color:#fff">b</p>'
    laid(page, tmp_path, body)
    assert contrast(page, "#most") == pytest.approx(21.0)
    assert contrast(page, "#none") == pytest.approx(1.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<script>console.error('broken')</script>", "console: broken"),
        ("<script>throw new Error('thrown')</script>", "error: thrown"),
        ("<img src='http://127.0.0.1:9/x.png'>", "request: http://127.0.0.1:9/x.png"),
        ("<script>fetch('http://example.invalid/y').catch(() => 0)</script>", "request: http://example.inv"),
        ("<script>new WebSocket('ws://127.0.0.1:9/z')</script>", "request: ws://127.0.0.1:9/z"),
    ],
)
def test_a_page_that_errs_or_asks_is_caught(browser: Browser, tmp_path: Path, body: str, said: str) -> None:
    watched = Watched()
    context = browser.new_context()
    watched.watch(context)
    page = context.new_page()
    show(page, write(tmp_path, HEAD + body))
    page.wait_for_timeout(150)
    context.close()
    assert [one for one in watched.refused() if one.startswith(said)]


@pytest.mark.slow
def test_nothing_of_a_page_is_left_for_the_next_test(browser: Browser, tmp_path: Path) -> None:
    hovered = "<style>p{margin:0;height:300px}p:hover{color:red}</style><p>long</p>"
    path = write(tmp_path, HEAD + hovered)
    told = "() => [localStorage.length, matchMedia('(prefers-color-scheme: dark)').matches, innerWidth,"
    told += " document.querySelector('p:hover') !== null, window.left === undefined]"
    kept = Kept(browser)
    page = kept.page()
    page.goto(path.as_uri())
    fresh = page.evaluate(told)
    assert fresh == [0, False, 1280, False, True]
    show(page, path, 375, dark=True)
    page.context.new_page()
    page.evaluate("() => { localStorage.setItem('a', '1'); window.left = 1; }")
    page.locator("p").hover()
    assert page.evaluate(told) == [1, True, 375, True, False]
    kept.empty()
    assert kept.page() is page
    assert [one.url for one in page.context.pages] == ["about:blank"]
    page.goto(path.as_uri())
    assert page.evaluate(told) == fresh
    kept.drop()
    assert page.is_closed()
    assert not kept.page().is_closed()
    kept.drop()


def test_what_is_heard_of_a_page_ends_with_its_test(page: Page, tmp_path: Path) -> None:
    heard = Watched()
    stop = heard.watch(page.context)
    show(page, write(tmp_path, HEAD))
    asked = list(heard.asked)
    assert asked
    stop()
    show(page, write(tmp_path, HEAD))
    assert heard.asked == asked


def test_what_stays_in_the_file_is_not_refused() -> None:
    watched = Watched(
        asked=["file:///page.html", "data:image/png;base64,", "blob:null/1", "http://127.0.0.1:1/"]
    )
    assert watched.refused() == ["request: http://127.0.0.1:1/"]
    watched.allowed.add("http://127.0.0.1:1/")
    assert watched.refused() == []


def test_without_a_browser_a_test_is_skipped_with_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATECOMER_CHROMIUM", "/no/such/program")
    monkeypatch.delenv("LATECOMER_BROWSER", raising=False)
    assert conftest.chromium() is None
    with pytest.raises(pytest.skip.Exception) as skipped:
        conftest.without(NO_CHROMIUM)
    assert str(skipped.value) == (
        "browser tests skipped: no Chromium found; install it (on Debian: apt-get install chromium) "
        "or set LATECOMER_CHROMIUM"
    )


def test_where_there_has_to_be_a_browser_its_lack_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATECOMER_BROWSER", "required")
    with pytest.raises(pytest.fail.Exception, match="'required', but browser tests skipped: no Chromium"):
        conftest.without(NO_CHROMIUM)


def test_a_word_longer_than_its_box_is_a_line_of_the_faults(page: Page, tmp_path: Path) -> None:
    show(page, write(tmp_path, HEAD + STYLE + "<p>" + "x" * 90), 375)
    assert faults(page)[0].startswith("outside: the page itself, ")
