"""Runs that never were: which of them a swap needs, and what each changes of tables and parameters."""

from __future__ import annotations

import numpy as np
import pytest

from latecomer.explain.counterfactuals import (
    SIDES,
    WORLD,
    Setting,
    named_counterfactuals,
    of_coalition,
    parameters_of,
    settings,
    tables_of,
)
from latecomer.study.drivers import Points
from tests.outcomes import SWAP

YEARS = np.arange(1960.0, 2011.0)
PLAIN = Setting("BRA", "BRA", "BRA")
RATES = ("world interest rate table", "world inflation table")
OIL, PETRODOLLARS, TAXES = "oil price table", "petrodollar elasticity", "tax share"
CALM = frozenset({"rate shock", "oil shocks"})


def rising(begin: float) -> Points:
    return YEARS, begin + YEARS - 1960.0


TABLES = {
    iso3: {"support table": rising(level), "people table": rising(level), OIL: rising(10.0)}
    | {name: rising(0.0) for name in RATES}
    for iso3, level in (("BRA", 1.0), ("KOR", 5.0))
}


def test_all_coalitions_and_all_that_is_told_are_run_once() -> None:
    """Sixteen coalitions, seven of each country; alike are what was, what is calm and the swap itself."""
    asked = list(settings("BRA", "KOR", 1973, SWAP))
    assert len(asked) == 7 + 7 + 16
    assert len(set(asked)) == 16 + 2 * (7 - 3)
    assert of_coalition("BRA", "KOR", frozenset({*SIDES, WORLD}), SWAP.world) == next(
        iter(named_counterfactuals("BRA", "KOR", 1973, SWAP).values())
    )
    calm = of_coalition("BRA", "KOR", frozenset(SIDES), SWAP.world)
    assert calm == named_counterfactuals("BRA", "KOR", 1973, SWAP)["no rate shock and no oil shocks"]


@pytest.mark.parametrize("policy", ["BRA", "KOR"])
def test_only_levers_are_swapped(policy: str) -> None:
    found = tables_of(Setting("BRA", policy, "BRA"), TABLES, ["support table"], 1973, SWAP)
    at = np.interp([1972, 1973, 2000], *found["support table"])
    assert at.tolist() == [13.0, *([14.0, 41.0] if policy == "BRA" else [18.0, 45.0])]
    for name in ("people table", OIL, *RATES):
        assert found[name] is TABLES["BRA"][name]


def test_a_world_without_a_shock_stays_where_it_was() -> None:
    """Rates at the mean of 1970-78, which of a straight line is the figure of 1974; oil at that of 1972."""
    calm = tables_of(Setting("BRA", "BRA", "BRA", without=CALM), TABLES, [], 1973, SWAP)
    for name in RATES:
        assert np.interp([1979, 1980, 2010], *calm[name]).tolist() == [19.0, 14.0, 14.0]
    assert np.interp([1971, 1972, 1973, 2010], *calm[OIL]).tolist() == [21.0, 22.0, 22.0, 22.0]
    bare = {"BRA": {"support table": rising(1.0)}}
    found = tables_of(Setting("BRA", "BRA", "BRA", without=CALM), bare, ["support table"], 1973, SWAP)
    assert list(found) == ["support table"]


def test_parameters_are_those_of_the_state_but_for_what_is_changed() -> None:
    usual = {PETRODOLLARS: 0.1, "learning rate": 0.5, "noise volatility": 0.02, TAXES: 0.2}
    both = {"BRA": usual, "KOR": {**usual, "learning rate": 0.9, TAXES: 0.3}}
    quiet = ["noise volatility"]
    assert parameters_of(Setting("BRA", "KOR", "BRA", shocks=True), both, quiet, SWAP) == usual
    assert parameters_of(PLAIN, both, quiet, SWAP) == {**usual, "noise volatility": 0.0}
    taxed = parameters_of(Setting("BRA", "KOR", "KOR", shocks=True), both, quiet, SWAP)
    assert taxed == {**usual, TAXES: 0.3}
    dry = parameters_of(
        Setting("BRA", "BRA", "BRA", without=frozenset({"petrodollar lending"}), shocks=True),
        both,
        quiet,
        SWAP,
    )
    assert dry == {**usual, PETRODOLLARS: 0.0}
