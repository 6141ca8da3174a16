"""Countries left out of a small study with credit: later figures never count, kept fits are used again."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.evaluation import leave_one_out as module
from latecomer.evaluation.classification import Auc
from latecomer.evaluation.crisis_scores import RuleScores
from latecomer.evaluation.hindcast import Pooled
from latecomer.evaluation.leave_one_out import (
    LeaveOneOut,
    criteria_of,
    evidence_name,
    leave_out,
    save_leave_one_out,
)
from latecomer.inference.optimise import REFUSED, Start
from latecomer.runs.results import load_evidence, plain
from latecomer.study.fits import load_fit
from latecomer.study.study import Study
from tests.outcomes import FORECAST
from tests.runs.lent import BEGIN, CUT_OFF, END, LATE, lay_lent
from tests.study.studies import edit, edit_observations

pytestmark = pytest.mark.usefixtures("briefly")

LEFT = ["BBB", "EEE"]
Ticks = list[tuple[str, int, int]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_lent(tmp_path_factory.mktemp("lent") / "study")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def made(folder: Path, kept: Path) -> tuple[LeaveOneOut, Ticks]:
    ticks: Ticks = []
    found = leave_out(Study(folder), LEFT, CUT_OFF, END, kept=kept, progress=lambda *one: ticks.append(one))
    return found, ticks


def test_each_country_is_foretold_from_a_fit_that_does_not_hold_it(
    made: tuple[LeaveOneOut, Ticks], folder: Path, kept: Path
) -> None:
    found, ticks = made
    assert sorted(path.name for path in kept.iterdir()) == [
        f"reference-until-{CUT_OFF}-without-{iso3}" for iso3 in LEFT
    ]
    for iso3 in LEFT:
        fit = load_fit(kept / f"reference-until-{CUT_OFF}-without-{iso3}")
        assert fit.countries == tuple(one for one in BEGIN if one != iso3)
        assert fit.until == CUT_OFF
        assert not fit.stale(Study(folder))
    assert [what for what, _, _ in ticks] == [
        "joint fit without BBB",
        "joint fit without EEE",
        "runs of the countries left out",
        "countries left out",
    ]
    assert {(score.country, score.series, score.start, score.end) for score in found.hindcast} == {
        (iso3, "log output", CUT_OFF + 1, END) for iso3 in LEFT
    }


def test_the_one_in_debt_is_foretold_to_lose_its_credit(made: tuple[LeaveOneOut, Ticks]) -> None:
    found, _ = made
    assert [one.loss.iso3 for one in found.countries] == ["EEE", "BBB"]
    assert found.countries[0].loss.probability > 0.9
    assert found.countries[1].loss.probability < 0.1
    for scores in found.scores.values():
        assert (scores.defaulters, scores.others) == (("EEE",), ("BBB",))
        assert scores.auc is not None
        assert (scores.auc.value, scores.auc.n_events, scores.auc.n_quiet) == (1.0, 1, 1)


def test_a_straight_line_is_foretold_within_its_noise_and_beats_the_naive(
    made: tuple[LeaveOneOut, Ticks],
) -> None:
    (one,) = made[0].pooled
    assert one.n == 2
    assert one.rmse < 2.0 * 0.03
    assert one.ratio < 1.0


def test_countries_that_begin_later_have_no_such_test(made: tuple[LeaveOneOut, Ticks], folder: Path) -> None:
    assert made[0].untested == {LATE: "begins in 2004"}
    with pytest.raises(InputError) as caught:
        leave_out(Study(folder), [LATE], CUT_OFF, END)
    assert str(caught.value) == (
        f"leave out {LATE}: got a country that begins in 2004; expected one that begins before {CUT_OFF}. "
        "Cure: leave out another."
    )


@pytest.mark.slow
def test_no_later_figure_of_any_country_counts(
    made: tuple[LeaveOneOut, Ticks], folder: Path, tmp_path: Path
) -> None:
    changed = Path(shutil.copytree(folder, tmp_path / "changed"))
    for iso3 in [*BEGIN, LATE]:
        edit_observations(
            changed, f"{iso3}.csv", rf"^({iso3},20(?:0[3-9]|10),output),[^,]+", r"\1,900.0", lock=True
        )
    other = leave_out(Study(changed), LEFT, CUT_OFF, END)
    for one, again in zip(made[0].countries, other.countries, strict=True):
        assert one.loss.iso3 == again.loss.iso3
        assert np.array_equal(one.loss.access, again.loss.access)
    assert all(b.rmse > a.rmse + 0.2 for a, b in zip(made[0].hindcast, other.hindcast, strict=True))


@pytest.mark.slow  # by fits of their own; that no later figure counts is quick
def test_the_earlier_figures_of_the_country_count_for_it_alone(
    made: tuple[LeaveOneOut, Ticks], folder: Path, kept: Path, tmp_path: Path
) -> None:
    changed = Path(shutil.copytree(folder, tmp_path / "changed"))
    edit_observations(changed, "BBB.csv", r"^(BBB,199\d,output),[^,]+", r"\1,0.7", lock=True)
    mine = tmp_path / "kept"
    other = leave_out(Study(changed), ["BBB"], CUT_OFF, END, kept=mine)
    name = f"reference-until-{CUT_OFF}-without-BBB"
    assert load_fit(mine / name).shared == load_fit(kept / name).shared
    before, after = (one.loss.lowest.mean() for one in (made[0].countries[1], other.countries[0]))
    assert after > before  # less output, less debt


@pytest.mark.slow
def test_a_kept_fit_is_used_again_and_a_stale_one_is_not(
    made: tuple[LeaveOneOut, Ticks], folder: Path, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*asked: Any) -> Any:
        raise AssertionError(asked[2])

    monkeypatch.setattr(module, "fit_without", refused)
    again = leave_out(Study(folder), LEFT, CUT_OFF, END, kept=kept)
    assert plain(again.as_dict()) == plain(made[0].as_dict())
    changed = Path(shutil.copytree(folder, tmp_path / "changed"))
    edit(changed / "calibration" / "targets.toml", r"scale = 0\.03", "scale = 0.04")
    with pytest.raises(AssertionError, match="BBB"):
        leave_out(Study(changed), LEFT, CUT_OFF, END, kept=kept)
    with pytest.raises(AssertionError, match="BBB"):
        leave_out(Study(folder), LEFT, CUT_OFF - 1, END, kept=kept)  # another name, none there


def test_the_result_is_kept_and_says_when_it_is_stale(
    made: tuple[LeaveOneOut, Ticks], folder: Path, tmp_path: Path
) -> None:
    study = Study(shutil.copytree(folder, tmp_path / "study"))
    assert load_evidence(study, evidence_name(CUT_OFF)) is None
    path = save_leave_one_out(study, made[0])
    held = load_evidence(study, evidence_name(CUT_OFF))
    assert held is not None
    assert held.stale(study) == []
    assert held.result == json.loads(json.dumps(plain(made[0].as_dict())))
    first = path.read_bytes()
    assert save_leave_one_out(study, made[0]).read_bytes() == first
    edit(study.root / "model" / "countries" / "AAA.toml", "value = 0.8", "value = 0.9")
    assert held.stale(Study(study.root)) == ["country file of AAA"]


@pytest.mark.parametrize(
    ("countries", "until", "said"),
    [
        (
            ["BBB", "BBB"],
            CUT_OFF,
            r"leave one out: got BBB BBB; expected each country once\. Cure: name them",
        ),
        ([], CUT_OFF, r"leave one out: got no country; expected each country once\."),
        (
            None,
            1985,
            r"got 0 countries that begin before 1985; expected 3 at least\. Cure: choose a later year",
        ),
        (["XXX"], CUT_OFF, "XXX"),
    ],
)
def test_what_cannot_be_left_out_is_refused(
    folder: Path, countries: list[str] | None, until: int, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        leave_out(Study(folder), countries, until, END)


def test_a_search_without_a_finite_loss_is_refused(
    made: tuple[LeaveOneOut, Ticks], folder: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = Start(np.zeros(1), 2.0 * REFUSED, 1, "")
    monkeypatch.setattr("latecomer.inference.optimise.maximise", lambda *asked: end)
    with pytest.raises(InputError) as caught:
        leave_out(Study(folder), LEFT, CUT_OFF, END, kept=kept)
    assert str(caught.value) == (
        "countries left out: got no finite loss at the centres of the priors of BBB, EEE; expected one. "
        "Cure: mend their figures, or leave another out."
    )


def area(value: float) -> Auc:
    return Auc(value, 0.0, 1.0, 5, 5)


def test_what_is_asked_of_the_areas_and_errors(made: tuple[LeaveOneOut, Ticks]) -> None:
    scores = {"lv": replace(made[0].scores["lv"], auc=area(0.9))}
    rules = [
        RuleScores("debt/exports", {"lv": area(0.9)}, {"lv": area(0.9)}, ()),
        RuleScores("debt/output and income", {"lv": area(0.9)}, {"lv": area(0.9)}, ()),
    ]
    table = [Pooled("log output", CUT_OFF, 16, 0.146, None, {"no change": 1.0}, "no change", 0.146, None)]
    held = {one.statement: one.holds for one in criteria_of(scores, rules, table, FORECAST)}
    assert held == {
        "area under the curve, lv": True,
        "area above that of debt/exports, lv: difference": False,  # as good is not above
        "area not below that of debt/output and income, lv: difference": True,
        "hits at 20% false alarms, lv": True,
        "pooled error of log output": False,
        "pooled error of log exports": None,
    }


def test_a_source_without_an_event_is_not_judged(made: tuple[LeaveOneOut, Ticks]) -> None:
    scores = {"rr": replace(made[0].scores["rr"], auc=None, hits_at_rate=None)}
    assert {one.holds for one in criteria_of(scores, [], [], FORECAST)} == {None}
    assert not any(math.isnan(one.low) for one in criteria_of(scores, [], [], FORECAST))
