"""Scores of distributions: against their definition, each other, and the property that makes them honest."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import scoringrules
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import integrate, stats

from latecomer.errors import InputError
from latecomer.inference.proper_scores import coverage, crps_ensemble, crps_normal, mean_difference

DRAWS = arrays(np.float64, 7, elements=st.floats(-10, 10))
FIGURE = st.floats(-10, 10)


def by_definition(probability: Callable[[float], float], figure: float) -> float:
    """The integral of the squared distance from the distribution function to the step at the figure."""
    below = integrate.quad(lambda x: probability(x) ** 2, -np.inf, figure)[0]
    above = integrate.quad(lambda x: (1.0 - probability(x)) ** 2, figure, np.inf)[0]
    return float(below + above)


@pytest.mark.parametrize(("mean", "sd"), [(0.0, 1.0), (2.0, 0.3), (-1.0, 4.0)])
@pytest.mark.parametrize("figure", [-3.0, 0.0, 1.7])
def test_the_score_of_a_normal_is_the_integral_that_defines_it(figure: float, mean: float, sd: float) -> None:
    expected = by_definition(stats.norm(mean, sd).cdf, figure)
    assert crps_normal(figure, mean, sd) == pytest.approx(expected, rel=1e-6)


@given(DRAWS, FIGURE)
def test_the_score_of_draws_is_the_integral_over_their_steps(draws: np.ndarray, figure: float) -> None:
    edges = np.sort(np.append(draws, figure))
    heights = np.array([np.mean(draws <= x) - (figure <= x) for x in edges[:-1]])
    expected = np.sum(heights**2 * np.diff(edges))
    assert crps_ensemble(figure, draws, fair=False) == pytest.approx(expected, abs=1e-9)


@given(DRAWS, FIGURE)
def test_the_fair_score_leaves_out_pairs_of_a_draw_with_itself(draws: np.ndarray, figure: float) -> None:
    pairs = [abs(x - y) for i, x in enumerate(draws) for j, y in enumerate(draws) if i != j]
    expected = np.mean(np.abs(draws - figure)) - np.mean(pairs) / 2
    assert crps_ensemble(figure, draws) == pytest.approx(expected, abs=1e-9)


def test_the_score_of_many_draws_is_that_of_their_normal() -> None:
    draws = np.random.default_rng(0).normal(1.0, 2.0, (200_000, 1))
    figures = np.array([-2.0, 1.0, 4.0])
    assert crps_ensemble(figures, draws) == pytest.approx(crps_normal(figures, 1.0, 2.0), abs=0.01)


def test_the_fair_score_of_few_draws_is_on_average_that_of_their_normal() -> None:
    few = np.random.default_rng(0).standard_normal((3, 200_000))
    assert crps_ensemble(0.7, few).mean() == pytest.approx(float(crps_normal(0.7, 0.0, 1.0)), abs=0.005)
    assert crps_ensemble(0.7, few, fair=False).mean() > float(crps_normal(0.7, 0.0, 1.0)) + 0.1


def test_a_forecast_without_spread_scores_its_absolute_error() -> None:
    assert crps_normal(np.array([1.0, 5.0]), 3.0, np.array([0.0, 0.0])).tolist() == [2.0, 2.0]
    assert crps_ensemble(5.0, np.array([3.0]), fair=False) == 2.0


@pytest.mark.parametrize(("mean", "sd"), [(0.3, 1.0), (-0.3, 1.0), (0.0, 0.7), (0.0, 1.4), (0.4, 0.6)])
def test_no_forecast_scores_better_than_the_truth(mean: float, sd: float) -> None:
    figures = np.random.default_rng(0).standard_normal(200_000)
    lost = crps_normal(figures, mean, sd) - crps_normal(figures, 0.0, 1.0)
    assert lost.mean() > 3 * lost.std() / np.sqrt(len(figures))


def test_draws_of_the_truth_score_better_than_narrower_and_wider_ones() -> None:
    generator = np.random.default_rng(0)
    figures, draws = generator.standard_normal(2000), generator.standard_normal((100, 2000))
    right, narrow, wide = (crps_ensemble(figures, size * draws).mean() for size in (1.0, 0.5, 2.0))
    assert right < min(narrow, wide)


@given(DRAWS, FIGURE, st.floats(-100, 100), st.floats(0.1, 10))
def test_a_score_moves_with_the_unit(draws: np.ndarray, figure: float, shift: float, scale: float) -> None:
    moved = shift + scale * figure
    for fair in (True, False):
        there = crps_ensemble(moved, shift + scale * draws, fair)
        assert there == pytest.approx(scale * crps_ensemble(figure, draws, fair), abs=1e-9)
    there = crps_normal(moved, shift + scale * draws, scale * 1.5)
    assert there == pytest.approx(scale * crps_normal(figure, draws, 1.5), abs=1e-9)


@given(DRAWS, FIGURE)
def test_a_score_of_draws_as_a_distribution_is_never_negative(draws: np.ndarray, figure: float) -> None:
    assert crps_ensemble(figure, draws, fair=False) >= -1e-12


@given(arrays(np.float64, (5, 3), elements=st.floats(-10, 10)))
def test_each_figure_is_scored_by_its_own_draws(draws: np.ndarray) -> None:
    figures = np.array([0.0, 1.0, -2.0])
    apart = [float(crps_ensemble(one, column)) for one, column in zip(figures, draws.T, strict=True)]
    assert crps_ensemble(figures, draws) == pytest.approx(apart)


def test_the_mean_difference_of_a_normal() -> None:
    draws = 3.0 * np.random.default_rng(0).standard_normal(400_000) + 1e6
    assert mean_difference(draws) == pytest.approx(6.0 / np.sqrt(np.pi), rel=0.005)


@pytest.mark.parametrize("n", [1, 5, 11, 40])
def test_the_interval_of_a_coverage_is_that_of_the_exact_test(n: int) -> None:
    for k in range(n + 1):
        ours = coverage(np.arange(n) < k, 0.9)
        foreign = stats.binomtest(k, n).proportion_ci(0.9, "exact")
        assert (ours.low, ours.high) == pytest.approx((foreign.low, foreign.high))
        assert (ours.inside, ours.n) == (k, n)


def test_all_inside_by_hand() -> None:
    # the lowest share with which ten of ten are not rarer than 2.5 %: low**10 = 0.025
    assert coverage([True] * 10).low ** 10 == pytest.approx(0.025)
    assert coverage([True] * 10).high == 1.0


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (
            lambda: crps_normal(0.0, 0.0, -1.0),
            "score: got the spread -1.0; expected one that is not negative. Cure: mend the forecast.",
        ),
        (
            lambda: crps_ensemble(0.0, np.array([1.0])),
            "CRPS: got 1 draws; expected two at least, or one with fair=False. Cure: draw more.",
        ),
        (
            lambda: coverage([True], 80.0),
            "band: got the level 80.0; expected one between 0 and 1. Cure: give a share, such as 0.8.",
        ),
        (
            lambda: coverage([]),
            "coverage: got no figure; expected one at least. Cure: score a series with figures.",
        ),
    ],
)
def test_scores_that_are_refused(ask: Callable[[], object], words: str) -> None:
    with pytest.raises(InputError) as caught:
        ask()
    assert str(caught.value) == words


def test_the_scores_are_those_of_another_program() -> None:
    generator = np.random.default_rng(1)
    figures, mean, sd = generator.normal(size=(3, 40))
    sd = np.abs(sd) + 0.1
    np.testing.assert_allclose(
        crps_normal(figures, mean, sd), scoringrules.crps_normal(figures, mean, sd), rtol=1e-10
    )
    draws = generator.gamma(2.0, size=(25, 40))
    for fair, estimator in ((True, "fair"), (False, "nrg")):
        theirs = scoringrules.crps_ensemble(figures, draws, m_axis=0, estimator=estimator)
        np.testing.assert_allclose(crps_ensemble(figures, draws, fair=fair), theirs, rtol=1e-10)
