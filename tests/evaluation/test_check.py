"""The check: tolerances, figures that moved, books; its shape and its refusals."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from latecomer.errors import InputError
from latecomer.evaluation.check import CheckResult, check_fit, lock_numbers, moved_figures
from latecomer.evaluation.published_numbers import LOCK, Moved
from latecomer.inference.goodness_of_fit import Score
from latecomer.study.reference import MARK
from latecomer.study.study import Study
from tests.study.studies import edit

SCORE = Score("KOR", "log output", 0.1, 0.2, 0.9, 0.1, 0.1, 0.8, 51, 1960, 2010, 0.2, True)


@pytest.fixture(scope="module")
def result(whole: Study) -> CheckResult:
    return check_fit(whole)


def test_the_shape_is_the_one_agreed_on(result: CheckResult) -> None:
    content = json.loads(json.dumps(result.as_dict(), allow_nan=False))
    assert set(content) >= {"holds", "scores", "moved"}
    assert content["holds"] is False
    for score in content["scores"]:
        assert set(score) >= {"country", "series", "nrmsd", "mape", "u2", "tolerance", "holds"}
    verdicts = {(score["country"], score["series"]): score["holds"] for score in content["scores"]}
    assert verdicts == {
        ("KOR", "log output"): True,
        ("KOR", "imports/output"): None,
        ("BRA", "log output"): False,
        ("BRA", "imports/output"): None,
    }
    assert content["moved"] == []
    assert all(account["residual"] < 1e-9 for account in content["accounts"])


@pytest.mark.slow
def test_the_scores_are_those_of_the_runs(whole: Study, result: CheckResult) -> None:
    assert list(result.scores) == whole.score()
    assert whole.score(countries=["BRA"]) == [score for score in result.scores if score.country == "BRA"]


def test_a_check_holds_when_all_of_it_does() -> None:
    good = CheckResult((SCORE, replace(SCORE, holds=None)), (), {"KOR": 1e-12}, 1)
    assert good.holds
    assert not replace(good, scores=(SCORE, replace(SCORE, holds=False))).holds
    assert not replace(good, moved=(Moved("KOR, log output, nrmsd", 0.1, 0.2),)).holds
    assert not replace(good, residuals={"KOR": 1e-8}).holds
    assert not replace(good, residuals={"KOR": float("nan")}).holds


def test_a_figure_that_moved_says_what_it_was() -> None:
    assert list(moved_figures([SCORE.as_dict()], [replace(SCORE, nrmsd=0.1 * (1 + 1e-8))])) == []
    assert list(moved_figures([SCORE.as_dict()], [replace(SCORE, nrmsd=0.1001)])) == [
        Moved("KOR, log output, nrmsd", 0.1, 0.1001)
    ]


def test_a_score_that_is_gone_or_new_has_moved() -> None:
    assert [(moved.was, moved.now) for moved in moved_figures([SCORE.as_dict()], [])] == [
        (0.1, None),
        (0.2, None),
        (0.9, None),
    ]
    assert [moved.now for moved in moved_figures([], [SCORE])] == [0.1, 0.2, 0.9]


@pytest.mark.slow
def test_a_figure_changed_in_the_manifest_is_found(copied: Path) -> None:
    manifest = copied / "calibration" / "fits" / "reference" / "manifest.json"
    content = json.loads(manifest.read_text(encoding="utf-8"))
    content["scores"][0]["u2"] *= 2
    manifest.write_text(json.dumps(content), encoding="utf-8")
    moved = check_fit(Study(copied)).moved
    assert [one.figure for one in moved] == ["KOR, log output, u2"]


@pytest.mark.slow
def test_a_stale_fit_is_refused(copied: Path) -> None:
    edit(copied / MARK, r"\nwage bill =\n\twage\*employment", "\nwage bill =\n\temployment*wage")
    with pytest.raises(
        InputError, match="fit 'reference': got another model text than the fit was made from"
    ):
        check_fit(Study(copied))


def test_a_part_that_has_changed_since_it_was_locked_is_no_check_that_holds() -> None:
    good = CheckResult((SCORE,), (), {"KOR": 1e-12}, 1)
    changed = replace(good, changed=("targets: changed",))
    assert good.holds
    assert not changed.holds
    assert not changed.as_known
    assert changed.as_dict()["changed"] == ["targets: changed"]


def test_a_figure_that_moved_says_by_how_much_and_where_it_is_quoted() -> None:
    moved = (Moved("KOR, log output, nrmsd", 0.25, 0.5, ("README.md",)), Moved("BRA, lost", 0.25, None))
    assert CheckResult((SCORE,), moved, {}, 1).as_dict()["moved"] == [
        {
            "figure": "KOR, log output, nrmsd",
            "was": 0.25,
            "is": 0.5,
            "difference": 0.25,
            "where": ["README.md"],
        },
        {"figure": "BRA, lost", "was": 0.25, "is": None, "difference": None, "where": []},
    ]


@pytest.mark.slow
def test_a_check_holds_the_figures_to_the_lock_and_runs_every_country_once(copied: Path) -> None:
    study = Study(copied)
    lock_numbers(study)
    told: list[str] = []
    result = check_fit(study, progress=lambda what, done, total: told.append(what))
    assert (result.moved, result.changed) == ((), ())
    assert told == ["run KOR", "run BRA", "runs done"]
    lock = copied / LOCK
    content = json.loads(lock.read_text(encoding="utf-8"))
    now = content["figures"]["BRA, imports/output, u2"]["value"]
    content["figures"]["BRA, imports/output, u2"] = {"value": now - 0.5, "where": ["README.md"]}
    content["hashes"]["parameters"] = "another"
    lock.write_text(json.dumps(content), encoding="utf-8")
    result = check_fit(study)
    (one,) = result.moved
    assert (one.figure, one.where) == ("BRA, imports/output, u2", ("README.md",))
    assert one.difference == pytest.approx(0.5, rel=1e-6)
    assert result.changed == ("parameters: changed",)


def test_known_shortfalls_are_accepted_while_they_are_all_and_still_are() -> None:
    short = replace(SCORE, holds=False)
    known = CheckResult((short,), (), {"KOR": 1e-12}, 1, {("KOR", "log output"): "why"})
    assert known.as_known
    assert not known.holds
    assert known.as_dict()["scores"][0]["known"] == "why"
    assert not replace(known, short={}).as_known
    assert not replace(known, scores=(SCORE,)).as_known
    assert not replace(known, residuals={"KOR": 1e-8}).as_known
    other = replace(short, series="log exports")
    assert not replace(known, scores=(short, other)).as_known
