"""The times of a run: what is no grid, or one that no computer can hold, is refused in words."""

from __future__ import annotations

import pytest

from latecomer.errors import InputError
from latecomer.simulate.grid import MOST_VALUES, Grid, make_grid


@pytest.mark.parametrize(
    ("t0", "t1", "dt", "words"),
    [
        (0.0, 4.0, 1e-300, "dt: got 4e+300 steps of 1e-300; expected at most 1,000,000 steps"),
        (0.0, 4.0, 5e-324, "dt: got inf steps of 4.94066e-324; expected at most 1,000,000 steps"),
        (0.0, 1e6, 1e-9, "dt: got 1e+15 steps of 1e-09; expected at most 1,000,000 steps"),
        (-1e308, 1e308, 1.0, "dt: got inf steps of 1; expected at most 1,000,000 steps"),
        (0.0, 1e18, 1.0, "dt: got 1e+18 steps of 1;"),
        (1e15, 1e15 + 100, 0.5, "dt: got a step of 0.5 at 1e+15; expected times that numbers of that size"),
        (0.0, 4.0, 0.0, "dt: got 0; expected a step above 0"),
        (0.0, 4.0, float("nan"), "dt: got nan; expected a step above 0"),
        (4.0, 0.0, 1.0, "years: got 4 to 0; expected a first year before the last"),
        (float("-inf"), 0.0, 1.0, "years: got -inf to 0; expected a first year before the last"),
    ],
)
def test_a_grid_that_no_run_can_have_is_refused(t0: float, t1: float, dt: float, words: str) -> None:
    with pytest.raises(InputError) as caught:
        make_grid(t0, t1, dt, None, 1.0)
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize("saving", [-1.0, 0.0, float("nan")])
def test_a_saving_step_that_is_none_is_refused(saving: float) -> None:
    with pytest.raises(InputError, match=r"SAVEPER: got .*; expected a span above 0. Cure: mend SAVEPER"):
        make_grid(0.0, 4.0, 0.5, None, saving)
    assert make_grid(0.0, 4.0, 0.5, 1.0, saving).stride == 2


def test_a_saving_step_beyond_all_bounds_is_no_multiple() -> None:
    assert make_grid(0.0, 4.0, 1e-3, None, 1e308).stride == 1
    with pytest.raises(InputError, match=r"save_every: got 1e\+308; expected a multiple"):
        make_grid(0.0, 4.0, 0.5, 1e308, 1.0)


def test_more_values_than_a_run_can_hold_are_refused() -> None:
    grid = Grid(0.0, 100.0, 0.001, 1)
    grid.check_size(MOST_VALUES // 100_000)
    with pytest.raises(
        InputError, match=r"dt: got 100,000 steps of 501 stocks and drivers; expected at most"
    ):
        grid.check_size(MOST_VALUES // 100_000 + 1)
