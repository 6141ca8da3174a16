"""Ranks of true values: uniform for each family of errors, and not where the posterior is wrong."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from latecomer.errors import InputError
from latecomer.inference.error_models import FAMILIES, mixed_log_density
from tests.inference.sbc import ecdf_band, ranks, sampler_fit, uniformity

REPLICATIONS, DRAWS = 320, 99
TIMES = np.linspace(-1.0, 1.0, 12)
SCALE, SPREAD = 0.6, 0.4
LEVEL = 0.01 / 18.0
"""One in a hundred for the whole of the eighteen rank tests: six sorts of errors, three coordinates."""
BY_SCIPY = {"normal": stats.norm(), "student": stats.t(5), "laplace": stats.laplace()}


Belief = tuple[str, float, float]
"""What a posterior takes errors for: their family, rho, and a factor of their scale that should be one."""


def simulate(family: str, rho: float, belief: Belief) -> Callable[[np.random.Generator, np.ndarray], Any]:
    """A line with errors of a family, each keeping the share rho of the one before; the scale is unknown."""
    believed = (FAMILIES.index(belief[0]), *belief[1:])

    def draw(generator: np.random.Generator, truth: np.ndarray) -> Any:
        fresh = BY_SCIPY[family].rvs(len(TIMES), random_state=generator)
        errors = [fresh[0]]
        for one in fresh[1:]:
            errors.append(rho * errors[-1] + np.sqrt(1.0 - rho**2) * one)
        return truth[0] + truth[1] * TIMES + SCALE * np.exp(SPREAD * truth[2]) * np.array(errors), *believed

    return draw


def loss(z: Any, given: Any) -> Any:
    figures, code, rho, factor = given
    scale = factor * SCALE * jnp.exp(SPREAD * z[2])
    errors = (figures - z[0] - z[1] * TIMES) / scale
    fresh = jnp.concatenate([errors[:1], (errors[1:] - rho * errors[:-1]) / jnp.sqrt(1.0 - rho**2)])
    return -jnp.sum(mixed_log_density(code, fresh, 5.0) - jnp.log(scale)) + 0.5 * jnp.sum(z**2)


FIT = sampler_fit(loss, 3, DRAWS, scale=0.4)


def found(family: str, rho: float, belief: Belief, seed: int) -> np.ndarray:
    truths = np.random.default_rng(seed).standard_normal((REPLICATIONS, 3))
    return ranks(simulate(family, rho, belief), FIT, truths, seed)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "rho"),
    [("student", 0.6)]
    + [
        pytest.param(*one, marks=pytest.mark.slow)
        for one in product(("normal", "student", "laplace"), (0.0, 0.6))
        if one != ("student", 0.6)
    ],
)
def test_ranks_are_uniform_for_each_family_of_errors(family: str, rho: float) -> None:
    columns = found(family, rho, (family, rho, 1.0), 20).T
    tests = [uniformity(column, DRAWS) for column in columns]
    assert all(test.holds(LEVEL) for test in tests), tests


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "rho", "belief", "coordinate"),
    [
        ("normal", 0.0, ("normal", 0.0, 0.5), 2),
        pytest.param("normal", 0.6, ("normal", 0.0, 1.0), 0, marks=pytest.mark.slow),
        pytest.param("laplace", 0.0, ("normal", 0.0, 1.0), 2, marks=pytest.mark.slow),
    ],
    ids=["scale halved", "autocorrelation ignored", "another family"],
)
def test_a_wrong_posterior_is_caught(family: str, rho: float, belief: Belief, coordinate: int) -> None:
    test = uniformity(found(family, rho, belief, 21)[:, coordinate], DRAWS)
    assert not test.holds(LEVEL)


def conjugate(inflation: float) -> Callable[[Any, Any], Any]:
    """Exact draws of a normal mean from four figures of variance one: posterior N(4 / 5 mean, 1 / 5)."""

    def fit(key: Any, figures: Any) -> Any:
        fresh = jax.random.normal(key, (DRAWS, 1))
        return 0.8 * jnp.mean(figures) + inflation * np.sqrt(0.2) * fresh

    return fit


def mean_ranks(inflation: float) -> np.ndarray:
    truths = np.random.default_rng(1).standard_normal((500, 1))
    return ranks(lambda g, z: z + g.standard_normal(4), conjugate(inflation), truths, 1)[:, 0]


@pytest.mark.slow
def test_exact_draws_have_uniform_ranks_and_draws_of_the_wrong_width_have_not() -> None:
    assert uniformity(mean_ranks(1.0), DRAWS).holds()
    narrow, wide = mean_ranks(0.5), mean_ranks(2.0)
    assert not uniformity(narrow, DRAWS).holds(1e-3)
    assert not uniformity(wide, DRAWS).holds(1e-3)
    assert np.mean((narrow < 10) | (narrow >= 90)) > 0.3
    assert np.mean((wide < 10) | (wide >= 90)) < 0.1


@pytest.mark.slow
def test_ranks_count_the_draws_below_the_truth_and_are_told_by_the_seed() -> None:
    def fit(key: Any, figures: Any) -> Any:
        return jnp.arange(10.0)[:, None] + 0.0 * figures

    given = ranks(lambda g, z: z, fit, np.array([[-1.0], [0.5], [4.5], [20.0]]), 0)
    assert given.tolist() == [[0], [1], [5], [10]]
    np.testing.assert_array_equal(mean_ranks(1.0), mean_ranks(1.0))


@pytest.mark.slow  # by simulation; the chi-square is that of SciPy
def test_both_tests_refuse_true_uniform_ranks_as_often_as_they_say() -> None:
    generator = np.random.default_rng(3)
    tests = [uniformity(generator.integers(0, 20, 200), 19, 10, simulations=499) for _ in range(200)]
    for values in ([t.by_chi_square for t in tests], [t.by_ecdf for t in tests]):
        assert stats.binomtest(int(np.sum(np.array(values) <= 0.1)), 200, 0.1).pvalue > 0.001


def test_the_chi_square_is_that_of_scipy() -> None:
    given = np.random.default_rng(4).integers(0, 100, 400)
    foreign = stats.chisquare(np.histogram(given, np.arange(0, 101, 5))[0])
    mine = uniformity(given, 99)
    assert mine.chi_square == pytest.approx(foreign.statistic)
    assert mine.by_chi_square == pytest.approx(foreign.pvalue)
    assert mine.as_dict()["bins"] == 20


def test_the_band_holds_whole_functions_as_often_as_it_says() -> None:
    lower, upper = ecdf_band(200, 19, 0.9)
    even = np.random.default_rng(5).integers(0, 20, (2000, 200))
    ecdf = np.stack([(even <= point).mean(axis=1) for point in range(19)], axis=1)
    inside = np.all((ecdf >= lower) & (ecdf <= upper), axis=1).mean()
    assert inside == pytest.approx(0.9, abs=0.03)
    assert np.all(lower < np.arange(1, 20) / 20)
    assert np.all(upper > np.arange(1, 20) / 20)


def test_bins_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match=r"bins: got 30; expected a divisor of draws \+ 1 = 100"):
        uniformity(np.zeros(1000, dtype=np.int64), 99, 30)
    with pytest.raises(InputError, match=r"bins: got 2 ranks a bin; expected five at least"):
        uniformity(np.zeros(40, dtype=np.int64), 99)
