"""The check begins with the units of the model text."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from latecomer.cli import app
from latecomer.errors import InputError
from latecomer.evaluation.check import check_fit
from latecomer.study.reference import MARK
from latecomer.study.study import Study
from tests.study.studies import edit

FAULT = (
    "wage bill: got a right-hand side in billion dollars/Year: 'wage*employment'; "
    "expected a right-hand side in billion dollars, the unit of the variable."
)


@pytest.fixture
def wrong(copied: Path) -> Path:
    edit(copied / MARK, r"(\n\twage\*employment\n\t~\t)billion dollars/Year", r"\1billion dollars")
    return copied


@pytest.mark.slow
def test_the_check_counts_the_variables_that_keep_to_their_units(whole: Study) -> None:
    assert check_fit(whole).as_dict()["units"] == {"variables": len(whole.model.text.variables)}


def test_a_fault_in_the_units_stops_the_check(wrong: Path) -> None:
    with pytest.raises(InputError) as caught:
        check_fit(Study(wrong))
    assert FAULT in str(caught.value)
    assert "profits" in str(caught.value)


def test_the_command_prints_faults_in_the_units_and_ends_with_two(wrong: Path) -> None:
    done = CliRunner().invoke(app, ["check", "--study", str(wrong)])
    assert (done.exit_code, done.stdout) == (2, "")
    assert FAULT in done.stderr


@pytest.mark.slow  # .ci/run asks for it by `latecomer check`
def test_the_command_says_that_the_units_are_kept(fitted: Path) -> None:
    done = CliRunner().invoke(app, ["check", "--study", str(fitted)])
    count = len(Study(fitted).model.text.variables)
    assert f"units: all {count} variables have one, and all equations keep to them" in done.stdout
