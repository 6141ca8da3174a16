"""Bands of runs: known distributions, calibration, and what enters them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from latecomer.data.observations import Observations
from latecomer.errors import InputError
from latecomer.inference.bands import band_scores, pooled_coverage, stated_coverage
from latecomer.inference.baselines import NAIVE
from latecomer.inference.predictive import (
    BLOCK,
    ErrorLaw,
    paths,
    predictive_log_density,
    predictive_paths,
    predictive_probability,
)
from latecomer.inference.problem import make_problem
from latecomer.study.targets import Targets
from tests.inference.small import logistic, toy_study

LAWS = {
    "normal": (ErrorLaw(), stats.norm()),
    "student": (ErrorLaw("student", 5.0), stats.t(5.0)),
    "laplace": (ErrorLaw("laplace"), stats.laplace()),
}
YEARS = np.arange(1960, 1991)
RUNS = arrays(np.float64, (4, 3), elements=st.floats(-10, 10))


@pytest.mark.parametrize("name", LAWS)
def test_a_law_is_the_distribution_of_scipy(name: str) -> None:
    law, foreign = LAWS[name]
    errors = np.array([-3.0, -0.2, 0.0, 1.5])
    assert law.probability(errors) == pytest.approx(foreign.cdf(errors))
    assert law.log_density(errors) == pytest.approx(np.log(foreign.pdf(errors)))
    assert law.quantile(foreign.cdf(errors)) == pytest.approx(errors, abs=1e-9)


@pytest.mark.parametrize("name", LAWS)
def test_the_quantile_of_the_error_of_one_run_has_its_probability(name: str) -> None:
    law, foreign = LAWS[name]
    for level in (0.1, 0.5, 0.9):
        figures = np.array([1.0, 5.0]) + 2.0 * foreign.ppf(level)
        assert predictive_probability(figures, np.array([[1.0, 5.0]]), 2.0, law) == pytest.approx(level)


def test_normal_runs_with_a_normal_error_are_a_wider_normal() -> None:
    levels = np.array([0.1, 0.5, 0.9])
    runs = 3.0 * stats.norm.ppf((np.arange(4000) + 0.5) / 4000)[:, None] + 7.0
    figures = stats.norm.ppf(levels, 7.0, 5.0)
    assert predictive_probability(figures, runs, 4.0, ErrorLaw()) == pytest.approx(levels, abs=0.001)


@given(RUNS, st.sampled_from(list(LAWS)), st.floats(0.3, 5))
def test_the_log_score_is_the_slope_of_the_probability(runs: np.ndarray, name: str, size: float) -> None:
    law, sizes = LAWS[name][0], np.linspace(size, 2 * size, 4)
    figures, step = np.array([-1.0, 0.123, 4.0]), 1e-5
    above, below = (predictive_probability(figures + h, runs, sizes, law) for h in (step, -step))
    density = np.exp(predictive_log_density(figures, runs, sizes, law))
    assert density == pytest.approx((above - below) / (2 * step), abs=1e-4)


def test_without_error_the_probability_is_the_share_of_runs_below() -> None:
    runs = np.arange(11.0)[:, None]
    assert predictive_probability(np.array([2.5]), runs, 1e-9, ErrorLaw()) == pytest.approx(3 / 11)


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("autocorrelation", [0.0, 0.8])
def test_each_year_of_a_path_has_the_law_whatever_the_autocorrelation(
    name: str, autocorrelation: float
) -> None:
    law, foreign = LAWS[name]
    law = ErrorLaw(law.family, law.degrees, autocorrelation)
    years = np.array([1970.0, 1971.0, 1973.0])
    paths = predictive_paths(np.full((1, 3), 2.0), 0.5, law, years, 20_000)
    for errors in paths.T:
        assert stats.kstest((errors - 2.0) / 0.5, foreign.cdf).pvalue > 0.01


def test_errors_fade_by_the_year_not_by_the_figure() -> None:
    years = np.array([1970.0, 1971.0, 1973.0])
    paths = predictive_paths(np.zeros((1, 3)), 1.0, ErrorLaw("normal", 0.0, 0.8), years, 200_000)
    found = np.corrcoef(paths.T)
    assert (found[0, 1], found[1, 2], found[0, 2]) == pytest.approx((0.8, 0.8**2, 0.8**3), abs=0.01)


def test_paths_keep_to_their_runs_and_sizes() -> None:
    paths = predictive_paths(np.array([[0.0], [100.0]]), np.array([0.0, 1.0]), ErrorLaw(), YEARS[:1], 500)
    assert paths[:500].tolist() == [[0.0]] * 500
    assert paths[500:].mean() == pytest.approx(100.0, abs=0.2)
    assert paths[500:].std() == pytest.approx(1.0, abs=0.1)


def target(
    transformation: str = "none",
    on: str = "level",
    scale: float = 1.0,
    observation: str = "observed",
    **own: Any,
) -> dict[str, Any]:
    return {
        "series": "a series",
        "variable": "modelled",
        "observation": observation,
        "transformation": transformation,
        "error": {"scale": scale, "on": on, "family": "normal"},
        **own,
    }


def study_of(figures: np.ndarray, years: np.ndarray, one: dict[str, Any]) -> Any:
    rows = {"iso3": "AAA", "year": years.astype(int), "variable": "observed", "value": figures}
    targets = Targets.model_validate({"window": {"start": 1960, "end": 1990}, "target": [one]})
    return SimpleNamespace(observations=Observations(pd.DataFrame(rows)), targets=targets)


def toy_runs(values: np.ndarray) -> xr.Dataset:
    """Runs over (draw, time) of all years, or one run."""
    dims = ("draw", "time") if values.ndim == 2 else ("time",)
    return xr.Dataset({"modelled": (dims, values)}, coords={"time": YEARS.astype(float)})


def test_coverage_by_hand() -> None:
    # errors 0, 1, 2, 3, 4 of size 1: the 80 % band of a normal reaches to 1.28
    years = np.arange(1970, 1975)
    (score,) = band_scores(study_of(np.arange(5.0), years, target()), "AAA", toy_runs(np.zeros(31)))
    assert (score.inside, score.n, score.coverage) == (2, 5, 0.4)
    assert (score.start, score.end) == (1970, 1974)
    assert score.low < 0.4 < score.high
    assert score.naive is None


@pytest.mark.slow
def test_figures_that_follow_the_forecast_are_covered_as_often_as_the_band_says() -> None:
    generator = np.random.default_rng(0)
    scores = []
    for _ in range(60):
        runs = generator.normal(0.0, 2.0, (200, 31))
        figures = generator.normal(0.0, np.sqrt(5.0), 31)
        scores += band_scores(study_of(figures, YEARS, target()), "AAA", toy_runs(runs))
    both = pooled_coverage(scores)
    assert both.n == 60 * 31
    assert both.low < 0.8 < both.high
    # the expected CRPS of the true normal is its standard deviation over the root of pi
    assert np.mean([s.crps for s in scores]) == pytest.approx(np.sqrt(5.0 / np.pi), rel=0.03)


@pytest.mark.slow  # a long simulation; the size of levels is looked at in test_level_errors
def test_errors_that_last_longer_than_stated_are_covered_by_the_size_of_levels() -> None:
    # autocorrelation .9 where .5 is stated: with innovations of variance (1 - 2 * .5 * .9 + .25) / (1 - .25)
    # the stated size is .68 of the true one, and its 80 % band holds 2 * Phi(1.2816 * .68) - 1 = 62 %
    generator, scores = np.random.default_rng(1), []
    size = np.sqrt((1.0 - 2.0 * 0.5 * 0.9 + 0.25) / 0.75)
    for _ in range(300):
        figures = generator.standard_normal(31)
        for t in range(1, 31):
            figures[t] = 0.9 * figures[t - 1] + np.sqrt(1.0 - 0.81) * figures[t]
        study = study_of(figures, YEARS, target())
        scores += band_scores(study, "AAA", toy_runs(np.zeros(31)), {"a series": size}, crossed=True)
    assert stated_coverage(scores) == pytest.approx(0.62, abs=0.03)
    # about its mean of half of the years an error looks smaller than it is: below .8, and well above .62
    assert 0.68 < pooled_coverage(scores).share < 0.8


def test_the_size_of_a_band_may_change_with_the_year() -> None:
    sizes = np.array([[1.0, 5.0]])
    edges = sizes[0] * stats.norm.ppf(0.9)
    assert predictive_probability(edges, np.zeros((1, 2)), sizes, ErrorLaw()) == pytest.approx(0.9)
    assert np.array_equal(
        predictive_paths(np.ones((1, 2)), 0.0 * sizes, ErrorLaw(), YEARS[:2], 3), np.ones((3, 2))
    )


def test_bands_whose_sizes_were_given_have_no_second_share() -> None:
    study = study_of(np.arange(5.0), np.arange(1970, 1975), target())
    assert np.isnan(stated_coverage(band_scores(study, "AAA", toy_runs(np.zeros(31)))))


def test_the_size_of_the_error_can_be_drawn_with_the_runs() -> None:
    study = study_of(np.full(31, 3.0), YEARS, target())
    runs = toy_runs(np.zeros((2, 31)))
    narrow, wide = (
        band_scores(study, "AAA", runs, {"a series": np.array([1.0, size])})[0] for size in (1.0, 50.0)
    )
    assert (narrow.coverage, wide.coverage) == (0.0, 1.0)


def test_bands_do_not_depend_on_the_unit_of_a_logarithm() -> None:
    figures = np.exp(np.random.default_rng(0).normal(0.0, 0.1, 31))
    scores = [
        band_scores(
            study_of(unit * figures, YEARS, target("log", "log", 0.1)), "AAA", toy_runs(np.full(31, unit))
        )[0]
        for unit in (1.0, 1000.0)
    ]
    assert scores[0].inside == scores[1].inside
    assert scores[0].crps == pytest.approx(scores[1].crps)


def test_an_error_of_the_logarithm_is_scored_on_the_level_of_the_target() -> None:
    # a run of 10 with a small error of the logarithm is a run of 10 with an error ten times that
    figures = np.full(31, 10.5)
    on_log, on_level = (
        band_scores(study_of(figures, YEARS, one), "AAA", toy_runs(np.full(31, 10.0)))[0]
        for one in (target("none", "log", 0.001), target("none", "level", 0.01))
    )
    assert on_log.crps == pytest.approx(on_level.crps, rel=1e-3)


def test_a_forecast_is_held_against_naive_ones_that_know_nothing_later() -> None:
    figures = np.where(YEARS <= 1980, YEARS - 1960.0, 999.0)
    study = study_of(figures, YEARS, target())
    (score,) = band_scores(study, "AAA", toy_runs(YEARS - 1960.0), after=1980)
    assert (score.start, score.end, score.n) == (1981, 1990, 10)
    assert score.naive is not None
    assert set(score.naive) == set(NAIVE)
    # the drift goes on from 20 to 30 for certain
    assert score.naive["random walk with drift"] == pytest.approx(np.mean(999.0 - np.arange(21.0, 31.0)))
    assert score.as_dict()["naive"] == score.naive


def test_figures_after_until_are_not_scored() -> None:
    study = study_of(np.zeros(31), YEARS, target())
    (score,) = band_scores(study, "AAA", toy_runs(np.zeros(31)), until=1970)
    assert (score.start, score.end) == (1960, 1970)


@pytest.mark.parametrize(("after", "until"), [(None, 1963), (1987, None), (1962, None)])
def test_a_series_of_too_few_figures_is_left_out(after: int | None, until: int | None) -> None:
    study = study_of(np.zeros(31), YEARS, target())
    assert band_scores(study, "AAA", toy_runs(np.zeros(31)), after=after, until=until) == []


def test_a_series_that_a_country_lacks_is_left_out() -> None:
    study = study_of(np.zeros(31), YEARS, target(observation="another"))
    assert band_scores(study, "AAA", toy_runs(np.zeros(31))) == []


def test_a_country_may_have_a_window_and_a_size_of_its_own() -> None:
    own = {"AAA": {"window": {"start": 1970, "end": 1979}, "scale": 10.0}}
    figures = np.full(31, 3.0)
    whole, part = (
        band_scores(study_of(figures, YEARS, target(country=one)), "AAA", toy_runs(np.zeros(31)))[0]
        for one in ({}, own)
    )
    assert (whole.start, whole.end, whole.coverage) == (1960, 1990, 0.0)
    assert (part.start, part.end, part.coverage) == (1970, 1979, 1.0)


def test_runs_without_the_variable_are_refused() -> None:
    study = study_of(np.zeros(31), YEARS, target())
    with pytest.raises(InputError) as caught:
        band_scores(study, "AAA", toy_runs(np.zeros(31)).rename(modelled="other"))
    assert str(caught.value) == (
        "targets.toml, a series: got runs without 'modelled'; expected runs that hold it. "
        "Cure: save this variable too."
    )


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (
            lambda: ErrorLaw("cauchy"),  # type: ignore[arg-type]
            "got the family 'cauchy'; expected normal, student or laplace. Cure: mend the name.",
        ),
        (
            lambda: ErrorLaw("student"),
            "got 0.0 degrees of freedom; expected more than none. Cure: name them.",
        ),
        (
            lambda: ErrorLaw(autocorrelation=1.0),
            (
                "got an autocorrelation of 1.0; expected one between -1 and 1. "
                "Cure: take the differences of the figures."
            ),
        ),
    ],
)  # fmt: skip
def test_laws_that_are_refused(ask: Callable[[], object], words: str) -> None:
    with pytest.raises(InputError) as caught:
        ask()
    assert str(caught.value) == f"error: {words}"


def test_no_scores_have_no_coverage() -> None:
    with pytest.raises(InputError, match="coverage: got no figure"):
        pooled_coverage([])


# Runs of draws are the runs of each draw alone, in the years of its own country


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("toy")
    return toy_study(folder, windows={"AAA": (0, 40), "BBB": (10, 40)})


@pytest.mark.slow
def test_runs_of_draws_are_those_of_each_alone(study: Any) -> None:
    problem = make_problem(study, ["AAA", "BBB"])
    drawn = 0.5 * np.random.default_rng(3).standard_normal((BLOCK + 3, 3))
    found = paths(problem, ["stock"], {"AAA": 0, "BBB": 10}, drawn)
    assert list(found) == ["AAA", "BBB"]
    for z, k in ((drawn[0], 0), (drawn[BLOCK], BLOCK), (drawn[-1], BLOCK + 2)):
        shared, by_country = problem.layout.split(z)
        for iso3, first in (("AAA", 0), ("BBB", 10)):
            run = found[iso3]["stock"].sel(draw=k, time=slice(first, 40))
            values = {"initial stock": 1.0, **shared, **by_country[iso3]}
            alone = study.model.run(
                years=(first, 40), method="heun", dt=0.25, parameters=values, backend="numpy"
            )
            np.testing.assert_allclose(run, alone["stock"].sel(time=run["time"]), rtol=1e-10)
            closed = logistic(values["ceiling"], run["time"].to_numpy() - first, values["growth rate"])
            np.testing.assert_allclose(run, closed, rtol=1e-3)


def test_paths_are_over_draws_and_the_years_from_each_start(study: Any) -> None:
    problem = make_problem(study, ["AAA", "BBB"])
    found = paths(problem, ["stock"], {"AAA": 0, "BBB": 10}, np.zeros((2, 3)))
    assert dict(found["AAA"]["stock"].sizes) == {"draw": 2, "time": 41}
    assert found["BBB"]["time"].values[[0, 30]].tolist() == [10.0, 40.0]
    np.testing.assert_array_equal(found["AAA"]["stock"][0], found["AAA"]["stock"][1])


def test_countries_come_in_the_order_of_the_fit(study: Any) -> None:
    problem = make_problem(study, ["BBB", "AAA"])
    z = np.array([[0.0, 1.0, -1.0]])
    found = paths(problem, ["stock"], {"AAA": 0, "BBB": 10}, z)
    assert list(found) == ["BBB", "AAA"]
    assert float(found["BBB"]["stock"][0, 30]) > float(found["AAA"]["stock"][0, 40])
