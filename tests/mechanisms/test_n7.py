"""A staged portfolio makes more of the same budget than an even one, by looking often and cutting early."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import xarray as xr

from tests.claims import claim
from tests.mechanism_runs import Asked, Runs, at, over, ratio, since

EACH = pytest.mark.parametrize("iso3", ["KOR", "IND", "VNM"])
BEGINS = {"KOR": 1975, "IND": 1985, "VNM": 1995, "BRA": 1985}
YEARS = 30
EVEN, STAGED = 0.0, 1.0
TECHNOLOGIES = "commercial technologies"


def from_nought(begin: float, funds: float) -> list[tuple[float, float]]:
    """Funds from a year on, and none before, whatever the country did."""
    return [(1950, 0.0), (begin - 1, 0.0), (begin, funds), (2060, funds)]


def portfolio(
    run: Runs, iso3: str, staging: float, how: Mapping[str, float] | None = None, funds: float = 0.5
) -> xr.Dataset:
    """Thirty years of public funds for technology, all of it given out in one way."""
    begin = BEGINS[iso3]
    levers: dict[str, Asked] = {
        "technology funding": from_nought(begin, funds),
        "portfolio staging": since(begin, staging),
    }
    return run(iso3, how, levers, until=begin + YEARS)


def made(run: xr.Dataset, iso3: str, years: float = YEARS) -> float:
    """Technologies in the market some years after the funds began."""
    return at(run, TECHNOLOGIES, BEGINS[iso3] + years)


def wasted(run: xr.Dataset, iso3: str) -> float:
    """Part of all the money that failing programmes took."""
    lost, paid = (over(run, name, BEGINS[iso3], np.inf) for name in ("pipeline loss", "pipeline budget"))
    return float(lost.sum() / paid.sum())


@pytest.mark.slow
@claim("KOR", "IND", "VNM")
def test_of_the_same_budget_a_staged_portfolio_makes_more(run: Runs, iso3: str) -> None:
    even, half, staged = (portfolio(run, iso3, staging) for staging in (EVEN, 0.5, STAGED))
    assert np.array_equal(even["pipeline budget"], staged["pipeline budget"])
    for years in (10, YEARS):
        assert 1.5 * made(even, iso3, years) < made(half, iso3, years) < made(staged, iso3, years) / 1.2
    assert made(staged, iso3) > 3 * made(even, iso3)
    assert wasted(even, iso3) > 0.25
    assert wasted(staged, iso3) < 0.4 * wasted(half, iso3) < 0.4 * wasted(even, iso3)
    assert ratio(staged, even, "learning effort", BEGINS[iso3] + YEARS) > 1.03


@pytest.mark.slow
@claim("KOR", "IND", "VNM")
def test_slower_review_wastes_more_of_a_staged_portfolio(run: Runs, iso3: str) -> None:
    agile, yearly, slow = (
        portfolio(run, iso3, STAGED, {"review interval": interval}) for interval in (0.25, 1.0, 6.0)
    )
    assert wasted(slow, iso3) > wasted(yearly, iso3) + 0.05 > wasted(agile, iso3) + 0.05
    assert made(slow, iso3) < 0.9 * made(yearly, iso3) < 0.9 * made(agile, iso3)
    # Where nobody asks for milestones it is the same how often one looks.
    often, seldom = (portfolio(run, iso3, EVEN, {"review interval": interval}) for interval in (0.25, 6.0))
    assert made(often, iso3) == pytest.approx(made(seldom, iso3), rel=1e-6)


@pytest.mark.slow  # over two levels of staging and follow-on
@claim("KOR", "IND", "VNM")
def test_only_a_portfolio_with_stages_carries_technologies_over_the_valley(run: Runs, iso3: str) -> None:
    def gain(staging: float) -> float:
        alone, carried = (portfolio(run, iso3, staging, {"follow on": f}) for f in (0.0, 1.0))
        return made(carried, iso3) / made(alone, iso3)

    assert gain(STAGED) > 1.8
    assert gain(0.5) > 1.2
    assert gain(EVEN) == pytest.approx(1, rel=1e-6)


@EACH
def test_a_valley_that_nothing_crosses_leaves_no_technology(run: Runs, iso3: str) -> None:
    none = portfolio(run, iso3, STAGED, {"valley passage": 0.0, "follow on": 0.0})
    open_road = portfolio(run, iso3, STAGED, {"valley passage": 1.0})
    assert np.all(over(none, TECHNOLOGIES, BEGINS[iso3], np.inf) == 0)
    assert at(none, "promising programmes[demonstration]", BEGINS[iso3] + YEARS) > 0.1
    assert made(open_road, iso3) > 1.15 * made(portfolio(run, iso3, STAGED), iso3)


@EACH
def test_discipline_bounds_the_losses_of_an_even_portfolio(run: Runs, iso3: str) -> None:
    losses, technologies = [], []
    for discipline in (0.0, 0.3, 2.0):
        one = portfolio(run, iso3, EVEN, {"loss discipline": discipline})
        losses.append(wasted(one, iso3))
        technologies.append(made(one, iso3))
    assert losses[0] > losses[1] + 0.08 > losses[2] + 0.16
    assert technologies[0] < 0.75 * technologies[1] < 0.75 * technologies[2]


@EACH
def test_without_funds_there_is_no_technology(run: Runs, iso3: str) -> None:
    none = portfolio(run, iso3, STAGED, funds=0.0)
    for name in (TECHNOLOGIES, "failing cost", "promising cost", "pipeline loss"):
        assert np.all(np.asarray(none[name]) == 0)


@EACH
def test_technologies_come_late_and_go_when_the_funds_end(run: Runs, iso3: str) -> None:
    begin = BEGINS[iso3]
    levers: dict[str, Asked] = {
        "technology funding": [*from_nought(begin, 0.6)[:3], (begin + 15, 0.6), (begin + 16, 0.0)],
        "portfolio staging": STAGED,
    }
    one = run(iso3, levers=levers, until=begin + 50)
    path = over(one, TECHNOLOGIES, begin, begin + 50)
    assert at(one, TECHNOLOGIES, begin + 3) < 0.05 * path.max()
    assert begin + 10 < begin + path.argmax() / 4 < begin + 25
    assert path[-1] < 0.5 * path.max()
    assert at(one, "failing cost", begin + 50) < 0.05 * over(one, "failing cost", begin, begin + 50).max()


@EACH
def test_the_portfolio_teaches_and_costs(run: Runs, iso3: str) -> None:
    none, some, much = (portfolio(run, iso3, STAGED, funds=funds) for funds in (0.0, 0.5, 1.0))
    end = BEGINS[iso3] + YEARS
    effort = [at(one, "technology learning", end) for one in (none, some, much)]
    assert 0 == effort[0] < effort[1] < effort[2] < 2 * effort[1]
    cost = [at(one, "programme cost", end) for one in (none, some, much)]
    assert cost[2] - cost[1] == pytest.approx(cost[1] - cost[0], rel=0.05)
    assert cost[1] - cost[0] > 0.002
