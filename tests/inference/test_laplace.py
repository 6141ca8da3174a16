"""The normal approximation, where the answer is known and where it must not be trusted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from latecomer.errors import InputError
from latecomer.inference.laplace import Density, Importance, importance, laplace
from tests.inference.toys import EXACT, Toy, logistic_growth, mode_of, ridge


@pytest.mark.parametrize("make", [*EXACT, ridge])
def test_a_gaussian_posterior_is_met_exactly(make: Callable[[], Toy]) -> None:
    toy = make()
    there = laplace(toy.density, mode_of(toy.density) if make is not ridge else toy.mean)
    np.testing.assert_allclose(there.mode, toy.mean, atol=1e-6)
    np.testing.assert_allclose(there.covariance, toy.covariance, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(there.deviations, toy.deviations, rtol=1e-6)
    assert there.log_evidence == pytest.approx(toy.log_evidence, abs=1e-6)
    assert there.floored == 0
    assert there.decrement < 1e-4


def test_a_gaussian_posterior_needs_no_weights() -> None:
    toy = ridge()
    weights = importance(toy.density, laplace(toy.density, toy.mean))
    assert weights.effective == pytest.approx(500.0, rel=1e-6)
    assert weights.holds
    assert weights.as_dict()["holds"] is True


def test_a_nearly_gaussian_posterior_is_nearly_met() -> None:
    toy = logistic_growth()
    there = laplace(toy.density, mode_of(toy.density))
    assert there.log_evidence == pytest.approx(toy.log_evidence, abs=0.1)
    assert np.all(np.abs(there.mode - toy.mean) < 0.3 * toy.deviations)
    weights = importance(toy.density, there, 1000)
    assert weights.holds
    assert 300.0 < weights.effective < 1000.0


def test_a_posterior_with_heavier_tails_is_not_to_be_trusted() -> None:
    """Weights of a standard normal against Cauchy's density grow as exp(u**2 / 2): an infinite mean."""

    def loss(z: Any, given: Any) -> Any:
        return jnp.sum(jnp.log1p(given * z**2))

    density = Density(("a", "b", "c"), loss, np.array(0.5))
    weights = importance(density, laplace(density, np.zeros(3)), 1000)
    assert weights.khat > 0.7
    assert not weights.holds


@pytest.mark.parametrize(("draws", "most"), [(100, 0.5), (10_000, 0.7)])
def test_the_largest_tail_depends_on_the_draws(draws: int, most: float) -> None:
    assert Importance(draws, 1.0, 0.6, 0).most == pytest.approx(most)


def test_draws_without_a_finite_loss_are_counted_and_weigh_nothing() -> None:
    def loss(z: Any, given: Any) -> Any:
        return jnp.where(z[0] > given, jnp.nan, 0.5 * jnp.sum(z**2))

    density = Density(("a",), loss, np.array(0.0))
    there = laplace(density, np.array([-1e-9]))
    weights = importance(density, there, 400)
    assert weights.outside == np.sum(there.draws(0, 400) > 0.0)
    assert weights.effective == 400 - weights.outside
    assert 150 < weights.outside < 250


@given(st.lists(st.floats(-1e6, 1e6), min_size=10, max_size=10))
def test_the_covariance_is_positive_definite_and_no_wider_than_the_prior(entries: list[float]) -> None:
    half = np.zeros((4, 4))
    half[np.triu_indices(4)] = entries
    matrix = half + half.T
    density = Density(tuple("abcd"), still, np.zeros(1), lambda z: matrix)
    there = laplace(density, np.zeros(4))
    widths = np.linalg.eigvalsh(there.covariance)
    assert widths.min() > 0.0
    assert widths.max() <= 1.0 + 1e-9
    assert there.negative <= there.floored <= 4
    np.testing.assert_allclose(there.cholesky, np.tril(there.cholesky))
    assert np.all(np.diag(there.cholesky) > 0.0)


def still(z: Any, given: Any) -> Any:
    return jnp.sum(given) + 0.0 * jnp.sum(z)


def test_directions_that_curve_downwards_are_floored_and_counted() -> None:
    curvature = np.diag([9.0, -2.0, 0.5, 1.0])
    density = Density(tuple("abcd"), still, np.zeros(1), lambda z: curvature)
    there = laplace(density, np.zeros(4))
    np.testing.assert_allclose(there.deviations, [1.0 / 3.0, 1.0, 1.0, 1.0])
    np.testing.assert_allclose(there.eigenvalues, [-2.0, 0.5, 1.0, 9.0])
    assert (there.negative, there.floored) == (1, 2)
    assert there.log_evidence == pytest.approx(-np.log(3.0))


def test_a_point_beside_the_mode_is_told_in_posterior_deviations() -> None:
    toy = EXACT[1]()
    aside = toy.mean + np.linalg.cholesky(toy.covariance) @ np.array([3.0, 4.0])
    assert laplace(toy.density, aside).decrement == pytest.approx(5.0)


def test_draws_have_the_moments_of_the_approximation_and_are_told_by_the_seed() -> None:
    toy = EXACT[1]()
    there = laplace(toy.density, toy.mean)
    draws = there.draws(7, 20_000)
    whitened = np.linalg.solve(np.linalg.cholesky(toy.covariance), (draws - toy.mean).T).ravel()
    assert stats.kstest(whitened, "norm").pvalue > 0.001
    np.testing.assert_array_equal(draws, there.draws(7, 20_000))
    assert not np.array_equal(draws, there.draws(8, 20_000))


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (lambda z, given: jnp.sum(jnp.log(z)), "a loss or a gradient that is not finite"),
        (lambda z, given: jnp.sum(jnp.sqrt(z)), "a loss or a gradient that is not finite"),
        (lambda z, given: jnp.sum(jnp.abs(z) ** 1.5), "second derivatives that are not finite"),
    ],
)
def test_a_mode_without_a_finite_loss_is_refused(loss: Any, words: str) -> None:
    with pytest.raises(InputError, match=f"{words} at the mode.*fit again from other starts"):
        laplace(Density(("a",), loss, np.zeros(1)), np.zeros(1))


def test_too_few_draws_with_a_finite_loss_are_refused() -> None:
    toy = EXACT[0]()
    with pytest.raises(InputError, match=r"99 of 99 draws.*100 at least.*or use the long run"):
        importance(toy.density, laplace(toy.density, toy.mean), 99)
