"""Axes: every value lies where it belongs and every tick is round."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latecomer.report.charts.svg import Axis, limits, number, ticks

finite = st.floats(-1e9, 1e9)


@given(low=finite, span=st.floats(1e-3, 1e9), share=st.floats(0, 1))
def test_a_value_between_the_ends_lies_between_their_pixels(low: float, span: float, share: float) -> None:
    axis = Axis(low, low + span, 100, 10)
    assert 10 - 1e-6 <= axis.at(low + share * span) <= 100 + 1e-6


@given(low=st.floats(-1e6, 1e6), span=st.floats(1e-2, 1e6), count=st.integers(2, 12))
def test_ticks_are_few_even_and_inside(low: float, span: float, count: int) -> None:
    marks = ticks(low, low + span, "linear", count)
    gaps = {f"{b - a:.6g}" for a, b in pairwise(marks)}
    assert len(marks) <= count + 1
    assert len(gaps) <= 1
    assert all(low - 1e-6 * span <= mark <= low + span * (1 + 1e-6) for mark in marks)


@given(st.lists(st.floats(1e-12, 1e12), min_size=1))
def test_a_log_axis_shows_every_positive_value_and_has_ticks(values: list[float]) -> None:
    low, high = limits(values, "log")
    assert 0 < low <= min(values)
    assert max(values) <= high
    assert ticks(low, high, "log")


def test_zero_lies_at_the_foot_of_a_log_axis() -> None:
    assert Axis(1e-3, 1e3, 80, 0, "log").at(0.0) == 80


@pytest.mark.parametrize("values", [[], [math.nan, math.inf], [5.0, 5.0]])
def test_limits_leave_room_where_the_values_leave_none(values: list[float]) -> None:
    low, high = limits(values, "linear")
    assert math.isfinite(low)
    assert high > low


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0"),
        (1960.0, "1960"),
        (25000.0, "25 k"),
        (-3.2e9, "-3.2 bn"),
        (1e-9, "10⁻⁹"),
        (2.5e-7, "2.5×10⁻⁷"),
    ],
)
def test_numbers_read_well(value: float, words: str) -> None:
    assert number(value) == words
