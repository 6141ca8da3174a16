"""Quantiles from counts: as near as said, whatever the values, their order and their parts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latecomer.errors import InputError
from latecomer.simulate.quantiles import FLOOR, Sketch

ANY = st.floats(allow_nan=False, allow_infinity=False)
SHARES = st.floats(0, 1)


def near(found: float, exact: float, accuracy: float) -> bool:
    # the logarithm of a value, and so its bin, is rounded at its fourteenth digit
    return abs(found - exact) <= accuracy * abs(exact) * (1 + 1e-9) + (FLOOR if abs(exact) <= FLOOR else 0)


@given(st.lists(ANY, min_size=1, max_size=40), SHARES, st.sampled_from([1e-4, 2.5e-4, 1e-2]))
def test_a_quantile_is_as_near_as_said_to_that_of_numpy(
    values: list[float], share: float, accuracy: float
) -> None:
    sketch = Sketch(cells=1, accuracy=accuracy)
    sketch.add(np.array([values]))
    exact = float(np.quantile(values, share, method="inverted_cdf"))
    assert near(float(sketch.quantile(share)[0]), exact, accuracy)


@given(st.lists(ANY, min_size=1, max_size=30), st.data())
def test_order_and_parts_do_not_matter(values: list[float], data: st.DataObject) -> None:
    together = Sketch(cells=1)
    together.add(np.array([values]))
    mixed = data.draw(st.permutations(values))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(values)), max_size=4)))
    merged = Sketch(cells=1)
    for part in np.split(np.array(mixed), cuts):
        one = Sketch(cells=1)
        one.add(part[None])
        merged.merge(one)
    assert merged.counts(0) == together.counts(0)
    assert sum(merged.counts(0).values()) == len(values)
    assert merged.quantile(0.5) == together.quantile(0.5)


def test_the_cells_keep_to_themselves() -> None:
    rng = np.random.default_rng(0)
    values = np.exp(rng.normal(size=(5, 3000))) * np.array([[1e-6], [1], [-1], [1e9], [0]])
    sketch = Sketch(cells=5)
    for part in np.array_split(values, 7, axis=1):
        sketch.add(part)
    for share in (0.0, 0.01, 0.3, 0.5, 0.99, 1.0):
        exact = np.quantile(values, share, axis=1, method="inverted_cdf")
        np.testing.assert_allclose(sketch.quantile(share), exact, rtol=2.5e-4 * (1 + 1e-9))


def test_the_bins_of_a_value_and_of_its_negative_mirror_each_other() -> None:
    sketch = Sketch(cells=1)
    values = np.array([1e-9, 0.3, 1.0, 7.0, 1e200])
    sketch.add(np.concatenate([values, -values])[None])
    counts = sketch.counts(0)
    assert counts == {-number: count for number, count in counts.items()}
    assert len(counts) == 10


@pytest.mark.slow  # over many values
def test_wild_values_take_little_memory() -> None:
    """One bin after another from 1e-300 to 1e300 would take gigabytes: only pages that hold a value do."""
    sketch = Sketch(cells=1000)
    wild = [1e300, -1e300, 1e-300, -1e-300, 0.0, 1.0, np.finfo(float).max, -np.finfo(float).max]
    sketch.add(np.tile(wild, (1000, 1)))
    assert sketch.size < 64 * 2**20
    for share in (0.0, 0.3, 0.9, 1.0):
        exact = float(np.quantile(wild, share, method="inverted_cdf"))
        assert near(float(sketch.quantile(share)[17]), exact, 2.5e-4)


def test_many_values_take_the_memory_of_few() -> None:
    rng = np.random.default_rng(0)
    sketch, sizes = Sketch(cells=20), []
    for _ in range(40):
        sketch.add(np.exp(0.3 * rng.normal(size=(20, 2560))))
        sizes.append(sketch.size)
    assert sizes[-1] < 1.5 * sizes[4]
    assert sizes[-1] < 20 * 100 * 256 * 8


def test_nothing_has_no_quantile() -> None:
    sketch = Sketch(cells=2)
    assert np.isnan(sketch.quantile(0.5)).all()
    sketch.add(np.empty((2, 0)))
    assert np.isnan(sketch.quantile(0.5)).all()
    assert sketch.counts(1) == {}


@pytest.mark.parametrize("accuracy", [0.0, 0.5, -1.0, float("nan")])
def test_an_accuracy_that_makes_no_bins_is_refused(accuracy: float) -> None:
    with pytest.raises(InputError) as caught:
        Sketch(cells=1, accuracy=accuracy)
    assert str(caught.value) == (
        f"accuracy: got {accuracy:g}; expected a number between 0 and 0.5. Cure: take 0.001 or less."
    )


def test_a_share_beyond_one_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        Sketch(cells=1).quantile(5)
    assert str(caught.value) == ("quantile: got 5; expected a share from 0 to 1. Cure: write 0.05 for 5 %.")


@pytest.mark.parametrize("other", [Sketch(cells=2), Sketch(cells=1, accuracy=0.01)])
def test_sketches_that_differ_are_not_merged(other: Sketch) -> None:
    with pytest.raises(InputError) as caught:
        Sketch(cells=1).merge(other)
    assert str(caught.value) == (
        "sketch: got another accuracy or number of cells; expected the same. Cure: make both alike."
    )
