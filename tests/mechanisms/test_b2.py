"""Captive chains teach processes and products fast and bar functions; serving both kinds overtakes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import xarray as xr

from tests.claims import claim
from tests.mechanism_runs import Runs, at, ratio, since

CAPTIVE, MIXED, MARKET = 0.0, 0.5, 1.0
# past the gatekeepers (B1) wherever a country starts
ABLE = {"initial relative capability": 0.4}
VALUE = "value captured per worker"


def start(run: Runs, iso3: str) -> float:
    return float(run.study.countries[iso3].window.start)


def chains(
    run: Runs, iso3: str, market: float, overrides: Mapping[str, float] = ABLE, years: float = 30
) -> xr.Dataset:
    """A run with some share of market-based chains from the second year on."""
    return run(iso3, overrides, {"market based chains": market}, until=start(run, iso3) + years)


def strategies(run: Runs, iso3: str) -> tuple[xr.Dataset, xr.Dataset, xr.Dataset]:
    """All chains captive, half of them, none."""
    return chains(run, iso3, CAPTIVE), chains(run, iso3, MIXED), chains(run, iso3, MARKET)


def foreign_part(one: xr.Dataset, year: float) -> float:
    """Imported inputs in a unit of manufactures sold abroad."""
    sold = at(one, "exports", year) - at(one, "primary exports", year)
    return at(one, "imports for exports", year) / sold


@claim("KHM", "VNM", "LAO", "MMR")
def test_captive_chains_start_faster_in_processes_and_products(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 5
    for kind in ("process upgrading", "product upgrading"):
        captive, mixed, market = (at(one, kind, year) for one in strategies(run, iso3))
        assert captive > 1.1 * mixed
        assert mixed > 1.1 * market
    captive, mixed, market = (at(one, VALUE, year) for one in strategies(run, iso3))
    assert captive > 1.02 * mixed
    assert mixed > 1.05 * market


@claim("KHM", "VNM", "LAO", "MMR")
def test_captive_chains_cap_the_value_that_stays(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 30
    captive, mixed, market = strategies(run, iso3)
    quicker = chains(run, iso3, CAPTIVE, {**ABLE, "process rate": 0.4, "product rate": 0.3})
    assert at(quicker, "value share", year) < 0.95 * at(mixed, "value share", year)
    assert at(captive, "functional upgrading", year) < 0.4 * at(market, "functional upgrading", year)
    assert at(captive, "value share", year) - at(captive, "value share", year - 10) < 0.05


@claim("KHM", "VNM", "LAO", "KOR")
def test_the_mixed_strategy_is_behind_for_years_and_then_overtakes(run: Runs, iso3: str) -> None:
    captive, mixed, market = strategies(run, iso3)
    years = np.asarray(captive["time"]) - start(run, iso3)
    ahead = np.asarray(mixed[VALUE] / captive[VALUE])
    assert ahead[years <= 10].min() < 0.97
    assert 4 < years[ahead < 1].max() < 28
    assert ahead[-1] > 1.03
    assert at(mixed, VALUE, start(run, iso3) + 30) > 1.1 * at(market, VALUE, start(run, iso3) + 30)


@claim("KHM", "VNM", "LAO", "MMR")
def test_market_chains_are_slower_and_balanced(run: Runs, iso3: str) -> None:
    captive, _, market = strategies(run, iso3)
    year = start(run, iso3) + 25
    assert at(market, "process upgrading", year) < 0.85 * at(captive, "process upgrading", year)
    balance = [
        at(x, "functional upgrading", year) / at(x, "process upgrading", year) for x in (captive, market)
    ]
    assert balance[1] > 2 * balance[0]


@claim("KHM", "VNM", "LAO", "MMR")
def test_what_one_kind_of_chain_teaches_serves_in_the_other(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 25
    captive, mixed, market = (at(one, "functional upgrading", year) for one in strategies(run, iso3))
    assert mixed > 1.1 * max(captive, market)


@claim("KHM", "VNM", "LAO")
def test_new_functions_are_fed_at_home(run: Runs, iso3: str) -> None:
    captive, mixed, _ = strategies(run, iso3)
    year = start(run, iso3) + 25
    assert foreign_part(mixed, year) < 0.9 * foreign_part(captive, year)
    assert at(mixed, "imports to output", year) < 0.98 * at(captive, "imports to output", year)


@pytest.mark.parametrize("iso3", ["KHM", "VNM"])
def test_a_captive_start_is_left_behind_once_chains_are_opened(run: Runs, iso3: str) -> None:
    first = start(run, iso3)
    opened = run(
        iso3,
        ABLE,
        levers={
            "market based chains": lambda x, y: since(first + 13, MIXED)(x, since(first + 1, CAPTIVE)(x, y))
        },
        until=first + 30,
    )
    captive = chains(run, iso3, CAPTIVE)
    assert ratio(opened, captive, "functional upgrading", first + 12) == pytest.approx(1, rel=0.1)
    assert ratio(opened, captive, "functional upgrading", first + 30) > 2


@pytest.mark.parametrize("iso3", ["KHM", "VNM", "KOR"])
def test_without_chains_their_governance_is_idle_and_upgrading_is_forgotten(run: Runs, iso3: str) -> None:
    none = {**ABLE, "buyer driven share": 1e-6, "fragmentation switch": 0.0}
    captive, market = (chains(run, iso3, level, none, years=20) for level in (CAPTIVE, MARKET))
    assert ratio(captive, market, "output", start(run, iso3) + 20) == pytest.approx(1, abs=1e-4)
    assert at(captive, "process upgrading", start(run, iso3) + 20) < 0.03
