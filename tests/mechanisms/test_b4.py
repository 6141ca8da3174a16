"""Orders from abroad teach only as far as there are suppliers and demand at home to take the lesson."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.claims import claim
from tests.mechanism_runs import Runs, at, lead, ratio

NONE = {"initial domestic linkages": 0.0, "linkage scale": 0.0}
DENSE = {"initial domestic linkages": 0.8, "linkage scale": 1.0}
FEW = {"buyer driven share": 0.001, "fragmentation switch": 0.0}
MANY = {"buyer driven share": 0.6}


def start(run: Runs, iso3: str) -> float:
    return float(run.study.countries[iso3].window.start)


def linked(run: Runs, iso3: str, how: dict[str, float], years: float = 25) -> xr.Dataset:
    """A run with some linkages and no rule about local content."""
    return run(iso3, how, {"local content": 0.0}, until=start(run, iso3) + years)


def ruled(run: Runs, iso3: str, level: float, years: float = 25, membership: float = 0.0) -> xr.Dataset:
    """A run with a rule about local content from the second year on."""
    levers = {"local content": level, "wto membership": membership}
    return run(iso3, None, levers, until=start(run, iso3) + years)


@claim("KHM", "VNM", "LAO")
def test_the_same_participation_teaches_with_linkages_and_hardly_without(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 25
    bare, dense = (linked(run, iso3, how) for how in (NONE, DENSE))
    assert ratio(dense, bare, "chain participation", year) == pytest.approx(1, abs=0.2)
    assert ratio(dense, bare, "capability", year) > 1.018
    assert ratio(dense, bare, "output per head", year) > 1.02


@claim("KHM", "VNM", "LAO")
def test_more_orders_teach_more_where_there_is_a_receptacle(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 25
    taught = [
        np.log(ratio(linked(run, iso3, how | MANY), linked(run, iso3, how | FEW), "capability", year))
        for how in (NONE, DENSE)
    ]
    assert taught[1] - taught[0] > 0.015


@claim("KHM", "VNM")
def test_rules_about_local_content_teach_after_years(run: Runs, iso3: str) -> None:
    first = start(run, iso3)
    free, half, strict = (ruled(run, iso3, level) for level in (0.0, 0.5, 1.0))
    gain = lead(strict, free, "capability")
    years = np.asarray(free["time"]) - first
    assert gain[years == 25] > 0.007
    assert gain[years == 3] < 0.2 * gain[years == 25]
    assert at(free, "capability", first + 25) < at(half, "capability", first + 25)
    assert at(half, "capability", first + 25) < at(strict, "capability", first + 25)


@claim("KHM", "VNM")
def test_a_rule_that_an_accession_forbids_teaches_no_more(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 20
    outside, inside = (
        ratio(ruled(run, iso3, 1.0, membership=m), ruled(run, iso3, 0.0, membership=m), "capability", year)
        - 1
        for m in (0.0, 1.0)
    )
    assert outside > 0.004
    assert inside < 0.3 * outside


@pytest.mark.parametrize("iso3", ["KHM", "VNM", "KOR"])
def test_linkages_without_orders_teach_nothing(run: Runs, iso3: str) -> None:
    bare, dense = (linked(run, iso3, how | FEW) for how in (NONE, DENSE))
    assert np.abs(lead(dense, bare, "capability")).max() < 0.005


@pytest.mark.parametrize("iso3", ["KHM", "VNM", "LAO"])
def test_linkages_save_imported_inputs_of_blocks(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 10
    bare, dense = (linked(run, iso3, how) for how in (NONE, DENSE))
    fed = [
        at(one, "imports for exports", year) / (at(one, "exports", year) - at(one, "primary exports", year))
        for one in (bare, dense)
    ]
    assert fed[1] < 0.95 * fed[0]
