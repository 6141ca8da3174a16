"""The layered layout: columns, lanes, order and heights."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from latecomer.report.charts.layered_layout import Lane, apart, columns, lanes, sorted_columns, width, wrapped

ACYCLIC = st.lists(
    st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda e: e[0] < e[1]), max_size=30
)
BACK = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda e: e[0] > e[1]), max_size=6)


@given(ACYCLIC, BACK)
def test_every_link_runs_forward_but_those_that_close_a_loop(
    forward: list[tuple[int, int]], closing: list[tuple[int, int]]
) -> None:
    column = columns(range(12), forward, closing)
    assert min(column.values()) == 0
    assert all(column[a] < column[b] for a, b in forward)
    assert all(column[a] != column[b] for a, b in closing)


def test_a_link_has_one_lane_in_each_column_that_it_passes_and_shares_it() -> None:
    column = {"a": 0, "b": 1, "c": 3, "d": 2}
    found = lanes(column, [("a", "c"), ("a", "d"), ("c", "b")])
    assert found["a", "c"] == ["a", Lane("a", 1, False), Lane("a", 2, False), "c"]
    assert found["a", "d"] == ["a", Lane("a", 1, False), "d"]
    assert found["c", "b"] == ["c", Lane("c", 2, True), "b"]


def test_crossings_that_can_be_avoided_are() -> None:
    column = dict.fromkeys("abc", 0) | dict.fromkeys("xyz", 1)
    rows = sorted_columns(column, [["a", "z"], ["b", "y"], ["c", "x"], ["a", "y"]])
    spots = {node: i for row in rows for i, node in enumerate(row)}
    links = [("a", "z"), ("b", "y"), ("c", "x"), ("a", "y")]
    crossed = [
        (one, other)
        for one in links
        for other in links
        if (spots[one[0]] - spots[other[0]]) * (spots[one[1]] - spots[other[1]]) < 0
    ]
    assert crossed == []


HEIGHTS = st.lists(st.tuples(st.floats(-100, 100), st.floats(1, 30)), min_size=1, max_size=8)


@given(HEIGHTS)
def test_things_keep_their_order_and_distance(things: list[tuple[float, float]]) -> None:
    wanted, sizes = [w for w, _ in things], [s for _, s in things]
    middles = apart(wanted, sizes, 3.0)
    for (y1, s1), (y2, s2) in pairwise(zip(middles, sizes, strict=True)):
        assert y2 - y1 >= (s1 + s2) / 2 + 3.0 - 1e-9


@pytest.mark.parametrize("wanted", [[5.0, 5.0, 40.0], [30.0, 20.0, 10.0, 50.0], [0.0, 1.0, 2.0, 3.0]])
def test_things_lie_as_near_to_where_they_belong_as_can_be(wanted: list[float]) -> None:
    sizes = [8.0, 12.0, 10.0, 6.0][: len(wanted)]
    needs = [(a + b) / 2 + 2.0 for a, b in pairwise(sizes)]
    limits = [
        {"type": "ineq", "fun": lambda y, i=i, need=need: y[i + 1] - y[i] - need}
        for i, need in enumerate(needs)
    ]
    best = minimize(lambda y: np.sum((y - wanted) ** 2), np.cumsum([0.0, *needs]), constraints=limits)
    np.testing.assert_allclose(apart(wanted, sizes, 2.0), best.x, atol=1e-4)


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=12), min_size=1, max_size=6).map(" ".join))
def test_names_are_broken_between_words_and_fit_where_a_word_does(name: str) -> None:
    lines = wrapped(name, 100.0, 13.0)
    assert " ".join(lines) == name
    assert all(width(line, 13.0) <= 100.0 or " " not in line for line in lines)
