"""Measures of fit: known answers, limits and invariants."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from latecomer.calibrate.likelihood import ObservationArrays, negative_log_likelihood, student_loss
from latecomer.calibrate.score import mape, nrmsd, rmse, theil_shares, u2

FIGURES = arrays(np.float64, 8, elements=st.floats(-100, 100), unique=True).filter(lambda a: np.ptp(a) > 1e-3)
YEARS = np.arange(8.0)


@given(FIGURES)
def test_a_perfect_run_scores_nought(figures: np.ndarray) -> None:
    assert nrmsd(figures, figures) == 0.0
    assert theil_shares(figures, figures) == (0.0, 0.0, 0.0)


@given(FIGURES, FIGURES, st.floats(0.1, 10), st.floats(-50, 50))
def test_nrmsd_does_not_depend_on_the_unit(s: np.ndarray, a: np.ndarray, scale: float, shift: float) -> None:
    assert nrmsd(scale * s + shift, scale * a + shift) == pytest.approx(nrmsd(s, a), rel=1e-6)


@given(FIGURES, FIGURES)
def test_theil_shares_are_those_of_the_mean_square_error(s: np.ndarray, a: np.ndarray) -> None:
    bias, variance, covariance = theil_shares(s, a)
    if rmse(s, a) < 1e-3:
        return
    assert bias + variance + covariance == pytest.approx(1.0)
    correlation = np.corrcoef(s, a)[0, 1]
    expected = 2 * (1 - correlation) * s.std() * a.std() / rmse(s, a) ** 2
    assert covariance == pytest.approx(expected, abs=1e-6)


def test_the_line_from_first_to_last_figure_has_u2_of_one() -> None:
    figures = np.array([1.0, 4.0, 2.0, 7.0])
    assert u2(np.array([1.0, 3.0, 5.0, 7.0]), figures, np.arange(4.0)) == pytest.approx(1.0)


def test_u2_by_hand() -> None:
    figures = np.array([0.0, 3.0, 2.0])  # the line is 0, 1, 2: its only error is 2, in the middle
    assert u2(np.array([0.0, 2.0, 2.0]), figures, np.arange(3.0)) == pytest.approx(0.5)


def test_no_percentage_of_a_figure_that_is_not_positive() -> None:
    assert mape(np.array([1.0, 2.0]), np.array([-1.0, 2.0])) is None


def test_mape_by_hand() -> None:
    assert mape(np.array([90.0, 220.0]), np.array([100.0, 200.0])) == pytest.approx(0.1)


@given(st.floats(-20, 20), st.floats(2, 50))
def test_student_loss_is_the_density_of_scipy(residual: float, degrees: float) -> None:
    expected = stats.t.logpdf(0.0, degrees) - stats.t.logpdf(residual, degrees)
    assert float(student_loss(residual, degrees)) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def observed(figures: np.ndarray, log: bool = False, weight: float = 1.0) -> ObservationArrays:
    return ObservationArrays(
        figures,
        np.isfinite(figures),
        np.full((1, 1, 1), log),
        np.ones((1, 1, 1)),
        np.full((1, 1, 1), 5.0),
        np.full((1, 1, 1), weight),
    )


def test_a_missing_figure_weighs_nothing() -> None:
    figures = np.array([1.0, np.nan, 3.0]).reshape(3, 1, 1)
    near, far = np.array([1.5, 2.0, 3.0]), np.array([1.5, 1e9, 3.0])
    losses = [float(negative_log_likelihood(observed(figures), run.reshape(3, 1, 1))) for run in (near, far)]
    assert losses[0] == losses[1] > 0


def test_the_weight_of_a_target_multiplies_its_loss() -> None:
    figures, run = np.array([1.0, 2.0]).reshape(2, 1, 1), np.array([1.5, 4.0]).reshape(2, 1, 1)
    whole, half = (float(negative_log_likelihood(observed(figures, weight=w), run)) for w in (1.0, 0.5))
    assert half == pytest.approx(whole / 2)


def test_a_series_shifted_by_a_year_is_a_worse_fit() -> None:
    figures = np.exp(np.linspace(0.0, 20.0, 11)).reshape(11, 1, 1)
    right = negative_log_likelihood(observed(figures, log=True), figures)
    shifted = negative_log_likelihood(observed(figures[1:], log=True), figures[:-1])
    assert float(right) == 0.0
    assert float(shifted) > 1.0
