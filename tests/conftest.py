"""What all tests share."""

from __future__ import annotations

import gc
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from latecomer.simulate.jit_cache import SHORTEST
from tests.browser.pages import SKIPPED
from tests.fitted_studies import briefly, copied, fitted, whole
from tests.reference_copies import folder, study
from tests.remembered import remember

__all__ = ["briefly", "copied", "fitted", "folder", "study", "whole"]

# The same examples on every machine: a red test is red for everybody. `explore` looks further.
settings.register_profile(
    "same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# The same again, a quarter as many: of the examples of a red test, these come first.
settings.register_profile("quick", settings.get_profile("same"), max_examples=25)
settings.register_profile("explore", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

# Compiled programs are many objects that stay: to look through them time and again takes a tenth of it.
gc.set_threshold(100_000, 50, 100)
# Most tests open the reference study or a copy of it.
remember()
# The same small programs are compiled in test after test: all are kept, not only those that take long.
os.environ.setdefault(SHORTEST, "0")


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository, which is the reference study."""
    return Path(__file__).resolve().parent.parent


Once = Callable[[str, Callable[[], Any]], Any]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """once(name, make): what the first worker that asks for it has made, read by the others."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # which the workers of a run share

    def asked(name: str, make: Callable[[], Any]) -> Any:
        path = folder / f"{name}.pickle"
        with FileLock(f"{path}.lock"):
            if not path.is_file():
                path.write_bytes(pickle.dumps(make()))
        return pickle.loads(path.read_bytes())

    return asked


Laid = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def laid_once(once: Once, tmp_path_factory: pytest.TempPathFactory) -> Laid:
    """laid_once(name, lay): a copy of its own of a study that the first worker that asks for it has laid."""
    shared = tmp_path_factory.mktemp("laid")

    def asked(name: str, lay: Callable[[Path], object]) -> Path:
        def make() -> Path:
            folder = shared / name / "study"
            lay(folder)
            return folder

        return Path(shutil.copytree(once(f"study {name}", make), tmp_path_factory.mktemp(name) / "study"))

    return asked


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end, in one line, that the tests that need a browser were skipped, and the cure."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = (one.longrepr[2] for one in skipped if isinstance(one.longrepr, tuple))
    for said in sorted({one.removeprefix("Skipped: ") for one in reasons if SKIPPED in one}):
        terminalreporter.write_line(said, yellow=True)
