"""The scripts that a modeller copies do what they say."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from latecomer.study.fits import save_fit
from latecomer.study.study import Study
from tests.evaluation.debtors import bare_fit, lay_debtors


def script(name: str, *words: str) -> list[str]:
    """The lines that a script prints."""
    command = [sys.executable, str(Path("runs") / f"{name}.py"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow  # the scores are those of `latecomer check`
def test_one_country_prints_the_scores_of_the_shipped_fit(tmp_path: Path) -> None:
    *scores, lowest = script("one_country", "BRA", str(tmp_path / "brazil.csv"))
    expected = {score.series: f"{score.nrmsd:.3f}" for score in Study(".").score(countries=["BRA"])}
    assert {line.split(" NRMSD ")[0].strip(): line.split(" NRMSD ")[1] for line in scores} == expected
    table = pd.read_csv(tmp_path / "brazil.csv", index_col="time")
    assert lowest == f"lowest credit access: {table['credit access'].min():.2f}"
    assert table.index[0] == 1960


def main_of(name: str) -> ModuleType:
    """A script as a module."""
    spec = spec_from_file_location(name, Path("runs") / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.fixture
def small(tmp_path: Path) -> Study:
    """A study that runs in a moment; its one lever is the push."""
    folder = lay_debtors(tmp_path / "debtors").root
    text = folder / "model" / "latecomer.mdl"
    per_head = "output per head = output ~ Dmnl ~ Of one; it may be negative. |\n\nexports = "
    text.write_text(text.read_text(encoding="utf-8").replace("exports = ", per_head, 1), encoding="utf-8")
    study = Study(folder)
    save_fit(bare_fit(study), study.fits.folder / "reference")
    return Study(folder)


def test_two_levers_write_a_row_for_every_pair(small: Study, tmp_path: Path) -> None:
    made = main_of("two_levers")
    made.Study, made.LEVERS = (lambda _: small), ("push", "push")
    made.main("BRA", 1974, tmp_path / "levers.csv", 4)
    table = pd.read_csv(tmp_path / "levers.csv")
    assert list(table) == ["push", "push.1", "output per head, median", "share in which lenders stop"]
    assert len(table) == 9
    by_push = table.groupby("push.1")["output per head, median"].median()
    assert np.all(np.diff(by_push) > 0)


def test_a_sweep_tells_of_every_country(
    small: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = main_of("cluster_sweep")
    made.Study = lambda _: small
    made.main(tmp_path / "sweep", ["BRA", "BRA"], 30, None)
    first = f"{tmp_path / 'sweep' / 'BRA-record'}: 0 of 30 failed"
    assert capsys.readouterr().out.splitlines() == [first, f"{first}, found"]


@pytest.mark.slow  # with the runs themselves
def test_two_levers_go_over_every_pair(tmp_path: Path) -> None:
    out = tmp_path / "levers.csv"
    script("two_levers", "BRA", "1974", str(out), "--draws", "8")
    table = pd.read_csv(out)
    assert len(table.drop_duplicates(["export orientation", "industrial support"])) == 9
    by_exports = table.groupby("export orientation")["output per head, median"].median()
    assert np.all(np.diff(by_exports) > 0)
    assert table["share in which lenders stop"].between(0, 1).all()


@pytest.mark.slow  # with the runs themselves
def test_a_sweep_does_nothing_twice(tmp_path: Path) -> None:
    first, again = script("cluster_sweep", str(tmp_path / "sweep"), "VNM", "VNM", "--draws", "300")
    assert first == f"{tmp_path / 'sweep' / 'VNM-record'}: 0 of 300 failed"
    assert again == f"{first}, found"
