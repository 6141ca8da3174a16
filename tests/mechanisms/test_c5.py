"""Zones make a few places cheap to start in: blocks at a fraction of the nationwide cost, each zone less."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.claims import claim
from tests.mechanism_runs import Runs, over

ALL = ["KHM", "LAO", "MMR", "VNM", "BRA"]
EACH = pytest.mark.parametrize("iso3", ["KHM", "VNM", "BRA"])
# the level of attraction is a free number of each fit; at nought, costs neither draw nor repel everywhere
PLAIN = {"block base": 0.0}
NONE = {"special economic zones": 0.0, "generic policy": 0.0}
SPAN = 20


def start(run: Runs, iso3: str) -> int:
    return run.study.countries[iso3].window.start


def programme(run: Runs, iso3: str, **levels: float) -> xr.Dataset:
    """A run with zones and generic policy at these levels, and no others."""
    levers = NONE | {name.replace("_", " "): level for name, level in levels.items()}
    return run(iso3, PLAIN, levers, until=start(run, iso3) + SPAN)


def exports(run: xr.Dataset) -> float:
    """Exports of blocks over the run."""
    return float(run["block exports"].sum())


def cost(run: xr.Dataset) -> float:
    """Dollars spent on programmes over the run."""
    return float((run["programme cost"] * run["output in dollars"]).sum())


def bought(run: Runs, iso3: str, **levels: float) -> tuple[float, float]:
    """Exports of blocks that a programme adds, and what it costs."""
    with_it, without = programme(run, iso3, **levels), programme(run, iso3)
    return exports(with_it) - exports(without), cost(with_it) - cost(without)


@claim(*ALL)
def test_zones_buy_blocks_at_a_fraction_of_what_nationwide_policy_costs(run: Runs, iso3: str) -> None:
    gain, price = bought(run, iso3, special_economic_zones=0.25)
    nationwide, dear = bought(run, iso3, generic_policy=1.0)
    assert gain > 1.5 * nationwide
    assert price < 0.25 * dear
    assert gain / price > 5 * nationwide / dear


@claim(*ALL)
def test_the_first_zones_bring_most(run: Runs, iso3: str) -> None:
    quarter, half, full = (bought(run, iso3, special_economic_zones=level)[0] for level in (0.25, 0.5, 1.0))
    assert quarter > 0.05 * exports(programme(run, iso3))
    assert half - quarter < 0.7 * quarter
    assert (full - half) / 2 < 0.7 * (half - quarter)


@EACH
def test_zones_spare_most_where_the_state_is_weak(run: Runs, iso3: str) -> None:
    last = start(run, iso3) + SPAN
    growth = []
    for capability in (0.1, 0.9):
        state = PLAIN | {"initial state capability": capability}
        none, full = (
            run(iso3, state, NONE | {"special economic zones": level}, until=last) for level in (0.0, 1.0)
        )
        growth.append(exports(full) / exports(none))
    assert growth[0] > 1.15 * growth[1]
    assert growth[1] > 1


@EACH
def test_zones_and_roads_together_bring_more_than_either(run: Runs, iso3: str) -> None:
    neither, zones, roads, both = (
        exports(programme(run, iso3, special_economic_zones=zone, logistic_corridors=road))
        for zone, road in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0))
    )
    assert both > 1.05 * max(zones, roads)
    assert min(zones, roads) > 1.02 * neither


@EACH
def test_blocks_leave_when_their_zone_is_closed(run: Runs, iso3: str) -> None:
    first = start(run, iso3)
    closed = [(first, 0.0), (first + 1, 1.0), (first + 10, 1.0), (first + 11, 0.0)]
    passing = run(iso3, PLAIN, NONE | {"special economic zones": closed}, until=first + 30)
    none = run(iso3, PLAIN, NONE, until=first + 30)
    lead = [
        float(passing["block exports"].sel(time=year).sum() / none["block exports"].sel(time=year).sum()) - 1
        for year in (first + 10, first + 15, first + 25)
    ]
    assert lead[0] > 0.1
    assert lead[1] < 0.75 * lead[0]
    assert lead[2] < 0.5 * lead[0]


@EACH
def test_zones_without_blocks_to_come_are_a_cost_and_nothing_else(run: Runs, iso3: str) -> None:
    remote = PLAIN | {"link distance": 100.0}
    last = start(run, iso3) + SPAN
    none, full = (
        run(iso3, remote, NONE | {"special economic zones": level}, until=last) for level in (0.0, 1.0)
    )
    assert cost(full) > cost(none)
    assert np.all(over(full, "exports", last - 10, last) < 1.02 * over(none, "exports", last - 10, last))
