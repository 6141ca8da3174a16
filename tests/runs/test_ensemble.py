"""Many runs of a country on disk: what they come to, found again, gone on from, and never half there."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from latecomer import Study
from latecomer.errors import InputError
from latecomer.runs.ensemble import run_summary
from latecomer.runs.executor import Executor
from latecomer.runs.manifest import MANIFEST
from latecomer.study.accounting import LARGEST
from tests.evaluation.debtors import lay_debtors

ASKED: dict[str, Any] = {"draws": 5_000, "seed": 3, "fit": None, "variables": ["output", "exports"]}


class Stops(Executor):
    """Does some chunks and then stops."""

    def __init__(self, after: int) -> None:
        self.after, self.did = after, 0

    def each(self, task: Any, items: Sequence[Any], take: Callable[[Any, Any], None]) -> None:
        for item in items:
            if self.did == self.after:
                raise KeyboardInterrupt
            take(item, task.do(item))
            self.did += 1


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Two debtors with shocks of demand."""
    return Study(lay_debtors(tmp_path_factory.mktemp("debtors") / "study").root)


@pytest.fixture(scope="module")
def made(whole: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_summary(whole, whole.spec("KOR", **ASKED), tmp_path_factory.mktemp("made") / "KOR").folder


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a run; of the manifest all but when and how long."""
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    manifest = json.loads(found[MANIFEST])
    del manifest["timing"]
    return {**found, MANIFEST: json.dumps(manifest).encode()}


@pytest.mark.slow
def test_the_figures_are_those_of_the_paths(whole: Study, made: Path) -> None:
    with xr.open_dataset(made / "results.nc") as found:
        few = whole.ensemble(["KOR"], 5_000, 3, None, variables=["output", "exports", "credit access"])
        few = few.sel(case="KOR", drop=True)
        for name in ("output", "exports"):
            mean = found[name].sel(statistic="mean").to_numpy()
            np.testing.assert_allclose(mean, few[name].mean("draw").to_numpy(), rtol=1e-9)
            middle = found[name].sel(statistic="0.5").to_numpy()
            np.testing.assert_allclose(middle, few[name].median("draw").to_numpy(), rtol=1e-3)
        lost = (few["credit access"] < 0.5).cumsum("time") > 0
        np.testing.assert_allclose(found["credit lost by then"], lost.mean("draw"), atol=1e-12)
        assert found["output"].attrs["units"] == few["output"].attrs["units"]


def test_the_manifest_says_what_was_run_and_what_failed(made: Path) -> None:
    manifest = json.loads((made / MANIFEST).read_text(encoding="utf-8"))
    assert (manifest["country"], manifest["draws"], manifest["seed"]) == ("KOR", 5_000, 3)
    assert manifest["failures"]["conditional on"] == "the runs that stayed finite"
    assert manifest["failures"]["failed"] == len(pd.read_csv(made / "failures.csv"))
    assert {"platform", "timing", "request", "hashes", "versions"} <= set(manifest)


def test_the_books_of_the_reference_study_are_in_the_manifest() -> None:
    largest = Study(Path()).run("KOR").attrs[LARGEST]
    assert 0 < largest < 1e-9


def test_the_same_request_is_found_again_and_another_is_run(whole: Study, made: Path, tmp_path: Path) -> None:
    never = Stops(0)
    again = run_summary(whole, whole.spec("KOR", **ASKED), made, never)
    assert (again.again, again.folder) == (True, made)
    with pytest.raises(KeyboardInterrupt):
        run_summary(whole, whole.spec("KOR", **{**ASKED, "seed": 4}), made, never)
    with pytest.raises(KeyboardInterrupt):
        run_summary(whole, whole.spec("KOR", parameters={"growth": 0.05}, **ASKED), made, never)


def test_a_stopped_run_is_no_run_and_ends_as_an_undisturbed_one(
    whole: Study, made: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "KOR"
    with pytest.raises(KeyboardInterrupt):
        run_summary(whole, whole.spec("KOR", **ASKED), folder, Stops(1))
    assert not list(tmp_path.rglob(MANIFEST))
    rest = Stops(100)
    assert not run_summary(whole, whole.spec("KOR", **ASKED), folder, rest).again
    assert rest.did == 1
    assert contents(folder) == contents(made)
    assert [path.name for path in tmp_path.iterdir()] == ["KOR"]


def test_results_without_a_manifest_are_not_taken_for_a_run(whole: Study, made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "KOR"
    folder.mkdir()
    for name in ("results.nc", "failures.csv"):
        (folder / name).write_bytes((made / name).read_bytes())
    with pytest.raises(KeyboardInterrupt):
        run_summary(whole, whole.spec("KOR", **ASKED), folder, Stops(0))
    (folder / MANIFEST).write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="got a manifest that no run has written; expected that of a run"):
        run_summary(whole, whole.spec("KOR", **ASKED), folder, Stops(0))


def test_what_cannot_be_run_is_refused(whole: Study, tmp_path: Path) -> None:
    for changed, words in (
        ({"draws": 1}, "draws: got 1 run; expected at least two runs with shocks"),
        ({"variables": ["outptu"]}, "variable 'outptu': got an unknown name"),
        ({"method": "rk4"}, "rk4"),
    ):
        with pytest.raises(InputError, match=words):
            run_summary(whole, whole.spec("KOR", **{**ASKED, **changed}), tmp_path / "KOR")
    assert not list(tmp_path.iterdir())
