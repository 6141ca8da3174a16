"""Bands, chances and verdicts against what is known of them."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latecomer.report.narrative.comparison import apart, differences, ends, share_interval, thinned, uneven

RANDOM = np.random.default_rng(3)


def test_the_difference_of_independent_draws_has_the_variance_of_both() -> None:
    one, base = RANDOM.normal(3.0, 1.0, (1000, 1)), RANDOM.normal(1.0, 2.0, (800, 1))
    found = ends(differences(one, base, paired=False, relative=False)[:, 0])
    assert found.middle == pytest.approx(2.0, abs=0.3)
    # 80 % of a normal distribution lie within 1.2816 standard deviations
    assert found.high - found.low == pytest.approx(2 * 1.2816 * 5**0.5, rel=0.05)


def test_shared_luck_falls_out_of_paired_differences() -> None:
    luck = RANDOM.normal(0.0, 5.0, (300, 1))
    assert ends(differences(luck + 1.0, luck, paired=True, relative=False)[:, 0]).verdict == "clearly higher"
    loose = differences(luck + 1.0, luck, paired=False, relative=False)
    assert ends(loose[:, 0]).verdict == "not distinguishable"


def test_a_per_cent_of_nothing_is_no_number() -> None:
    assert np.isnan(differences(np.ones((2, 1)), np.zeros((2, 1)), paired=True, relative=True)).all()


def test_thinning_keeps_the_distribution() -> None:
    drawn = RANDOM.normal(size=(5000, 2))
    for share in (0.1, 0.5, 0.9):
        assert np.quantile(thinned(drawn), share, axis=0) == pytest.approx(
            np.quantile(drawn, share, axis=0), abs=0.02
        )


@given(st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_exact_interval_holds_the_share_and_is_that_of_its_mirror(pair: tuple[int, int]) -> None:
    k, n = pair
    low, high = share_interval(k, n)
    assert 0 <= low <= k / n <= high <= 1
    assert share_interval(n - k, n) == pytest.approx((1 - high, 1 - low))


def test_the_upper_end_for_no_event_is_that_of_the_binomial() -> None:
    # (1 - p)**20 = 0.05
    assert share_interval(0, 20)[1] == pytest.approx(1 - 0.05 ** (1 / 20))


@given(st.integers(0, 30), st.integers(0, 30))
def test_the_test_of_pairs_sums_the_tail_of_the_binomial(b: int, c: int) -> None:
    n = b + c
    tail = sum(comb(n, k) for k in range(min(b, c) + 1)) / 2**n
    assert uneven(b, c) == pytest.approx(min(1.0, 2 * tail))
    assert uneven(b, c) == uneven(c, b)


def test_the_test_of_independent_shares_counts_the_ways() -> None:
    # of the comb(8, 4) = 70 ways to place four events among two groups of four, two put all in one group
    assert apart(4, 4, 0, 4) == pytest.approx(2 / 70)
