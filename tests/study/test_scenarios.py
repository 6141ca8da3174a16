"""Scenarios: lists of overrides on one base; what they change, what they leave, what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.study.run_spec import resolve
from latecomer.study.scenarios import Scenario, Scenarios, load_scenarios
from latecomer.study.study import Study

ASKED = {
    "baseline",
    "discipline-without-subsidy",
    "subsidy-without-discipline",
    "labour-high-road",
    "captive-chains",
    "mixed-chains",
    "zones-first",
    "clusters-first",
    "fatigue-of-globalisation",
    "knowledge-commons",
    "green-conditionality",
    "overloaded-conditions",
    "staged-portfolio",
    "coercion-shock",
}
SHARED = """
["to 2030"]
note = "Runs go on"
source = "judgement"
horizon = 2030

["open"]
note = "Imports free"
source = "judgement"
levers."import openness" = {year = 2005, level = 1.0}

["closed"]
note = "Imports closed, in one country"
source = "judgement"
only = ["BRA"]
parameters."drawdown time" = 2.5
levers."import openness" = {year = 2005, level = 0.0}
drivers."population" = {rule = "hold", unit = "million persons", after = 2005}
"""
MADE_UP = 'note = "Made up"\nrows = ["A3"]\noverrides = ["to 2030", "open", "closed"]\n'


def lay_scenario(laid: Path, text: str = MADE_UP, shared: str = SHARED) -> Path:
    """A study with one scenario, made-up, and its shared overrides."""
    folder = laid / "runs" / "scenarios"
    for path in folder.glob("*.toml"):
        if path.name != "assumptions.toml":
            path.unlink()
    (folder / "overrides.toml").write_text(shared, encoding="utf-8")
    (folder / "made-up.toml").write_text(text, encoding="utf-8")
    return laid


def said_of(folder: Path) -> list[str]:
    with pytest.raises(InputError) as error:
        _ = Study(folder).scenarios
    return [str(fault) for fault in error.value.faults]


@pytest.mark.slow
def test_the_reference_study_has_the_scenarios_that_analysts_ask_for(study: Study) -> None:
    assert set(study.scenarios) >= ASKED
    for name in ASKED - {"baseline"}:
        scenario = study.scenarios[name]
        assert len(scenario.note) > 40
        assert scenario.rows
        assert scenario.changes()
    assert study.scenarios["baseline"].changes() == []
    assert study.scenarios["baseline"].horizon == 2050


@pytest.mark.slow  # the scenarios are run by `latecomer check-scenarios`
def test_every_scenario_starts_from_finite_tables_up_to_its_last_year(study: Study) -> None:
    for scenario in study.scenarios.values():
        for iso3 in scenario.countries or study.countries:
            setup = resolve(study, iso3, None, scenario).setup
            window = study.countries[iso3].window
            assert setup.years == (window.start, scenario.horizon or window.end)
            for table, (years, values) in setup.tables.items():
                assert np.all(np.isfinite(values)), (scenario.name, iso3, table)
                assert np.all(np.diff(years) > 0), (scenario.name, iso3, table)


@pytest.mark.slow
def test_a_run_beyond_the_record_is_the_record_up_to_its_end(study: Study) -> None:
    end = study.countries["BRA"].window.end
    record = study.simulate("BRA")
    beyond = study.simulate("BRA", scenario="baseline")
    assert float(beyond["time"][-1]) == 2050
    for name in ("output", "external debt", "capability"):
        np.testing.assert_allclose(beyond[name].sel(time=record["time"]), record[name], rtol=1e-12)
    assert float(record["time"][-1]) == end


@pytest.mark.slow
def test_overrides_reach_the_countries_that_they_concern_and_the_last_one_counts(folder: Path) -> None:
    study = Study(lay_scenario(folder))
    scenario = study.scenarios["made up"]
    assert (scenario.horizon, scenario.countries) == (2030, ())
    brazil, india = resolve(study, ["BRA", "IND"], None, scenario).setups.values()
    assert brazil.parameters["drawdown time"] == 2.5
    assert india.parameters["drawdown time"] == study.parameters["drawdown time"].value
    for setup, level in ((brazil, 0.0), (india, 1.0)):
        years, levels = setup.tables["import openness table"]
        assert np.interp(2005, years, levels) == level
        assert np.interp(2030, years, levels) == level
    held = dict(zip(*brazil.tables["population table"], strict=True))
    assert held[2030] == held[2005] > held[2000]
    grown = dict(zip(*india.tables["population table"], strict=True))
    assert grown[2030] > grown[2005]
    assert {one.driver for one in brazil.assumed} == {one.driver for one in india.assumed}
    assert {one.driver: one.changed_by for one in brazil.assumed}["population"] == ("closed",)
    assert {one.changed_by for one in india.assumed} == {()}


@pytest.mark.slow
def test_what_is_set_goes_before_the_scenario_and_this_before_the_fit(folder: Path) -> None:
    study = Study(lay_scenario(folder))
    setup = resolve(study, "BRA", None, "made-up", parameters={"drawdown time": 3.0}).setup
    assert setup.parameters["drawdown time"] == 3.0


@pytest.mark.slow
def test_the_base_of_a_scenario_has_its_years_and_no_change(folder: Path) -> None:
    study = Study(lay_scenario(folder))
    base = study.scenarios["made-up"].base
    assert (base.name, base.horizon, base.changes()) == ("baseline", 2030, [])
    record, beyond = (resolve(study, "BRA", None, one).setup for one in (None, base))
    assert beyond.parameters == record.parameters


@pytest.mark.slow
def test_a_horizon_within_the_figures_assumes_nothing(folder: Path) -> None:
    study = Study(lay_scenario(folder, shared=SHARED.replace("horizon = 2030", "horizon = 2005")))
    setup = resolve(study, "BRA", None, "made-up").setup
    assert setup.assumed == ()
    assert setup.years == (1960, 2005)


@pytest.mark.slow
def test_all_faults_of_all_scenarios_come_at_once_with_their_cures(folder: Path) -> None:
    shared = (
        SHARED.replace(
            '"import openness" = {year = 2005, level = 1.0}', '"import opennes" = {year = 2005, level = 1.0}'
        )
        .replace('only = ["BRA"]', 'only = ["BRZ"]')
        .replace('"drawdown time" = 2.5', '"drawdwn time" = 2.5\nparameters."discipline time" = 1e9')
        .replace('"population"', '"popluation"')
        .replace("horizon = 2030", 'horizon = 1950\ncountries = ["KRO"]')
    )
    said = said_of(lay_scenario(folder, shared=shared))
    assert [line.split("; expected")[0] for line in said] == [
        "scenario 'made-up', to 2030, countries: got the country 'KRO'",
        "scenario 'made-up', to 2030, horizon: got 1950",
        "scenario 'made-up', open, levers, import opennes: got an unknown lever",
        "scenario 'made-up', closed, only: got the country 'BRZ'",
        "scenario 'made-up', closed, drivers, popluation: got an unknown driver",
        "scenario 'made-up', closed, parameters, drawdwn time: got an unknown name",
        "scenario 'made-up', closed, parameters, discipline time: got 1e+09",
    ]
    assert "Cure: write the nearest name: 'KOR'." in said[0]
    assert re.search(r"expected a year after \d+, when the last country begins, up to 2100\.", said[1])
    assert "expected a lever of the study. Cure: write the nearest name: 'import openness'." in said[2]
    assert "expected a driver of drivers.toml. Cure: write the nearest name: 'population'." in said[4]
    assert "expected the name of a parameter. Cure: write the nearest name: 'drawdown time'." in said[5]
    assert "expected a value from" in said[6]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            'unit = "million persons"',
            'unit = "Dmnl"',
            "closed, drivers, population: got the unit Dmnl; expected the unit million persons.",
        ),
        (
            '"open", "closed"]',
            '"opne", "closed"]',
            "made-up.toml, overrides: got the override 'opne'; expected",
        ),
        ("overrides = [", "override = [", "made-up.toml: got no overrides; expected a value for overrides."),
        ('rows = ["A3"]', 'rows = ["AA9"]', "made-up.toml, rows, entry 1: got 'AA9'; expected"),
        (
            'note = "Made up"',
            'notes = "Made up"',
            "made-up.toml: got the unknown key 'notes'; expected one of",
        ),
        (
            "levers.",
            "lever.",
            "overrides.toml, open: got the unknown key 'lever'; expected one of name, note",
        ),
        (
            '["to 2030"]',
            'made = 3\n["to 2030"]',
            "overrides.toml, made: got 3; expected a table of note, source",
        ),
        ("overrides = [", "overrides = [[", "made-up.toml: got text that is not TOML"),
    ],
)
def test_each_fault_is_said_with_its_place(folder: Path, before: str, after: str, said: str) -> None:
    assert before in MADE_UP + SHARED
    text, shared = MADE_UP.replace(before, after), SHARED.replace(before, after)
    assert any(said in line for line in said_of(lay_scenario(folder, text, shared)))


def test_an_override_of_a_scenario_of_its_own_goes_before_a_shared_one(folder: Path) -> None:
    own = '[override."open"]\nnote = "n"\nsource = "s"\nlevers."deviation" = {year = 2000, level = 0.5}\n'
    scenario = Study(lay_scenario(folder, MADE_UP + own)).scenarios["made-up"]
    assert "deviation: 0.5 from 2000" in scenario.changes("IND")
    assert not any("import openness" in said for said in scenario.changes("IND"))


def test_an_unknown_scenario_is_refused_with_the_nearest_name() -> None:
    known = Scenarios({"zones-first": Scenario("zones-first", "")})
    with pytest.raises(InputError, match=r"scenario 'zone first': got no such scenario.*name: 'zones-first'"):
        known["zone first"]


def test_a_hidden_file_is_no_scenario(tmp_path: Path) -> None:
    for name in ("...toml", ".zones.toml.swp.toml"):
        (tmp_path / name).write_text("not even TOML", encoding="utf-8")
    assert len(load_scenarios(tmp_path)) == 0


def test_a_study_without_scenarios_says_so(tmp_path: Path) -> None:
    none = load_scenarios(tmp_path / "scenarios")
    with pytest.raises(InputError, match=r"expected a file in runs/scenarios; this study has none"):
        none["baseline"]
