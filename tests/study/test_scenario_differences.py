"""How two scenarios differ, held against the tables that they make."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from latecomer.study.run_spec import resolve
from latecomer.study.scenario_checks import differences
from latecomer.study.scenarios import DriverChange, LeverChange, Override, Scenario
from latecomer.study.study import Study

STUDY = Study(Path())
SUPPORT = {"support": LeverChange(year=2020, level=0.6)}
HALVED = DriverChange(rule="factor", value=0.5, after=2020, until=2022, unit="Dmnl")


def scenario(name: str, *overrides: Override) -> Scenario:
    return Scenario(name, "", (), overrides)


def override(**changes: object) -> Override:
    return Override.model_validate({"name": "one", "note": "", "source": "", **changes})


@pytest.mark.parametrize("iso3", ["KOR", "KHM"])
def test_scenarios_differ_where_their_tables_or_parameters_do(iso3: str) -> None:
    fitting = [one for one in STUDY.scenarios.values() if not one.countries or iso3 in one.countries]
    first = float(STUDY.countries[iso3].window.start)
    setups = {one.name: resolve(STUDY, iso3, None, one, years=(first, 2050.0)).setup for one in fitting}
    for a, b in combinations(fitting, 2):
        told = {one.name for one in differences(a, b, iso3) if one.kind in ("lever", "driver", "parameter")}
        one, other = setups[a.name], setups[b.name]
        moved = {
            name.removesuffix(" table")
            for name, (years, values) in one.tables.items()
            if not np.array_equal(np.interp(years, *other.tables[name]), values)
            or not np.array_equal(np.interp(other.tables[name][0], years, values), other.tables[name][1])
        }
        moved |= {name for name, value in one.parameters.items() if other.parameters[name] != value}
        # a bound that the base already keeps moves nothing
        assert moved <= told, (a.name, b.name)


def test_a_scenario_does_not_differ_from_itself() -> None:
    assert all(differences(one, one) == [] for one in STUDY.scenarios.values())


def test_the_other_way_round_the_sides_change_places() -> None:
    a, b = STUDY.scenarios["zones-first"], STUDY.scenarios["coercion-shock"]
    there, back = differences(a, b), differences(b, a)
    assert {(one.name, one.first, one.second) for one in there} == {
        (one.name, one.second, one.first) for one in back
    }


def test_last_years_and_countries_are_told() -> None:
    short, long = scenario("short"), scenario("long", override(horizon=2050, countries=["KOR"]))
    told = [(one.name, one.first, one.second) for one in differences(short, long)]
    assert told == [("last year", "end of each window", "2050"), ("countries", "all", "KOR")]


def test_the_last_change_of_a_lever_counts_and_those_of_a_driver_follow_one_another() -> None:
    later = {"support": LeverChange(year=2030, level=0.1)}
    twice = scenario("twice", override(levers=SUPPORT), override(levers=later))
    assert [one.second for one in differences(scenario("base"), twice)] == ["0.1 from 2030"]
    shocks = scenario("shocks", override(drivers={"oil": HALVED}), override(drivers={"oil": HALVED}))
    told = differences(scenario("base"), shocks)[0].second
    assert told == "times 0.5 after 2020 until 2022, then times 0.5 after 2020 until 2022"


def test_what_concerns_some_countries_only_is_told_so_and_left_out_for_others() -> None:
    some = scenario("some", override(levers=SUPPORT, only=["KOR"]))
    assert differences(scenario("base"), some)[0].second == "0.6 from 2020 (KOR only)"
    assert differences(scenario("base"), some, "BRA") == []
    assert [one.kind for one in differences(scenario("base"), some, "KOR")] == ["lever"]
