"""Moments of blocks: NumPy's, and the same to the last bit in any order of the blocks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latecomer.simulate.summary import Moments

NUMBERS = st.floats(-1e6, 1e6)


@given(st.lists(NUMBERS, min_size=2, max_size=30), st.data())
def test_the_moments_are_those_of_numpy_in_any_order(values: list[float], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(values)), max_size=5)))
    blocks = list(enumerate(np.split(np.array(values)[None], cuts, axis=1)))
    in_order, mixed = Moments(cells=1), Moments(cells=1)
    for number, block in blocks:
        in_order.add(number, block)
    for number, block in data.draw(st.permutations(blocks)):
        mixed.add(number, block)
    first, second = in_order.statistics(), mixed.statistics()
    assert {name: value.tolist() for name, value in first.items()} == {
        name: value.tolist() for name, value in second.items()
    }
    size = max(abs(value) for value in values)
    assert first["mean"][0] == pytest.approx(np.mean(values), rel=1e-12, abs=1e-12 * size)
    assert first["standard deviation"][0] == pytest.approx(np.std(values, ddof=1), rel=1e-9, abs=1e-12 * size)
    assert (first["minimum"][0], first["maximum"][0]) == (min(values), max(values))


def test_a_small_spread_about_a_large_mean_is_kept() -> None:
    """The sum of squares less the square of the sum would lose all of it."""
    rng = np.random.default_rng(0)
    values = 1e6 + 1e-3 * rng.normal(size=(3, 4096))
    moments = Moments(cells=3)
    for number, block in enumerate(np.split(values, 16, axis=1)):
        moments.add(number, block)
    np.testing.assert_allclose(
        moments.statistics()["standard deviation"], (values - 1e6).std(axis=1, ddof=1), rtol=1e-9
    )


def test_what_has_been_joined_is_not_kept() -> None:
    """A million runs are thousands of blocks: only what waits for an earlier one stays in memory."""
    moments = Moments(cells=1)
    for number in range(1, 100):
        moments.add(number, np.ones((1, 2)))
    assert len(moments._waiting) == 99
    moments.add(0, np.empty((1, 0)))
    assert len(moments._waiting) == 0
    assert moments.statistics()["mean"].tolist() == [1.0]


def test_too_few_values_have_no_moments() -> None:
    moments = Moments(cells=2)
    assert all(np.isnan(value).all() for value in moments.statistics().values())
    moments.add(0, np.array([[3.0], [4.0]]))
    found = moments.statistics()
    assert found["mean"].tolist() == [3.0, 4.0]
    assert np.isnan(found["standard deviation"]).all()


def test_values_near_the_largest_number_have_an_infinite_spread() -> None:
    moments = Moments(cells=1)
    moments.add(0, np.array([[1e300, -1e300]]))
    assert moments.statistics()["standard deviation"].tolist() == [np.inf]
