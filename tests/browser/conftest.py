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
    from playwright.sync_api import Browser, BrowserContext, Page

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


@pytest.fixture
def context(browser: Browser, watched: Watched) -> Iterator[BrowserContext]:
    """A fresh context: no test sees what another has stored. Its pages must make no error and no request."""
    fresh = browser.new_context(locale="en-GB", timezone_id="UTC")
    fresh.set_default_timeout(PATIENCE)
    watched.watch(fresh)
    yield fresh
    fresh.close()
    assert watched.refused() == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty page."""
    return context.new_page()
