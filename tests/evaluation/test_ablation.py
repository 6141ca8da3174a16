"""Mechanisms removed one at a time from a small study with credit, refitted, and what may then be said."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import Any

import pytest

from latecomer.errors import InputError
from latecomer.evaluation.ablation import (
    AblationStudy,
    ablate,
    evidence_name,
    failures,
    gain_over_countries,
    save_ablation,
)
from latecomer.runs.results import load_evidence, plain
from latecomer.study.fits import load_fit
from latecomer.study.mechanisms import Removal
from latecomer.study.study import Study
from tests.conftest import Laid
from tests.runs.lent import CUT_OFF, END, VARIANT, lay_lent, with_early_fit
from tests.study.studies import edit

pytestmark = pytest.mark.usefixtures("briefly")

LENDING = Removal(name="lending", title="lending", rows=("A6",))
LEARNING = Removal(name="learning", title="learning", rows=("A1",))
OFF = Removal(name="institutions", title="institutions", parameters=("institutions switch",))
REMOVED = (LENDING, LEARNING, OFF)
ASKED: dict[str, Any] = {"removals": REMOVED, "case": "EEE", "beside": ("AAA", "BBB")}


@pytest.fixture(scope="module")
def folder(laid_once: Laid) -> Path:
    return laid_once("lent", lambda folder: with_early_fit(lay_lent(folder)))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def made(folder: Path, kept: Path) -> tuple[AblationStudy, list[str]]:
    said: list[str] = []
    found = ablate(
        Study(folder), CUT_OFF, END, kept=kept, **ASKED, progress=lambda what, *_: said.append(what)
    )
    return found, said


def test_the_breakdown_needs_what_it_does_not_happen_without(made: tuple[AblationStudy, list[str]]) -> None:
    """Credit is lost by debt alone: without lending nobody loses it, and all are alike."""
    lending = made[0].reasons[0]
    assert made[0].whole.fallen == 1.0
    assert lending.foresight.fallen == 0.0
    assert lending.foresight.lowest["EEE"] == lending.foresight.lowest["AAA"]
    areas = [one.value for one in lending.foresight.aucs.values() if one is not None]
    assert areas == [0.5, 0.5]
    assert lending.statement == (
        "the breakdown needs lending: without it EEE is below one half in 2004-06 in 0 % of the draws and "
        "the area under the curve falls by 0.50 (lv), 0.50 (rr)"
    )


def test_lending_moves_no_figure_that_is_held_out(made: tuple[AblationStudy, list[str]]) -> None:
    found = made[0]
    assert found.reasons[0].gain == pytest.approx(0.0, abs=1e-6)
    assert found.reasons[0].foresight.rmse == pytest.approx(found.whole.rmse)


def test_a_worse_forecast_alone_is_no_reason(made: tuple[AblationStudy, list[str]]) -> None:
    """Without growth output is missed by far, yet those in debt still lose their credit."""
    learning = made[0].reasons[1]
    assert set(learning.idle) == {"learning rate", "idle effect"}
    assert learning.gain > 3.0 * learning.se > 0.0
    assert learning.foresight.rmse["log output"] > made[0].naive["log output"]
    assert learning.foresight.log_score == pytest.approx(made[0].whole.log_score - learning.gain)


def test_what_is_off_already_changes_nothing(made: tuple[AblationStudy, list[str]]) -> None:
    found, off = made[0], made[0].reasons[2]
    assert (off.zeroed, off.idle) == (("institutions switch",), ())
    assert (off.gain, off.se) == (0.0, 0.0)
    assert set(off.falls.values()) == {(0.0, 0.0)}
    assert {**vars_of(off.foresight), "fit": ""} == {**vars_of(found.whole), "fit": ""}
    assert off.statement == "whether the breakdown needs institutions cannot be decided by these figures"


def vars_of(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


def test_each_is_fitted_anew_and_kept_under_its_name(
    made: tuple[AblationStudy, list[str]], folder: Path, kept: Path
) -> None:
    assert sorted(path.name for path in kept.iterdir()) == [
        f"reference-until-{CUT_OFF}-without-{name}" for name in ("institutions", "learning", "lending")
    ]
    fit = load_fit(kept / f"reference-until-{CUT_OFF}-without-learning")
    assert fit.stale(Study(folder)) == ["parameters"]  # it belongs to the study without, not to the study
    centre = Study(folder).parameters["learning rate"].prior
    assert centre is not None
    assert fit.shared["learning rate"] == pytest.approx(centre.centre)  # nothing moves what is idle
    assert fit.manifest["variant"] == VARIANT
    assert made[1] == [
        "fit without lending",
        "fit without learning",
        "fit without institutions",
        "the variant whole",
        "mechanisms compared",
    ]


@pytest.mark.slow
def test_kept_fits_are_used_again(
    made: tuple[AblationStudy, list[str]], folder: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*asked: Any, **ways: Any) -> Any:
        raise AssertionError("a search")

    monkeypatch.setattr("latecomer.inference.optimise.maximise", refused)
    again = ablate(Study(folder), CUT_OFF, END, kept=kept, **ASKED)
    assert plain(again.as_dict()) == plain(made[0].as_dict())
    other = {**ASKED, "removals": (Removal(name="debt", title="debt", parameters=("debt effect",)),)}
    with pytest.raises(AssertionError, match="a search"):
        ablate(Study(folder), CUT_OFF, END, kept=kept, **other)


def test_the_comparison_is_kept_and_says_when_it_is_stale(
    made: tuple[AblationStudy, list[str]], folder: Path, tmp_path: Path
) -> None:
    study = Study(shutil.copytree(folder, tmp_path / "study"))
    assert load_evidence(study, evidence_name(CUT_OFF)) is None
    save_ablation(study, made[0])
    held = load_evidence(study, evidence_name(CUT_OFF))
    assert held is not None
    assert held.stale(study) == []
    statements = [row["statement"] for row in held.result["reasons"]]
    assert statements == [one.statement for one in made[0].reasons]
    edit(study.root / "model" / "parameters.toml", r"value = 0\.05\n", "value = 0.06\n")
    assert held.stale(Study(study.root)) == ["parameters"]


def test_a_study_without_the_fit_of_the_whole_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match=r"fit 'reference-until-2000': got no such fit; expected one until"):
        ablate(Study(folder), 2000, END, **ASKED)


def test_an_unknown_mechanism_is_refused_before_any_fit(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("latecomer.inference.optimise.maximise", None)
    gap = Removal(name="gap", title="the gap", rows=("A3",))
    with pytest.raises(InputError, match="row 'A3': got no such row"):
        ablate(Study(folder), CUT_OFF, END, removals=(LENDING, gap))


@pytest.mark.parametrize(
    ("whole", "fallen", "falls", "count"),
    [
        (0.9, 0.4, {"lv": (0.0, 0.1)}, 1),  # it no longer breaks down
        (0.4, 0.1, {"lv": (0.0, 0.1)}, 0),  # it did not before
        (0.9, 0.5, {"lv": (0.1, 0.1)}, 0),  # half of the draws, and no more than the error
        (0.9, 0.9, {"lv": (0.2, 0.1), "rr": (0.05, 0.1)}, 0),  # one catalogue alone
        (0.9, 0.9, {"lv": (0.2, 0.1), "rr": (0.11, 0.1)}, 1),
        (0.9, 0.2, {"lv": (0.2, 0.1)}, 2),
        (None, None, {}, 0),  # no such country, no catalogue
    ],
)
def test_a_model_without_fails_by_the_rule(
    whole: float | None, fallen: float | None, falls: dict[str, tuple[float, float]], count: int
) -> None:
    assert len(failures("BRA is below one half in 1981-83", whole, fallen, falls)) == count


def test_the_error_of_a_gain_is_that_of_independent_countries() -> None:
    """The same difference in every country has none; figures within a country go together."""
    points = [(iso3, "log output", year) for iso3 in ("AAA", "BBB", "CCC") for year in (1980, 1981)]
    ones, zeros = dict.fromkeys(points, 1.0), dict.fromkeys(points, 0.0)
    assert gain_over_countries(ones, zeros) == (6.0, 0.0)
    gain, se = gain_over_countries({points[0]: 1.0}, {points[0]: 0.0})
    assert gain == 1.0
    assert math.isnan(se)
