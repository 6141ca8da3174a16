"""The same selection of industries teaches where the state is up to it, and breeds rents where it is not."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.claims import claim
from tests.mechanism_runs import Asked, Runs, at, ratio, since

SOME = ["KHM", "LAO", "VNM", "KOR", "IND"]
TWO = pytest.mark.parametrize("iso3", ["LAO", "BRA"])
WEAK, ABLE = 0.1, 0.9
SPAN = 40
SUPPORT = {"industrial support": 0.8}
NEAR = SUPPORT | {"deviation": 0.0, "cluster policy": 0.0}
FAR = SUPPORT | {"deviation": 1.0, "cluster policy": 0.0}
# what hard industries cost while they learn is another row
PLAIN = {"deviation cost": 0.0, "deviation import content": 0.0}


def start(run: Runs, iso3: str) -> int:
    return run.study.countries[iso3].window.start


def state(run: Runs, iso3: str, capability: float, levers: dict[str, Asked]) -> xr.Dataset:
    """A run under a state of this capability in the first year."""
    parameters = PLAIN | {"initial state capability": capability}
    return run(iso3, parameters, levers, until=start(run, iso3) + SPAN)


def fruit(run: Runs, iso3: str, capability: float, name: str, year: int = 30) -> float:
    """What the same support brings more where it picks industries than where it does not, as a fraction."""
    picking, open_to_all = (state(run, iso3, capability, dict(levers)) for levers in (FAR, NEAR))
    return ratio(picking, open_to_all, name, start(run, iso3) + year) - 1


@claim(*SOME)
def test_selection_teaches_under_an_able_state_and_misleads_under_a_weak_one(run: Runs, iso3: str) -> None:
    weak, able = (fruit(run, iso3, capability, "capability") for capability in (WEAK, ABLE))
    assert weak < -0.008
    assert able > 0.0005


@claim("KOR", "LAO", "IND")
def test_so_it_brings_exports_or_costs_them(run: Runs, iso3: str) -> None:
    weak, able = (fruit(run, iso3, capability, "exports") for capability in (WEAK, ABLE))
    assert weak < -0.01
    assert able > 0.002


@claim(*SOME)
def test_selection_raises_output_under_an_able_state_and_lowers_it_under_a_weak_one(
    run: Runs, iso3: str
) -> None:
    weak, able = (fruit(run, iso3, capability, "output per head") for capability in (WEAK, ABLE))
    assert weak < -0.004
    assert able > weak + 0.008


@claim(*SOME)
def test_selection_beyond_capability_ends_as_rents_and_their_imports(run: Runs, iso3: str) -> None:
    for name in ("captured support", "rent imports"):
        weak, able = (fruit(run, iso3, capability, name, 15) for capability in (WEAK, ABLE))
        assert weak > 0.2
        assert abs(able) < 0.1


@TWO
def test_who_first_makes_the_state_able_ends_richer_than_who_picks_at_once(run: Runs, iso3: str) -> None:
    now, then = start(run, iso3) + 1, start(run, iso3) + 21
    common: dict[str, Asked] = {"industrial support": 0.6, "generic policy": since(now, 0.8)}
    at_once, later = (
        state(
            run,
            iso3,
            0.25,
            common
            | {"deviation": [(now - 1, 0.0), (year, 0.0), (year + 1, 1.0)]}
            | {"cluster policy": [(now - 1, 0.0), (year, 0.0), (year + 1, 0.8)]},
        )
        for year in (now, then)
    )
    rents = [float((one["captured support"] / one["output"]).mean()) for one in (later, at_once)]
    assert rents[0] < 0.9 * rents[1]
    assert ratio(later, at_once, "output per head", now + 39) > 1.002


@pytest.mark.slow
@TWO
def test_the_fruit_of_selection_grows_with_the_capability_of_the_state(run: Runs, iso3: str) -> None:
    levels = np.linspace(0.1, 0.7, 4)
    learned = [fruit(run, iso3, capability, "capability", 15) for capability in levels]
    assert np.all(np.diff(learned) > 0)
    assert learned[0] < 0 < learned[-1]


@TWO
def test_a_little_selection_is_within_the_reach_of_most_states(run: Runs, iso3: str) -> None:
    little = {"industrial support": 0.2, "deviation": 0.3, "cluster policy": 0.0}
    none = little | {"deviation": 0.0}
    picking, open_to_all = (state(run, iso3, 0.3, dict(levers)) for levers in (little, none))
    year = start(run, iso3) + 20
    assert ratio(picking, open_to_all, "capability", year) > 1
    assert ratio(picking, open_to_all, "captured support", year) < 1.02


@TWO
def test_a_cluster_policy_too_large_for_the_state_breeds_rents_at_any_support(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 15
    for support in (0.0, 0.5):
        levers = {"industrial support": support, "deviation": 0.0, "cluster policy": 1.0}
        capture = [
            at(state(run, iso3, capability, dict(levers)), "capture", year) for capability in (WEAK, ABLE)
        ]
        assert capture[0] > capture[1] + 0.2
