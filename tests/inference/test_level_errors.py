"""The size of errors in levels: likelihoods by SciPy, order, scale, what a band owes to its own figure."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from latecomer.errors import InputError
from latecomer.inference.bands import crossed_scales, level_scales
from latecomer.inference.predictive import ErrorLaw

LAWS = [ErrorLaw(), ErrorLaw("student", 4.0), ErrorLaw("laplace")]
FITTED = {
    "normal": lambda one: stats.norm.fit(one, floc=0.0)[1],
    "student": lambda one: stats.t.fit(one, fdf=4.0, floc=0.0)[2],
    "laplace": lambda one: stats.laplace.fit(one, floc=0.0)[1],
}
ERRORS = arrays(np.float64, (2, 6), elements=st.floats(0.01, 10.0))


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.family)
def test_the_size_is_that_of_greatest_likelihood(law: ErrorLaw) -> None:
    errors = np.random.default_rng(3).standard_t(4.0, (3, 40)) * np.array([[0.2], [1.0], [7.0]])
    foreign = [FITTED[law.family](one) for one in errors]
    assert level_scales(errors, law) == pytest.approx(foreign, rel=1e-4)


@given(ERRORS, st.floats(0.1, 10.0), st.permutations(range(6)))
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.family)
def test_the_size_has_the_unit_of_the_errors_and_no_order(
    law: ErrorLaw, errors: np.ndarray, unit: float, order: list[int]
) -> None:
    sizes = level_scales(errors, law)
    assert level_scales(-unit * errors[:, order], law) == pytest.approx(unit * sizes, rel=1e-4)


@given(ERRORS, ERRORS)
def test_no_figure_has_a_part_in_its_own_band(errors: np.ndarray, others: np.ndarray) -> None:
    mixed = np.where(np.arange(6) < 3, errors, others)
    one, two = crossed_scales(errors, ErrorLaw()), crossed_scales(mixed, ErrorLaw())
    assert np.array_equal(one[:, 3:], two[:, 3:])
    assert np.array_equal(two[:, :3], crossed_scales(others, ErrorLaw())[:, :3])


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.family)
def test_a_run_through_all_figures_leaves_a_size_that_can_be_divided_by(law: ErrorLaw) -> None:
    assert np.all(level_scales(np.zeros((2, 5)), law) > 0.0)


def test_a_size_without_a_year_is_refused() -> None:
    for years, ask in ((0, level_scales), (1, crossed_scales)):
        with pytest.raises(InputError, match=r"got no year with a figure; expected one at least.*widen the"):
            ask(np.zeros((2, years)), ErrorLaw())
