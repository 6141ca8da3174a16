"""Gatekeepers order only from who is able enough: help to reach them is lost on the others."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.claims import claim
from tests.mechanism_runs import Runs, at, lead, ratio, scaled

BELOW, EDGE, ABOVE = 0.05, 0.12, 0.3


def start(run: Runs, iso3: str) -> float:
    return float(run.study.countries[iso3].window.start)


def promoted(run: Runs, iso3: str, able: float, level: float = 1.0, years: float = 15) -> xr.Dataset:
    """A country with some capability at first and some promotion from its second year on."""
    return run(
        iso3,
        {"initial relative capability": able},
        {"chain promotion": level},
        until=start(run, iso3) + years,
    )


def bought(run: Runs, iso3: str, able: float, name: str = "manufactured export volume") -> float:
    """What full promotion adds in ten years, as a fraction."""
    year = start(run, iso3) + 10
    return ratio(promoted(run, iso3, able), promoted(run, iso3, able, 0.0), name, year) - 1


@claim("KHM", "LAO", "MMR", "IND")
def test_below_the_threshold_promotion_buys_next_to_nothing(run: Runs, iso3: str) -> None:
    below, edge, above = (bought(run, iso3, able) for able in (BELOW, EDGE, ABOVE))
    assert above > 0.1
    assert below < 0.25 * above
    assert below < edge < 0.8 * above


@claim("KHM", "LAO", "VNM")
def test_who_starts_below_the_threshold_stays_outside_the_chains(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 15
    poor, able = (promoted(run, iso3, level) for level in (BELOW, ABOVE))
    blocks = [float(one["production blocks"].sel(time=year).sum()) for one in (poor, able)]
    assert blocks[0] < 0.15 * blocks[1]
    assert at(poor, "process upgrading", year) < 0.15
    assert at(able, "process upgrading", year) > 0.4


@claim("KHM", "VNM", "LAO")
def test_a_small_head_start_at_the_threshold_decides_over_decades(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 25
    behind, ahead = (
        np.log(at(promoted(run, iso3, able, years=25), "capability growth index", year))
        for able in (0.1, 0.2)
    )
    assert ahead - behind > 0.08


@claim("KHM", "LAO")
def test_no_size_of_the_world_market_opens_the_gate(run: Runs, iso3: str) -> None:
    first = start(run, iso3)
    poor = run(
        iso3,
        {"initial relative capability": BELOW},
        {"chain promotion": 1.0},
        {"world exports": scaled(10, first + 1)},
        until=first + 15,
    )
    assert at(poor, "process upgrading", first + 15) < 0.2


@pytest.mark.parametrize("iso3", ["KHM", "VNM"])
def test_above_the_threshold_more_promotion_sells_more(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 10
    sold = [at(promoted(run, iso3, ABOVE, x), "manufactured export volume", year) for x in (0.0, 0.5, 1.0)]
    assert sold[1] > 1.05 * sold[0]
    assert sold[2] > 1.05 * sold[1]


@pytest.mark.slow
@pytest.mark.parametrize("iso3", ["KOR", "BRA"])
def test_the_able_never_notice_the_gatekeepers(run: Runs, iso3: str) -> None:
    able = {"initial relative capability": 0.6}
    assert np.abs(lead(run(iso3, able), run.without("B1")(iso3, able))).max() < 0.003
