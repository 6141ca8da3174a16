"""The fall of an area between two scores of the same cases, against the jackknife, which equals it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latecomer.errors import InputError
from latecomer.evaluation.classification import auc, paired_fall


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[int], list[float], list[float]]:
    m, n = draw(st.integers(2, 6)), draw(st.integers(2, 6))
    score = st.integers(0, 4).map(float)
    first, second = (draw(st.lists(score, min_size=m + n, max_size=m + n)) for _ in range(2))
    return [1] * m + [0] * n, first, second


@given(cases())
def test_it_is_the_difference_of_areas_with_the_error_of_the_jackknife(
    drawn: tuple[list[int], list[float], list[float]],
) -> None:
    labels, first, second = drawn
    fall, se = paired_fall(labels, first, second)
    assert fall == pytest.approx(auc(labels, first).value - auc(labels, second).value, abs=1e-12)
    variance = 0.0
    for kind in (1, 0):
        left = []
        for k in np.flatnonzero(np.array(labels) == kind):
            rest = [[x for i, x in enumerate(one) if i != k] for one in (labels, first, second)]
            left.append(auc(rest[0], rest[1]).value - auc(rest[0], rest[2]).value)
        variance += (len(left) - 1) ** 2 / len(left) * float(np.var(left, ddof=1))
    assert se == pytest.approx(np.sqrt(variance), abs=1e-9)


@given(cases())
def test_it_turns_with_the_two_and_is_nought_for_one_ranking(
    drawn: tuple[list[int], list[float], list[float]],
) -> None:
    labels, first, second = drawn
    fall, se = paired_fall(labels, first, second)
    assert paired_fall(labels, second, first) == pytest.approx((-fall, se))
    assert paired_fall(labels, first, [3.0 * x + 1.0 for x in first]) == (0.0, 0.0)


def test_without_a_case_of_a_kind_it_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        paired_fall([1, 1], [0.1, 0.2], [0.1, 0.2])
    assert str(caught.value) == (
        "difference of areas: got 2 events in 2 cases, 2 and 2 scores; expected one event and one quiet case "
        "at least, and two scores for each. Cure: add countries, or leave out those without scores."
    )
    with pytest.raises(InputError, match="1 events in 2 cases, 2 and 1 scores"):
        paired_fall([1, 0], [0.1, 0.2], [0.1])
