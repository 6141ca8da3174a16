"""Rounded kinks: differentiable, near the exact model, and the nearer the smaller the width."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latecomer.errors import InputError
from latecomer.simulate import Model
from latecomer.simulate.backend_jax import JAX
from latecomer.simulate.smooth import smooth_namespace
from tests.simulate import texts

Make = Callable[[str], Model]
NUMBERS = st.floats(-1e6, 1e6)

# at S = 4 and beyond each kink has been crossed
KINKED = texts.text(
    """
S = INTEG(inflow - outflow, 1) ~ w ~ Stock. |
inflow = MIN(rate, 8 - S) + MAX(1, S / 2 - limit) ~ w/year ~ Kinks. |
outflow = IF THEN ELSE(S > limit :AND: :NOT: (S > 9), 0.4 * S, 0.1 * S) + closed ~ w/year ~ A jump. |
closed = IF THEN ELSE(switch, 0.2, 5) + IF THEN ELSE(switch :OR: half, 0, 7) ~ w/year ~ By numbers. |
rate = 3 ~ w/year ~ Constant. |
limit = 4 ~ w ~ Constant. |
switch = 1 ~ Dmnl ~ On. |
half = 0.3 ~ Dmnl ~ On as well: a number holds unless it is 0. |
guarded = IF THEN ELSE(S > 20, LN(20 - S), ABS(S)) ~ w ~ A branch that may be no number. |
""",
    t1=6,
    dt=0.125,
)


def run(model: Model, width: float) -> np.ndarray:
    simulate = model.simulator(0.125, 0, 6, 0.125, ["S", "guarded"], scheme="euler", smooth=width)
    return np.asarray(jax.jit(simulate)(model.parameter_vector(), {}))


def test_width_nought_is_the_exact_model(model_of: Make) -> None:
    assert smooth_namespace(0.0) is JAX
    exact = model_of(KINKED).run(method="euler")
    np.testing.assert_allclose(run(model_of(KINKED), 0.0), np.stack([exact["S"], exact["guarded"]], axis=1))


@pytest.mark.slow
def test_the_smooth_run_tends_to_the_exact_one(model_of: Make) -> None:
    exact = run(model_of(KINKED), 0.0)
    errors = [np.abs(run(model_of(KINKED), width) - exact).max() for width in (0.1, 0.03, 0.01, 0.003, 1e-4)]
    assert np.isfinite(errors).all()
    assert (np.diff(errors) < 0).all()
    assert errors[0] < 0.5
    assert errors[-1] < 5e-4


@pytest.mark.parametrize("name", ["rate", "limit"])
def test_the_smooth_gradient_is_that_of_differences_of_the_smooth_model(model_of: Make, name: str) -> None:
    model, width = model_of(KINKED), 0.05
    found = model.gradient(lambda path: jnp.sum(path["S"]), [name], smooth=width, method="euler")
    simulate = jax.jit(model.simulator(0.125, 0, 6, 0.125, ["S"], scheme="euler", smooth=width))

    def total(value: float) -> float:
        return float(simulate(model.parameter_vector({name: value}), {}).sum())

    value, h = model.parameters[name], 1e-4
    near, far = (total(value + k * h) - total(value - k * h) for k in (1, 2))
    assert found.value == pytest.approx(total(value), rel=1e-12)
    assert found.by[name] == pytest.approx((8 * near - far) / (12 * h), rel=1e-6)


def test_a_jump_has_a_gradient_only_where_it_is_rounded(model_of: Make) -> None:
    text = texts.text(
        """
