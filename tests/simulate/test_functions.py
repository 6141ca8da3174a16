"""The engine's own logarithm, power and normal numbers, against the libraries' and against exact facts."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import kstest

from latecomer.simulate.backend_jax import Rows, log, power, quantile, standard_normal

LOG, QUANTILE, POWER = jax.jit(log), jax.jit(quantile), jax.jit(power)
POSITIVE = st.floats(min_value=2.3e-308, max_value=1.7e308)


@given(POSITIVE)
def test_the_logarithm_is_off_by_one_unit_in_the_last_place_at_most(x: float) -> None:
    exact = math.log(x)
    assert abs(float(LOG(x)) - exact) <= np.spacing(abs(exact))


@given(st.floats(min_value=-1e-3, max_value=1e-3))
def test_the_logarithm_keeps_its_digits_near_one(step: float) -> None:
    x = 1.0 + step
    assert float(LOG(x)) == pytest.approx(math.log1p(x - 1.0), rel=4e-16, abs=0)


def test_the_logarithm_at_its_edges() -> None:
    edges = np.array([0.0, -0.0, -1.0, -np.inf, np.inf, np.nan, 1.0])
    np.testing.assert_array_equal(LOG(edges), [-np.inf, -np.inf, np.nan, np.nan, np.inf, np.nan, 0.0])


def test_the_logarithm_has_the_derivatives_of_its_formula() -> None:
    slope = jax.grad(log)
    assert [float(slope(x)) for x in (0.25, 2.0, 1e300)] == [4.0, 0.5, 1e-300]
    assert float(jax.grad(slope)(2.0)) == -0.25


@given(st.floats(min_value=1e-3, max_value=1e3), st.floats(min_value=-20, max_value=20))
def test_a_power_is_that_of_the_library(base: float, exponent: float) -> None:
    # an error of the logarithm is multiplied by the exponent
    allowed = 4e-16 * (2 + abs(exponent * math.log(base)))
    assert float(POWER(base, exponent)) == pytest.approx(math.pow(base, exponent), rel=allowed)


def test_powers_of_zero_and_of_negative_numbers_are_those_of_the_library() -> None:
    bases = np.array([0.0, 0.0, 0.0, -2.0, -2.0, -2.0, -2.0, np.nan, 2.0])
    exponents = np.array([0.5, 0.0, -1.0, 3.0, 2.0, -1.0, 0.5, 1.0, np.nan])
    with np.errstate(all="ignore"):
        expected = np.power(bases, exponents)
    np.testing.assert_allclose(POWER(bases, exponents), expected, rtol=1e-15)


@given(st.floats(min_value=1e-16, max_value=1 - 1e-16))
def test_the_normal_quantile_is_that_of_scipy(share: float) -> None:
    assert float(QUANTILE(share)) == pytest.approx(float(ndtri(share)), rel=3e-15, abs=1e-16)


@pytest.mark.slow
def test_normal_numbers_are_normal_and_symmetric() -> None:
    values = np.asarray(standard_normal(jax.random.PRNGKey(7), 200_000))
    assert kstest(values, "norm").pvalue > 1e-3
    assert values.mean() == pytest.approx(0.0, abs=4 / math.sqrt(values.size))
    assert (values**4).mean() == pytest.approx(3.0, abs=4 * math.sqrt(96 / values.size))
    shares = jnp.array([0.01, 0.3, 1e-10])
    np.testing.assert_allclose(quantile(shares), -quantile(1.0 - shares), rtol=1e-6)


@pytest.mark.slow
def test_a_normal_number_depends_on_its_place_and_not_on_how_many_there_are() -> None:
    seed = jax.random.PRNGKey(3)
    np.testing.assert_array_equal(standard_normal(seed, 10), standard_normal(seed, 1000)[:10])


def test_rows_keep_their_zeros() -> None:
    size, shock = Rows([0.5, None]), Rows([2.0, None])
    assert (np.float64(3.0) * size * shock).items == [3.0, None]
    assert (Rows([1.0, 1.0]) - size).items == [0.5, 1.0]
    assert (size * (shock * shock - 1.0)).items == [1.5, None]
    assert ((size + shock) / 2.0).items == [1.25, None]
