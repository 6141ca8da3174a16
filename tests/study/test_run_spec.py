"""What is asked of runs: names looked up, countries found, what is not one request refused."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latecomer.errors import Fault, InputError
from latecomer.study.run_spec import checked_span, resolve
from latecomer.study.scenarios import DriverChange, LeverChange, Override, changed_driver, changed_lever
from latecomer.study.schema import validated
from latecomer.study.simulation import ensemble
from latecomer.study.study import Study
from tests.study.studies import pretend_fit
from tests.study.test_scenarios import lay_scenario


@pytest.mark.slow
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


@pytest.mark.slow  # over all countries
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


# The years of a run: within the window, on the saved times; beyond the figures by assumptions or not


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("years", "dt", "said"),
    [
        (
            (1800, 1810),
            None,
            "years: got a first year of 1800; expected 1960 or later: the window of KOR begins then.",
        ),
        ((-1e308, 1e308), None, "years: got a first year of -1e+308; expected 1960 or later"),
        ((1960, 1e307), None, "dt: got 8e+307 steps of 0.125; expected at most 1,000,000 steps."),
        ((1960, 1e308), None, "dt: got inf steps of 0.125; expected at most 1,000,000 steps."),
        ((1960, 1970), 1e-9, "dt: got 1e+10 steps of 1e-09; expected at most 1,000,000 steps."),
        (
            (1960, 1970),
            1e-300,
            "expected at most 1,000,000 steps. Cure: choose a larger step or fewer years.",
        ),
        ((1960, 1970), 2e-5, "steps of 138 stocks and drivers; expected at most 50,000,000 values."),
        ((1990, 1960), None, "years: got 1990 to 1960; expected a first year before the last."),
        ((1960, 1960), None, "years: got 1960 to 1960; expected a first year before the last."),
        ((NAN, NAN), None, "years: got nan to nan; expected a first year before the last."),
        ((1960, INF), None, "years: got 1960 to inf; expected a first year before the last."),
        (
            (1960.5, 1970.25),
            None,
            "a last year that is saved, the first and a multiple of 1. Cure: end the run in 1969.5 or 1970.5",
        ),
        (
            (1960, 1960.5),
            None,
            "a last year that is saved, the first and a multiple of 1. Cure: end the run in 1961.",
        ),
        (("1960", "1970"), None, "years: got ('1960', '1970'); expected a first year before the last."),
        ("1960:1970", None, "years: got '1960:1970'; expected a first year before the last. Cure: hand over"),
        ((1960,), None, "years: got (1960,); expected a first year before the last."),
        (1960, None, "years: got 1960; expected a first year before the last."),
        ((True, 1970), None, "years: got (True, 1970); expected a first year before the last."),
        ((1960, 1970), 0.0, "dt: got 0; expected a step above 0."),
        ((1960, 1970), -1.0, "dt: got -1; expected a step above 0."),
        ((1960, 1970), NAN, "dt: got nan; expected a step above 0."),
        ((1960, 1970), "x", "dt: got 'x'; expected a step above 0."),
        ((1960, 1970), INF, "dt: got inf; expected a step above 0."),
        ((1960, 1970), 0.3, "dt: got 0.3; expected a step that divides the span 10."),
    ],
)
def test_years_that_cannot_be_run_are_refused(study: Study, years: Any, dt: Any, said: str) -> None:
    with pytest.raises(InputError) as error:
        resolve(study, "KOR", None, years=years, dt=dt)
    (fault,) = error.value.faults
    assert str(fault).startswith(said) or said in str(fault)
    with pytest.raises(InputError):
        study.simulate("KOR", years=years, dt=dt)


@pytest.mark.parametrize(
    ("years", "dt"),
    [((1960, 2010), None), ((1960.5, 1970.5), None), ((1970.0, 1971.0), 0.25)],
)
def test_years_on_the_saved_times_are_those_of_the_run(study: Study, years: Any, dt: float | None) -> None:
    run = study.simulate("KOR", years=years, dt=dt)
    assert (float(run["time"][0]), float(run["time"][-1])) == years


def test_years_may_be_an_array(study: Study) -> None:
    assert checked_span(study, "KOR", np.array([1960.0, 1970.0])) == (1960.0, 1970.0)  # type: ignore[arg-type]


def test_within_the_window_nothing_is_assumed_where_there_are_figures(study: Study) -> None:
    setup = resolve(study, "KOR", None).setup
    assert (setup.years, setup.assumed) == ((1960.0, 2010.0), ())
    assert resolve(study, "KOR", None, years=(1960, 2010)).setup.assumed == ()


def test_a_window_that_is_longer_than_the_figures_says_what_stays(study: Study) -> None:
    setup = resolve(study, "VNM", None).setup
    assert {one.driver for one in setup.assumed} == {
        table.removesuffix(" table") for table in study.drivers.sources
    }
    assert {(one.after, one.assumption.rule) for one in setup.assumed} == {(2017.0, "hold")}


def test_beyond_the_figures_the_assumptions_carry_on_and_are_told(study: Study) -> None:
    setup = resolve(study, "KOR", None, years=(1960, 2040)).setup
    told = {one.driver: one.as_dict() for one in setup.assumed}
    assert set(told) == {table.removesuffix(" table") for table in study.drivers.sources}
    assert told["world output"]["rule"] == "growth"
    years, values = setup.tables["world output table"]
    assert years[-1] == 2040
    assert values[-1] > 1.4 * values[list(years).index(told["world output"]["after"])]
    run = study.simulate("KOR", years=(1960, 2040))
    assert float(run["world output"][-1]) == values[-1]
    recorded = study.simulate("KOR")
    np.testing.assert_array_equal(run["output"][:51], recorded["output"])


@pytest.mark.slow
def test_beyond_the_figures_a_study_without_assumptions_refuses(folder: Path) -> None:
    for file in (folder / "runs" / "scenarios").iterdir():
        file.unlink()
    bare = Study(folder)
    assert resolve(bare, "KOR", None).setup.assumed == ()
    with pytest.raises(InputError) as error:
        resolve(bare, "KOR", None, years=(1960, 2040))
    assert len(error.value.faults) == len(bare.drivers.sources)
    said = {fault.place: fault for fault in error.value.faults}
    fault = said["assumptions.toml, KOR, oil price"]
    assert fault.got.startswith("no assumption after its last figure, of 20")
    assert fault.got.endswith(", for a run to 2040")
    assert 'add [world."oil price"] or [countries.KOR."oil price"]' in fault.cure


# Overrides: what a change makes of a table, and how each fault is said


LEVER = np.array([1960.0, 1980.0, 2019.0]), np.array([0.0, 1.0, 0.2])
DRIVER = np.array([2000.0, 2002.0, 2004.0]), np.array([10.0, 12.0, 14.0])


def lever(start: int = 1960, **asked: Any) -> dict[float, float]:
    years, levels = changed_lever(LEVER, LeverChange.model_validate(asked), start)
    assert np.all(np.diff(years) > 0)
    return dict(zip(years.tolist(), levels.tolist(), strict=True))


def driver(**asked: Any) -> list[float]:
    years, values = changed_driver(DRIVER, DriverChange.model_validate(asked), 2003, 2005)
    assert years.tolist() == [2000, 2001, 2002, 2003, 2004, 2005]
    return values.tolist()


def test_a_level_holds_from_its_year_on_and_the_past_stays() -> None:
    found = lever(year=1990, level=0.5)
    assert found == {1960.0: 0.0, 1980.0: 1.0, 1989.0: pytest.approx(1 - 0.8 * 9 / 39), 1990.0: 0.5}


def test_regimes_replace_what_comes_after_their_first_year() -> None:
    found = lever(regimes=[{"year": 1970, "level": 0.1}, {"year": 2030, "level": 0.9}])
    assert found == {1960.0: 0.0, 1969.0: pytest.approx(0.45), 1970.0: 0.1, 2030.0: 0.9}


def test_no_change_reaches_the_first_year_of_a_run() -> None:
    found = lever(start=1990, year=1965, level=0.0)
    assert found[1990.0] == pytest.approx(1 - 0.8 * 10 / 39)
    assert found[1991.0] == 0.0
    assert list(found)[-1] == 1991.0
    late = lever(start=1990, regimes=[{"year": 1981, "level": 0.0}, {"year": 2001, "level": 1.0}])
    assert late[1991.0] == pytest.approx(0.5)
    assert late[2001.0] == 1.0


def test_the_base_stays_in_force_where_the_change_keeps_the_higher_or_the_lower() -> None:
    higher = lever(year=1970, level=0.6, keep="higher")
    assert (higher[1975.0], higher[1980.0], higher[2019.0]) == (0.75, 1.0, 0.6)
    lower = lever(year=1970, level=0.6, keep="lower")
    assert (lower[1970.0], lower[1980.0], lower[2019.0]) == (0.5, 0.6, 0.2)


def test_a_driver_follows_a_rule_after_a_year_or_after_its_last_figure() -> None:
    assert driver(rule="hold", unit="Dmnl", after=2001) == [10, 11, 11, 11, 11, 11]
    assert driver(rule="rise", value=3.0, unit="1/Year") == [10, 11, 12, 13, 16, 19]
    grown = driver(rule="growth", value=np.log(2), unit="1/Year", after=2004)
    assert grown == pytest.approx([10, 11, 12, 13, 14, 28])
    tending = driver(rule="converge", value=0.0, speed=np.log(2), unit="Dmnl", after=2003)
    assert tending == pytest.approx([10, 11, 12, 13, 6.5, 3.25])


def test_a_driver_follows_a_path_and_stays_at_its_end() -> None:
    path = [{"year": 2002, "value": 0.0}, {"year": 2004, "value": 4.0}]
    assert driver(rule="path", path=path, unit="Dmnl") == [10, 11, 0, 2, 4, 4]


def test_a_driver_is_multiplied_between_two_years() -> None:
    assert driver(rule="factor", value=0.5, after=2001, until=2003, unit="Dmnl") == [10, 11, 6, 6.5, 14, 14]


@pytest.mark.parametrize(
    ("schema", "asked", "said"),
    [
        (
            LeverChange,
            {"year": 2020},
            "got no regimes, or one half of year and level; expected year and level",
        ),
        (LeverChange, {}, "expected year and level, or regimes alone."),
        (
            LeverChange,
            {"year": 2020, "level": 0.5, "regimes": [{"year": 2020, "level": 0.5}]},
            "got another form; expected year and level, or regimes alone.",
        ),
        (LeverChange, {"year": 2020, "level": 1.5}, "got the level 1.5; expected a level from 0 to 1."),
        (
            LeverChange,
            {"regimes": [{"year": 2020, "level": 1.5}]},
            "regimes, entry 1, level: got the level 1.5; expected a level from 0 to 1.",
        ),
        (
            LeverChange,
            {"regimes": [{"year": 2020, "level": 0.5}, {"year": 2019, "level": 0.5}]},
            "got the year 2019 after 2020; expected years that increase.",
        ),
        (
            LeverChange,
            {"years": 2020},
            "got the unknown key 'years'; expected one of year, level, regimes, keep.",
        ),
        (
            DriverChange,
            {"rule": "path", "unit": "Dmnl"},
            "got another form; expected path = [{year = ..., value = ...}] alone.",
        ),
        (
            DriverChange,
            {"rule": "hold", "unit": "Dmnl", "path": [{"year": 2020, "value": 1.0}]},
            "got a path; expected none for the rule 'hold'.",
        ),
        (
            DriverChange,
            {"rule": "factor", "value": 0.5, "unit": "Dmnl", "after": 2020},
            "got another form; expected value, after and until for the rule 'factor'.",
        ),
        (
            DriverChange,
            {"rule": "factor", "value": 0.5, "unit": "Dmnl", "after": 2020, "until": 2020},
            "got the years 2020 to 2020; expected a first year before the last.",
        ),
        (
            DriverChange,
            {"rule": "hold", "unit": "Dmnl", "after": 2020, "until": 2030},
            "got until for the rule 'hold'; expected until for the rule 'factor' only.",
        ),
        (DriverChange, {"rule": "growth", "unit": "1/Year"}, "got no value; expected value for the rule"),
        (
            Override,
            {"name": "o", "note": "n", "source": "s"},
            "got no change; expected one of horizon, countries, parameters, levers, drivers.",
        ),
        (
            Override,
            {"name": "o", "note": "n", "source": "s", "horizn": 2050},
            "got the unknown key 'horizn'; expected one of name, note, source, only, horizon",
        ),
    ],
)
def test_each_fault_is_said(schema: type[Any], asked: dict[str, Any], said: str) -> None:
    faults: list[Fault] = []
    assert validated(schema, asked, "a place", faults) is None
    assert len(faults) == 1
    assert said in str(faults[0])


def test_changes_are_said_in_words() -> None:
    override = Override.model_validate(
        {
            "name": "o",
            "note": "n",
            "source": "s",
            "parameters": {"drawdown time": 2.5},
            "levers": {
                "deviation": {"year": 2020, "level": 0.5},
                "import openness": {"regimes": [{"year": 2020, "level": 0.5}], "keep": "lower"},
            },
            "drivers": {
                "oil price": {
                    "rule": "path",
                    "path": [{"year": 2030, "value": 90.0}],
                    "unit": "dollars/barrel",
                },
                "population": {"rule": "growth", "value": 0.01, "unit": "1/Year"},
                "world exports": {
                    "rule": "factor",
                    "value": 0.9,
                    "after": 2024,
                    "until": 2030,
                    "unit": "Dmnl",
                },
                "world output": {"rule": "hold", "unit": "billion dollars/Year", "after": 2024},
            },
        }
    )
    assert override.changes == [
        "drawdown time = 2.5",
        "deviation: 0.5 from 2020",
        "import openness: at most 0.5 in 2020",
        "oil price: 90 dollars/barrel in 2030",
        "population: grows by 0.01 a year after its last figure",
        "world exports: times 0.9 after 2024 until 2030",
        "world output: stays at its last figure after 2024",
    ]
