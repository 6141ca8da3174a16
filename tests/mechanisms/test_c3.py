"""Garments, electronics and cars move for reasons of their own: hands, starts and roads weigh differently."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.claims import claim
from tests.mechanism_runs import Array, Asked, Runs, at, over, ratio, scaled

MEKONG = ["KHM", "LAO", "MMR", "VNM"]
ALL = [*MEKONG, "BRA"]
EACH = pytest.mark.parametrize("iso3", ["KHM", "VNM", "BRA"])
GARMENTS, ELECTRONICS, CARS = NETWORKS = ("garments", "electronics", "automotive")
# the level of attraction is a free number of each fit; at nought, costs neither draw nor repel everywhere
PLAIN = {"block base": 0.0}
Levers = dict[str, Asked]
WAGES: tuple[Levers, Levers] = ({"hub wage": scaled(2.0, 1900)}, {"hub wage": scaled(0.5, 1900)})
ROADS: tuple[Levers, Levers] = ({"logistic corridors": 1.0}, {"logistic corridors": 0.0})
ZONES: tuple[Levers, Levers] = ({"special economic zones": 1.0}, {"special economic zones": 0.0})


def start(run: Runs, iso3: str) -> int:
    return run.study.countries[iso3].window.start


def pair(run: Runs, iso3: str, ways: tuple[Levers, Levers]) -> tuple[xr.Dataset, xr.Dataset]:
    """The run with more of something, and with less."""
    more, less = (run(iso3, PLAIN, levers, until=start(run, iso3) + 20) for levers in ways)
    return more, less


def blocks(run: xr.Dataset, year: float, name: str = "production blocks") -> Array:
    """Blocks of garments, electronics and cars in a year."""
    return np.array([float(run[name].sel(Network=network, time=year)) for network in NETWORKS])


def answer(run: Runs, iso3: str, ways: tuple[Levers, Levers]) -> Array:
    """Logarithm of the blocks gained by each industry after ten years of more rather than less."""
    more, less = (blocks(one, start(run, iso3) + 10) for one in pair(run, iso3, ways))
    assert np.all(less > 0)
    return np.log(more / less)


@claim("KHM", "LAO", "MMR", "VNM")
def test_dearer_hands_in_the_hub_send_blocks_and_their_exports(run: Runs, iso3: str) -> None:
    dear, cheap = pair(run, iso3, WAGES)
    year = start(run, iso3) + 15
    assert ratio(dear, cheap, "exports", year) > 1.05
    assert ratio(dear, cheap, "imports", year) > 1.02
    assert ratio(dear, cheap, "manufacturing employment share", year) > 1.02
    assert np.all(answer(run, iso3, WAGES) > 0.2)


@claim(*ALL)
def test_hands_draw_garments_and_cheap_starts_draw_cars(run: Runs, iso3: str) -> None:
    wages, zones = answer(run, iso3, WAGES), answer(run, iso3, ZONES)
    garments, electronics, cars = wages / zones
    assert garments > 1.5 * electronics
    assert electronics > 1.5 * cars
    assert garments > 2
    assert cars < 1


@claim(*ALL)
def test_roads_matter_most_for_cars(run: Runs, iso3: str) -> None:
    roads, wages = answer(run, iso3, ROADS), answer(run, iso3, WAGES)
    assert np.all(roads > 0)
    assert roads[2] > 1.2 * max(roads[0], roads[1])
    assert roads[2] / wages[2] > 1.5 * max(roads[0] / wages[0], roads[1] / wages[1])


@EACH
def test_ten_times_the_wage_of_the_hub_brings_no_more_hands_than_there_are(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 20
    flooded = run(iso3, PLAIN, {"hub wage": scaled(10.0, 1900)}, until=year)
    shares = np.array([run.value(iso3, f"network labour share[{network}]") for network in NETWORKS])
    hands = blocks(flooded, year, "block employment") / at(flooded, "employment", year)
    assert np.all(hands <= shares)
    assert at(flooded, "exports", year) > at(pair(run, iso3, WAGES)[1], "exports", year)


@EACH
def test_a_wage_of_the_hub_near_nought_keeps_every_garment_there(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 20
    idle = run(iso3, PLAIN, {"hub wage": scaled(0.02, 1900)}, until=year)
    assert blocks(idle, year)[0] < 0.1 * blocks(pair(run, iso3, WAGES)[1], year)[0]


@EACH
def test_at_the_end_of_the_world_no_block_arrives_and_the_other_exports_stay(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 20
    remote = run(iso3, PLAIN | {"link distance": 100.0}, until=year)
    assert np.all(blocks(remote, year) < 1e-6)
    own = at(remote, "manufactured exports", year) + at(remote, "primary exports", year)
    assert at(remote, "exports", year) == pytest.approx(own, rel=1e-6)


@EACH
def test_the_farther_from_the_hub_the_fewer_blocks(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 15
    near, far, farther = (
        blocks(run(iso3, PLAIN | {"link distance": distance}, until=year), year)
        for distance in (1.0, 2.0, 4.0)
    )
    assert np.all(near > far)
    assert np.all(far > farther)
    loss = np.log(near / farther)
    assert loss[2] > 1.2 * loss[0]
    assert loss[2] > 1.2 * loss[1]


@pytest.mark.parametrize("iso3", MEKONG)
def test_what_is_hard_to_make_waits_for_capability(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 8
    low, high = (
        run(iso3, PLAIN | {"initial relative capability": level}, until=year) for level in (0.18, 0.5)
    )
    gain = blocks(high, year) / blocks(low, year)
    assert gain[0] < 3
    assert np.all(gain[1:] > 2 * gain[0])


@EACH
def test_a_closed_country_gets_no_blocks(run: Runs, iso3: str) -> None:
    closed = {"import openness": 0.0, "wto membership": 0.0, "regional free trade": 0.0}
    year = start(run, iso3) + 15
    shut = run(iso3, PLAIN, closed, until=year)
    free = run(iso3, PLAIN, closed | {"import openness": 1.0}, until=year)
    assert np.all(blocks(shut, year) < 0.1 * blocks(free, year))
    assert np.all(over(shut, "exports", year - 5, year) < over(free, "exports", year - 5, year))
