"""A state learns by doing and forgets in retreat, so its capability depends on the way it came."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.claims import claim
from tests.mechanism_runs import Asked, Runs, at, over, ratio

EACH = pytest.mark.parametrize("iso3", ["KOR", "IND", "VNM", "LAO"])
STARTS = {"KOR": 1960, "IND": 1960, "VNM": 1989, "LAO": 1989, "KHM": 1993, "MMR": 1998}
TURN = 20
# lenders are kept out of it: credit lost or won on the way would move the state as well
OPEN = {"credit rationing switch": 0.0}
DOING = ("generic policy", "industrial support", "mission policy")


def doing(run: Runs, iso3: str, *levels: tuple[float, float]) -> xr.Dataset:
    """A state that does as much as these points say: years from the start of the run, and levels."""
    points = [(STARTS[iso3] + years, level) for years, level in levels]
    half = [(year, 0.5 * level) for year, level in points]
    nought = [(year, 0.0) for year, _ in points]
    levers: dict[str, Asked] = dict(zip(DOING, (points, half, nought), strict=True))
    return run(iso3, OPEN, levers, until=STARTS[iso3] + 60)


def way(run: Runs, iso3: str, early: float, late: float = 0.5) -> xr.Dataset:
    """The same policy from the turn on, after another one."""
    return doing(run, iso3, (0, early), (TURN, early), (TURN + 1, late), (60, late))


def capability(run: xr.Dataset, iso3: str, years: float) -> float:
    """Capability of the state some years after the start."""
    return at(run, "state capability", STARTS[iso3] + years)


@pytest.mark.slow
@claim("KOR", "IND", "VNM", "LAO")
def test_decades_after_the_turn_another_past_is_another_state(run: Runs, iso3: str) -> None:
    idle, some, active = (way(run, iso3, early) for early in (0.0, 0.4, 0.8))
    now = [over(one, "public doing", STARTS[iso3] + TURN + 1, np.inf) for one in (idle, active)]
    assert np.array_equal(now[0], now[1])
    for years, least in ((TURN, 0.15), (TURN + 10, 0.12), (TURN + 20, 0.08)):
        known = [capability(one, iso3, years) for one in (idle, some, active)]
        assert known[0] + least / 3 < known[1] < known[2]
        assert known[2] > known[0] + least
    # and with the state, what needs one
    assert ratio(active, idle, "discipline", STARTS[iso3] + TURN + 10) > 1.1
    assert ratio(active, idle, "discipline", STARTS[iso3] + TURN + 20) > 1.05


@claim("KOR", "IND", "VNM", "LAO")
def test_what_a_retreat_loses_comes_back_more_slowly(run: Runs, iso3: str) -> None:
    retreat = ((0, 0.6), (10, 0.6), (11, 0.0), (20, 0.0), (21, 0.6), (60, 0.6))
    steady, gone = doing(run, iso3, (0, 0.6), (60, 0.6)), doing(run, iso3, *retreat)
    gap = [capability(steady, iso3, years) - capability(gone, iso3, years) for years in (10, 20, 30, 40)]
    assert gap[0] == pytest.approx(0, abs=1e-12)
    assert gap[1] > 0.08
    # A decade took it; another one does not bring it back, nor half of it.
    assert gap[1] > gap[2] > 0.5 * gap[1]
    assert gap[2] > gap[3] > 0.2 * gap[1]
    assert capability(gone, iso3, 20) < capability(gone, iso3, 10)


@pytest.mark.slow
@claim("KOR", "IND", "VNM", "LAO")
def test_a_state_that_does_nothing_forgets_and_one_that_does_more_knows_more(run: Runs, iso3: str) -> None:
    known = [
        capability(doing(run, iso3, (0, level), (60, level)), iso3, 30)
        for level in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    assert np.all(np.diff(known) > 0.02)
    assert known[0] < 0.7 * capability(doing(run, iso3, (0, 0.0), (60, 0.0)), iso3, 0)
    assert known[-1] < 1


@EACH
def test_no_doing_for_long_leaves_next_to_no_state(run: Runs, iso3: str) -> None:
    idle = run(iso3, OPEN, {name: [(1950, 0.0), (2300, 0.0)] for name in DOING}, until=STARTS[iso3] + 90)
    path = over(idle, "state capability", STARTS[iso3], np.inf)
    assert np.all(np.diff(path) < 0)
    assert 0 < path[-1] < 0.35 * path[0]


@EACH
def test_capability_stays_between_nought_and_one(run: Runs, iso3: str) -> None:
    for initial, level in ((0.02, 1.0), (0.98, 0.0), (0.98, 1.0)):
        one = run(
            iso3,
            OPEN | {"initial state capability": initial},
            {name: [(1950, level), (2300, level)] for name in DOING},
            until=STARTS[iso3] + 60,
        )
        path = np.asarray(one["state capability"])
        assert np.all((path > 0) & (path < 1))


@EACH
def test_the_able_learn_faster_than_those_who_have_nothing_to_build_on(run: Runs, iso3: str) -> None:
    levers: dict[str, Asked] = {name: [(1950, 0.6), (2300, 0.6)] for name in DOING}
    gain = []
    for initial in (0.05, 0.3):
        one = run(iso3, OPEN | {"initial state capability": initial}, levers, until=STARTS[iso3] + 60)
        gain.append(capability(one, iso3, 5) - initial)
    assert gain[1] > 2 * gain[0] > 0
