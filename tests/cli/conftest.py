"""The command line in this process, and studies for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from latecomer.cli import app

Call = Callable[..., Result]


@pytest.fixture
def call(fitted: Path) -> Call:
    """Run a command on the study with a fit, unless the words name another."""

    def invoke(*words: str, study: Path | None = None) -> Result:
        return CliRunner().invoke(app, [*words, "--study", str(study or fitted)])

    return invoke
