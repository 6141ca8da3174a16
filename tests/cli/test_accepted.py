"""The commands about accepted scenarios."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from tests.evaluation.test_scenario_regression import accepted, folder
from tests.study.studies import edit

__all__ = ["accepted", "folder"]

Call = Callable[..., Result]


@pytest.mark.slow
def test_a_study_that_holds_ends_with_0_and_a_page(call: Call, folder: Path, tmp_path: Path) -> None:
    done = call("check-scenarios", "--page", str(tmp_path / "page.html"), study=folder)
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "14 outcomes of scenarios: nothing moved")
    assert "All <strong>14</strong>" in (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.mark.slow  # as tests/evaluation/test_scenario_regression.py has it without the command
def test_a_study_that_moved_ends_with_1_until_it_is_accepted(call: Call, folder: Path) -> None:
    edit(folder / "runs" / "scenarios" / "overrides.toml", r"level = 1\.0", "level = 0.2")
    done = call("check-scenarios", "--json", study=folder)
    told = json.loads(done.stdout)
    assert (done.exit_code, told["holds"], done.stderr) == (1, False, "")
    assert {one["scenario"] for one in told["moved"]} == {"made-up"}
    said = call("check-scenarios", study=folder).stdout
    assert f"moved: {told['moved'][0]['scenario']}, {told['moved'][0]['country']}" in said
    assert (folder / "reports" / "out" / "scenarios-changed.html").is_file()
    assert call("accept", study=folder).exit_code == 0
    assert call("check-scenarios", study=folder).exit_code == 0


@pytest.mark.slow
def test_a_study_that_accepted_nothing_is_refused(call: Call, folder: Path) -> None:
    (folder / "runs" / "accepted.json").unlink()
    done = call("check-scenarios", study=folder)
    assert done.exit_code == 2
    assert "Cure: accept those of today: latecomer accept" in done.stderr
