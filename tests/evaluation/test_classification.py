"""Scores of events against foreign answers, counts by hand, and limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, mannwhitneyu, rankdata

from latecomer.errors import InputError
from latecomer.evaluation.classification import auc, brier, hits, hits_at, proportion, ranks


def drawn(seed: int, m: int, n: int, apart: float = 0.0, ties: bool = False) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    scores = np.concatenate([random.normal(apart, 1.0, m), random.normal(0.0, 1.0, n)])
    return np.repeat([1, 0], [m, n]), np.round(scores) if ties else scores


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_the_area_is_the_statistic_of_mann_and_whitney(seed: int, ties: bool) -> None:
    labels, scores = drawn(seed, 9, 13, 0.5, ties)
    statistic = mannwhitneyu(scores[labels == 1], scores[labels == 0]).statistic
    assert auc(labels, scores).value == pytest.approx(statistic / (9 * 13), rel=1e-12)


def test_the_interval_of_delong_by_hand() -> None:
    """Events 5, 3, 1 and quiet 4, 2, 0, 0: psi by rows 1 1 1 1, 0 1 1 1, 0 0 1 1."""
    one = auc([1, 1, 1, 0, 0, 0, 0], [5.0, 3.0, 1.0, 4.0, 2.0, 0.0, 0.0])
    assert one.value == pytest.approx(9 / 12)
    of_events = ((1 - 0.75) ** 2 + 0.0 + (0.5 - 0.75) ** 2) / 2
    of_quiet = ((1 / 3 - 0.75) ** 2 + (2 / 3 - 0.75) ** 2 + 2 * (1 - 0.75) ** 2) / 3
    slope = math.sqrt(of_events / 3 + of_quiet / 4) / (0.75 * 0.25)
    logits = [math.log(bound / (1 - bound)) for bound in (one.low, one.high)]
    assert np.mean(logits) == pytest.approx(math.log(3))
    assert (logits[1] - logits[0]) / 2 == pytest.approx(1.6448536269514722 * slope)
    assert (one.n_events, one.n_quiet, one.method) == (3, 4, "DeLong, logit")


def test_the_interval_holds_the_true_area_about_as_often_as_it_says() -> None:
    truth = 0.5 * (1.0 + math.erf(1.0 / 2.0))  # normal scores one standard deviation apart
    found = [auc(*drawn(seed, 12, 15, 1.0)) for seed in range(600)]
    share = np.mean([one.low <= truth <= one.high for one in found])
    # four standard errors of a share of 600 about .90
    assert share == pytest.approx(0.90, abs=0.05)


def test_the_bound_where_all_pairs_agree_is_honest() -> None:
    """Whatever the true area below the bound, perfect separation is rarer than the tail says."""
    bound = auc([1, 1, 1, 0, 0, 0], [6.0, 5.0, 4.0, 3.0, 2.0, 1.0])
    assert (bound.value, bound.high) == (1.0, 1.0)
    assert bound.low == pytest.approx(0.05 ** (1 / 3))
    other = auc([0, 0, 0, 1, 1, 1], [6.0, 5.0, 4.0, 3.0, 2.0, 1.0])
    assert (other.value, other.low, other.high) == (0.0, 0.0, pytest.approx(1.0 - bound.low))
    random = np.random.default_rng(0)
    apart = 0.4767  # two normals that far apart have the area .368, the bound of three pairs
    events, quiet = random.normal(-apart, 1.0, (20_000, 3)), random.normal(0.0, 1.0, (20_000, 3))
    assert 0.5 * (1.0 + math.erf(-apart / 2.0)) == pytest.approx(bound.low, abs=1e-3)
    assert np.mean(events.min(axis=1) > quiet.max(axis=1)) <= 0.05


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=25).filter(
        lambda rows: 0 < sum(label for label, _ in rows) < len(rows)
    )
)
def test_no_interval_is_empty_and_the_mirror_of_scores_mirrors_it(rows: list[tuple[bool, int]]) -> None:
    labels, scores = [label for label, _ in rows], [float(score) for _, score in rows]
    one, mirror = auc(labels, scores), auc(labels, [-score for score in scores])
    assert 0.0 <= one.low <= one.value <= one.high <= 1.0
    assert one.high - one.low > 0.01
    assert one.value + mirror.value == pytest.approx(1.0)
    assert (one.low, one.high) == (pytest.approx(1.0 - mirror.high), pytest.approx(1.0 - mirror.low)) or (
        one.method.startswith("Hanley")  # that variance is not the same for an area and its mirror
    )


def test_scores_that_all_tie_say_one_half_with_an_interval() -> None:
    one = auc([1, 1, 0, 0, 0], [2.0] * 5)
    assert one.value == 0.5
    assert 0.0 < one.low < 0.5 < one.high < 1.0


def test_a_wider_confidence_gives_a_wider_interval() -> None:
    labels, scores = drawn(3, 8, 8, 0.5)
    narrow, wide = auc(labels, scores, 0.5), auc(labels, scores, 0.99)
    assert wide.low < narrow.low < narrow.high < wide.high


@pytest.mark.parametrize(
    ("labels", "scores", "said"),
    [
        ([1, 1], [1.0, 2.0], "got 2 events in 2 cases; expected one event and one quiet case"),
        ([0, 0], [1.0, 2.0], "got 0 events in 2 cases"),
        ([1, 0, 1], [1.0, 2.0], "got 3 labels and 2 scores; expected a score for each label"),
        ([1, 0], [1.0, math.nan], "got a label or a score that is missing; expected labels 0 or 1"),
        ([1, 2], [1.0, 2.0], "got a label or a score that is missing"),
    ],
)
def test_what_has_no_area_is_refused(labels: list[int], scores: list[float], said: str) -> None:
    with pytest.raises(InputError, match=said):
        auc(labels, scores)


@pytest.mark.parametrize(("k", "n"), [(0, 7), (3, 7), (7, 7), (1, 1), (5, 40)])
def test_a_share_has_the_exact_interval_of_scipy(k: int, n: int) -> None:
    expected = binomtest(k, n).proportion_ci(0.9, "exact")
    one = proportion(k, n)
    assert (one.low, one.high) == (pytest.approx(expected.low), pytest.approx(expected.high))
    assert one.value == k / n


@pytest.mark.parametrize(("k", "n"), [(0, 0), (3, 2), (-1, 2)])
def test_a_share_of_nothing_is_refused(k: int, n: int) -> None:
    with pytest.raises(InputError, match=f"share: got {k} of {n}; expected 0 to n of n"):
        proportion(k, n)


def test_hits_and_false_alarms_by_hand() -> None:
    labels, scores = [1, 1, 1, 0, 0, 0, 0, 0], [0.9, 0.6, 0.1, 0.8, 0.5, 0.4, 0.2, 0.0]
    hit, false = hits(labels, scores)
    assert (hit.k, hit.n, false.k, false.n) == (2, 3, 2, 5)
    # one of five may be a false alarm: .8 passes, .5 must not
    assert hits_at(labels, scores, 0.2).k == 2
    assert hits_at(labels, scores, 0.0).k == 1
    assert hits_at(labels, scores, 1.0).k == 3


def test_a_tie_with_quiet_is_no_hit_at_a_rate() -> None:
    assert hits_at([1, 0], [0.5, 0.5], 0.2).k == 0


@pytest.mark.parametrize("seed", range(5))
def test_hits_never_fall_as_more_false_alarms_are_allowed(seed: int) -> None:
    labels, scores = drawn(seed, 10, 10, 0.3, ties=True)
    found = [hits_at(labels, scores, rate).k for rate in np.linspace(0.0, 1.0, 21)]
    assert found == sorted(found)
    assert found[-1] == 10


def test_the_brier_score_of_the_base_rate_is_its_base_and_has_no_skill() -> None:
    one = brier([1, 0, 0, 0], [0.25] * 4)
    assert (one.value, one.skill) == (pytest.approx(one.base), pytest.approx(0.0))
    assert one.base == pytest.approx(3 / 16)
    assert brier([1, 0], [1.0, 0.0]).value == 0.0
    assert brier([1, 0], [0.0, 1.0]).value == 1.0


def test_what_is_no_probability_has_no_brier_score() -> None:
    with pytest.raises(InputError, match=r"Brier score: got -0.5 to 1; expected probabilities from 0 to 1"):
        brier([1, 0], [1.0, -0.5])


@given(st.lists(st.integers(0, 6), min_size=1, max_size=20))
def test_ranks_are_those_of_scipy(values: list[int]) -> None:
    held = [float(value) for value in values]
    assert ranks(held).tolist() == rankdata(held).tolist()
