"""The linear algebra of the filters, against densities and conditional distributions worked out at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from latecomer.calibrate.kalman import (
    curbed,
    ensemble_update,
    joseph_update,
    moved,
    normal_loss,
    predicted_covariance,
)


def case(seed: int, stocks: int = 4, series: int = 3) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    root, H = rng.normal(size=(stocks, stocks)), rng.normal(size=(series, stocks))
    return root @ root.T, H, rng.uniform(0.1, 2.0, series), rng.normal(size=series)


@pytest.mark.parametrize("seed", range(4))
def test_an_update_is_the_conditional_distribution_and_its_loss_the_density(seed: int) -> None:
    P, H, R, v = case(seed)
    S = H @ P @ H.T + np.diag(R)
    gain = P @ H.T @ np.linalg.inv(S)
    shift, after, loss, innovations = joseph_update(P, v, H, R, np.ones(3, bool))
    assert np.asarray(shift) == pytest.approx(gain @ v, rel=1e-9)
    assert np.asarray(after) == pytest.approx(P - gain @ S @ gain.T, rel=1e-8, abs=1e-10)
    assert float(loss) == pytest.approx(-multivariate_normal(np.zeros(3), S).logpdf(v), rel=1e-10)
    assert np.asarray(innovations) == pytest.approx(v / np.sqrt(np.diag(S)), rel=1e-12)


def test_a_masked_series_is_a_series_left_out() -> None:
    P, H, R, v = case(7)
    mask, bad = np.array([True, False, True]), np.array([v[0], np.nan, v[2]])
    masked = joseph_update(P, bad, H, R, mask)
    without = joseph_update(P, v[mask], H[mask], R[mask], np.ones(2, bool))
    for got, expected in zip(masked[:3], without[:3], strict=True):
        assert np.asarray(got) == pytest.approx(np.asarray(expected), rel=1e-10, abs=1e-12)
    assert np.isnan(np.asarray(masked[3])).tolist() == [False, True, False]


def test_one_series_after_another_is_all_at_once() -> None:
    P, H, R, v = case(8)
    shift, after, loss, _ = joseph_update(P, v, H, R, np.ones(3, bool))
    y, Q, total = np.zeros(4), P, 0.0
    for i in range(3):
        gap = v[i : i + 1] - H[i] @ y
        step, Q, own, _ = joseph_update(Q, gap, H[i : i + 1], R[i : i + 1], np.ones(1, bool))
        y, total = y + np.asarray(step), total + float(own)
    assert y == pytest.approx(np.asarray(shift), rel=1e-9)
    assert np.asarray(Q) == pytest.approx(np.asarray(after), rel=1e-8, abs=1e-10)
    assert total == pytest.approx(float(loss), rel=1e-10)


def test_joseph_keeps_a_covariance_where_the_figures_are_almost_exact() -> None:
    P, H, _, v = case(9, stocks=3)
    scale = np.diag([1e4, 1.0, 1e-4])
    _, after, _, _ = joseph_update(
        scale @ P @ scale, v, H @ np.linalg.inv(scale), np.full(3, 1e-14), np.ones(3, bool)
    )
    relative = np.linalg.inv(scale) @ np.asarray(after) @ np.linalg.inv(scale)
    assert np.linalg.eigvalsh(0.5 * (relative + relative.T)).min() > -1e-15


def test_no_figure_has_no_loss() -> None:
    loss, _ = normal_loss(np.zeros(2), np.eye(2), np.zeros(2, bool))
    assert float(loss) == 0.0


def test_prediction_without_noise_is_that_of_a_linear_map() -> None:
    P, H, _, _ = case(10, series=4)
    found = predicted_covariance(P, H, np.zeros(4), np.zeros(4))
    assert np.asarray(found) == pytest.approx(H @ P @ H.T, rel=1e-12)


def test_a_large_ensemble_is_updated_as_its_own_moments_say() -> None:
    P, H, R, figures = case(11)
    rng = np.random.default_rng(0)
    members = rng.multivariate_normal(np.zeros(4), P, 40_000)
    mask = np.array([True, True, False])
    normals = rng.normal(size=(40_000, 3))
    shifts, loss, _ = ensemble_update(members, members @ H.T, figures, R, mask, normals)
    shift, after, exact, _ = joseph_update(P, figures, H, R, mask)
    found = members + np.asarray(shifts)
    assert float(loss) == pytest.approx(float(exact), rel=0.02)
    # four standard errors of a mean and of a covariance of so many members
    width = np.sqrt(np.diag(np.asarray(after)))
    assert (np.abs(found.mean(axis=0) - np.asarray(shift)) < 4 * width / 200 + 0.02).all()
    assert np.cov(found.T) == pytest.approx(np.asarray(after), abs=4 * float(width.max()) ** 2 * 2 / 200)


@given(
    st.floats(1e-3, 1e3), st.floats(-1e4, 1e4), st.floats(-1e3, 1e3)
)  # fmt: skip
def test_a_positive_stock_stays_so_and_any_other_goes_where_it_is_sent(
    y: float, shift: float, other: float
) -> None:
    found = np.asarray(moved(np.array([y, other]), np.array([shift, shift]), np.array([True, False])))
    assert found[0] >= 0.0
    assert found[0] > 0.0 or shift < -700 * y
    assert found[0] >= y + shift - 1e-12 * max(1.0, abs(y + shift))
    assert found[1] == other + shift
    count = curbed(np.array([y, other]), np.array([shift, shift]), np.array([True, False]))
    assert int(count) == (y + shift <= 0.0)


def test_small_updates_of_a_positive_stock_are_plain_ones_to_first_order() -> None:
    y, positive = np.array([2.0]), np.array([True])
    errors = [
        abs(float(moved(y, np.array([-w]), positive)[0]) - (2.0 - w)) for w in (0.02, 0.01)
    ]  # fmt: skip
    # w^2 / (2 y): a quarter when the update is half as large
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.01)
    assert float(moved(np.zeros(1), np.array([-1.0]), positive)[0]) == 0.0
