"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.browser.pages import SKIPPED

# The same examples on every machine: a red test is red for everybody. `explore` looks further.
settings.register_profile(
    "same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository, which is the reference study."""
    return Path(__file__).resolve().parent.parent


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end, in one line, that the tests that need a browser were skipped, and the cure."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = (one.longrepr[2] for one in skipped if isinstance(one.longrepr, tuple))
    for said in sorted({one.removeprefix("Skipped: ") for one in reasons if SKIPPED in one}):
        terminalreporter.write_line(said, yellow=True)
