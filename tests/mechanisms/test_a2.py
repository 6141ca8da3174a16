"""Defying comparative advantage costs output now; it pays only after long learning, under discipline."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.claims import claim
from tests.mechanism_runs import Array, Runs, at, lead, over, ratio

SOME = pytest.mark.parametrize("iso3", ["KOR", "BRA", "IND", "VNM"])
SUPPORT = 0.8
# a state that is up to what it selects, with and without a hold on capital
ABLE = {"initial state capability": 0.9}
DISCIPLINED, UNDISCIPLINED = ABLE | {"state autonomy": 0.95}, ABLE | {"state autonomy": 0.05}
HORIZON = 40


def following_and_defying(
    run: Runs, iso3: str, overrides: dict[str, float], horizon: float = HORIZON
) -> tuple[xr.Dataset, xr.Dataset]:
    """The same support, near to and far from comparative advantage, where foreign exchange does not bind."""
    ample = {"remittance share": run.value(iso3, "remittance share") + 0.06}
    until = run.study.countries[iso3].window.start + horizon
    near, far = (
        run(iso3, ample | overrides, {"deviation": level, "industrial support": SUPPORT}, until=until)
        for level in (0.0, 1.0)
    )
    return near, far


def gain(run: Runs, iso3: str, overrides: dict[str, float], name: str = "output per head") -> Array:
    """How far the defier is ahead of the follower, four times a year."""
    near, far = following_and_defying(run, iso3, overrides)
    return lead(far, near, name)


@claim("KOR", "KHM", "BRA", "THA", "MYS")
def test_disciplined_defying_is_behind_for_years_and_ahead_after_about_two_decades(
    run: Runs, iso3: str
) -> None:
    ahead = gain(run, iso3, DISCIPLINED)
    years = np.arange(ahead.size) / 4
    assert np.all(ahead[(years >= 1) & (years <= 7)] < -0.008)
    overtakes = years[ahead < 0].max()
    assert 10 < overtakes < 30
    assert ahead[-1] > 0.0005
    assert np.all(ahead[years > overtakes] > 0)


@claim("KOR", "KHM", "BRA", "IND")
def test_undisciplined_defying_costs_the_same_and_never_overtakes(run: Runs, iso3: str) -> None:
    loose, tight = (gain(run, iso3, how) for how in (UNDISCIPLINED, DISCIPLINED))
    assert loose[8] == pytest.approx(tight[8], rel=0.1)
    assert loose[8] < -0.008
    assert loose[4:].max() < 0
    assert tight[-20:].mean() > loose[-20:].mean() + 0.001


@claim("KOR", "BRA", "KHM", "LAO")
def test_harder_industries_teach_more_under_discipline(run: Runs, iso3: str) -> None:
    hard, loose, plain = (
        gain(run, iso3, how, "capability")
        for how in (DISCIPLINED, UNDISCIPLINED, DISCIPLINED | {"deviation gain": 0.0})
    )
    early = slice(20, 61)
    assert np.all(hard[early] > np.maximum(plain[early], loose[early]))
    assert hard[early].max() > np.maximum(plain, loose)[early].max() + 0.002


@claim("KOR", "BRA", "IND", "VNM")
def test_the_cost_grows_with_the_deviation_and_falls_with_capability(run: Runs, iso3: str) -> None:
    year = run.study.countries[iso3].window.start + 2

    def cost(level: float, capability: float = 0.25) -> float:
        start = {"initial relative capability": capability}
        near, far = (
            run(iso3, start, {"deviation": d, "industrial support": SUPPORT}, until=year)
            for d in (0.0, level)
        )
        return 1 - ratio(far, near, "output", year)

    assert 0.008 < cost(0.5) < 0.7 * cost(1.0)
    assert cost(1.0, 0.9) < 0.5 * cost(1.0)


@claim("KOR", "BRA", "IND", "VNM")
def test_defying_needs_foreign_exchange(run: Runs, iso3: str) -> None:
    following, defying = following_and_defying(run, iso3, UNDISCIPLINED, horizon=3)
    year = float(defying["time"][0]) + 2
    part = [
        at(one, "desired imports", year) / at(one, "output in dollars", year) for one in (following, defying)
    ]
    assert part[1] > part[0] + 0.001
    assert at(following, "equipment for deviation", year) == 0


@pytest.mark.slow
def test_far_behind_the_frontier_even_disciplined_defying_takes_longer(run: Runs) -> None:
    behind = {iso3: int(np.sum(gain(run, iso3, DISCIPLINED) < 0)) for iso3 in ("KOR", "IND", "LAO")}
    assert min(behind["IND"], behind["LAO"]) > behind["KOR"]


@SOME
def test_without_support_deviation_changes_nothing_but_the_first_level(run: Runs, iso3: str) -> None:
    near, far = (run(iso3, levers={"industrial support": 0.0, "deviation": level}) for level in (0.0, 1.0))
    second = float(near["time"][0]) + 1
    # Between the first and the second year the levers are still on their way.
    assert np.abs(lead(far, near)).max() < 0.02
    last = float(near["time"][-1])
    for one in (near, far):
        assert np.all(over(one, "supported learning", second, last) == 0)
