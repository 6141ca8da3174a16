"""A real browser for the tests: the Chromium of this machine, started once, watched in every test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from tests.browser.pages import NO_CHROMIUM, NO_DRIVER, Watched

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",  # a container's root has no other way
    "--disable-gpu",
    "--disable-dev-shm-usage",  # a container's share of it is often too small
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # whatever a page asks for, nothing leaves this machine
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
SIZE: ViewportSize = {"width": 1280, "height": 720}
PATIENCE = 60_000
"""Milliseconds that a slow machine is given; a test that passes never waits so long."""


def chromium() -> str | None:
    """The Chromium named by LATECOMER_CHROMIUM, else the first that this machine has."""
    named = os.environ.get("LATECOMER_CHROMIUM")
    if named:
        return named if Path(named).is_file() else None
    return next((found for found in map(shutil.which, NAMES) if found), None)


def without(sentence: str) -> NoReturn:
    """Skip for want of a browser; fail where LATECOMER_BROWSER says that there has to be one."""
    if os.environ.get("LATECOMER_BROWSER") == "required":
        pytest.fail(f"LATECOMER_BROWSER is 'required', but {sentence}", pytrace=False)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser, started once in each process of the tests."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        without(NO_DRIVER)
    program = chromium()
    if program is None:
        without(NO_CHROMIUM)
    with sync_playwright() as driver:
        started = driver.chromium.launch(
            executable_path=program, headless=True, args=list(FLAGS), timeout=PATIENCE
        )
        yield started
        started.close()


@pytest.fixture
def watched() -> Watched:
    """What the pages of a test say and ask for; schemes may be added to `allowed`."""
    return Watched()


class Kept:
    """One page for test after test: a fresh one costs a second of the processor, an emptied one nothing."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.context: BrowserContext | None = None

    def page(self) -> Page:
        """The page, blank, as a fresh one would be."""
        if self.context is None or not self.context.pages:
            self.drop()
            self.context = _fresh(self.browser)
            self.context.new_page()
        return self.context.pages[0]

    def empty(self) -> None:
        """Leave nothing of a test for the next: no other page, no stored word, no hover, no setting."""
        if self.context is None:
            return
        page, *others = self.context.pages
        for one in others:
            one.close()
        page.evaluate("() => { try { localStorage.clear(); sessionStorage.clear(); } catch { } }")
        page.goto("about:blank")
        page.mouse.move(0, 0)
        page.set_viewport_size(SIZE)
        page.emulate_media(media="null", color_scheme="null", reduced_motion="null")
        self.context.clear_cookies()

    def drop(self) -> None:
        """Close it: the next test begins with another."""
        if self.context is not None:
            self.context.close()
            self.context = None


def _fresh(browser: Browser) -> BrowserContext:
    context = browser.new_context(locale="en-GB", timezone_id="UTC", viewport=SIZE)
    context.set_default_timeout(PATIENCE)
    return context


@pytest.fixture(scope="session")
def kept(browser: Browser) -> Iterator[Kept]:
    """The page that the tests of this process share one after another."""
    made = Kept(browser)
    yield made
    made.drop()


@pytest.fixture
def page(kept: Kept, watched: Watched) -> Iterator[Page]:
    """An empty page. It must make no error and no request, nor must those that the test opens beside it."""
    page = kept.page()
    context = page.context
    stop = watched.watch(context)
    try:
        yield page
        kept.empty()
    except BaseException:
        kept.drop()
        raise
    stop()
    assert watched.refused() == []
