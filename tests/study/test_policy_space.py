"""Policy space: what was asked for beyond what is permitted, in which years, in which words."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from latecomer.study.drivers import Points
from latecomer.study.policy_space import policy_space
from latecomer.study.run_spec import resolve
from latecomer.study.scenarios import Override, Scenario
from latecomer.study.study import Study
from tests.outcomes import OUTCOMES

YEARS = np.arange(2000.0, 2011.0)


def run_of(permitted: np.ndarray, asked: float, years: np.ndarray = YEARS) -> xr.Dataset:
    columns = {
        "export subsidy in use": np.minimum(asked, permitted),
        "permitted export subsidy": permitted,
        "import openness in use": np.maximum(asked, 1 - permitted),
        "permitted protection": permitted,
    }
    return xr.Dataset({name: ("time", column) for name, column in columns.items()}, {"time": years})


def table(lever: str, level: float) -> dict[str, Points]:
    return {f"{lever} table": (np.array([1960.0, 2050.0]), np.array([level, level]))}


def said(run: xr.Dataset, tables: dict[str, Points]) -> list[str]:
    return [one.sentence for one in policy_space(run, tables, OUTCOMES)]


def test_a_subsidy_beyond_what_is_permitted_is_said_with_its_years() -> None:
    permitted = np.where(YEARS < 2004, 1.0, np.where(YEARS < 2008, 0.2, 0.0))
    assert said(run_of(permitted, 0.6), table("export subsidy", 0.6)) == [
        (
            "export subsidy: asked 0.60 in 2004-2010, permitted 0.00 to 0.20: World Trade Organization and "
            "income line; the permitted part was run"
        )
    ]


def test_years_apart_are_said_apart() -> None:
    permitted = np.where(np.isin(YEARS, [2001.0, 2002.0, 2006.0]), 0.1, 1.0)
    spans = [
        (one.first, one.last)
        for one in policy_space(run_of(permitted, 0.6), table("export subsidy", 0.6), OUTCOMES)
    ]
    assert spans == [(2001, 2002), (2006, 2006)]
    last = said(run_of(permitted, 0.6), table("export subsidy", 0.6))[-1]
    assert last.startswith("export subsidy: asked 0.60 in 2006, permitted 0.10: ")


def test_openness_is_read_as_the_protection_that_it_leaves() -> None:
    (sentence,) = said(run_of(np.full(YEARS.size, 0.3), 0.2), table("import openness", 0.2))
    assert sentence == (
        "protection of the home market: asked 0.80 in 2000-2010, permitted 0.30: World Trade Organization "
        "and regional free trade; the permitted part was run"
    )


def test_what_is_permitted_is_not_said() -> None:
    assert said(run_of(np.full(YEARS.size, 0.6), 0.6), table("export subsidy", 0.6)) == []


def test_a_model_without_the_variables_has_no_policy_space() -> None:
    assert said(xr.Dataset({}, {"time": YEARS}), table("export subsidy", 0.6)) == []


def test_only_whole_years_count() -> None:
    years = np.arange(2000.0, 2002.25, 0.25)
    permitted = np.where((years > 2000) & (years < 2001), 0.0, 1.0)
    assert said(run_of(permitted, 0.6, years), table("export subsidy", 0.6)) == []


def test_draws_are_taken_at_their_mean() -> None:
    one, other = (run_of(np.full(YEARS.size, level), 0.6) for level in (0.2, 0.4))
    draws = xr.concat([one, other], dim="draw")
    (sentence,) = said(draws, table("export subsidy", 0.6))
    assert "asked 0.60 in 2000-2010, permitted 0.30" in sentence


def test_a_member_of_the_world_trade_organization_gets_the_permitted_part_only(study: Study) -> None:
    asked = {"import openness": {"year": 2005, "level": 0.0}, "wto membership": {"year": 2000, "level": 1.0}}
    override = Override.model_validate({"name": "closed", "note": "n", "source": "s", "levers": asked})
    scenario = Scenario("closed", "", (), (override,))
    setup = resolve(study, "KOR", None, scenario).setup
    run = study.simulate("KOR", scenario=scenario)
    refused = [one for one in policy_space(run, setup.tables, OUTCOMES) if one.first == 2005]
    assert [one.instrument.lever for one in refused] == ["import openness"]
    assert refused[0].asked == (1.0, 1.0)
    free = study.simulate("KOR", None, {"policy space switch": 0.0}, scenario=scenario)
    assert policy_space(free, setup.tables, OUTCOMES) == []
    assert float(free["import openness in use"].sel(time=2008)) == pytest.approx(0.0)
