"""The reference study's rooms, read once, and copies of it to break."""

from __future__ import annotations

from pathlib import Path

import pytest

from latecomer.study.rooms import Rooms
from tests.study.studies import lay


@pytest.fixture(scope="session")
def rooms(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Rooms:
    """The rooms of a copy that no test changes."""
    return Rooms(lay(root, tmp_path_factory.mktemp("study") / "untouched"))


@pytest.fixture
def study(root: Path, tmp_path: Path) -> Path:
    """The folder of a copy to break."""
    return lay(root, tmp_path / "study")
