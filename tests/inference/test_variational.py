"""The information expected over a posterior: exact where it is one, and fit for bent valleys."""

from __future__ import annotations

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.inference.laplace import expected_information


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
