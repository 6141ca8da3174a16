"""The density: blocks, second derivatives and whitened coordinates."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.inference import laplace as module
from latecomer.inference.hmc import sample
from latecomer.inference.laplace import Density, importance, laplace, required
from tests.inference.toys import normal_mean


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


@pytest.mark.parametrize("is_given", [True, False])
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
