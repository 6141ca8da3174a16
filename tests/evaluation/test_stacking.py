"""Weights of variants: known answers, the optimum, and what the interval is taken over."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from scipy.special import logsumexp

from latecomer.errors import InputError
from latecomer.evaluation.compare_variants import pseudo_bma_weights, stacking_weights, weigh

SCORES = arrays(np.float64, (3, 12), elements=st.floats(-6, 2))


def mixture_score(weights: np.ndarray, log_scores: np.ndarray) -> float:
    with np.errstate(divide="ignore"):
        return float(logsumexp(log_scores + np.log(weights)[:, None], axis=0).sum())


@given(SCORES, st.integers(0, 1000))
def test_no_other_weights_score_better(log_scores: np.ndarray, seed: int) -> None:
    best = mixture_score(stacking_weights(log_scores), log_scores)
    others = np.random.default_rng(seed).dirichlet(np.full(3, 0.5), 50)
    corners = np.eye(3)
    assert all(mixture_score(other, log_scores) <= best + 1e-7 for other in [*others, *corners])


@given(SCORES)
def test_weights_are_weights(log_scores: np.ndarray) -> None:
    for weights in (stacking_weights(log_scores), pseudo_bma_weights(log_scores, draws=50)):
        assert np.all(weights >= 0.0)
        assert weights.sum() == pytest.approx(1.0)


def test_a_variant_that_is_better_everywhere_has_all_the_weight() -> None:
    worse = np.random.default_rng(0).normal(-2.0, 1.0, 30)
    log_scores = np.stack([worse, worse + 0.5, worse - 1.0])
    assert stacking_weights(log_scores) == pytest.approx([0.0, 1.0, 0.0], abs=1e-6)
    assert pseudo_bma_weights(log_scores)[1] > 0.999


def test_variants_that_agree_share_their_weight() -> None:
    one = np.random.default_rng(0).normal(-2.0, 1.0, 30)
    assert stacking_weights(np.stack([one, one])).tolist() == [0.5, 0.5]
    assert pseudo_bma_weights(np.stack([one, one])) == pytest.approx([0.5, 0.5])
    thirds = stacking_weights(np.stack([one, one - 1.0, one]))
    assert thirds == pytest.approx([0.5, 0.0, 0.5], abs=1e-6)


@pytest.mark.parametrize(("first", "second", "expected"), [(6, 2, 11 / 12), (5, 3, 17 / 24), (4, 4, 0.5)])
def test_two_variants_that_complement_each_other(first: int, second: int, expected: float) -> None:
    # Densities .8 and .2 on the first figures, the other way round on the rest. The mixture says .2 + .6 w
    # and .8 - .6 w; first / (.2 + .6 w) = second / (.8 - .6 w), so
    # w = (.8 first - .2 second) / (.6 (first + second)): 4.4 / 4.8 for 6 and 2
    densities = np.array([[0.8] * first + [0.2] * second, [0.2] * first + [0.8] * second])
    assert stacking_weights(np.log(densities))[0] == pytest.approx(expected, abs=1e-6)


def test_the_truth_between_two_variants_is_found() -> None:
    generator = np.random.default_rng(0)
    figures = np.where(generator.random(20_000) < 0.3, -3.0, 3.0) + generator.standard_normal(20_000)
    log_scores = np.stack([stats.norm(-3.0, 1.0).logpdf(figures), stats.norm(3.0, 1.0).logpdf(figures)])
    assert stacking_weights(log_scores)[0] == pytest.approx(0.3, abs=0.01)


def test_a_point_that_counts_twice_is_two_points() -> None:
    log_scores = np.random.default_rng(0).normal(0.0, 1.0, (3, 8))
    counts = np.array([2.0, 0.0, 1.0, 1.0, 3.0, 1.0, 0.0, 1.0])
    repeated = np.repeat(log_scores, counts.astype(int), axis=1)
    assert stacking_weights(log_scores, counts) == pytest.approx(stacking_weights(repeated), abs=1e-5)


@given(SCORES, arrays(np.float64, 12, elements=st.floats(-500, 500)))
def test_what_raises_every_variant_alike_changes_nothing(log_scores: np.ndarray, more: np.ndarray) -> None:
    one, other = stacking_weights(log_scores), stacking_weights(log_scores + more)
    assert mixture_score(other, log_scores) == pytest.approx(mixture_score(one, log_scores), abs=1e-7)


def test_a_figure_of_one_variant_alone_keeps_it_alive() -> None:
    log_scores = np.log(np.array([[0.9, 0.9, 0.9, 0.9], [0.5, 0.5, 0.5, 0.5]]))
    log_scores[0, 3] = -np.inf
    # 3 log(.5 + .4 w) + log(.5 (1 - w)): 1.2 / (.5 + .4 w) = 1 / (1 - w), so w = .7 / 1.6
    assert stacking_weights(log_scores)[0] == pytest.approx(0.7 / 1.6, abs=1e-6)
    assert pseudo_bma_weights(log_scores)[0] < 0.01


def test_pseudo_bma_of_countries_that_all_agree_is_the_ratio_of_likelihoods() -> None:
    # every country prefers the first by log 3 / 3, and the shares of countries add up to one
    log_scores = np.array([[0.0] * 3, [-np.log(3.0) / 3.0] * 3])
    assert pseudo_bma_weights(log_scores, ["A", "B", "C"]) == pytest.approx([0.75, 0.25])


def test_pseudo_bma_is_less_sure_over_countries_than_over_their_points() -> None:
    # one country of three speaks for the second variant, with twenty points a country
    gain = np.repeat([0.1, -0.1, 0.1], 20)
    log_scores, countries = np.stack([gain, np.zeros(60)]), list(np.repeat(["A", "B", "C"], 20))
    points, over_countries = (pseudo_bma_weights(log_scores, g, 4000) for g in (None, countries))
    assert over_countries[0] < points[0]


def test_the_interval_is_over_countries_not_points() -> None:
    # the first variant is right in three countries, the second in one; many points a country change nothing
    right = np.array([[0.9, 0.9, 0.9, 0.1], [0.1, 0.1, 0.1, 0.9]])
    few = weigh(["A", "B"], np.log(right), ["K", "L", "M", "N"], draws=200)
    many = weigh(["A", "B"], np.log(np.repeat(right, 50, axis=1)), list(np.repeat(list("KLMN"), 50)), 200)
    for one, other in zip(few, many, strict=True):
        assert (one.weight, one.low, one.high) == pytest.approx(
            (other.weight, other.low, other.high), abs=1e-5
        )
    assert [one.countries for one in few + many] == [4] * 4
    assert many[0].points == 200
    # (.9 * 3 - .1) / (.8 * 4)
    assert few[0].weight == pytest.approx(2.6 / 3.2, abs=1e-6)
    assert few[0].low < few[0].weight < few[0].high
    assert few[0].score == pytest.approx(np.log(0.9**3 * 0.1))


def test_weights_do_not_depend_on_the_order_of_points() -> None:
    generator = np.random.default_rng(2)
    log_scores, countries = generator.normal(0.0, 1.0, (2, 9)), list("KLMKLMKLM")
    order = generator.permutation(9)
    one = weigh(["A", "B"], log_scores, countries, 20)
    other = weigh(["A", "B"], log_scores[:, order], [countries[i] for i in order], 20)
    for mine, theirs in zip(one, other, strict=True):
        assert tuple(mine.as_dict().values())[1:5] == pytest.approx(
            tuple(theirs.as_dict().values())[1:5], abs=1e-5
        )


def test_countries_that_agree_leave_no_doubt() -> None:
    log_scores = np.log(np.array([[0.9] * 6, [0.1] * 6]))
    first, second = weigh(["A", "B"], log_scores, list("KKLLMM"), 50)
    assert (first.low, first.high) == pytest.approx((1.0, 1.0), abs=1e-6)
    assert second.as_dict()["high"] == pytest.approx(0.0, abs=1e-6)


def test_a_single_variant_has_all_the_weight() -> None:
    assert stacking_weights(np.zeros((1, 3))).tolist() == [1.0]


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (
            lambda: stacking_weights(np.zeros(3)),
            "got scores of shape (3,); expected variants by points. Cure: score a figure with each variant.",
        ),
        (
            lambda: stacking_weights(np.array([[np.nan], [0.0]])),
            (
                "got a log score that is not a number or without bound; expected log densities. "
                "Cure: leave the figure out, for every variant."
            ),
        ),
        (
            lambda: pseudo_bma_weights(np.array([[-np.inf], [-np.inf]])),
            (
                "got a figure that no variant thinks possible; "
                "expected a density above nought of one at least. Cure: widen the errors."
            ),
        ),
        (
            lambda: weigh(["A"], np.zeros((2, 3)), list("KLM")),
            "got scores of shape (2, 3); expected 1 variants by 3 points. Cure: give each point its country.",
        ),
        (
            lambda: weigh(["A", "B"], np.zeros((2, 3)), list("KKK")),
            "got 1 country; expected two at least. Cure: score more countries.",
        ),
    ],
)
def test_scores_that_are_refused(ask: Callable[[], object], words: str) -> None:
    with pytest.raises(InputError) as caught:
        ask()
    assert str(caught.value) == f"stacking: {words}"
