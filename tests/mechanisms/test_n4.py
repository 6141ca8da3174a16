"""Consumption after the patterns of the rich drains foreign exchange, burns carbon and widens gaps."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.claims import claim
from tests.mechanism_runs import Runs, lead, over, ratio, since

EACH = pytest.mark.parametrize("iso3", ["KOR", "BRA", "VNM"])
BEGINS = {"KOR": 1975, "BRA": 1965, "IND": 1975, "KHM": 1998, "LAO": 1994, "MMR": 2003, "VNM": 1994}
YEARS = 30
IMPORTS, CARBON, GINI = "imports to output", "carbon intensity", "inequality"


def consuming(
    run: Runs, iso3: str, alternative: float, how: dict[str, float] | None = None, years: float = YEARS
) -> xr.Dataset:
    """A country with as much support for consumption patterns of its own from some year on."""
    begin = BEGINS[iso3]
    return run(iso3, how, {"alternative consumption": since(begin, alternative)}, until=begin + years)


@claim("KOR", "BRA", "VNM")
def test_other_ways_of_consuming_save_imports_and_carbon_and_narrow_gaps(run: Runs, iso3: str) -> None:
    usual, half, other = (consuming(run, iso3, level) for level in (0.0, 0.5, 1.0))
    end = BEGINS[iso3] + YEARS
    for name, least in ((IMPORTS, 0.02), (CARBON, 0.04), (GINI, 0.01)):
        saved = [1 - ratio(one, usual, name, end) for one in (half, other)]
        assert least / 3 < saved[0] < saved[1]
        assert saved[1] > least


@claim("KOR", "BRA", "VNM")
def test_habits_change_over_years(run: Runs, iso3: str) -> None:
    begin = BEGINS[iso3]
    usual, other = consuming(run, iso3, 0.0), consuming(run, iso3, 1.0)
    late = begin + YEARS
    early = [1 - ratio(other, usual, name, begin + 2) for name in (CARBON, GINI)]
    final = [1 - ratio(other, usual, name, late) for name in (CARBON, GINI)]
    assert all(0 < one < 0.3 * two for one, two in zip(early, final, strict=True))


@claim("IND", "VNM", "KHM")
def test_growth_by_capital_widens_gaps_beyond_what_labour_loses(run: Runs, iso3: str) -> None:
    usual = run.value(iso3, "capital per investment")
    light, heavy = (run(iso3, {"capital per investment": f * usual}) for f in (0.75, 1.25))
    end = float(light["time"][-1])
    by_labour = -run.value(iso3, "inequality labour effect") * np.log(
        ratio(heavy, light, "labour share", end)
    )
    widened = np.log(ratio(heavy, light, GINI, end))
    assert ratio(heavy, light, "capital", end) > 1.2
    assert widened > 0.01
    assert widened > by_labour + 0.008


@EACH
def test_what_is_saved_is_not_borrowed(run: Runs, iso3: str) -> None:
    usual, other = consuming(run, iso3, 0.0), consuming(run, iso3, 1.0)
    owed = [over(one, "debt to output", BEGINS[iso3] + 5, np.inf).mean() for one in (usual, other)]
    short = [over(one, "import compression", BEGINS[iso3] + 5, np.inf).mean() for one in (usual, other)]
    assert owed[1] < owed[0]
    assert short[1] <= short[0] + 1e-6
    assert lead(other, usual)[-1] > -0.002


@EACH
def test_a_country_that_income_does_not_tempt_has_nothing_to_save(run: Runs, iso3: str) -> None:
    frugal = {"consumer income": 1e6}
    usual, other = (consuming(run, iso3, level, frugal) for level in (0.0, 1.0))
    for name in (IMPORTS, CARBON, GINI):
        assert np.abs(lead(other, usual, name)).max() < 1e-3


@EACH
def test_richer_people_take_over_more_of_the_patterns(run: Runs, iso3: str) -> None:
    path = over(run(iso3), "consumerism", 1960, np.inf)
    assert path[-1] > 1.3 * path[0]
    assert np.all((path > 0) & (path < 1))
