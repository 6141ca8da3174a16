"""Pollution and spent resources come back as damage, how much of it policy decides; trade moves it about."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.claims import claim
from tests.mechanism_runs import Array, Asked, Change, Runs, at, lead, over, ratio

EACH = pytest.mark.parametrize("iso3", ["KOR", "IND", "VNM"])
BEGINS, UNTIL = 2010, 2050
UNSPOILT = {"damage rate": 0.0}
NONE: list[tuple[float, float]] = [(1950, 0.0), (2060, 0.0)]
RISING: list[tuple[float, float]] = [(1950, 0.0), (BEGINS, 0.0), (2040, 1.0), (2060, 1.0)]


def growing(rate: float) -> Change:
    """A driver that grows on after its last figure, so that a world that stands still is not what is seen."""

    def further(years: Array, levels: Array) -> Array:
        return levels * np.exp(rate * np.maximum(0, years - 2017))

    return further


GROWING: dict[str, Asked] = {
    "world exports": growing(0.03),
    "world output": growing(0.025),
    "frontier productivity": growing(0.008),
    "hub wage": growing(0.015),
}


def greening(run: Runs, iso3: str, path: Asked, how: dict[str, float] | None = None) -> xr.Dataset:
    """A country to 2050 on a path of green policy."""
    return run(iso3, how, {"green policy": path}, GROWING, until=UNTIL)


def loss(run: Runs, iso3: str, path: Asked, year: float) -> float:
    """Part of output per head that pollution takes: of a country whose people and land it does not touch."""
    spoilt, spared = (greening(run, iso3, path, how) for how in ({}, UNSPOILT))
    return 1 - ratio(spoilt, spared, "output per head", year)


@pytest.mark.slow
@claim("IND", "IDN")
def test_pollution_peaks_or_not_as_policy_decides_and_its_damage_with_it(run: Runs, iso3: str) -> None:
    grey, green = (greening(run, iso3, path) for path in (NONE, RISING))
    dirt, cleaned = (over(one, "local pollution", BEGINS, UNTIL) for one in (grey, green))
    assert int(cleaned.argmax()) < min(25 * 4, int(dirt.argmax()) - 5 * 4)
    assert cleaned.max() < 0.95 * dirt.max()
    assert cleaned[-1] < 0.6 * cleaned.max()
    assert dirt[-1] > 0.7 * dirt.max()
    grown = [loss(run, iso3, NONE, year) for year in (2012, 2020, 2030)]
    assert 0.001 < grown[0] < grown[1]
    assert grown[2] > 0.008
    assert loss(run, iso3, RISING, 2035) < 0.6 * loss(run, iso3, NONE, 2035)
    assert ratio(green, grey, "output per head", 2035) > 1.008


@pytest.mark.slow
@claim("KOR", "BRA", "LAO")
def test_resources_run_down_and_take_primary_exports_with_them(run: Runs, iso3: str) -> None:
    short, usual, long = (run(iso3, {"resource life": life}, until=2030) for life in (40.0, 120.0, 1e6))
    end = 2030
    left = [at(one, "resources", end) for one in (short, usual, long)]
    assert left[0] < 0.6 * left[1] < 0.6 * left[2]
    assert left[2] > 0.99
    sold = [ratio(one, long, "primary export volume", end) for one in (short, usual)]
    assert sold[0] < 0.9 * sold[1] < 0.9 * 0.97


@pytest.mark.parametrize("iso3", ["IND", "VNM", "LAO"])
def test_tenfold_damage_is_worse_and_none_is_none(run: Runs, iso3: str) -> None:
    rate = run.value(iso3, "damage rate")
    none, usual, tenfold = (greening(run, iso3, NONE, {"damage rate": f * rate}) for f in (0.0, 1.0, 10.0))
    assert np.all(np.asarray(none["health"]) == 1)
    lost = [1 - ratio(one, none, "output per head", 2030) for one in (usual, tenfold)]
    assert 0 < 2 * lost[0] < lost[1] < 1
    assert at(tenfold, "local pollution", 2040) < at(none, "local pollution", 2040)


@EACH
def test_who_emits_next_to_nothing_takes_no_harm(run: Runs, iso3: str) -> None:
    clean = {"initial emissions": 1e-6}
    spoilt, spared = (greening(run, iso3, NONE, clean | how) for how in ({}, UNSPOILT))
    assert np.abs(lead(spoilt, spared)).max() < 1e-6


@pytest.mark.slow
@EACH
def test_green_policy_brings_emissions_down_and_coal_up(run: Runs, iso3: str) -> None:
    grey, green = (greening(run, iso3, path) for path in (NONE, RISING))
    coal = run(
        iso3,
        levers={"green policy": NONE, "coal power": [(1950, 0.0), (2010, 0.0), (2015, 0.5)]},
        until=UNTIL,
    )
    intensity = [ratio(one, grey, "carbon intensity", UNTIL) for one in (green, coal)]
    assert intensity[0] < 0.7
    assert intensity[1] > 1.5
    assert at(coal, "pollution damage", UNTIL) > 1.2 * at(grey, "pollution damage", UNTIL)
    # Standards come into force, equipment is replaced over years.
    assert ratio(green, grey, "carbon intensity", BEGINS + 2) > 0.98


@pytest.mark.xfail(
    reason="under the fit of twenty countries India brings in a little carbon, another sends it out",
    strict=True,
)
def test_what_is_emitted_and_what_is_consumed_differ_by_trade(history: Runs) -> None:
    """Signs as in the Global Carbon Budget: India sends carbon out, Korea, Cambodia and Laos bring it in."""
    share = {
        iso3: (over(one, "consumption emissions", 1995, 2005) / over(one, "emissions", 1995, 2005)).mean()
        for iso3 in ("KOR", "IND", "KHM", "LAO", "VNM")
        for one in [history(iso3)]
    }
    assert share["IND"] < 1
    assert min(share["LAO"], share["KHM"], share["KOR"]) > 1.03
    assert all(0.3 < one < 2.5 for one in share.values())


@EACH
def test_a_heavier_world_is_brought_in_with_the_imports(run: Runs, iso3: str) -> None:
    light, heavy = (run(iso3, {"world carbon intensity": c}) for c in (0.3, 0.7))
    end = float(light["time"][-1])
    assert np.array_equal(light["emissions"], heavy["emissions"])
    assert ratio(heavy, light, "consumption emissions", end) > 1.02
