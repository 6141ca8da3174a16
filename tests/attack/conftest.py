"""The counts of the attack at the end of a run of the tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.attack.outcomes import Outcome, Result, table

PROPERTY = "attack"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what came of how many inputs of each kind, whichever process ran them."""
    found = list(_counted(terminalreporter))
    if found:
        terminalreporter.section("attack: inputs by what came of them")
        for line in table(found):
            terminalreporter.write_line(line)


def _counted(reporter: pytest.TerminalReporter) -> Iterator[Result]:
    for reports in reporter.stats.values():
        for report in reports:
            for name, value in (
                getattr(report, "user_properties", ()) if getattr(report, "when", "") == "call" else ()
            ):
                if name == PROPERTY:
                    yield from (Result(kind, "", Outcome(outcome)) for kind, outcome in value)
