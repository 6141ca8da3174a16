"""The reference study, read once, and copies of it to break."""

from __future__ import annotations

from pathlib import Path

import pytest

from latecomer.study.study import Study
from tests.study.studies import lay


@pytest.fixture(scope="session")
def study(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A copy that no test changes."""
    return Study(lay(root, tmp_path_factory.mktemp("study") / "untouched"))


@pytest.fixture
def folder(root: Path, tmp_path: Path) -> Path:
    """The folder of a copy to break."""
    return lay(root, tmp_path / "study")
