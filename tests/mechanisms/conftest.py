"""Runs of the study of this repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from latecomer.study.rooms import Rooms
from tests.mechanisms.runs import Runs


@pytest.fixture(scope="session")
def run(root: Path) -> Runs:
    return Runs(Rooms(root))


@pytest.fixture
def history(run: Runs) -> Runs:
    """The same runs for what is dated or measured: only a fit can show it."""
    if run.fit is None:
        pytest.skip("this study has no reference fit")
    return run
