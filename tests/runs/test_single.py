"""One run in a folder: described in full, found again when the very same is asked for, and only then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from latecomer import Study
from latecomer.runs.manifest import MANIFEST
from latecomer.runs.single import SingleRun, failures_of, run_into
from tests.evaluation.debtors import lay_debtors


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return Study(lay_debtors(tmp_path_factory.mktemp("debtors") / "study").root)


@pytest.mark.slow
def test_the_same_request_is_found_and_any_other_is_run(study: Study, tmp_path: Path) -> None:
    first = run_into(study, study.spec("BRA", None), tmp_path / "run")
    assert not first.again
    again = run_into(study, study.spec("BRA", None), tmp_path / "run")
    assert (again.again, again.manifest) == (
        True,
        json.loads((tmp_path / "run" / MANIFEST).read_text("utf-8")),
    )
    others: list[dict[str, Any]] = [
        {"parameters": {"growth": 0.05}},
        {"years": (1960.0, 1990.0)},
        {"method": "euler"},
        {"dt": 0.25},
        {"draws": 4},
        {"draws": 4, "seed": 1},
    ]
    marks = {first.manifest["request"]}
    for asked in others:
        made = run_into(study, study.spec("BRA", None, **asked), tmp_path / "run")
        assert not made.again, asked
        marks.add(made.manifest["request"])
    assert len(marks) == len(others) + 1
    assert not run_into(study, study.spec("KOR", None), tmp_path / "run").again


def test_a_run_is_made_anew_where_that_is_asked_or_its_results_are_gone(study: Study, tmp_path: Path) -> None:
    run_into(study, study.spec("BRA", None), tmp_path)
    assert not run_into(study, study.spec("BRA", None), tmp_path, fresh=True).again
    (tmp_path / "results.nc").unlink()
    assert not run_into(study, study.spec("BRA", None), tmp_path).again


def run_korea(root: Path, folder: Path) -> SingleRun:
    study = Study(root)
    return run_into(study, study.spec("KOR", None), folder)


def test_a_changed_study_is_another_request(tmp_path: Path) -> None:
    study = lay_debtors(tmp_path / "study")
    run_korea(study.root, tmp_path / "run")
    file = study.root / "model" / "countries" / "KOR.toml"
    file.write_text(file.read_text("utf-8").replace("value = 40.0", "value = 41.0"), encoding="utf-8")
    changed = run_korea(study.root, tmp_path / "run")
    assert not changed.again


def test_the_manifest_tells_machine_time_and_failures(study: Study, tmp_path: Path) -> None:
    manifest = run_into(study, study.spec("BRA", None, draws=5, seed=2), tmp_path).manifest
    assert manifest["failures"] == {
        "runs": 5, "failed": 0, "share": 0.0, "first time": None, "draws": [], "box": {}
    }  # fmt: skip
    assert {"platform", "timing", "request", "largest residual of the books"} <= set(manifest)
    assert (manifest["draws"], manifest["seed"], manifest["method"], manifest["dt"]) == (5, 2, "euler", 0.125)


def test_failed_draws_are_told_by_number_and_first_time() -> None:
    failed = ("draw", np.array([np.nan, 1983.0, np.nan, 1979.0]))
    run = xr.Dataset({"output": (("draw", "time"), np.ones((4, 2)))}, coords={"failed": failed})
    told = failures_of(run)["failures"]
    assert (told["failed"], told["share"], told["first time"], told["draws"]) == (2, 0.5, 1979.0, [1, 3])
    assert failures_of(run.isel(draw=0)) == {}
