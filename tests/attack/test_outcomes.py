"""The suite sees what it is there to see: faults planted in the product's place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack import planted
from tests.attack.outcomes import Act, Case, Outcome, Result, Right, difference, table
from tests.attack.worker import attacked

PLANTED: dict[str, tuple[Act, Outcome]] = {
    "code runs": (planted.execution, Outcome.EXECUTED),
    "a file outside": (planted.writing, Outcome.EXECUTED),
    "a host is called": (planted.connection, Outcome.EXECUTED),
    "a program starts": (planted.program, Outcome.EXECUTED),
    "a folder is deleted": (planted.deletion, Outcome.LOST),
    "a file is overwritten": (planted.overwriting, Outcome.LOST),
    "values are off": (planted.values, Outcome.WRONG),
    "no cure": (planted.bare_refusal, Outcome.WRONG),
    "an escape code": (planted.escape, Outcome.WRONG),
    "a traceback is shown": (planted.shown_traceback, Outcome.TRACEBACK),
    "an exception": (planted.exception, Outcome.TRACEBACK),
    "recursion": (planted.recursion, Outcome.TRACEBACK),
    "a crash": (planted.death, Outcome.TRACEBACK),
    "work without end": (planted.spinning, Outcome.HANG),
    "a wait without end": (planted.waiting, Outcome.HANG),
    "memory": (planted.filling, Outcome.MEMORY),
    "a fault": (planted.refusal, Outcome.FAULT),
    "all is well": (planted.acceptance, Outcome.ACCEPTED),
}


@pytest.fixture(scope="module")
def found() -> dict[str, Result]:
    known = {"a": (1.0, 2.0)}
    cases = [
        Case("planted", name, act, values=known if act is planted.values else {})
        for name, (act, _) in PLANTED.items()
    ]
    cases += [
        Case("planted", "accepted for refused", planted.acceptance, right=Right.REFUSED),
        Case("planted", "refused for right", planted.refusal, right=Right.RUNS),
        Case("planted", "written as asked", planted.result_kept, may_change=("study/notes.txt",)),
        Case("planted", "written unasked", planted.result_kept),
    ]
    return {one.name: one for one in attacked(cases, cpu=1, idle=2)}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_seen(found: dict[str, Result], name: str) -> None:
    assert found[name].outcome is PLANTED[name][1], found[name]


def test_the_right_answer_is_held_against_what_is_known(found: dict[str, Result]) -> None:
    assert found["accepted for refused"].outcome is Outcome.WRONG
    assert found["refused for right"].outcome is Outcome.WRONG


def test_a_file_may_change_only_where_the_case_says_so(found: dict[str, Result]) -> None:
    assert found["written as asked"].outcome is Outcome.ACCEPTED
    assert found["written unasked"].outcome is Outcome.LOST


def test_cases_after_a_killed_one_are_still_run(found: dict[str, Result]) -> None:
    assert len(found) == len(PLANTED) + 4


@pytest.mark.slow
@pytest.mark.parametrize("act", [planted.removal, pytest.param(planted.moving, marks=pytest.mark.slow)])
def test_what_lies_outside_of_the_sandbox_is_safe_from_the_suite_itself(tmp_path: Path, act: Act) -> None:
    bystander = tmp_path / "bystander.txt"
    bystander.write_text("here before")
    (found,) = attacked([Case("planted", "outside", act, (str(bystander),))])
    assert found.outcome is Outcome.EXECUTED
    assert bystander.read_text() == "here before"


def test_values_are_compared_by_name_number_and_value() -> None:
    assert difference({"a": (1.0,)}, {}) == "no variable 'a' among []"
    assert difference({"a": (1.0, 2.0)}, {"a": [1.0]}) == "'a' is [1.0], not [1.0, 2.0]"
    assert difference({"a": (1.0, float("nan"))}, {"a": [1.0, float("nan")]}) is None


def test_the_table_counts_kinds_by_outcomes() -> None:
    made = table([Result("names", "x", Outcome.FAULT), Result("names", "y", Outcome.LOST)])
    assert made[1].split() == ["names", "2", "1", ".", ".", ".", ".", ".", ".", "1"]
    assert made[-1].split()[:2] == ["all", "2"]
