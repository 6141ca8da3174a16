"""Discipline needs a countervailing force: organised labour, or dependence on foreign markets."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.claims import claim
from tests.mechanism_runs import Array, Runs, at, over, ratio

SOME = pytest.mark.parametrize("iso3", ["KOR", "BRA", "IND", "VNM"])
CLOSED = {"export dependence half share": 1e6}
FREE, BOUND = {"labour repression": 0.0}, {"labour repression": 1.0}
# organised labour that is neither dearer nor on the way to the high road
NO_COST = {"labour share mobilisation": 0.0, "high road switch": 0.0}
YEARS = 25


def start(run: Runs, iso3: str) -> float:
    return float(run.study.countries[iso3].window.start)


def free_and_bound(
    run: Runs, iso3: str, overrides: dict[str, float] | None = None
) -> tuple[xr.Dataset, xr.Dataset]:
    """Labour that may organise, and labour that may not."""
    until = start(run, iso3) + YEARS
    free, bound = (run(iso3, overrides, levers, until=until) for levers in (FREE, BOUND))
    return free, bound


def gap(free: xr.Dataset, bound: xr.Dataset, name: str) -> Array:
    return np.asarray(free[name] - bound[name], dtype=np.float64)


@claim("KOR", "BRA", "IND")
def test_demobilised_labour_takes_discipline_away_and_support_is_captured(run: Runs, iso3: str) -> None:
    free, bound = free_and_bound(run, iso3)
    year = start(run, iso3) + YEARS
    assert at(bound, "mobilisation", year) < 0.5 * at(free, "mobilisation", year)
    assert at(bound, "discipline", year) < 0.96 * at(free, "discipline", year)
    rents = [at(one, "captured support", year) / at(one, "output", year) for one in (bound, free)]
    assert rents[0] > 1.008 * rents[1]


@claim("KOR", "BRA", "IND")
def test_but_for_what_labour_costs_demobilising_it_would_cost_exports(run: Runs, iso3: str) -> None:
    free, bound = free_and_bound(run, iso3, NO_COST)
    year = start(run, iso3) + YEARS
    assert ratio(bound, free, "manufactured exports", year) < 0.96
    assert ratio(bound, free, "capability", year) < 0.99
    assert ratio(bound, free, "output per head", year) < 0.993


@claim("KOR", "BRA", "IND", "VNM")
def test_discipline_goes_with_a_lag_of_years(run: Runs, iso3: str) -> None:
    free, bound = free_and_bound(run, iso3)
    mobilisation, discipline = (gap(free, bound, name) for name in ("mobilisation", "discipline"))
    # For years discipline has come a smaller part of its way than mobilisation.
    way = [one[8:20] / one[60] for one in (discipline, mobilisation)]
    assert discipline[60] > 0.003
    assert np.all(way[0] < way[1])
    assert discipline[8] < 0.3 * discipline[60]


@claim("BRA", "IND")
def test_unions_tied_to_the_state_restrain_capital_less(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + YEARS
    own, tied = (
        run(iso3, levers=FREE | {"corporatist integration": level}, until=year) for level in (0.0, 1.0)
    )
    assert at(tied, "mobilisation", year) < 0.8 * at(own, "mobilisation", year)
    assert at(tied, "discipline", year) < 0.95 * at(own, "discipline", year)


@claim("KOR", "BRA", "VNM")
def test_dependence_on_foreign_markets_stands_in_for_labour(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + YEARS
    dependent, alone = (run(iso3, how, BOUND, until=year) for how in ({}, CLOSED))
    assert at(dependent, "mobilisation", year) < 0.02
    assert at(dependent, "discipline", year) > 4 * at(alone, "discipline", year)
    assert ratio(dependent, alone, "manufactured exports", year) > 1.05
    assert ratio(dependent, alone, "capability", year) > 1.01


@claim("KOR", "BRA", "IND", "VNM")
def test_without_labour_and_foreign_markets_discipline_fades(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 30
    nobody = CLOSED | {"initial mobilisation": 0.0}
    alone = run(iso3, nobody, BOUND | {"corporatist integration": 1.0}, until=year)
    assert over(alone, "discipline", year - 5, year).max() < 0.02


@claim("KOR", "BRA", "IND")
def test_discipline_takes_both_autonomy_and_mobilisation(run: Runs, iso3: str) -> None:
    def gained(autonomy: float) -> float:
        free, bound = free_and_bound(run, iso3, CLOSED | {"state autonomy": autonomy})
        return float(gap(free, bound, "discipline")[-1])

    none, weak, strong = (gained(autonomy) for autonomy in (0.0, 0.3, 0.9))
    assert abs(none) < 1e-4
    assert strong > 2 * weak > 0.01


@SOME
def test_a_state_without_autonomy_cannot_use_the_force_of_labour(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + YEARS
    weak = run(iso3, {"state autonomy": 0.0}, FREE, until=year)
    assert at(weak, "mobilisation", year) > 0.05
    assert at(weak, "discipline", year) < 0.01


def test_repression_costs_brazil_more_discipline_than_korea(run: Runs) -> None:
    kept = {
        iso3: ratio(*free_and_bound(run, iso3)[::-1], "discipline", start(run, iso3) + YEARS)
        for iso3 in ("KOR", "BRA")
    }
    assert kept["BRA"] < kept["KOR"] < 1


def test_korea_under_repression_is_more_disciplined_than_brazil_without(run: Runs) -> None:
    korea, brazil = free_and_bound(run, "KOR")[1], free_and_bound(run, "BRA")[0]
    assert at(korea, "discipline", 1985) > 1.2 * at(brazil, "discipline", 1985)


@SOME
def test_organised_labour_has_a_larger_share(run: Runs, iso3: str) -> None:
    free, bound = free_and_bound(run, iso3)
    year = start(run, iso3) + YEARS
    assert at(free, "labour share", year) > at(bound, "labour share", year) + 0.002
