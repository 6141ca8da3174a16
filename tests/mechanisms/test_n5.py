"""Missions and conditions on support move their targets, until they are more than the state can follow."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import xarray as xr

from tests.claims import claim
from tests.mechanism_runs import Runs, at, lead, over, ratio, since

EACH = pytest.mark.parametrize("iso3", ["KOR", "VNM", "KHM"])
BEGINS = {"KOR": 1985, "VNM": 1998, "KHM": 1998}
YEARS = 20
WAGES, GREEN, MISSION = "wage conditions", "green conditions", "mission policy"
ALL = (WAGES, GREEN, MISSION)
# states that neither learn nor forget, so that what they are asked for is all that differs
STILL = {f"state capability {what} rate": 0.0 for what in ("building", "erosion")} | {"retreat rate": 0.0}
WEAK, STRONG = STILL | {"initial state capability": 0.3}, STILL | {"initial state capability": 0.9}


def asking(
    run: Runs,
    iso3: str,
    *what: str,
    state: Mapping[str, float] = STRONG,
    level: float = 0.7,
    support: float = 0.6,
) -> xr.Dataset:
    """Twenty years with some conditions at a level, on the same support everywhere."""
    begin = BEGINS[iso3]
    levers = {name: since(begin, level if name in what else 0.0) for name in ALL}
    return run(iso3, state, levers | {"industrial support": since(begin, support)}, until=begin + YEARS)


def moved(
    run: Runs, iso3: str, *what: str, state: Mapping[str, float] = STRONG, level: float = 0.7
) -> list[float]:
    """What conditions add to the labour share, to emissions avoided and to the challenge met."""
    one, none = (asking(run, iso3, *chosen, state=state, level=level) for chosen in (what, ()))
    end = BEGINS[iso3] + YEARS
    return [
        at(one, name, end) - at(none, name, end)
        for name in ("labour share", "abatement", "challenge progress")
    ]


@pytest.mark.slow
@claim("KOR", "VNM", "KHM")
def test_all_at_once_is_too_much_for_a_weak_state_and_not_for_a_strong_one(run: Runs, iso3: str) -> None:
    kept = {}
    for name, state in (("weak", WEAK), ("strong", STRONG)):
        wages = moved(run, iso3, WAGES, state=state)[0]
        mission = moved(run, iso3, MISSION, state=state)[2]
        together = moved(run, iso3, *ALL, state=state)
        kept[name] = together[0] / wages, together[2] / mission
    assert max(kept["weak"]) < 0.4
    assert min(kept["strong"]) > 0.55
    assert all(weak < strong - 0.3 for weak, strong in zip(kept["weak"], kept["strong"], strict=True))


@claim("KOR", "VNM", "KHM")
def test_a_second_and_a_third_condition_weaken_the_first_in_a_weak_state(run: Runs, iso3: str) -> None:
    one, two = moved(run, iso3, WAGES, state=WEAK)[0], moved(run, iso3, WAGES, GREEN, state=WEAK)[0]
    assert 0 < two < 0.6 * one
    alone, all_three = moved(run, iso3, MISSION, state=WEAK)[2], moved(run, iso3, *ALL, state=WEAK)[2]
    assert 0 < all_three < 0.4 * alone
    # Nobody follows up support either: discipline goes with it.
    none, laden = (asking(run, iso3, *what, state=WEAK) for what in ((), (WAGES, GREEN)))
    assert ratio(laden, none, "discipline", BEGINS[iso3] + YEARS) < 0.6


@claim("KOR", "VNM", "KHM")
def test_asking_for_more_yields_less_beyond_what_the_state_can_follow(run: Runs, iso3: str) -> None:
    def wages(level: float) -> float:
        return moved(run, iso3, WAGES, GREEN, state=WEAK, level=level)[0]

    modest, greedy = wages(0.25), wages(1.0)
    assert 0 < greedy < 0.8 * modest


@EACH
def test_each_condition_moves_its_own_target(run: Runs, iso3: str) -> None:
    wages, green = (moved(run, iso3, what) for what in (WAGES, GREEN))
    assert wages[0] > 0.02
    assert green[1] > 0.1
    assert abs(wages[1]) < 1e-9
    assert abs(green[0]) < 0.25 * wages[0]
    end = BEGINS[iso3] + YEARS
    free, bound = asking(run, iso3), asking(run, iso3, GREEN)
    assert ratio(bound, free, "carbon intensity", end) < 0.93
    assert ratio(bound, free, "local pollution", end) < 0.9


@EACH
def test_a_mission_meets_its_challenge_and_teaches_on_the_way(run: Runs, iso3: str) -> None:
    end = BEGINS[iso3] + YEARS
    none, half, full = (asking(run, iso3, MISSION, level=level) for level in (0.0, 0.5, 1.0))
    progress = [at(one, "challenge progress", end) for one in (none, half, full)]
    assert progress[0] == 0
    assert 0.2 < progress[1] < progress[2] - 0.1 < 0.9
    assert ratio(full, none, "carbon intensity", end) < 0.9
    assert ratio(full, half, "learning effort", end) > 1
    assert ratio(full, none, "capability", end) > 1.002


@EACH
def test_conditions_on_no_support_move_nothing(run: Runs, iso3: str) -> None:
    free, bound = (asking(run, iso3, *what, support=0.0) for what in ((), (WAGES, GREEN)))
    for name in ("labour share", "abatement"):
        after = over(bound, name, BEGINS[iso3] + 1, np.inf) - over(free, name, BEGINS[iso3] + 1, np.inf)
        assert np.abs(after).max() < 0.01


@EACH
def test_without_a_state_nothing_asked_for_is_delivered(run: Runs, iso3: str) -> None:
    none = STILL | {"initial state capability": 1e-3}
    free, bound = (asking(run, iso3, *what, state=none) for what in ((), ALL))
    assert np.abs(lead(bound, free, "labour share")).max() < 0.005
    assert at(bound, "challenge progress", BEGINS[iso3] + YEARS) < 0.01


@EACH
def test_the_mix_of_instruments_moves_what_a_mission_does_and_costs(run: Runs, iso3: str) -> None:
    def mix(instrument: str) -> dict[str, float]:
        names = ("grants", "loans", "equity", "procurement")
        return STRONG | {f"instrument share[{name}]": float(name == instrument) for name in names}

    end = BEGINS[iso3] + YEARS
    grants, loans, procurement = (
        asking(run, iso3, MISSION, state=mix(name)) for name in ("grants", "loans", "procurement")
    )
    assert at(procurement, "challenge progress", end) > at(grants, "challenge progress", end) + 0.05
    assert at(loans, "programme cost", end) < at(grants, "programme cost", end) - 0.003
    assert at(loans, "domestic public debt", end) < at(grants, "domestic public debt", end)
