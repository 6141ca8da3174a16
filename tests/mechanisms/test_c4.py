"""Clusters hold their industries; where hands turn dear or places crowded, the footloose leave."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import xarray as xr

from tests.claims import claim
from tests.mechanism_runs import Array, Runs, at, frozen, ratio, scaled

GARMENTS, ELECTRONICS, CARS = NETWORKS = ("garments", "electronics", "automotive")
# the level of attraction is a free number of each fit; at nought, costs neither draw nor repel everywhere
PLAIN = {"block base": 0.0}
GROWN = 12


def start(run: Runs, iso3: str) -> int:
    return run.study.countries[iso3].window.start


def blocks(run: xr.Dataset, year: float, name: str = "production blocks") -> Array:
    """Blocks of garments, electronics and cars in a year."""
    return np.array([float(run[name].sel(Network=network, time=year)) for network in NETWORKS])


def left(run: Runs, iso3: str, years: int, parameters: dict[str, float] | None = None) -> Array:
    """What is left of the blocks after wages here have become ten times as dear beside those of the hub."""
    fall = start(run, iso3) + GROWN
    dear = run(iso3, PLAIN | (parameters or {}), {"hub wage": scaled(0.1, fall)}, until=fall + 10)
    return blocks(dear, fall - 1 + years) / blocks(dear, fall - 1)


def crowd(run: Runs, iso3: str) -> Array:
    """Blocks after ten years where ten times as many hands can sew garments, over those where not."""
    year = start(run, iso3) + 10
    hands = "network labour share[garments]"
    plain, crowded = (run(iso3, PLAIN | {hands: share}, until=year) for share in (0.08, 0.8))
    gain: Array = blocks(crowded, year) / blocks(plain, year)
    return gain


@claim("BRA", "IND", "LAO", "MMR", "VNM")
def test_garments_leave_where_wages_rise_and_clusters_stay(run: Runs, iso3: str) -> None:
    garments, electronics, cars = left(run, iso3, 5)
    assert garments < 0.4
    assert electronics > 1.7 * garments
    assert cars > 1.7 * garments


@claim("KHM", "MMR", "VNM", "IND")
def test_garments_that_came_for_a_few_cheap_years_go_sooner_than_electronics(run: Runs, iso3: str) -> None:
    first = start(run, iso3) + 2
    booming = run(iso3, PLAIN, {"hub wage": scaled(4.0, first, first + 10)}, until=first + 20)
    usual = run(iso3, PLAIN, until=first + 20)
    came, kept = (blocks(booming, first + year) - blocks(usual, first + year) for year in (10, 15))
    garments, electronics, _ = kept / came
    assert came[0] > 0.2 * blocks(usual, first + 10)[0]
    assert garments < 0.45
    assert electronics > garments + 0.03


@claim("KHM", "VNM")
def test_a_crowd_of_garments_limits_itself_and_drives_electronics_out(run: Runs, iso3: str) -> None:
    garments, electronics, _ = crowd(run, iso3)
    assert 1 < garments < 7
    assert electronics < 0.75


@pytest.mark.parametrize("iso3", ["KHM", "MMR", "VNM"])
def test_wage_growth_in_the_hub_sends_blocks_and_the_more_along_a_corridor(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 15
    grown = []
    for roads in (0.0, 1.0):
        still, growing = (
            run(iso3, PLAIN, {"logistic corridors": roads, "hub wage": wage}, until=year)
            for wage in (frozen(start(run, iso3) + 1), scaled(2.0, 1900))
        )
        assert np.all(blocks(growing, year) > 1.1 * blocks(still, year))
        assert ratio(growing, still, "exports", year) > 1.05
        grown.append(blocks(growing, year))
    assert np.all(grown[1] > 1.03 * grown[0])


@pytest.mark.parametrize("iso3", ["KHM", "VNM", "BRA"])
def test_each_doubling_of_the_wage_of_the_hub_adds_a_smaller_part_of_garments(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 15
    level = [
        blocks(run(iso3, PLAIN, {"hub wage": scaled(factor, 1900)}, until=year), year)[0]
        for factor in (1.0, 2.0, 4.0, 8.0, 16.0)
    ]
    growth = [np.log(more / less) for less, more in pairwise(level)]
    assert 0 < growth[-1] < 0.6 * growth[0]


@pytest.mark.parametrize("iso3", ["VNM", "KHM"])
def test_without_the_pull_of_their_own_kind_clusters_stay_small(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 25
    none = {f"agglomeration strength[{network}]": 0.0 for network in (ELECTRONICS, CARS)}
    alone, together = (blocks(run(iso3, PLAIN | how, until=year), year) for how in (none, {}))
    assert alone[1] < 0.9 * together[1]
    assert at(run(iso3, PLAIN | none, until=year), "congestion", year) < at(
        run(iso3, PLAIN, until=year), "congestion", year
    )


@pytest.mark.parametrize("iso3", ["MMR", "VNM", "BRA"])
def test_labour_that_wins_a_larger_share_sees_garments_go(run: Runs, iso3: str) -> None:
    strong = {"labour repression": 0.0, "corporatist integration": 0.0, "wage conditions": 1.0}
    weak = {"labour repression": 1.0, "corporatist integration": 1.0, "wage conditions": 0.0}
    year = start(run, iso3) + 20
    dear, cheap = (run(iso3, PLAIN, levers, until=year) for levers in (strong, weak))
    assert ratio(dear, cheap, "dollar wage", year) > 1.01
    assert blocks(dear, year)[0] < 0.97 * blocks(cheap, year)[0]
