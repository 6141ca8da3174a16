"""The loss of credit access: on runs made by hand, and on a fit whose closed form is known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import gaussian_kde, norm

from latecomer.errors import InputError
from latecomer.evaluation.credit_loss import credit_loss, loss_logs, loss_probability, ordered, runs_of_draws
from latecomer.inference.predictive import paths
from latecomer.inference.problem import make_problem
from tests.inference import small
from tests.outcomes import EVENT, WINDOW

CREDIT = EVENT.variable

YEARS = np.arange(1978.0, 1991.0)


def made(*rows: dict[int, float]) -> xr.DataArray:
    """Runs at .9 but in the years named."""
    levels = [[row.get(int(year), 0.9) for year in YEARS] for row in rows]
    return xr.DataArray(levels, {"time": YEARS}, ["draw", "time"])


def test_the_year_is_the_median_of_the_first_falls() -> None:
    one = credit_loss(
        "BRA", made({1982: 0.4, 1981: 0.6}, {1983: 0.2, 1984: 0.1}, {1986: 0.49}), EVENT, WINDOW
    )
    assert one.median_year == 1983
    assert one.lowest.tolist() == [0.4, 0.1, 0.49]
    assert one.years.tolist() == list(range(1978, 1987))
    assert one.access.shape == (3, 9)


def test_half_of_the_draws_must_fall_for_a_year() -> None:
    assert credit_loss("BRA", made({1982: 0.4}, {}), EVENT, WINDOW).median_year == 1982
    assert credit_loss("BRA", made({1982: 0.4}, {}, {}), EVENT, WINDOW).median_year is None


def test_a_fall_outside_the_window_is_none() -> None:
    one = credit_loss("BRA", made({1979: 0.1}, {1987: 0.1}), EVENT, WINDOW)
    assert one.median_year is None
    assert one.lowest.tolist() == [0.9, 0.9]
    assert one.probability < 0.01


def test_a_draw_that_blows_up_is_left_out_unless_it_does_after_the_window() -> None:
    one = credit_loss("BRA", made({1980: math.nan}, {1990: math.inf, 1982: 0.3}), EVENT, WINDOW)
    assert one.lowest.tolist() == [0.3]
    with pytest.raises(InputError, match=r"credit access: got no finite run of BRA in 1 draws"):
        credit_loss("BRA", made({1975: 0.1, 1980: math.nan}), EVENT, WINDOW)


def test_runs_that_end_within_the_window_are_refused() -> None:
    with pytest.raises(
        InputError, match=r"BRA, credit access: got runs that end before it; expected runs th"
    ):
        credit_loss("BRA", made({}).sel(time=slice(None, 1985)), EVENT, WINDOW)


shares = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=30)


@given(shares)
def test_a_probability_is_within_0_and_1_and_mirrors(lowest: list[float]) -> None:
    held = np.array(lowest)
    one, other = loss_probability(held, EVENT), loss_probability(1.0 - held, EVENT)
    assert 0.0 <= one <= 1.0
    assert one + other == pytest.approx(1.0, abs=1e-9)


@given(shares, st.floats(0.0, 0.5))
def test_deeper_falls_are_never_less_likely_in_a_single_draw(lowest: list[float], by: float) -> None:
    for one in lowest:
        assert loss_probability(np.array([one - by * one]), EVENT) >= loss_probability(np.array([one]), EVENT)


def test_what_is_as_good_as_certain_is_still_told_apart() -> None:
    deep, shallow = (
        credit_loss("BRA", made({1982: level}, {1983: level}), EVENT, WINDOW) for level in (0.02, 0.1)
    )
    assert deep.probability == pytest.approx(1.0)
    assert shallow.probability == pytest.approx(1.0)
    assert deep.log_odds > shallow.log_odds + 100.0
    high = credit_loss("KOR", made({}), EVENT, WINDOW)
    assert -math.inf < high.log_odds < 0.0


@given(shares)
def test_log_odds_are_those_of_the_probability(lowest: list[float]) -> None:
    held = np.array(lowest)
    below, above = loss_logs(held, EVENT)
    assert math.exp(below) == pytest.approx(loss_probability(held, EVENT), rel=1e-9, abs=1e-300)
    assert math.exp(below) + math.exp(above) == pytest.approx(1.0, abs=1e-9)


def test_draws_that_all_fall_do_not_tie() -> None:
    deep, shallow = np.linspace(0.05, 0.15, 20), np.linspace(0.35, 0.45, 20)
    assert 0.5 < loss_probability(shallow, EVENT) < loss_probability(deep, EVENT) <= 1.0


def test_many_draws_give_the_probability_itself() -> None:
    logits = np.random.default_rng(0).normal(0.7, 1.0, 40_000)
    # smoothing adds its width's square to the variance: .97 of the distance is left at this number
    assert loss_probability(1.0 / (1.0 + np.exp(-logits)), EVENT) == pytest.approx(norm.cdf(-0.7), abs=0.01)


def test_the_kernel_is_that_of_scipy_where_its_width_is_the_same() -> None:
    logits = np.random.default_rng(1).normal(0.4, 1.0, 50)
    iqr = np.subtract(*np.quantile(logits, [0.75, 0.25])) / 1.34
    spread = logits.std(ddof=1)
    width = 0.9 * min(iqr, spread) * 50**-0.2
    foreign = gaussian_kde(logits, bw_method=width / spread).integrate_box_1d(-np.inf, 0.0)
    assert loss_probability(1.0 / (1.0 + np.exp(-logits)), EVENT) == pytest.approx(foreign, rel=1e-9)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Two countries whose credit access is what their stocks leave of the ceiling: 1 - stock / ceiling."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(small, "TEXT", small.TEXT.replace("\naccess =", f"\n{CREDIT} ="))
        return small.toy_study(tmp_path_factory.mktemp("toy"), windows={"AAA": (0, 40), "BBB": (10, 40)})


def test_a_loss_comes_when_the_closed_form_says(study: Any) -> None:
    """The stock passes half its ceiling of 5 when 4 * exp(-.1 * t) = 1: after 13.9 years."""
    later = make_problem(study, ["AAA", "BBB"], until=12, through=30)
    runs = runs_of_draws(study, later, [CREDIT], np.zeros((3, 3)))
    found = {iso3: credit_loss(iso3, one[CREDIT], EVENT, (12, 25)) for iso3, one in runs.items()}
    assert {iso3: one.median_year for iso3, one in found.items()} == {"AAA": 14, "BBB": 24}
    for iso3, first in (("AAA", 0), ("BBB", 10)):
        one = found[iso3]
        assert (one.years[0], one.years[-1], one.access.shape) == (first, 25, (3, 26 - first))
        closed = 1.0 - small.logistic(5.0, one.years - first) / 5.0
        np.testing.assert_allclose(one.access[0], closed, rtol=1e-3)
    assert found["AAA"].probability > found["BBB"].probability > 0.5
    assert credit_loss("AAA", runs["AAA"][CREDIT], EVENT, (8, 13)).median_year is None


@pytest.mark.slow
def test_runs_of_targets_are_those_of_paths(study: Any) -> None:
    problem = make_problem(study, ["AAA", "BBB"])
    draws = np.random.default_rng(0).normal(0.0, 0.3, (5, len(problem.layout)))
    ours = runs_of_draws(study, problem, ["stock"], draws)
    theirs = paths(problem, ["stock"], {"AAA": 0, "BBB": 10}, draws)
    assert list(ours) == list(theirs)
    for iso3 in ours:
        xr.testing.assert_allclose(ours[iso3], theirs[iso3], rtol=1e-12)


def test_losses_are_ordered_from_the_likeliest(study: Any) -> None:
    found = {
        iso3: credit_loss(iso3, made({1982: level}), EVENT, WINDOW)
        for iso3, level in (("IND", 0.8), ("BRA", 0.2), ("ARG", 0.2), ("KOR", 0.7))
    }
    assert [one.iso3 for one in ordered(found)] == ["ARG", "BRA", "KOR", "IND"]
