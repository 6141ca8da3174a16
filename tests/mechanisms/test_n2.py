"""Machines undercut cheap labour; enclosed knowledge slows catching up until a commons opens it again."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.claims import claim
from tests.mechanism_runs import Runs, at, frozen, lead, over, ratio, since

EACH = pytest.mark.parametrize("iso3", ["IND", "KHM", "VNM"])
BLOCKS = [f"production blocks[{network}]" for network in ("garments", "electronics", "automotive")]
JOINS = 1999
UNTIL = 2030


def blocks(run: xr.Dataset, year: float) -> float:
    """Export volume of all production blocks."""
    return sum(at(run, name, year) for name in BLOCKS)


def member(run: Runs, iso3: str, commons: float, how: dict[str, float] | None = None) -> xr.Dataset:
    """A country that joins in 1999, with as much of a commons from then on."""
    levers = {"wto membership": since(JOINS, 1.0), "knowledge commons": since(JOINS, commons)}
    return run(iso3, how, levers, until=UNTIL)


def behind(run: xr.Dataset, ahead: xr.Dataset, year: float) -> float:
    """Years by which one run is later than another at the relative capability of a year."""
    level = at(run, "relative capability", year)
    path = over(ahead, "relative capability", JOINS, year)
    return year - (JOINS + float(np.argmax(path >= level)) / 4)


@claim("KHM", "LAO", "MMR")
def test_automation_takes_the_advantage_of_low_wages(run: Runs, iso3: str) -> None:
    none, usual, much = (run(iso3, {"automation effect": effect}, until=2018) for effect in (0.0, 2.0, 5.0))
    left = [blocks(one, 2015) / blocks(none, 2015) for one in (usual, much)]
    assert left[0] < 0.97
    assert left[1] < left[0] - 0.03
    assert ratio(much, none, "exports", 2018) < 0.98


@claim("IND", "KHM", "LAO")
def test_enclosure_slows_catching_up_and_a_commons_reopens_it(run: Runs, iso3: str) -> None:
    closed, half, opened = (member(run, iso3, commons) for commons in (0.0, 0.5, 1.0))
    for year, least in ((2010, 0.003), (2020, 0.006)):
        gain = [ratio(one, closed, "relative capability", year) - 1 for one in (half, opened)]
        assert least < gain[0] < gain[1] - least
    assert behind(closed, opened, 2020) > 0.5
    assert ratio(opened, closed, "output per head", 2020) > 1.015
    assert ratio(opened, closed, "exports", 2020) > 1.005


@claim("KHM", "VNM")
def test_jobs_go_as_well_as_blocks(run: Runs, iso3: str) -> None:
    none, usual, much = (
        run(iso3, {"automation job effect": effect}, until=2018) for effect in (0.0, 0.5, 1.0)
    )
    jobs = [ratio(one, none, "manufacturing employment share", 2018) for one in (usual, much)]
    assert jobs[0] < 0.99
    assert jobs[1] < jobs[0] - 0.01


@pytest.mark.parametrize("iso3", ["IND", "VNM"])
def test_a_frontier_that_stands_still_takes_no_blocks(run: Runs, iso3: str) -> None:
    still = {"frontier productivity": frozen(1990)}
    none, much = (run(iso3, {"automation effect": e}, world=still, until=2018) for e in (0.0, 5.0))
    assert np.abs(lead(much, none, "exports")).max() < 1e-6


@EACH
def test_outside_the_agreements_there_is_nothing_to_reopen(run: Runs, iso3: str) -> None:
    outside = {"wto membership": [(1950.0, 0.0), (2060.0, 0.0)]}
    closed, opened = (
        run(iso3, levers=outside | {"knowledge commons": commons}, until=UNTIL) for commons in (0.0, 1.0)
    )
    assert np.abs(lead(opened, closed, "capability")).max() < 1e-9


@pytest.mark.parametrize("iso3", ["KHM", "LAO", "VNM"])
def test_near_the_frontier_a_commons_matters_less(run: Runs, iso3: str) -> None:
    def gain(start: float) -> float:
        how = {"initial relative capability": start}
        return ratio(member(run, iso3, 1.0, how), member(run, iso3, 0.0, how), "capability", 2015)

    reach = run.value(iso3, "frontier reach")
    assert 1 < gain(reach) < 1 + 0.85 * (gain(0.5 * reach) - 1)


@EACH
def test_the_tighter_the_enclosure_the_slower_the_catching_up(run: Runs, iso3: str) -> None:
    caught = [
        at(member(run, iso3, 0.0, {"enclosure effect": effect}), "relative capability", 2020)
        for effect in (0.0, 0.12, 0.4)
    ]
    assert caught[0] > caught[1] > caught[2]
    assert caught[2] < 0.95 * caught[0]
