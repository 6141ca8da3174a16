"""Runs of scenarios and variants: what they are called, what they leave on disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from latecomer.errors import InputError
from latecomer.report.pages.scenario import run_scenario
from latecomer.runs.store import run_manifest
from latecomer.study import simulation
from latecomer.study.fits import Fit, save_fit
from latecomer.study.run_spec import OWN_FIT, RunSpec, fit_of
from latecomer.study.simulation import simulate
from latecomer.study.study import Study
from tests.study.studies import edit
from tests.study.test_scenarios import lay_scenario

SHORT = """
["for a while"]
note = "Runs end soon after the figures"
source = "judgement"
horizon = 2024

["closed"]
note = "Imports closed beyond what a member of the World Trade Organization may do"
source = "judgement"
levers."import openness" = {year = 2010, level = 0.0}
levers."wto membership" = {year = 2000, level = 1.0}
"""
MADE_UP = 'note = "What if imports were closed?"\nrows = ["C1"]\noverrides = ["for a while", "closed"]\n'


@pytest.fixture
def study(copied: Path) -> Study:
    """A study with a fit and one scenario."""
    return Study(lay_scenario(copied, MADE_UP, SHORT))


def test_a_scenario_leaves_a_folder_for_each_country_and_one_page(study: Study, tmp_path: Path) -> None:
    made = run_scenario(study, study.spec(None, scenario="made-up"), tmp_path / "out")
    assert list(made.folders) == ["KOR", "BRA"]
    assert made.page == tmp_path / "out" / "scenario.html"
    with xr.open_dataset(made.folders["BRA"] / "results.nc") as kept:
        xr.testing.assert_identical(kept.load(), study.run("BRA", "made-up"))
    manifest = json.loads((made.folders["BRA"] / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["scenario"], manifest["fit"], manifest["years"]) == (
        "made-up",
        "reference",
        [1960, 2024],
    )
    assert manifest["variant"] == "discipline in the export push"
    assert manifest["changes"] == ["import openness: 0 from 2010", "wto membership: 1 from 2000"]
    assumed = {one["driver"]: one for one in manifest["assumptions"]}
    assert assumed["population"]["rule"] == "growth"
    assert assumed["population"]["source"].startswith("UN World Population Prospects")
    assert all(one["after"] < 2024 for one in manifest["assumptions"])
    assert manifest["policy space"] == list(made.refused["BRA"])
    assert any("protection of the home market: asked 1.00 in 2010-2024" in one for one in made.refused["BRA"])
    assert {"scenario", "assumptions"} <= set(manifest["hashes"])
    page = made.page.read_text(encoding="utf-8")
    for said in (
        "What if imports were closed?",
        "discipline in the export push",
        "Brazil",
        *made.refused["BRA"],
    ):
        assert said in page


@pytest.mark.slow  # pages are looked at in tests/report
def test_the_page_holds_the_scenario_against_the_base_of_the_same_years(study: Study, tmp_path: Path) -> None:
    made = run_scenario(study, study.spec(None, scenario="made-up"), tmp_path / "out")
    base = study.run("BRA", study.scenarios["made-up"].base)
    assert base.attrs["scenario"] == "baseline"
    assert float(base["time"][-1]) == 2024
    changed = study.run("BRA", "made-up")
    assert not np.array_equal(base["output"], changed["output"])
    difference = float(changed["output per head"][-1] / base["output per head"][-1] - 1)
    assert f"{abs(round(100 * difference))} %" in made.page.read_text(encoding="utf-8")


@pytest.mark.slow  # one scenario without draws is quick
def test_draws_go_to_disk_and_the_page_is_drawn_without_shocks(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def alike(study: Study, spec: RunSpec) -> xr.Dataset:
        assert spec.seed == 3
        one = simulate(study, spec, spec.iso3)
        one = one[[name for name in spec.variables or () if name in one]]
        return one.expand_dims(case=[spec.iso3], draw=range(spec.draws or 0))

    monkeypatch.setattr(simulation, "ensemble", alike)
    made = run_scenario(
        study, study.spec(None, scenario="made-up", draws=2, seed=3, years=(1960, 1966)), tmp_path / "out"
    )
    with xr.open_dataset(made.folders["KOR"] / "results.nc") as kept:
        assert dict(kept["output"].sizes) == {"draw": 2, "time": 7}
    assert "Brazil" in made.page.read_text(encoding="utf-8")


def manifest_of(study: Study) -> dict[str, Any]:
    return run_manifest(study, study.run("KOR", "made-up"), study.spec("KOR", scenario="made-up"))


@pytest.mark.slow  # hashes are looked at in tests/study
def test_the_same_scenario_gives_the_same_hashes_and_another_gives_others(study: Study) -> None:
    first = manifest_of(study)["hashes"]
    folder = study.root / "runs" / "scenarios"
    edit(folder / "overrides.toml", "Imports closed beyond", "Imports shut beyond")
    again = Study(study.root)
    assert manifest_of(again)["hashes"] == first
    edit(folder / "overrides.toml", "year = 2010, level = 0.0", "year = 2010, level = 0.1")
    other = Study(study.root)
    hashes = manifest_of(other)["hashes"]
    assert {name for name in first if first[name] != hashes[name]} == {"scenario"}


def test_a_scenario_for_a_country_outside_the_fit_is_refused(study: Study, tmp_path: Path) -> None:
    edit(study.root / "runs" / "scenarios" / "overrides.toml", "horizon = 2024", 'countries = ["IND"]')
    with pytest.raises(InputError, match="fit 'reference': got the country 'IND'; expected one of its"):
        run_scenario(Study(study.root), Study(study.root).spec(None, scenario="made-up"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def rival_fit(study: Study) -> Fit:
    made = {"variant": "discipline in learning", "hashes": study.hashes(["KOR"])}
    own = {"KOR": {"learning effectiveness": 0.8}}
    fit = Fit("discipline-in-learning", ("KOR",), None, {"drawdown time": 2.2}, own, made)
    save_fit(fit, study.fits.folder / fit.name)
    return fit


@pytest.mark.slow
def test_a_variant_runs_with_its_switches_and_its_own_fit(study: Study) -> None:
    rival_fit(study)
    run = study.run("KOR", variant="discipline in learning")
    assert (run.attrs["variant"], run.attrs["fit"]) == ("discipline in learning", "discipline-in-learning")
    assert float(run["discipline in push switch"][0]) == 0.0
    assert float(run["discipline in learning switch"][0]) == 1.0
    assert float(run["drawdown time"][0]) == 2.2
    xr.testing.assert_identical(study.run("KOR", fit="discipline-in-learning"), run)


@pytest.mark.slow
def test_the_switches_in_use_name_the_variant(study: Study) -> None:
    off = {"discipline in push switch": 0.0, "discipline in learning switch": 0.0}
    run = study.run("KOR", parameters=off)
    assert run.attrs["variant"] == "country learning effectiveness"
    switched = {"discipline in learning switch": 0.0}
    odd = study.run("KOR", parameters=switched)
    assert odd.attrs["variant"] == "none"
    assert run_manifest(study, odd, study.spec("KOR", parameters=switched))["variant"] == "none"


def test_a_variant_without_a_fit_says_so(study: Study) -> None:
    path = study.root / "model" / "variants.toml"
    edit(path, '\nfit = "learning-effectiveness"', "")
    said = "variant 'country learning effectiveness': got no fit of its own; expected the name of a fit."
    with pytest.raises(InputError, match=said):
        fit_of(Study(study.root), OWN_FIT, "country learning effectiveness")
    assert fit_of(Study(study.root), None, "country learning effectiveness") is None


@pytest.mark.slow
def test_a_stale_fit_of_a_variant_is_made_again_with_its_variant(study: Study) -> None:
    fit = rival_fit(study)
    path = study.root / "model" / "countries" / "KOR.toml"
    edit(path, "start = 1960", "start = 1961")
    with pytest.raises(InputError, match='--name discipline-in-learning --variant "discipline in learning"'):
        fit.refuse_stale(Study(study.root))
