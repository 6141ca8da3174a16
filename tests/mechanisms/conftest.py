"""Runs of the study of this repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from latecomer.study.study import Study
from tests.mechanism_runs import Runs

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of what is looked at in several countries the first is quick; the others look for the same again."""
    seen: set[object] = set()
    for item in items:
        if not isinstance(item, pytest.Function) or HERE not in item.path.parents:
            continue
        asked = dict(item.callspec.params) if hasattr(item, "callspec") else {}
        iso3 = asked.pop("iso3", None)
        if iso3 is None:
            continue
        claimed = asked.pop("one", None)
        if claimed is not None:  # of the claims about a mechanism that turn red without it, one is quick
            asked["row"] = claimed.row
        what = (item.path, item.originalname, *sorted((name, str(value)) for name, value in asked.items()))
        if what in seen:
            item.add_marker(pytest.mark.slow)
        seen.add(what)


@pytest.fixture(scope="session")
def run(root: Path) -> Runs:
    return Runs(Study(root))


@pytest.fixture
def history(run: Runs) -> Runs:
    """The same runs for what is dated or measured: only a fit can show it."""
    if run.fit is None:
        pytest.skip("this study has no reference fit")
    return run