S = INTEG(IF THEN ELSE(S > limit, 1, 2), 3) ~ w ~ Stock. |
limit = 4 ~ w ~ Constant. |
""",
        t1=1,
    )
    slopes = [
        model_of(text).gradient(lambda path: path["S"][-1], ["limit"], smooth=width).by["limit"]
        for width in (0.0, 0.3)
    ]
    assert slopes[0] == 0.0
    assert slopes[1] > 0.01


@given(NUMBERS, NUMBERS, st.sampled_from([0.01, 0.1, 1.0]))
def test_a_rounded_minimum_lies_below_by_no_more_than_it_says(a: float, b: float, width: float) -> None:
    smooth = smooth_namespace(width)
    size = abs(a) + abs(b)
    slack = 1e-12 + 1e-12 * size
    below = min(a, b) - float(smooth.minimum(a, b))
    above = float(smooth.maximum(a, b)) - max(a, b)
    for departure in (below, above):
        assert -slack <= departure <= width * size / 2 + slack
    assert float(smooth.minimum(a, b)) + float(smooth.maximum(a, b)) == pytest.approx(a + b, abs=slack)


@given(NUMBERS, NUMBERS, st.booleans())
def test_a_rounded_condition_is_a_share(a: float, b: float, strict: bool) -> None:
    smooth = smooth_namespace(0.1)
    less, greater = (smooth.less, smooth.greater) if strict else (smooth.less_equal, smooth.greater_equal)
    share = float(less(a, b))
    assert 0.0 <= share <= 1.0
    assert share == pytest.approx(float(greater(b, a)), abs=1e-15)
    assert share + float(greater(a, b)) == pytest.approx(1.0, abs=1e-12)
    assert float(smooth.logical_not(less(a, b))) == pytest.approx(1.0 - share, abs=1e-15)
    assert float(smooth.where(less(a, b), 2.0, 1.0)) == pytest.approx(1.0 + share, abs=1e-12)


@pytest.mark.parametrize("width", [0.01, 0.1])
def test_a_number_holds_as_a_condition_unless_it_is_nought(width: float) -> None:
    truth = smooth_namespace(width).truth
    assert [float(truth(x)) for x in (0.0, 0.2, 1.0, -1.0, 7.0)] == [0.0, 1.0, 1.0, 1.0, 1.0]
    assert float(truth(width / 2)) == pytest.approx(0.5, rel=1e-12)
    assert float(jax.grad(truth)(0.0)) == float(jax.grad(truth)(1.0)) == 0.0


def test_hard_conditions_choose_one_branch_alone() -> None:
    where = smooth_namespace(0.1).where
    found = where(jnp.array([True, False]), jnp.array([1.0, jnp.nan]), jnp.array([jnp.nan, 2.0]))
    assert found.tolist() == [1.0, 2.0]


def test_derivatives_on_a_kink_are_finite() -> None:
    smooth = smooth_namespace(0.1)
    slopes: list[Any] = [
        jax.grad(smooth.minimum, (0, 1))(2.0, 2.0),
        jax.grad(smooth.maximum, (0, 1))(0.0, 0.0),
        jax.grad(smooth.less, (0, 1))(0.0, 0.0),
        (jax.grad(smooth.absolute)(0.0),),
    ]
    assert all(np.isfinite(float(slope)) for pair in slopes for slope in pair)
    # each side of a tie weighs half, less the rounding that grows with both
    np.testing.assert_allclose(slopes[0], 0.5 - 0.05, rtol=1e-12)


def test_where_one_side_is_nought_there_is_no_size_to_round_over() -> None:
    """As documented: MAX(a, 0) keeps its kink but for 1e-12, and departs by a quarter of width^2 only."""
    maximum = smooth_namespace(0.1).maximum
    assert float(maximum(3.0, 0.0)) == pytest.approx(3.0 * (1 + 0.1**2 / 4), rel=1e-4)
    assert float(maximum(-1e-6, 0.0)) < 1e-8


@pytest.mark.parametrize("width", [-0.1, 1.5, float("nan")])
def test_a_width_that_is_no_share_is_refused(width: float) -> None:
    with pytest.raises(InputError) as caught:
        smooth_namespace(width)
    assert str(caught.value) == (
        f"smooth: got {width:g}; expected a width from 0 to 1. Cure: take 0.01, or 0 for the exact model."
    )
