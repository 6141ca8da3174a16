"""Scenarios against the accepted ones: what moved is told, and nothing else is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from latecomer.errors import InputError
from latecomer.evaluation import scenario_regression as kept_outcomes
from latecomer.evaluation.scenario_regression import (
    FILE,
    MovedPath,
    accept,
    check_scenarios,
    moved_paths,
    read_scenario_baseline,
    scenario_outcomes,
)
from latecomer.runs.results import hashes_of
from latecomer.study.study import Study
from tests.outcomes import OUTCOMES
from tests.study.studies import edit
from tests.study.test_scenarios import lay_scenario

SHARED = """
["to 2000"]
note = "Runs go on"
source = "judgement"
horizon = 2000
countries = ["KOR"]

["open"]
note = "Imports free"
source = "judgement"
levers."import openness" = {year = 1990, level = 1.0}
"""
OPEN = 'note = "Open"\nrows = ["A3"]\noverrides = ["to 2000", "open"]\n'
BASE = 'note = "Base"\noverrides = ["to 2000"]\n'


@pytest.fixture(scope="module")
def accepted(fitted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with two scenarios of one country, accepted; no test changes it."""
    folder = lay_scenario(
        Path(shutil.copytree(fitted, tmp_path_factory.mktemp("accepted") / "study")), OPEN, SHARED
    )
    (folder / "runs" / "scenarios" / "baseline.toml").write_text(BASE, encoding="utf-8")
    study = Study(folder)
    accept(study, study.fits["reference"])
    return folder


@pytest.fixture
def folder(accepted: Path, tmp_path: Path) -> Path:
    """A copy of it to change."""
    return Path(shutil.copytree(accepted, tmp_path / "study"))


@pytest.mark.slow
def test_what_was_accepted_holds_until_something_moves(folder: Path) -> None:
    found = check_scenarios(Study(folder))
    assert (found.holds, found.moved, found.changed) == (True, (), ())
    assert found.compared == 2 * len(OUTCOMES.pages.scenario)


def test_the_accepted_scenarios_of_the_reference_study_are_of_the_study_as_it_is(root: Path) -> None:
    held, study = read_scenario_baseline(root / FILE), Study(root)
    fit = study.fits[held["fit"]]
    assert held["made from"] == hashes_of(study, fit.countries, [fit]), "latecomer accept"
    assert set(held["outcomes"]) == set(study.scenarios)


def test_a_path_stands_on_a_line(folder: Path) -> None:
    lines = (folder / FILE).read_text(encoding="utf-8").splitlines()
    assert sum('"1970": ' in line and '"2000": ' in line for line in lines) == 2 * len(
        OUTCOMES.pages.scenario
    )


@pytest.mark.slow
def test_a_changed_override_moves_its_scenario_alone(folder: Path) -> None:
    edit(folder / "runs" / "scenarios" / "overrides.toml", r"level = 1\.0", "level = 0.2")
    found = check_scenarios(Study(folder))
    assert {one.scenario for one in found.moved} == {"made-up"}
    assert {one.country for one in found.moved} == {"KOR"}
    assert "emissions" in {one.outcome for one in found.moved}
    assert not found.holds


def test_a_changed_parameter_is_named_beside_what_it_moved(folder: Path) -> None:
    path = folder / "calibration" / "fits" / "reference" / "parameters.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    told["by_country"]["KOR"]["learning effectiveness"] = 0.8
    path.write_text(json.dumps(told), encoding="utf-8")
    found = check_scenarios(Study(folder))
    assert found.changed == ("fit 'reference'",)
    assert {one.country for one in found.moved} == {"KOR"}


@pytest.mark.slow
def test_scenarios_that_are_gone_or_new_have_moved(folder: Path) -> None:
    (folder / "runs" / "scenarios" / "made-up.toml").rename(folder / "runs" / "scenarios" / "renamed.toml")
    found = check_scenarios(Study(folder))
    sides = {one.scenario: (one.was is None, one.now is None) for one in found.moved}
    assert sides == {"made-up": (False, True), "renamed": (True, False)}
    assert {one.change for one in found.moved} == {None}


def test_paths_are_kept_every_ten_years_and_at_their_ends(folder: Path) -> None:
    held = json.loads((folder / FILE).read_text(encoding="utf-8"))
    years = list(held["outcomes"]["baseline"]["KOR"]["emissions"])
    assert sorted(years) == ["1960", "1970", "1980", "1990", "2000"]


def test_a_difference_below_a_hair_is_none() -> None:
    was = {"s": {"KOR": {"output": {"2000": 100.0, "2010": 0.5}}}}
    hair = {"s": {"KOR": {"output": {"2000": 100.009, "2010": 0.505}}}}
    more = {"s": {"KOR": {"output": {"2000": 100.02, "2010": 0.5}}}}
    assert list(moved_paths(was, hair)) == []
    assert list(moved_paths(was, more)) == [
        MovedPath("s", "KOR", "output", was["s"]["KOR"]["output"], more["s"]["KOR"]["output"])
    ]
    longer = {"s": {"KOR": {"output": {"2000": 100.0, "2010": 0.5, "2020": 1.0}}}}
    assert [one.ends for one in moved_paths(was, longer)] == [(0.5, 1.0)]


def test_what_cannot_be_compared_is_refused(folder: Path, tmp_path: Path) -> None:
    file = folder / FILE
    file.write_text(file.read_text(encoding="utf-8")[:100], encoding="utf-8")
    with pytest.raises(InputError, match=r"no whole file; expected accepted scenarios.*latecomer accept"):
        check_scenarios(Study(folder))
    file.unlink()
    with pytest.raises(InputError, match=r"no accepted scenarios; expected a version to compare with"):
        check_scenarios(Study(folder))
    for path in (folder / "runs" / "scenarios").glob("*.toml"):
        if path.name != "assumptions.toml":
            path.unlink()
    with pytest.raises(InputError, match="scenarios: got none in this study"):
        accept(Study(folder), None)
    assert scenario_outcomes(Study(folder), None) == {}


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_outcome_that_is_no_number_is_refused_and_never_nought(value: float) -> None:
    run = xr.Dataset({"output": ("time", [1.0, value, 2.0])}, {"time": [1960.0, 1961.0, 1962.0]})
    with pytest.raises(InputError) as error:
        kept_outcomes._path(run, "output", "scenario 'zones-first', KOR")
    assert str(error.value) == (
        f"scenario 'zones-first', KOR, 'output': got {value} in 1961; expected a number in every year. "
        "Cure: look at its equation and at the changes of the scenario; nothing was kept."
    )
