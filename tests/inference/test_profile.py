"""Profile likelihoods against closed forms and against a search of the whole plane."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from latecomer.errors import InputError
from latecomer.inference.optimise import REFUSED
from latecomer.inference.profile import DROP, Agreement, Profile, agreement, grid_around, profile

Function = Callable[[np.ndarray], tuple[float, np.ndarray]]
X = np.linspace(0.0, 2.0, 9)
HALF = np.sqrt(2 * DROP)


def posterior(model: Callable[[np.ndarray], np.ndarray], figures: np.ndarray, sd: float) -> Function:
    """Normal errors and standard normals a priori; slopes by complex steps (exact to rounding)."""

    def loss_and_gradient(z: np.ndarray) -> tuple[float, np.ndarray]:
        gap = (model(z) - figures) / sd
        slope = np.stack([model(one).imag / 1e-20 / sd for one in z + 1e-20j * np.eye(len(z))], axis=1)
        return gap @ gap / 2 + z @ z / 2, slope.T @ gap + z

    return loss_and_gradient


def quadratic(matrix: np.ndarray, centre: np.ndarray) -> Function:
    """A likelihood of known curvature and best point, and the prior."""

    def loss_and_gradient(z: np.ndarray) -> tuple[float, np.ndarray]:
        away = z - centre
        return away @ matrix @ away / 2 + z @ z / 2, matrix @ away + z

    return loss_and_gradient


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 5), prior=st.booleans())
def test_of_a_parabola_the_interval_is_that_of_the_inverse_curvature(seed: int, n: int, prior: bool) -> None:
    generator = np.random.default_rng(seed)
    root = generator.normal(size=(n, n + 3))
    matrix = 4 * (root @ root.T + np.eye(n))
    centre = generator.uniform(-0.3, 0.3, n)
    whole = matrix + np.eye(n) * prior
    best = np.linalg.solve(whole, matrix @ centre)
    sd = np.sqrt(np.linalg.inv(whole)[0, 0])
    one = profile(quadratic(matrix, centre), best, 0, prior=prior)
    assert one.lower is not None
    assert one.upper is not None
    assert [one.optimum, one.lower, one.upper] == pytest.approx(
        [best[0], best[0] - HALF * sd, best[0] + HALF * sd], abs=2e-4
    )
    assert one.opening == ""


def test_the_prior_alone_ends_a_profile_at_its_own_interval() -> None:
    idle = posterior(lambda z: 0 * z[0] + 0 * X, 0 * X, 1.0)
    held = profile(idle, np.zeros(1), 0)
    assert [held.lower, held.upper] == pytest.approx([-HALF, HALF], rel=1e-6)
    free = profile(idle, np.zeros(1), 0, prior=False)
    assert (free.lower, free.upper) == (None, None)
    assert free.opening == "open to the left and to the right"
    assert np.ptp(free.drops) == 0.0
    assert (free.points[0], free.points[-1]) == (-3.99, 3.99)


def test_along_the_ridge_of_a_product_the_figures_are_silent_and_the_prior_pays_for_both() -> None:
    ridge = posterior(lambda z: np.exp(z[0] + z[1]) * (1 + X), 1 + X, 1e-3)
    free = profile(ridge, np.zeros(2), 0, prior=False)
    assert free.opening == "open to the left and to the right"
    held = profile(ridge, np.zeros(2), 0, most=500)
    # b follows as -a, so that the loss is (a ** 2 + a ** 2) / 2
    assert [held.lower, held.upper] == pytest.approx([-np.sqrt(DROP), np.sqrt(DROP)], rel=1e-3)


def test_a_profile_may_be_open_on_one_side() -> None:
    level = posterior(lambda z: np.exp(-np.exp(3 * z[0])) + 0 * X, 0 * X, 0.5)
    one = profile(level, np.array([1.0]), 0, prior=False)
    assert one.opening == "open to the right"
    assert one.lower is not None
    # nine figures: 9 (y / sd) ** 2 / 2 = 1.92 at y = sd sqrt(2 * 1.92 / 9), and z = log(-log y) / 3
    assert one.lower == pytest.approx(np.log(-np.log(0.5 * HALF / 3)) / 3, abs=0.05)
    assert one.note == ""


def test_the_profile_of_a_curved_ridge_is_the_floor_of_the_plane() -> None:
    def model(z: np.ndarray) -> np.ndarray:
        return np.exp(0.5 * z[1]) * X / (np.exp(z[0]) + X)

    curved = posterior(model, X / (1 + X), 0.08)
    one = profile(curved, np.zeros(2), 0, np.linspace(-1.0, 1.5, 11))
    floor = [
        minimize_scalar(
            lambda w, v=v: curved(np.array([v, w]))[0],
            bounds=(-3.9, 3.9), method="bounded", options={"xatol": 1e-8},
        ).fun
        for v in one.points
    ]  # fmt: skip
    # Brent's search of a line, point by point, in place of L-BFGS from the neighbour
    assert one.drops == pytest.approx(np.array(floor) - min(floor), abs=1e-6)


def test_a_better_optimum_on_the_way_becomes_the_one_of_no_drop() -> None:
    def two_troughs(z: np.ndarray) -> tuple[float, np.ndarray]:
        # the fall of .3 a unit takes the right trough below the left one, where the search begins
        return (z[0] ** 2 - 1) ** 2 - 0.3 * z[0] + z @ z / 2, np.array(
            [4 * z[0] * (z[0] ** 2 - 1) - 0.3 + z[0]]
        )

    one = profile(two_troughs, np.array([-0.8]), 0, np.linspace(-3, 3, 61), prior=False)
    assert one.optimum == pytest.approx(1.0, abs=0.051)
    assert one.drops.min() == 0.0


def test_the_profile_does_not_depend_on_where_the_other_coordinates_begin() -> None:
    matrix = np.array([[9.0, 3.0], [3.0, 4.0]])
    near, far = (
        profile(quadratic(matrix, np.zeros(2)), start, 0) for start in (np.zeros(2), np.array([0.4, -0.9]))
    )
    assert near.lower == pytest.approx(far.lower, abs=1e-3)
    assert near.upper == pytest.approx(far.upper, abs=1e-3)


def test_where_the_model_blows_up_the_side_ends_open_and_it_is_said() -> None:
    def blows_up(z: np.ndarray) -> tuple[float, np.ndarray]:
        return (np.nan if z[0] > 1 else 0.0) + z @ z / 2, z

    one = profile(blows_up, np.zeros(2), 0, prior=False)
    assert one.opening == "open to the left and to the right"
    assert one.points[-1] <= 1.0
    assert one.note == "no finite loss at 1.5, where that side ends"


def test_a_fit_cut_short_is_said() -> None:
    ridge = posterior(lambda z: np.exp(z[0] + z[1]) * (1 + X), 1 + X, 1e-3)
    assert "fits were cut short" in profile(ridge, np.zeros(2), 0, most=1).note


def test_the_default_grid_is_dense_at_the_mode_and_ends_at_the_bounds() -> None:
    grid = grid_around(0.5, 0.01)
    assert (grid[0], grid[-1]) == (-3.99, 3.99)
    assert np.all(np.diff(grid) > 0)
    assert np.min(np.abs(grid - 0.5)) == pytest.approx(0.005)


def test_as_plain_data() -> None:
    plain = profile(quadratic(np.eye(1), np.zeros(1)), np.zeros(1), 0).as_dict()
    assert plain["prior"] is True
    assert plain["lower"] == pytest.approx(-HALF / np.sqrt(2), rel=1e-6)
    assert len(plain["points"]) == len(plain["drops"])


@pytest.mark.parametrize(
    ("ends", "sd", "expected"),
    [
        ((-1.0, 1.0), 1 / HALF, Agreement(2.0, 2.0, True)),
        ((-1.0, 1.0), 3 / HALF, Agreement(2.0, 6.0, False)),
        ((-1.0, 1.0), np.inf, Agreement(2.0, None, False)),
        ((None, 1.0), np.inf, Agreement(None, None, True)),
        ((-1.0, None), 5 / HALF, Agreement(None, 10.0, True)),
        ((-1.0, None), 1 / HALF, Agreement(None, 2.0, False)),
    ],
)
def test_agreement(ends: tuple[float | None, float | None], sd: float, expected: Agreement) -> None:
    points = np.array([-4.0, 0.0, 4.0])
    assert agreement(Profile(0, True, points, points**2, 0.0, *ends), sd) == expected


@pytest.mark.parametrize(
    ("mode", "coordinate", "grid", "words"),
    [
        (
            [0.0, 0.0],
            2,
            None,
            (
                "profile, coordinate: got 2; expected one from 0 to 1. "
                "Cure: count from nought in the order of the mode."
            ),
        ),
        (
            [5.0],
            0,
            None,
            (
                "profile, mode: got a coordinate without a number or out of bounds; "
                "expected numbers from -3.99 to 3.99. Cure: hand over the mode of a fit."
            ),
        ),
        (
            [0.0],
            0,
            [1.0, -1.0],
            (
                "profile, grid: got few points, out of order or bounds; "
                "expected two or more, ascending, from -3.99 to 3.99. Cure: leave it out."
            ),
        ),
    ],
)
def test_what_is_refused(mode: list[float], coordinate: int, grid: list[float] | None, words: str) -> None:
    points = None if grid is None else np.array(grid)
    with pytest.raises(InputError) as caught:
        profile(quadratic(np.eye(1), np.zeros(1)), np.array(mode), coordinate, points)
    assert str(caught.value) == words


def test_a_mode_without_a_finite_loss_is_refused() -> None:
    words = (
        "profile: got no finite loss at the mode; expected a finite one. Cure: hand over the mode of a fit."
    )
    for value in (np.nan, 2 * REFUSED):
        with pytest.raises(InputError) as caught:
            profile(lambda z, value=value: (value, z), np.zeros(1), 0)  # type: ignore[misc]
        assert str(caught.value) == words


def test_a_grid_about_no_spread_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        grid_around(0.0, 0.0)
    assert str(caught.value) == (
        "profile, grid: got mode 0 and sd 0; expected a finite mode and sd above 0. "
        "Cure: give the posterior's standard deviation."
    )
