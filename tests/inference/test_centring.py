"""Centred coordinates of populations: there and back, the same posterior, and valleys that do not bend."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from latecomer.inference.centring import centred_density, centring
from latecomer.inference.diagnostics import Posterior
from latecomer.inference.hmc import sample
from latecomer.inference.laplace import Density, laplace
from latecomer.inference.parameters import ParameterVector, make_parameter_vector

PRIOR = SimpleNamespace(family="normal", centre=0.0, spread=1.0)
COUNTRIES = ("KOR", "BRA", "IND", "MEX")
FIGURES = np.array([1.0, -0.5, 0.2, 2.0])


@pytest.fixture(scope="module")
def layout() -> ParameterVector:
    base = {iso3: {"pace": 0.0, "share": 0.0} for iso3 in COUNTRIES}
    own = {iso3: {"pace": PRIOR} for iso3 in COUNTRIES}
    populations = {"pace": SimpleNamespace(centre=0.5, spread=0.4)}
    return make_parameter_vector(("pace", "share"), base, {"share": PRIOR}, own, populations)


def figures_loss(z: Any, given: Any) -> Any:
    """A standard normal prior, and a figure of each country's deviation d = m + s z."""
    figures, size = given
    deviation = 0.5 * z[5] + jnp.exp(0.4 * z[6]) * z[1:5]
    return 0.5 * jnp.sum(z**2) + 0.5 * jnp.sum(((deviation - figures) / size) ** 2)


def density(size: float) -> Density:
    return Density(tuple("abcdefg"), figures_loss, (FIGURES, np.array(size)))


@pytest.mark.slow
@given(arrays(np.float64, 7, elements=st.floats(-4.0, 4.0)))
@settings(max_examples=50, deadline=None)
def test_there_and_back_is_where_one_was(layout: ParameterVector, z: np.ndarray) -> None:
    by = centring(layout)
    np.testing.assert_allclose(by.standard(by.centred(z)), z, atol=1e-12)


def test_centred_coordinates_of_members_are_their_deviations(layout: ParameterVector) -> None:
    z = np.random.default_rng(1).standard_normal((3, len(layout)))
    expected = np.stack([layout.deviations(one) for one in z])
    members = np.flatnonzero(layout.centres >= 0)
    found = np.asarray(centring(layout).centred(z))
    np.testing.assert_allclose(found[:, members], expected[:, members], rtol=1e-12)
    rest = np.setdiff1d(np.arange(len(layout)), members)
    np.testing.assert_array_equal(found[:, rest], z[:, rest])


@pytest.mark.slow
def test_the_density_is_that_of_a_change_of_variables(layout: ParameterVector) -> None:
    by, plain = centring(layout), density(0.1)
    centred = centred_density(plain, by)
    for z in np.random.default_rng(2).standard_normal((3, len(layout))):
        _, stretched = np.linalg.slogdet(np.asarray(jax.jacfwd(by.centred)(jnp.asarray(z))))
        there, _ = centred.loss_and_slope(np.asarray(by.centred(z)))
        assert there - plain.loss_and_slope(z)[0] == pytest.approx(stretched, abs=1e-9)


def test_a_program_of_its_own_is_carried_over(layout: ParameterVector) -> None:
    by, plain = centring(layout), density(0.1)
    brought = centred_density(replace(plain, both=plain.loss_and_slope), by)
    assert brought.both is not None
    for y in np.random.default_rng(5).standard_normal((3, len(layout))):
        value, slope = centred_density(plain, by).loss_and_slope(y)
        found, pulled = brought.both(y)
        assert found == pytest.approx(value, abs=1e-9)
        np.testing.assert_allclose(pulled, slope, rtol=1e-9, atol=1e-9)


@pytest.mark.slow
def test_its_curvature_is_that_of_the_residuals(layout: ParameterVector) -> None:
    """Gauss and Newton's: J' J of all residuals by centred coordinates, those of the prior among them."""
    by, size = centring(layout), 0.1
    y = np.asarray(by.centred(np.random.default_rng(3).standard_normal(len(layout))))

    def residuals(z: Any) -> Any:
        deviation = 0.5 * z[5] + jnp.exp(0.4 * z[6]) * z[1:5]
        return jnp.concatenate([z, (deviation - FIGURES) / size])

    def curvature(z: Any) -> Any:
        slopes = jax.jacfwd(residuals)(jnp.asarray(z))
        return slopes.T @ slopes

    plain = Density(tuple("abcdefg"), figures_loss, (FIGURES, np.array(size)), curvature)
    slopes = np.asarray(jax.jacfwd(lambda point: residuals(by.standard(point)))(jnp.asarray(y)))
    np.testing.assert_allclose(centred_density(plain, by).hessian(y), slopes.T @ slopes, rtol=1e-9)


def exact_means(size: float) -> tuple[float, float]:
    """Means of common centre and common spread by quadrature: given these two, the figures are normal."""
    grid = np.linspace(-5.0, 5.0, 801)
    centre, spread = np.meshgrid(grid, grid, indexing="ij")
    variance = np.exp(0.8 * spread) + size**2
    log = -0.5 * (centre**2 + spread**2)
    log += sum(-0.5 * ((one - 0.5 * centre) ** 2 / variance + np.log(variance)) for one in FIGURES)
    weight = np.exp(log - log.max())
    total = weight.sum()
    return float(np.sum(weight * centre) / total), float(np.sum(weight * spread) / total)


def chains(layout: ParameterVector, size: float, draws: int) -> tuple[Posterior, Posterior]:
    """Chains in standard normals and in centred coordinates, both told as standard normals."""
    by, plain = centring(layout), density(size)
    centred = centred_density(plain, by)
    z = np.concatenate([[0.0], FIGURES, [0.0, 0.0]])
    bent = sample(plain, laplace(plain, z), draws=draws, seed=4)
    straight = sample(centred, laplace(centred, np.asarray(by.centred(z))), draws=draws, seed=4)
    return bent, replace(straight, draws=np.asarray(by.standard(straight.draws)))


def standard_errors(one: Posterior) -> np.ndarray:
    return one.draws.reshape(-1, 7).std(axis=0) / np.sqrt(one.diagnostics().ess_bulk)


@pytest.mark.slow  # the density in other coordinates is exact and quick
def test_well_known_members_are_sampled_in_fewer_steps_and_to_the_exact_means(
    layout: ParameterVector,
) -> None:
    bent, straight = chains(layout, 0.01, 400)
    assert straight.step_size > 2.0 * bent.step_size
    assert straight.diagnostics().r_hat.max() < 1.02
    off = straight.draws.reshape(-1, 7).mean(axis=0)[5:] - exact_means(0.01)
    assert np.all(np.abs(off) < 5.0 * standard_errors(straight)[5:])


@pytest.mark.slow  # the test before it draws in both coordinates too
def test_both_coordinates_give_the_same_means_where_both_are_easy(layout: ParameterVector) -> None:
    bent, straight = chains(layout, 0.7, 1000)
    error = np.hypot(standard_errors(bent), standard_errors(straight))
    means = (one.draws.reshape(-1, 7).mean(axis=0) for one in (bent, straight))
    assert np.all(np.abs(np.subtract(*means)) < 5.0 * error)
    assert bent.diagnostics().r_hat.max() < 1.02
