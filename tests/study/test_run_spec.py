"""What is asked of runs: names looked up, countries found, what is not one request refused."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from latecomer.errors import InputError
from latecomer.study.simulation import ensemble
from latecomer.study.study import Study
from tests.study.studies import pretend_fit
from tests.study.test_scenarios import lay_scenario


def test_a_request_holds_what_its_names_stand_for(folder: Path) -> None:
    fit, study = pretend_fit(lay_scenario(folder)), Study(folder)
    spec = study.spec("KOR", scenario="made-up", parameters={"drawdown time": 3.0}, draws=5, seed=2)
    assert (spec.fit, spec.scenario) == (study.fits[fit.name], study.scenarios["made-up"])
    assert (spec.iso3, spec.setup, spec.countries) == ("KOR", spec.setups["KOR"], ("KOR",))
    assert spec.setup.years == (1960.0, 2030.0)
    assert spec.setup.parameters["drawdown time"] == 3.0
    assert spec.setup.parameters["learning effectiveness"] == 0.9
    assert (spec.uncertainty, spec.used_method) == ("shocks", "euler")
    called = {"country": "KOR", "scenario": "made-up", "fit": "reference", "variant": spec.setup.variant}
    assert spec.called("KOR") == called
    with pytest.raises(FrozenInstanceError):
        spec.seed = 3  # type: ignore[misc]


def test_without_draws_nothing_differs(study: Study) -> None:
    spec = study.spec("KOR", None)
    assert (spec.uncertainty, spec.used_method, spec.fit, spec.scenario) == ("none", "rk4", None, None)
    assert study.spec("KOR", None, method="heun").used_method == "heun"


def test_no_country_named_is_those_of_the_scenario_else_of_the_fit_else_all(folder: Path) -> None:
    pretend_fit(lay_scenario(folder))
    study = Study(folder)
    assert study.spec(None).countries == ("KOR", "BRA")
    assert study.spec(None, None).countries == tuple(study.countries)


def test_a_request_of_several_countries_is_taken_apart(study: Study) -> None:
    spec = study.spec(["KOR", "BRA"], None)
    one = spec.of("BRA")
    assert (one.iso3, one.setup) == ("BRA", spec.setups["BRA"])
    with pytest.raises(InputError) as caught:
        _ = spec.setup
    assert str(caught.value) == (
        "countries: got KOR, BRA; expected one country. Cure: ask for one at a time, or for an ensemble."
    )


def test_an_ensemble_needs_draws(study: Study) -> None:
    with pytest.raises(InputError) as caught:
        ensemble(study, study.spec("KOR", None))
    assert str(caught.value) == (
        "draws: got none; expected at least one run with shocks. Cure: ask for some, such as 1000."
    )
