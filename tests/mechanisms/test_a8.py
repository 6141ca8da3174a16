"""Organised labour bars the low road: near the fork a few years decide for decades which road is taken."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import xarray as xr

from tests.claims import claim
from tests.mechanism_runs import Asked, Runs, at, over, ratio

EACH = pytest.mark.parametrize("iso3", ["KOR", "BRA", "IND", "VNM"])
# a country at the fork
FORK = {"initial mobilisation": 0.35, "initial high road": 0.6}
STRENGTH = 0.33
SHORT, LONG = 2.0, 8.0
YEARS = {"KOR": 40, "BRA": 40, "IND": 40, "VNM": 32}
UNIONS = "corporatist integration"


def start(run: Runs, iso3: str) -> float:
    return float(run.study.countries[iso3].window.start)


def repression(run: Runs, iso3: str) -> float:
    """The repression under which a country has both roads before it, given its industrial workforce."""
    base = run(iso3, FORK, {UNIONS: 0.0})
    first = start(run, iso3)
    workforce = over(base, "industrial workforce share", first + 5, first + 25).mean()
    return float(1 - STRENGTH * (1 + run.value(iso3, "mobilisation half share") / workforce))


def pushed(run: Runs, iso3: str, years: float, level: float | None = None) -> Mapping[str, Asked]:
    """Full repression for some years from the second on; before and after it, the same level for ever."""
    first = start(run, iso3) + 1
    usual = repression(run, iso3) if level is None else level
    points = [(first - 50, usual), (first, usual), (first + 0.5, 1.0), (first + years, 1.0)]
    return {"labour repression": [*points, (first + years + 0.5, usual), (first + 100, usual)], UNIONS: 0.0}


def roads(run: Runs, iso3: str, later: float = 0) -> tuple[xr.Dataset, xr.Dataset, float]:
    """The same country after a short and after a long push, and a year decades after."""
    year = start(run, iso3) + YEARS[iso3] + later
    short, long = (run(iso3, FORK, pushed(run, iso3, years), until=year) for years in (SHORT, LONG))
    return short, long, year


@claim("KOR", "BRA", "IND", "VNM")
def test_a_few_years_decide_between_two_roads(run: Runs, iso3: str) -> None:
    high, low, year = roads(run, iso3)
    assert at(low, "mobilisation", year) < 0.65 * at(high, "mobilisation", year)
    assert at(high, "labour share", year) > at(low, "labour share", year) + 0.025
    assert at(high, "inequality", year) < at(low, "inequality", year)


@claim("KOR", "VNM")
def test_the_high_road_leads_to_higher_functions(run: Runs, iso3: str) -> None:
    high, low, year = roads(run, iso3)
    assert ratio(high, low, "functional upgrading", year) > 1.06
    assert ratio(high, low, "value share", year) > 1.002


@claim("KOR", "VNM")
def test_the_high_road_produces_and_pays_more(run: Runs, iso3: str) -> None:
    high, low, year = roads(run, iso3)
    assert ratio(high, low, "output per head", year) > 1.05
    assert ratio(high, low, "wage", year) > 1.1
    assert ratio(high, low, "output per head", year) < ratio(high, low, "wage", year)


@claim("KOR", "IND")
def test_the_roads_part_further_though_nothing_tells_the_two_apart_any_more(run: Runs, iso3: str) -> None:
    high, low, year = roads(run, iso3)
    apart = np.asarray(high["mobilisation"] - low["mobilisation"])
    # Two years after the long push, and decades later.
    after = int(4 * (LONG + 4))
    assert apart[int(4 * (year - start(run, iso3)))] > 1.02 * apart[after] > 0.03


@claim("KOR", "BRA", "IND", "VNM")
def test_at_the_fork_some_control_of_unions_tips_the_road(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + YEARS[iso3]
    path = pushed(run, iso3, SHORT)
    loose, tight = (run(iso3, FORK, {**path, UNIONS: level}, until=year) for level in (0.0, 0.5))
    # The state takes a quarter of their strength away from unions; close to half is lost in the end.
    assert at(tight, "mobilisation", year) < 0.6 * at(loose, "mobilisation", year)
    assert at(loose, "labour share", year) > at(tight, "labour share", year) + 0.025


@pytest.mark.slow
@EACH
def test_without_the_loop_there_is_one_road(run: Runs, iso3: str) -> None:
    short, long, year = roads(run.without("A8"), iso3)
    assert ratio(short, long, "mobilisation", year) == pytest.approx(1, abs=0.05)
    assert ratio(short, long, "functional upgrading", year) == pytest.approx(1, abs=0.05)
    assert at(short, "labour share", year) == pytest.approx(at(long, "labour share", year), abs=0.015)


@pytest.mark.parametrize("iso3", ["KOR", "BRA", "IND"])
def test_far_from_the_fork_the_start_does_not_matter(run: Runs, iso3: str) -> None:
    def ends(level: float) -> list[float]:
        year = start(run, iso3) + 50
        paths = [pushed(run, iso3, years, level) for years in (SHORT, LONG)]
        return [at(run(iso3, FORK, path, until=year), "high road", year) for path in paths]

    assert max(ends(0.9)) < 0.1
    assert min(ends(0.0)) > 0.7


def test_korea_did_not_take_the_high_road_under_repression(history: Runs) -> None:
    korea = history("KOR")
    assert at(korea, "high road", 1985) < 0.1
    assert at(korea, "mobilisation", 2000) > 2 * at(korea, "mobilisation", 1985)
