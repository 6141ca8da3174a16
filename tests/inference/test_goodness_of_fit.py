"""Measures of fit: known answers, limits and invariants."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from latecomer.inference.goodness_of_fit import mape, nrmsd, rmse, score_run, theil_shares, u2
from latecomer.study.study import Study
from tests.study.small import lay_estimated

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


# Five figures worked out by hand. Figures 2 4 4 6 9 over 1970-74, run 3 3 5 7 7:
#   errors 1 -1 1 1 -2, squares 1 1 1 1 4, mean square 8 / 5 = 1.6
#   means 25 / 5 = 5 and 25 / 5 = 5: no bias
#   figures about their mean -3 -1 -1 1 4, squares 9 1 1 1 16 = 28, variance 5.6
#   run about its mean -2 -2 0 2 2, squares 4 4 0 4 4 = 16, variance 3.2
#   products 6 2 0 2 8 = 18, covariance 3.6
#   U^V = (sqrt(3.2) - sqrt(5.6))**2 / 1.6 = (8.8 - 2 sqrt(17.92)) / 1.6
#   U^C = 2 (sqrt(17.92) - 3.6) / 1.6
#   line from 2 to 9: 2 3.75 5.5 7.25 9, errors 0 -.25 1.5 1.25 0, squares .0625 + 2.25 + 1.5625 = 3.875,
#   so U2 = sqrt(8 / 3.875); NRMSD = sqrt(1.6) / 7
#   MAPE = (1 / 2 + 1 / 4 + 1 / 4 + 1 / 6 + 2 / 9) / 5 = (50 / 36) / 5 = 5 / 18
HAND = np.array([2.0, 4.0, 4.0, 6.0, 9.0])
HAND_RUN = np.array([3.0, 3.0, 5.0, 7.0, 7.0])
HAND_YEARS = np.arange(1970.0, 1975.0)


def test_five_figures_by_hand() -> None:
    assert rmse(HAND_RUN, HAND) ** 2 == pytest.approx(1.6)
    assert nrmsd(HAND_RUN, HAND) == pytest.approx(np.sqrt(1.6) / 7)
    assert mape(HAND_RUN, HAND) == pytest.approx(5 / 18)
    assert u2(HAND_RUN, HAND, HAND_YEARS) == pytest.approx(np.sqrt(8 / 3.875))
    assert theil_shares(HAND_RUN, HAND) == pytest.approx(
        (0.0, (8.8 - 2 * np.sqrt(17.92)) / 1.6, 2 * (np.sqrt(17.92) - 3.6) / 1.6)
    )


def test_five_figures_with_a_bias_by_hand() -> None:
    # the run moved up by 2: the mean square is 1.6 + 4, and the bias alone has the 4
    _, variance, covariance = theil_shares(HAND_RUN, HAND)
    expected = (4 / 5.6, variance * 1.6 / 5.6, covariance * 1.6 / 5.6)
    assert theil_shares(HAND_RUN + 2.0, HAND) == pytest.approx(expected)
    # errors 3 1 3 3 0: squares 28
    assert rmse(HAND_RUN + 2.0, HAND) ** 2 == pytest.approx(28 / 5)
    assert u2(HAND_RUN + 2.0, HAND, HAND_YEARS) == pytest.approx(np.sqrt(28 / 3.875))


def test_four_figures_stretched_by_hand() -> None:
    # Figures 1 2 3 4, run 0 2 4 6 - 1/2: twice the spread about the same mean 2.5, perfectly correlated.
    # Errors -1.5 -.5 .5 1.5, mean square 5 / 4; variances 5 / 4 and 5: (sqrt(5) - sqrt(5) / 2)**2 = 5 / 4
    run = np.array([-0.5, 1.5, 3.5, 5.5])
    assert theil_shares(run, np.arange(1.0, 5.0)) == pytest.approx((0.0, 1.0, 0.0))
    assert nrmsd(run, np.arange(1.0, 5.0)) == pytest.approx(np.sqrt(5) / 6)


def test_u2_with_a_gap_by_hand() -> None:
    # the line from 0 in 1960 to 10 in 1970 is 2 in 1962 and 9 in 1969; figures 4 and 8 are 2 and 1 off it;
    # the run is 1 off both: U2 = sqrt(2 / 5)
    figures, years = np.array([0.0, 4.0, 8.0, 10.0]), np.array([1960.0, 1962.0, 1969.0, 1970.0])
    assert u2(np.array([0.0, 5.0, 7.0, 10.0]), figures, years) == pytest.approx(np.sqrt(0.4))


def test_no_percentage_of_a_figure_that_is_not_positive() -> None:
    assert mape(np.array([1.0, 2.0]), np.array([-1.0, 2.0])) is None


def test_mape_by_hand() -> None:
    assert mape(np.array([90.0, 220.0]), np.array([100.0, 200.0])) == pytest.approx(0.1)


def test_figures_outside_the_window_of_a_series_in_a_country_are_not_scored(tmp_path: Path) -> None:
    folder = lay_estimated(tmp_path / "study")
    whole = Study(folder)
    (before,) = score_run(whole, "KHM", whole.simulate("KHM", None))
    with (folder / "calibration" / "targets.toml").open("a", encoding="utf-8") as file:
        file.write("\n[target.country.KHM]\nwindow = {start = 2000, end = 2007}\n")
    study = Study(folder)
    spans = {}
    for iso3 in ("KHM", "VNM"):
        (score,) = score_run(study, iso3, study.simulate(iso3, None))
        spans[iso3] = score.start, score.end, score.n
    assert spans == {"KHM": (2000, 2007, 8), "VNM": (1990, 2010, 21)}
    assert (before.start, before.end) == (1993, 2010)
    (short,) = score_run(study, "KHM", study.simulate("KHM", None), until=2005)
    assert (short.start, short.end) == (2000, 2005)
