"""Tables of runs that never were: what is changed, from when on, and that nothing else is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latecomer.explain.counterfactuals import held, mean_over, spliced, with_policy
from latecomer.study.drivers import Points

YEARS = np.arange(1960.0, 2011.0)


@st.composite
def tables(draw: st.DrawFn) -> Points:
    years = sorted(draw(st.sets(st.integers(1960, 2010), min_size=2, max_size=9)))
    levels = draw(st.lists(st.floats(0, 1), min_size=len(years), max_size=len(years)))
    return np.array(years, float), np.array(levels)


def at(points: Points, years: object = YEARS) -> object:
    return np.interp(np.asarray(years, float), *points)


@given(tables(), tables(), st.integers(1961, 2009))
def test_a_spliced_table_is_its_own_before_and_the_donors_after(own: Points, donor: Points, y: int) -> None:
    mixed = spliced(own, donor, y)
    assert np.all(np.diff(mixed[0]) > 0)
    before, after = np.arange(1960.0, y), np.arange(float(y), 2011.0)
    assert at(mixed, before) == pytest.approx(at(own, before), abs=1e-12)
    assert at(mixed, after) == pytest.approx(at(donor, after), abs=1e-12)


@given(tables(), st.integers(1961, 2009))
def test_a_country_with_its_own_policy_is_what_it_was(own: Points, year: int) -> None:
    mixed = with_policy({"support table": own, "rate": own}, {"support table": own}, ["support table"], year)
    assert at(mixed["support table"]) == pytest.approx(at(own), abs=1e-12)
    assert mixed["rate"] is own


@given(tables(), st.integers(1960, 2010), st.floats(0, 1))
def test_a_table_that_is_held_stays_at_the_level(own: Points, after: int, level: float) -> None:
    flat = held(own, after, level)
    assert np.all(np.diff(flat[0]) > 0)
    later = np.arange(after + 1.0, 2030.0)
    assert np.all(at(flat, later) == level)
    kept = own[0] <= after
    assert np.array_equal(flat[0][: kept.sum()], own[0][kept])


def test_the_mean_of_years_is_that_of_whole_years() -> None:
    """Linear between 1970 and 1974, so that the mean of 1970-74 is the figure of 1972."""
    assert mean_over((np.array([1970.0, 1974.0, 1990.0]), np.array([1.0, 5.0, 90.0])), 1970, 1974) == 3.0
