"""A study with a fit, made once; and the same for each test that breaks it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from latecomer.inference import laplace
from latecomer.inference.laplace import expected_information
from latecomer.study.study import Study
from tests.study.studies import lay, pretend_fit

if TYPE_CHECKING:
    from tests.conftest import Laid


@pytest.fixture(scope="session")
def fitted(root: Path, laid_once: Laid) -> Path:
    """The folder of a study with a fit that no test changes."""
    return laid_once("fitted", lambda folder: pretend_fit(lay(root, folder)))


@pytest.fixture(scope="module")
def briefly() -> Iterator[None]:
    """The fast approximation about a fit in one round of two draws.

    Its own tests go further; for modules that take it again and again and look at what is made of it.
    """
    with pytest.MonkeyPatch.context() as patch:
        brief = partial(expected_information, widths=(1.0,), draws=2)
        patch.setattr(laplace, "expected_information", brief)
        yield


@pytest.fixture(scope="session")
def whole(fitted: Path) -> Study:
    """That study, opened."""
    return Study(fitted)


@pytest.fixture
def copied(fitted: Path, tmp_path: Path) -> Path:
    """A copy of it to break."""
    return Path(shutil.copytree(fitted, tmp_path / "copied"))
