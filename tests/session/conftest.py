"""A study with a fit, made once; and the same for each test that breaks it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from latecomer.session import Study
from tests.study.studies import lay, pretend_fit


@pytest.fixture(scope="session")
def fitted(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study with a fit that no test changes."""
    folder = lay(root, tmp_path_factory.mktemp("fitted") / "study")
    pretend_fit(folder)
    return folder


@pytest.fixture(scope="session")
def whole(fitted: Path) -> Study:
    """That study, opened."""
    return Study(fitted)


@pytest.fixture
def copied(fitted: Path, tmp_path: Path) -> Path:
    """A copy of it to break."""
    return Path(shutil.copytree(fitted, tmp_path / "copied"))
