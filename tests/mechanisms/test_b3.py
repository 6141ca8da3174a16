"""Where many sell the same work its volume rises and its price falls; only other functions lead out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import xarray as xr

from tests.claims import claim
from tests.mechanism_runs import Asked, Runs, at, ratio, scaled

VALUE = "value captured per worker"
CAPTIVE: Mapping[str, Asked] = {"market based chains": 0.0}
MIXED: Mapping[str, Asked] = {"market based chains": 0.5}
# past the gatekeepers (B1) wherever a country starts
ABLE = {"initial relative capability": 0.4}
QUICK = {"process rate": 0.2, "product rate": 0.15}
SLOW = {"process rate": 0.04, "product rate": 0.03}
MANY = 30.0
PUSH: Mapping[str, Asked] = {"export orientation": 0.9, "special economic zones": 1.0, "import openness": 0.9}
HOLD: Mapping[str, Asked] = {"export orientation": 0.3, "special economic zones": 0.0, "import openness": 0.5}


def start(run: Runs, iso3: str) -> float:
    return float(run.study.countries[iso3].window.start)


def exporter(
    run: Runs,
    iso3: str,
    followers: float,
    levers: Mapping[str, Asked] = CAPTIVE,
    overrides: Mapping[str, float] | None = None,
    years: float = 30,
) -> xr.Dataset:
    """A country with some followers of its size that do the same."""
    change = {**ABLE, "rival followers": followers, **(overrides or {})}
    return run(iso3, change, levers, until=start(run, iso3) + years)


def kept(
    run: Runs,
    iso3: str,
    levers: Mapping[str, Asked] = CAPTIVE,
    overrides: Mapping[str, float] | None = None,
    year: float = 30,
) -> float:
    """Value captured by a worker among many followers over that of a lone exporter."""
    crowd, alone = (exporter(run, iso3, n, levers, overrides) for n in (MANY, 0.0))
    return ratio(crowd, alone, VALUE, start(run, iso3) + year)


@claim("VNM", "KOR", "BRA")
def test_followers_leave_the_volume_and_take_the_value(run: Runs, iso3: str) -> None:
    first = start(run, iso3)
    alone, some, many = (exporter(run, iso3, n) for n in (0.0, 10.0, MANY))
    assert at(many, "chain volume", first + 30) > 1.5 * at(many, "chain volume", first + 10)
    assert ratio(many, alone, "chain volume", first + 30) > 0.9
    assert ratio(many, alone, VALUE, first + 30) < 0.93
    assert at(many, VALUE, first + 30) < at(some, VALUE, first + 30) < at(alone, VALUE, first + 30)
    assert ratio(many, alone, "exports", first + 30) < 0.96


@claim("KOR", "BRA")
def test_the_longer_the_run_the_less_a_worker_keeps(run: Runs, iso3: str) -> None:
    assert kept(run, iso3, year=30) < kept(run, iso3, year=10) - 0.03


@claim("VNM", "KOR", "BRA")
def test_what_pays_one_exporter_pays_all_of_them_less(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 10
    volume, earned = (
        [
            np.log(
                ratio(
                    exporter(run, iso3, n, PUSH, years=10), exporter(run, iso3, n, HOLD, years=10), name, year
                )
            )
            for n in (0.0, MANY)
        ]
        for name in ("chain volume", "chain trade")
    )
    assert volume[1] > 0.9 * volume[0]
    assert earned[1] < earned[0] - 0.05


@pytest.mark.slow
@claim("KHM", "VNM", "MMR")
def test_other_functions_lead_out_and_better_processes_and_products_do_not(run: Runs, iso3: str) -> None:
    captive = kept(run, iso3)
    quicker, other = kept(run, iso3, overrides=QUICK), kept(run, iso3, MIXED)
    assert other - captive > 0.012
    assert quicker - captive < 0.6 * (other - captive)


@claim("KHM", "VNM", "KOR")
def test_slower_than_the_average_innovator_loses_and_faster_gains(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 20
    slower = exporter(run, iso3, 0.0, CAPTIVE, {**SLOW, "average innovation": 1.2}, years=20)
    faster = exporter(run, iso3, 0.0, CAPTIVE, {**QUICK, "average innovation": 0.2}, years=20)
    assert at(slower, "segment price", year) < 0.97
    assert at(faster, "segment price", year) > 1.03


@claim("VNM", "BRA", "IND")
def test_the_same_upgrading_is_worth_less_where_the_average_is_faster(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 20
    one, other, third = (
        exporter(run, iso3, 0.0, CAPTIVE, {"average innovation": pace}, years=20) for pace in (0.2, 0.6, 1.2)
    )
    assert ratio(other, one, VALUE, year) < 0.98
    assert ratio(third, other, VALUE, year) < 0.98
    assert ratio(third, one, "exports", year) < 0.99


@pytest.mark.parametrize("iso3", ["VNM", "KOR"])
def test_full_functions_leave_the_crowd_entirely(run: Runs, iso3: str) -> None:
    out = {"functional rate": 5.0, "initial upgrading": 0.5}
    assert kept(run, iso3, MIXED, out) > 0.96


@pytest.mark.parametrize("iso3", ["KHM", "VNM", "BRA"])
def test_who_sells_nothing_through_buyers_feels_no_followers(run: Runs, iso3: str) -> None:
    none = {"buyer driven share": 1e-6, "fragmentation switch": 0.0}
    crowd, alone = (exporter(run, iso3, n, CAPTIVE, none, years=20) for n in (MANY, 0.0))
    assert ratio(crowd, alone, "exports", start(run, iso3) + 20) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("iso3", ["VNM", "BRA"])
@pytest.mark.parametrize("factor", [0.1, 10.0])
def test_no_price_of_manufactures_spares_a_crowd(run: Runs, iso3: str, factor: float) -> None:
    first = start(run, iso3)
    dear = {"manufactures price": scaled(factor, first + 1)}
    crowd, alone = (
        run(iso3, {**ABLE, "rival followers": n}, CAPTIVE, dear, until=first + 20) for n in (MANY, 0.0)
    )
    assert ratio(crowd, alone, VALUE, first + 20) < 0.92
