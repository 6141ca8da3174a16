"""The normal approximation, where the answer is known and where it must not be trusted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from latecomer.errors import InputError
from latecomer.inference import laplace as module
from latecomer.inference.hmc import sample
from latecomer.inference.laplace import (
    Density,
    Importance,
    expected_information,
    fisher_information,
    importance,
    laplace,
    required,
)
from latecomer.inference.problem import make_problem
from tests.inference.small import toy_study
from tests.inference.toys import EXACT, Toy, logistic_growth, mode_of, normal_mean, ridge


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


@pytest.mark.slow
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


# The density: blocks, second derivatives and whitened coordinates


def bent(z: Any, given: Any) -> Any:
    return jnp.sum(jnp.cos(given * z)) + jnp.prod(jnp.tanh(z[:3])) + 0.5 * jnp.sum(z**2) * jnp.exp(z[-1])


def eleven() -> tuple[Density, np.ndarray]:
    given = np.linspace(0.5, 2.0, 11)
    return Density(tuple("abcdefghijk"), bent, given), np.linspace(-1.0, 1.0, 11)


def test_second_derivatives_in_blocks_are_those_of_reverse_over_reverse() -> None:
    density, z = eleven()
    foreign = jax.jit(jax.jacrev(jax.jacrev(bent)))(z, density.given)
    np.testing.assert_allclose(density.hessian(z), foreign, rtol=1e-10, atol=1e-12)


def test_losses_in_blocks_are_those_of_single_points() -> None:
    density, z = eleven()
    points = np.stack([z * scale for scale in np.linspace(-2.0, 2.0, 19)])
    single = [float(bent(point, density.given)) for point in points]
    np.testing.assert_allclose(density.losses(points), single, rtol=1e-12)


def test_the_curvature_of_a_problem_takes_the_place_of_second_derivatives() -> None:
    density, z = eleven()
    lopsided = np.triu(np.ones((11, 11)))
    own = Density(density.names, bent, density.given, lambda z: lopsided)
    np.testing.assert_array_equal(own.hessian(z), (lopsided + lopsided.T) / 2.0)


@pytest.mark.parametrize("is_given", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_whitening_keeps_the_loss_and_turns_its_curvature(is_given: bool) -> None:
    density, z = eleven()
    if is_given:
        density = Density(density.names, bent, density.given, lambda z: jax.hessian(bent)(z, density.given))
    factor = np.tril(np.random.default_rng(0).standard_normal((11, 11))) + 3.0 * np.eye(11)
    white = density.whitened(z, factor)
    u = np.linspace(0.1, -0.1, 11)
    there = z + factor @ u
    assert white.losses(u[None])[0] == pytest.approx(float(bent(there, density.given)), rel=1e-12)
    chained = factor.T @ density.hessian(there) @ factor
    np.testing.assert_allclose(white.hessian(u), chained, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(white.loss_and_slope(u)[1], factor.T @ density.loss_and_slope(there)[1])


@pytest.mark.slow
def test_other_figures_need_no_other_program() -> None:
    traced = []

    def loss(z: Any, given: Any) -> Any:
        traced.append(1)
        return 0.5 * jnp.sum(z**2) + jnp.sum((given - z) ** 2)

    means = []
    for figure in (1.0, -2.0):
        density = Density(("a",), loss, np.array(figure))
        posterior = sample(density, laplace(density, np.array([figure / 1.5])), draws=100, warm_up=20)
        importance(density, laplace(density, np.array([figure / 1.5])), draws=200)
        means.append(posterior.draws.mean())
        if figure == 1.0:
            first = len(traced)
    assert len(traced) == first
    assert means == pytest.approx([2.0 / 3.0, -4.0 / 3.0], abs=0.2)


@pytest.mark.parametrize("package", ["blackjax", "arviz_stats"])
def test_without_the_extra_the_cure_is_to_install_it(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    toy = normal_mean()
    there = laplace(toy.density, toy.mean)
    posterior = sample(toy.density, there, draws=4, warm_up=0)

    def missing(module: str) -> Any:
        raise ModuleNotFoundError(module)

    monkeypatch.setattr(module, "import_module", missing)
    uses = {
        "blackjax": [lambda: sample(toy.density, there)],
        "arviz_stats": [lambda: importance(toy.density, there), posterior.diagnostics],
    }
    for use in uses[package]:
        with pytest.raises(InputError, match=rf"no package '{package}'.*install latecomer\[posterior\]"):
            use()


def test_a_module_of_the_extra_is_imported() -> None:
    assert required("blackjax.mcmc.hmc").__name__ == "blackjax.mcmc.hmc"


# The information of the figures, against the Hessian of the loss where both must agree


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("toy")
    return toy_study(folder, family="normal", autocorrelation=0.6, spread=0.3, shift=0.1)


@pytest.mark.slow
def test_at_a_perfect_fit_it_is_the_hessian_of_the_loss_without_the_prior(study: Any) -> None:
    problem = make_problem(study, ["AAA", "BBB"])
    z = np.zeros(len(problem.layout))
    hessian = np.asarray(jax.jit(jax.hessian(problem.traced))(z, problem.given)) - np.eye(len(z))
    found = fisher_information(problem, z)
    sizes = [k for k, entry in enumerate(problem.layout.entries) if entry.role.name == "SIZE"]
    rest = [k for k in range(len(z)) if k not in sizes]
    np.testing.assert_allclose(found[np.ix_(rest, rest)], hessian[np.ix_(rest, rest)], rtol=2e-3, atol=1e-2)
    assert np.all(np.linalg.eigvalsh(found) > -1e-8)


@pytest.mark.slow
def test_the_information_on_a_size_is_twice_the_figures_times_its_spread_squared(study: Any) -> None:
    problem = make_problem(study, ["AAA", "BBB"])
    found = fisher_information(problem, np.zeros(len(problem.layout)))
    names = [str(entry) for entry in problem.layout.entries]
    place = names.index("size of the error of log stock [AAA]")
    assert found[place, place] == pytest.approx(2 * 41 * 0.3**2)


# The information expected over a posterior: exact where it is one, and fit for bent valleys


def test_where_it_is_the_same_everywhere_it_is_that() -> None:
    one = np.array([[5.0, 2.0], [2.0, 3.0]])
    np.testing.assert_allclose(expected_information(lambda z: one, np.ones(2)), one)


def test_it_is_the_expectation_over_its_own_normal() -> None:
    # information 1 + z**2 along one axis: with variance v = 1 / (1 + I), the expectation of I is 1 + v
    found = expected_information(lambda z: np.array([[1.0 + z[0] ** 2]]), np.zeros(1), (1.0,) * 30, 2000)
    value = float(found[0, 0])
    assert value == pytest.approx(1.0 + 1.0 / (1.0 + value), rel=0.03)


def test_a_bent_valley_is_met_by_the_draws_and_not_at_the_mode() -> None:
    # figures tell y - b x**2 with error s: at the mode the derivative along x is nought
    bend, error = 3.0, 0.1

    def information(z: np.ndarray) -> np.ndarray:
        slope = np.array([-2.0 * bend * z[0], 1.0]) / error
        return np.outer(slope, slope)

    at_mode = information(np.zeros(2))
    expected = expected_information(information, np.zeros(2), (0.2, 0.5, 1.0, 1.0, 1.0), 200)
    sd_at_mode, sd = (np.sqrt(np.linalg.inv(one + np.eye(2))[0, 0]) for one in (at_mode, expected))
    assert sd_at_mode == pytest.approx(1.0)
    assert sd < 0.35
    generator = np.random.default_rng(1)

    def excess(one: np.ndarray) -> float:
        u = generator.standard_normal((4000, 2))
        z = u @ np.linalg.inv(np.linalg.cholesky(one + np.eye(2)))
        loss = 0.5 * ((z[:, 1] - bend * z[:, 0] ** 2) / error) ** 2 + 0.5 * np.sum(z**2, axis=1)
        return float(np.mean(loss - 0.5 * np.sum(u**2, axis=1)))

    assert excess(expected) < 0.05 * excess(at_mode)


def test_the_seed_tells_all() -> None:
    def information(z: np.ndarray) -> np.ndarray:
        return np.diag(1.0 + z**2)

    one, same, other = (expected_information(information, np.zeros(2), seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_points_without_finite_information_are_left_out_and_all_of_them_refused() -> None:
    def partly(z: np.ndarray) -> np.ndarray:
        return np.full((1, 1), np.nan if z[0] > 0 else 2.0)

    assert expected_information(partly, np.zeros(1)).tolist() == [[2.0]]
    with pytest.raises(InputError, match=r"no finite information in 4 draws.*fit again from other starts"):
        expected_information(lambda z: np.full((1, 1), np.nan if z.any() else 1.0), np.zeros(1))
