"""Onsets of crises: spells counted once, and met with those on record."""

from __future__ import annotations

import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from latecomer.evaluation.crisis_dating import NEAR, QUIET, alarms_per_decades, dated, onsets, state_years

YEARS = st.lists(st.integers(1960, 2015), max_size=20)


@given(YEARS)
def test_onsets_lie_apart_and_every_spell_has_one(years: list[int]) -> None:
    found = onsets(years)
    assert set(found) <= set(years)
    assert all(b - a > QUIET for a, b in pairwise(found))
    if years:
        assert found[0] == min(years)
    for year in set(years) - set(found):  # each other year goes on from one that is near
        assert any(year - QUIET <= other < year for other in years)


def test_a_year_counts_where_the_state_holds_at_some_moment_of_it() -> None:
    times = [1982.0, 1982.125, 1983.0, 1983.875, 1984.0]
    assert state_years(times, [False, True, False, True, False]) == [1982, 1983]


@given(YEARS, YEARS)
def test_every_onset_on_record_is_hit_or_missed_and_a_hit_is_near(run: list[int], record: list[int]) -> None:
    found = dated("BRA", (1970, 2010), run, record)
    assert set(found.hits) | set(found.missed) == set(found.record)
    assert set(found.hits).isdisjoint(found.missed)
    assert all(abs(year - onset) <= NEAR and onset in found.model for year, onset in found.hits.items())
    assert set(found.false) <= set(found.model)
    assert set(found.false).isdisjoint(found.hits.values())


@given(YEARS)
def test_a_run_that_is_the_record_misses_nothing_and_alarms_nobody(years: list[int]) -> None:
    found = dated("BRA", (1970, 2010), years, years)
    assert (found.missed, found.false) == ((), ())
    assert found.model == found.record


def test_what_stands_in_the_first_year_is_no_onset_and_years_before_say_so() -> None:
    found = dated("IDN", (1970, 2010), [1970, 1980], [1968, 1969, 1970, 1971, 1999])
    assert (found.model, found.record) == ((1980,), (1999,))
    assert (found.missed, found.false) == ((1999,), (1980,))


def test_an_onset_within_a_spell_on_record_is_no_false_alarm() -> None:
    found = dated("PER", (1970, 2010), [1990], list(range(1983, 1998)))
    assert (found.hits, found.missed, found.false) == ({}, (1983,), ())


def test_the_nearest_onset_is_the_hit_and_the_earlier_of_two_as_near() -> None:
    assert dated("MEX", (1970, 2010), [1978, 1982], [1980]).hits == {1980: 1978}
    assert dated("MEX", (1970, 2010), [1978, 1982], [1981]).hits == {1981: 1982}
    assert dated("MEX", (1970, 2010), [1979], [1982]).false == (1979,)


def test_false_alarms_are_told_by_ten_country_decades() -> None:
    """Two false alarms in 80 country-years are 2.5 in a hundred."""
    rows = [dated("KOR", (1971, 2010), [1980, 1990], []), dated("IND", (1971, 2010), [1991], [1991])]
    assert alarms_per_decades(rows) == 2.5
    assert math.isnan(alarms_per_decades([]))
