"""Local, chain and national policies complete each other, and targeting counts only while a cluster grows."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.claims import claim
from tests.mechanism_runs import Runs, at, lead

LOCAL, CHAIN, NATION = "generic policy", "chain promotion", "industrial support"
POLICIES = (LOCAL, CHAIN, NATION)
FULL = 0.8


def start(run: Runs, iso3: str) -> float:
    return float(run.study.countries[iso3].window.start)


def package(run: Runs, iso3: str, *policies: str) -> xr.Dataset:
    """Some of the three policies from the second year on, the others at nought."""
    levers = {policy: FULL if policy in policies else 0.0 for policy in POLICIES}
    return run(iso3, None, levers, until=start(run, iso3) + 20)


def gained(run: Runs, iso3: str, *policies: str, name: str = "capability") -> float:
    """Logarithm of what some policies add in fifteen years."""
    year = start(run, iso3) + 15
    return float(np.log(at(package(run, iso3, *policies), name, year) / at(package(run, iso3), name, year)))


def trend(run: Runs, iso3: str, *policies: str) -> float:
    """Growth of capability a year, five to fifteen years on."""
    one, first = package(run, iso3, *policies), start(run, iso3)
    return float(np.log(at(one, "capability", first + 15) / at(one, "capability", first + 5))) / 10


def targeted(run: Runs, iso3: str, maturity: float) -> float:
    """What eight years of cluster policy add to capability, the year after, as a fraction."""
    first = start(run, iso3)
    eight = [(first - 1, 0.0), (first, 0.0), (first + 1, 1.0), (first + 8, 1.0), (first + 9, 0.0)]
    runs = [
        run(
            iso3,
            {"initial maturity": maturity},
            {LOCAL: 0.6, "cluster policy": lever},
            until=first + 12,
        )
        for lever in (eight, 0.0)
    ]
    return float(lead(runs[0], runs[1], "capability")[np.asarray(runs[0]["time"]) == first + 9][0])


@pytest.mark.slow
@claim("KHM", "VNM", "LAO", "IND")
def test_together_they_add_more_than_each_alone_in_sum(run: Runs, iso3: str) -> None:
    alone = [gained(run, iso3, policy) for policy in POLICIES]
    assert all(gain > 0 for gain in alone)
    assert gained(run, iso3, *POLICIES) > sum(alone) + 0.008


@pytest.mark.slow
@claim("KHM", "VNM", "LAO", "IND")
def test_each_is_worth_several_times_more_as_the_last_of_three(run: Runs, iso3: str) -> None:
    whole = gained(run, iso3, *POLICIES)
    last = {
        policy: (whole - gained(run, iso3, *(set(POLICIES) - {policy}))) / gained(run, iso3, policy)
        for policy in POLICIES
    }
    assert last[LOCAL] > 1.8
    assert last[CHAIN] > 2.5
    assert last[NATION] > 1.1


@claim("KHM", "VNM", "LAO", "IND", "KOR")
def test_local_and_chain_policy_alone_give_incremental_change(run: Runs, iso3: str) -> None:
    part, whole = gained(run, iso3, LOCAL, CHAIN), gained(run, iso3, *POLICIES)
    assert 0 < part < 0.2 * whole


@claim("KHM", "VNM", "LAO", "IND")
def test_only_the_whole_package_changes_the_trend(run: Runs, iso3: str) -> None:
    none = trend(run, iso3)
    parts = sum(trend(run, iso3, policy) - none for policy in POLICIES)
    assert trend(run, iso3, *POLICIES) - none > 1.1 * parts


@claim("KHM", "LAO", "KOR", "IND")
def test_targeting_counts_while_a_cluster_is_growing(run: Runs, iso3: str) -> None:
    unborn, growing, mature = (targeted(run, iso3, level) for level in (0.001, 0.3, 0.97))
    assert growing > 0.003
    assert growing > 2 * unborn
    assert growing > 2 * mature


@pytest.mark.parametrize("iso3", ["KHM", "IND"])
def test_more_of_the_package_is_better(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 15
    able = [
        at(run(iso3, None, dict.fromkeys(POLICIES, level), until=start(run, iso3) + 20), "capability", year)
        for level in (0.0, 0.4, FULL)
    ]
    assert able[0] < able[1] < able[2]


@pytest.mark.parametrize("iso3", ["KHM", "KOR"])
def test_a_cluster_that_never_forms_cannot_be_targeted(run: Runs, iso3: str) -> None:
    assert targeted(run, iso3, 0.0) < 0.002
