"""The scripts that a modeller copies do what they say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from latecomer import Study


def script(name: str, *words: str) -> list[str]:
    """The lines that a script prints."""
    command = [sys.executable, str(Path("runs") / f"{name}.py"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_one_country_prints_the_scores_of_the_shipped_fit(tmp_path: Path) -> None:
    *scores, lowest = script("one_country", "BRA", str(tmp_path / "brazil.csv"))
    expected = {score.series: f"{score.nrmsd:.3f}" for score in Study(".").score(countries=["BRA"])}
    assert {line.split(" NRMSD ")[0].strip(): line.split(" NRMSD ")[1] for line in scores} == expected
    table = pd.read_csv(tmp_path / "brazil.csv", index_col="time")
    assert lowest == f"lowest credit access: {table['credit access'].min():.2f}"
    assert table.index[0] == 1960


def test_two_levers_go_over_every_pair(tmp_path: Path) -> None:
    out = tmp_path / "levers.csv"
    script("two_levers", "BRA", "1974", str(out), "--draws", "8")
    table = pd.read_csv(out)
    assert len(table.drop_duplicates(["export orientation", "industrial support"])) == 9
    by_exports = table.groupby("export orientation")["output per head, median"].median()
    assert np.all(np.diff(by_exports) > 0)
    assert table["share in which lenders stop"].between(0, 1).all()


def test_a_sweep_does_nothing_twice(tmp_path: Path) -> None:
    first, again = script("cluster_sweep", str(tmp_path / "sweep"), "VNM", "VNM", "--draws", "300")
    assert first == f"{tmp_path / 'sweep' / 'VNM-record'}: 0 of 300 failed"
    assert again == f"{first}, found"
