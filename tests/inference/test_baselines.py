"""Naive forecasts: known answers, limits, a second computation, and what does not change them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from latecomer.errors import InputError
from latecomer.inference.baselines import (
    NAIVE,
    History,
    autoregression,
    half_drift,
    naive_forecasts,
    no_change,
    random_walk_with_drift,
)

AHEAD = np.array([1980.0, 1981.0, 1985.0])
FIGURES = arrays(np.float64, 9, elements=st.floats(-10, 10)).filter(lambda a: np.ptp(a[:-1]) > 0.1)
GAPS = np.array([1960.0, 1961.0, 1963.0, 1964.0, 1969.0, 1970.0, 1973.0, 1978.0, 1979.0])


def annual(figures: list[float] | np.ndarray) -> History:
    """Figures of every year up to 1979."""
    values = np.asarray(figures, dtype=float)
    return History(np.arange(1980.0 - len(values), 1980.0), values, 1979)


def noisy(n: int, a: float, b: float, seed: int) -> np.ndarray:
    """A path of y = a + b * y + e from its mean, e of standard deviation 0.5."""
    errors = np.random.default_rng(seed).normal(0.0, 0.5, n)
    path = [a / (1.0 - b)]
    for error in errors:
        path.append(a + b * path[-1] + error)
    return np.array(path)


def test_the_figures_0_1_2_3_go_on_with_4_and_5_for_certain() -> None:
    forecast = random_walk_with_drift(annual([0, 1, 2, 3]), AHEAD[:2])
    assert forecast.mean.tolist() == [4.0, 5.0]
    assert forecast.sd.tolist() == [0.0, 0.0]


def test_a_random_walk_by_hand() -> None:
    # changes 1, 3, 2: drift 2, s**2 = (1 + 1 + 0) / 2 = 1, var(drift) = 1 / 3
    forecast = random_walk_with_drift(annual([0, 1, 4, 6]), AHEAD[:2])
    assert forecast.mean.tolist() == [8.0, 10.0]
    assert forecast.sd**2 == pytest.approx([1 + 1 / 3, 2 + 4 / 3])


def test_a_random_walk_with_a_gap_by_hand() -> None:
    # changes 2 and 6 over 1 and 4 years, then 1 over 1: drift 9 / 6 = 1.5
    # s**2 = (.5**2 + (6 - 6)**2 / 4 + .5**2) / 2 = .25; the year 1980 is two years on
    history = History(np.array([1972.0, 1973.0, 1977.0, 1978.0]), np.array([0.0, 2.0, 8.0, 9.0]), 1979)
    forecast = random_walk_with_drift(history, AHEAD[:1])
    assert forecast.mean == pytest.approx([12.0])
    assert forecast.sd**2 == pytest.approx([0.25 * 2 + 4 * 0.25 / 6])


def test_half_the_drift_is_half_way_from_no_change_to_the_whole() -> None:
    history = annual([0, 1, 4, 6])
    whole, half, none = (f(history, AHEAD).mean for f in (random_walk_with_drift, half_drift, no_change))
    assert half == pytest.approx((whole + none) / 2)
    # s**2 = 1 and var(drift) = 1 / 3, see above: 1 * 1 + 1**2 * (1 / 3) / 4
    assert half_drift(history, AHEAD[:1]).sd ** 2 == pytest.approx([1 + 1 / 12])


def test_no_change_by_hand() -> None:
    # changes 1, 3, 2: mean square 14 / 3
    forecast = no_change(annual([0, 1, 4, 6]), AHEAD)
    assert forecast.mean.tolist() == [6.0, 6.0, 6.0]
    assert forecast.sd**2 == pytest.approx(np.array([1, 2, 6]) * 14 / 3)


def test_the_next_year_of_an_autoregression_has_the_prediction_interval_of_a_regression() -> None:
    figures = noisy(20, 1.0, 0.6, 3)
    x, y = figures[:-1], figures[1:]
    slope, intercept = np.polyfit(x, y, 1)
    square = np.sum((y - intercept - slope * x) ** 2) / (len(x) - 2)
    apart = (figures[-1] - x.mean()) ** 2 / np.sum((x - x.mean()) ** 2)
    forecast = autoregression(annual(figures), AHEAD[:1])
    assert forecast.note == ""
    assert forecast.mean == pytest.approx([intercept + slope * figures[-1]])
    assert forecast.sd**2 == pytest.approx([square * (1 + 1 / len(x) + apart)])


def test_later_years_of_an_autoregression_are_those_of_its_recursion() -> None:
    figures = noisy(20, 1.0, 0.6, 3)
    slope, intercept = np.polyfit(figures[:-1], figures[1:], 1)
    path = [figures[-1]]
    for _ in range(6):
        path.append(intercept + slope * path[-1])
    assert autoregression(annual(figures), AHEAD).mean == pytest.approx(np.array(path)[[1, 2, 6]])


def test_an_autoregression_of_many_figures_settles_at_the_mean_and_spread_of_the_process() -> None:
    far = autoregression(annual(noisy(5000, 1.0, 0.6, 5)), np.array([2080.0]))
    assert far.mean == pytest.approx([2.5], abs=0.05)
    assert far.sd == pytest.approx([0.5 / np.sqrt(1 - 0.36)], rel=0.03)


def test_the_spread_of_an_autoregression_is_that_of_simulated_estimates_and_errors() -> None:
    figures = noisy(200, 1.0, 0.6, 7)
    x, y = figures[:-1], figures[1:]
    design = np.column_stack([np.ones_like(x), x])
    centre = np.linalg.lstsq(design, y, rcond=None)[0]
    square = np.sum((y - design @ centre) ** 2) / (len(x) - 2)
    generator = np.random.default_rng(1)
    a, b = generator.multivariate_normal(centre, square * np.linalg.inv(design.T @ design), 200_000).T
    path = np.full(len(a), figures[-1])
    for _ in range(3):
        path = a + b * path + generator.normal(0.0, np.sqrt(square), len(a))
    assert autoregression(annual(figures), np.array([1982.0])).sd == pytest.approx([path.std()], rel=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_autoregression_with_gaps_finds_the_persistence(seed: int) -> None:
    whole = noisy(3000, 1.0, 0.8, seed)
    kept = np.random.default_rng(seed).random(len(whole)) < 0.6
    kept[-1] = True
    history = History(np.arange(len(whole), dtype=float)[kept], whole[kept], len(whole))
    far, near = (autoregression(history, len(whole) + np.array([h])) for h in (199.0, 1.0))
    assert far.mean == pytest.approx([5.0], abs=0.25)
    # from the last figure, two years on
    assert near.mean == pytest.approx([5.0 + 0.8**2 * (whole[-1] - 5.0)], abs=0.2)


def test_figures_of_every_second_year_are_a_persistence_squared() -> None:
    figures = noisy(40, 1.0, 0.6, 11)
    sparse = History(1900.0 + 2 * np.arange(len(figures)), figures, 1900 + 2 * (len(figures) - 1))
    dense = annual(figures)
    slow = autoregression(sparse, sparse.years[-1] + np.array([2.0, 4.0]))
    quick = autoregression(dense, AHEAD[:2])
    assert slow.mean == pytest.approx(quick.mean, rel=1e-6)
    assert slow.sd == pytest.approx(quick.sd, rel=1e-6)


def test_explosive_figures_are_limited_to_the_random_walk_with_drift_and_told() -> None:
    history = annual([1.0, 1.5, 2.4, 4.1, 6.3, 10.0])
    limited, walk = autoregression(history, AHEAD), random_walk_with_drift(history, AHEAD)
    assert limited.note.endswith("limited to 1")
    assert limited.mean == pytest.approx(walk.mean)
    assert limited.sd == pytest.approx(walk.sd)


def test_explosive_swings_are_limited_too() -> None:
    limited = autoregression(annual([1.0, -1.3, 1.6, -2.2, 3.0]), AHEAD[:2])
    assert limited.note.endswith("limited to -1")
    assert limited.mean[1] == pytest.approx(3.0)  # two swings lead back to where it was


def test_explosive_figures_with_gaps_are_limited_too() -> None:
    years = np.array([1970.0, 1971.0, 1973.0, 1974.0, 1976.0, 1979.0])
    forecast = autoregression(History(years, 1.2 ** (years - 1970.0), 1979), AHEAD)
    assert forecast.note == "persistence 1.200 limited to 1"


def test_figures_that_do_not_move_stay() -> None:
    for name, forecast in naive_forecasts(annual([5, 5, 5, 5]), AHEAD).items():
        assert forecast.mean == pytest.approx([5, 5, 5]), name
        assert forecast.sd == pytest.approx([0, 0, 0]), name
        told = "persistence taken as 0: the figures do not move" if name == "AR(1)" else ""
        assert forecast.note == told


@pytest.mark.slow
@given(FIGURES, st.floats(-50, 50), st.floats(0.1, 10), st.sampled_from(list(NAIVE)), st.booleans())
def test_a_forecast_moves_with_the_unit(
    figures: np.ndarray, shift: float, scale: float, name: str, gaps: bool
) -> None:
    years = GAPS if gaps else np.arange(1971.0, 1980.0)
    plain = NAIVE[name](History(years, figures, 1979), AHEAD)
    moved = NAIVE[name](History(years, shift + scale * figures, 1979), AHEAD)
    size = scale * (1.0 + np.ptp(figures))
    assert moved.mean == pytest.approx(shift + scale * plain.mean, abs=1e-4 * size)
    assert moved.sd == pytest.approx(scale * plain.sd, abs=1e-4 * size)


# not of an autoregression: the uncertainty of what it goes back to may shrink
@given(FIGURES, st.sampled_from([name for name in NAIVE if name != "AR(1)"]), st.booleans())
def test_what_is_farther_is_no_surer(figures: np.ndarray, name: str, gaps: bool) -> None:
    years = GAPS if gaps else np.arange(1971.0, 1980.0)
    assert np.all(np.diff(NAIVE[name](History(years, figures, 1979), AHEAD).sd) >= 0.0)


@pytest.mark.parametrize("name", NAIVE)
def test_a_year_up_to_the_cut_off_is_refused(name: str) -> None:
    with pytest.raises(InputError) as caught:
        NAIVE[name](annual([0, 1, 2, 3]), np.array([1979.0, 1980.0]))
    assert str(caught.value) == (
        "naive forecast: got the year 1979; expected years after 1979. Cure: ask for later ones."
    )


@pytest.mark.parametrize(
    ("years", "figures", "words"),
    [
        (
            [1977, 1978, 1979, 1980],
            [0, 1, 2, 3],
            "got a figure of 1980; expected figures up to 1979. Cure: cut the figures.",
        ),
        (
            [1977, 1978, 1979],
            [0, 1, 2],
            "got 3 years and 3 figures; expected as many of both, 4 at least. Cure: add the early figures.",
        ),
        (
            [1975, 1977, 1976, 1979],
            [0, 1, 2, 3],
            "got years out of order; expected whole years that rise. Cure: sort the figures.",
        ),
        (
            [1975, 1976, 1977, 1979],
            [0, 1, np.nan, 3],
            "got a figure that is not finite; expected finite ones. Cure: leave the year out.",
        ),
    ],
)
def test_histories_that_are_refused(years: list[float], figures: list[float], words: str) -> None:
    with pytest.raises(InputError) as caught:
        History(np.array(years, dtype=float), np.array(figures, dtype=float), 1979)
    assert str(caught.value) == f"naive forecast: {words}"
