"""The metric that a sampler learns from the curvature that its chains meet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from latecomer.inference.hmc import learned, sample, windows
from latecomer.inference.laplace import laplace
from tests.inference.toys import ridge


def spd(n: int, seed: int) -> np.ndarray:
    """A positive definite matrix."""
    half = np.random.default_rng(seed).standard_normal((n, 2 * n))
    return half @ half.T / n


def test_equal_curvatures_give_their_inverse_for_covariance() -> None:
    factor, curvature = np.linalg.cholesky(spd(4, 1)), spd(4, 2)
    found = learned(factor, [curvature] * 3, 1.0)
    np.testing.assert_allclose(found @ found.T, np.linalg.inv(curvature), rtol=1e-9)
    np.testing.assert_array_equal(np.triu(found, 1), 0.0)
    assert np.all(np.diag(found) > 0.0)


def test_it_does_not_depend_on_the_coordinates() -> None:
    """Metric of z = A w, from the curvature A' H A of w: A times that of w."""
    turn = spd(3, 3) + np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 2.0], [0.0, 0.0, 0.0]])
    factor, curvatures = np.linalg.cholesky(spd(3, 4)), [spd(3, k) for k in (5, 6, 7)]
    there = learned(factor, curvatures, 0.5)
    here = learned(np.linalg.solve(turn, factor), [turn.T @ one @ turn for one in curvatures], 0.5)
    np.testing.assert_allclose(turn @ here @ here.T @ turn.T, there @ there.T, rtol=1e-8)


def test_windows_count_alike_where_curvatures_commute() -> None:
    found, each = np.eye(2), [np.diag([1.0, 4.0]), np.diag([100.0, 4.0]), np.diag([10.0, 32.0])]
    for k, one in enumerate(each):
        found = learned(found, [one], 1.0 / (1 + k))
    expected = np.exp(-np.mean([np.log(np.diag(one)) for one in each], axis=0))
    np.testing.assert_allclose(np.diag(found @ found.T), expected, rtol=1e-9)


def test_one_chain_on_a_cliff_shortens_the_steps_by_its_share_alone() -> None:
    found = learned(np.eye(2), [np.eye(2)] * 3 + [np.diag([1e8, 1.0])], 1.0)
    np.testing.assert_allclose(np.diag(found @ found.T), [1e-2, 1.0], rtol=1e-6)


def test_curvatures_that_are_no_numbers_are_left_out() -> None:
    wrong, right = np.full((2, 2), np.nan), 4.0 * np.eye(2)
    np.testing.assert_allclose(learned(np.eye(2), [wrong, right], 1.0), 0.5 * np.eye(2))
    np.testing.assert_array_equal(learned(np.eye(2), [wrong], 1.0), np.eye(2))


def test_windows_lie_within_the_warm_up_and_none_is_at_its_start() -> None:
    assert windows(0) == windows(1) == ()
    assert windows(4) == (1, 2, 3)  # .25, .45 and .7 of four
    assert max(windows(200)) < 200


@pytest.mark.parametrize("wrong", [0.03, 30.0])
def test_a_sampler_that_knows_the_curvature_makes_up_for_a_wrong_approximation(wrong: float) -> None:
    toy = ridge(10)
    there = laplace(toy.density, toy.mean)
    off = replace(there, cholesky=wrong * np.eye(len(toy.mean)))
    curved = replace(toy.density, curvature=lambda _: np.linalg.inv(there.covariance))
    asked: dict[str, Any] = {"draws": 200, "warm_up": 60, "seed": 2}
    plain, helped, right = (
        sample(toy.density, off, **asked),
        sample(curved, off, **asked),
        sample(toy.density, there, **asked),
    )
    smallest = [one.diagnostics().ess_bulk.min() for one in (plain, helped, right)]
    assert smallest[1] > 0.6 * smallest[2]
    assert smallest[1] > 1.5 * smallest[0]
    pooled = helped.draws.reshape(-1, len(toy.mean))
    assert np.all(np.abs(pooled.mean(axis=0) - toy.mean) < 5.0 * toy.deviations / np.sqrt(smallest[1]))
