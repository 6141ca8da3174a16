"""The command that runs a country many times."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from latecomer.cli import app, run
from tests.evaluation.debtors import lay_debtors


@pytest.fixture(scope="module")
def debtors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_debtors(tmp_path_factory.mktemp("debtors") / "study").root


def call(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["ensemble", *words, "--fit", "none", "--study", str(folder)])


def test_runs_go_into_a_folder_of_the_study_and_are_found_again(debtors: Path) -> None:
    done = call(debtors, "KOR", "--draws", "300", "--variable", "output")
    assert done.exit_code == 0, done.stderr
    folder = debtors / "runs" / "out" / "KOR-300-draws"
    assert done.stdout == f"300 runs in {folder}\n"
    assert "chunks (1/1)" in done.stderr
    again = call(debtors, "KOR", "--draws", "300", "--variable", "output")
    assert again.stdout == f"found, made before from the same: 300 runs in {folder}\n"
    other = call(debtors, "KOR", "--draws", "300", "--variable", "output", "--seed", "1", "--workers", "1")
    assert other.stdout == f"300 runs in {folder}\n"


def test_runs_that_fail_are_told(debtors: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from latecomer.runs.ensemble import SummaryRun

    failures = {"runs": 200, "failed": 10, "share": 0.05, "first time": 1983.0, "box": {"growth": [0.5, 0.9]}}
    run.echo_result(SummaryRun(tmp_path, False, {"failures": failures}))
    said = capsys.readouterr().err
    assert "note: 10 of 200 runs (5 %) left the finite numbers, the first at 1983" in said
    assert "growth: 0.5 to 0.9" in said
    assert "every figure is of the others" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["XXX"], "XXX"),
        (["KOR", "--variable", "outptu"], "write the nearest name: 'output'"),
        (["KOR", "--scenario", "none such"], "no such scenario"),
        (["KOR", "--set", "growth"], "--set: got 'growth'"),
        (
            ["KOR", "--workers", "2", "--scheduler", "tcp://127.0.0.1:1"],
            "threads of this machine, or a cluster",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused(words: list[str], said: str, debtors: Path) -> None:
    done = call(debtors, *words)
    assert done.exit_code == 2
    assert said in done.stderr


@pytest.mark.slow
def test_the_manifest_is_json_for_machines(debtors: Path, tmp_path: Path) -> None:
    assert call(debtors, "BRA", "--draws", "20", "--out", str(tmp_path / "b")).exit_code == 0
    manifest = json.loads((tmp_path / "b" / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["country"], manifest["draws"], manifest["failures"]["failed"]) == ("BRA", 20, 0)
