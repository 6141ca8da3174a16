"""Hindcasts: errors by hand, what a forecast may know, and how countries are pooled."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from latecomer.data.observations import Observations
from latecomer.errors import InputError
from latecomer.evaluation.hindcast import HindcastScore, held_out_log_scores, hindcast_scores, pooled
from latecomer.inference.baselines import NAIVE
from latecomer.inference.proper_scores import crps_normal
from latecomer.study.targets import Targets, load_targets
from tests.outcomes import FORECAST

YEARS = np.arange(1960, 1991)
LINE = YEARS - 1960.0


def target(
    series: str = "log output", transformation: str = "none", observation: str = "observed"
) -> dict[str, Any]:
    on = "log" if transformation == "log" else "level"
    error = {"scale": 0.5, "on": on, "family": "normal"}
    named = {"series": series, "variable": "modelled", "observation": observation}
    return {**named, "transformation": transformation, "error": error}


def study_of(
    figures: np.ndarray,
    years: np.ndarray = YEARS,
    until: int | None = None,
    *more: dict[str, Any],
    **asked: Any,
) -> Any:
    rows = {"iso3": "AAA", "year": years.astype(int), "variable": "observed", "value": figures}
    observations = Observations(pd.DataFrame(rows))
    content = {"window": {"start": 1960, "end": 2018}, "target": [target(**asked), *more]}
    return SimpleNamespace(
        observations=observations if until is None else observations.cut(until),
        targets=Targets.model_validate(content),
    )


def run(values: np.ndarray) -> xr.Dataset:
    dims = ("draw", "time") if values.ndim == 2 else ("time",)
    return xr.Dataset({"modelled": (dims, values)}, coords={"time": YEARS.astype(float)})


ASKED: dict[str, Any] = {"cut_off": 1979, "end": 1990, "series": ["log output"]}


def test_errors_by_hand() -> None:
    # figures go on along their line, the run is 3 above them before and 5 after the cut-off
    values = np.where(YEARS <= 1979, LINE + 3.0, LINE + 5.0)
    (score,) = hindcast_scores(study_of(LINE), "AAA", run(values), **ASKED)
    assert (score.start, score.end, score.n) == (1980, 1990, 11)
    assert score.rmse == pytest.approx(5.0)
    assert score.rebased == pytest.approx(2.0)
    # squares of 1 to 11 add up to 506
    assert score.naive["no change"] == pytest.approx(np.sqrt(506 / 11))
    assert score.naive["half drift"] == pytest.approx(np.sqrt(506 / 11) / 2)
    assert score.naive["random walk with drift"] == pytest.approx(0.0, abs=1e-9)
    assert set(score.naive) == set(NAIVE)
    assert score.crps is score.crps_rebased is score.crps_naive is None


def test_a_logarithm_is_scored_as_one() -> None:
    figures = np.exp(0.05 * LINE)
    (score,) = hindcast_scores(study_of(figures, transformation="log"), "AAA", run(2.0 * figures), **ASKED)
    assert score.rmse == pytest.approx(np.log(2.0))
    assert score.rebased == pytest.approx(0.0, abs=1e-12)
    assert score.naive["random walk with drift"] == pytest.approx(0.0, abs=1e-9)


def test_what_came_later_does_not_move_a_naive_forecast() -> None:
    noise = np.random.default_rng(0).normal(0.0, 1.0, 31)
    shifted = np.where(YEARS <= 1979, noise, noise + 100.0)
    (plain,) = hindcast_scores(study_of(noise), "AAA", run(noise), **ASKED)
    (moved,) = hindcast_scores(study_of(shifted), "AAA", run(shifted), **ASKED)
    assert plain.rmse == moved.rmse == 0.0
    for name, one in plain.naive.items():
        # forecasts stand where they stood: all errors are about a hundred
        assert moved.naive[name] == pytest.approx(100.0, abs=one + 3.0)


def test_a_forecast_starts_from_the_last_figure_there_is() -> None:
    # the figure of 1979 is missing, that of 1978 is 18
    held = YEARS[YEARS != 1979]
    (score,) = hindcast_scores(study_of(held - 1960.0, held), "AAA", run(LINE + 4.0), **ASKED)
    assert score.rebased == pytest.approx(0.0, abs=1e-12)
    # errors 2 to 12, whose squares add up to 649
    assert score.naive["no change"] == pytest.approx(np.sqrt(649 / 11))


def test_draws_are_scored_as_a_distribution() -> None:
    draws = LINE + 2.0 + stats.norm.ppf((np.arange(2000) + 0.5) / 2000)[:, None]
    (score,) = hindcast_scores(study_of(LINE), "AAA", run(draws), **ASKED)
    (single,) = hindcast_scores(study_of(LINE), "AAA", run(draws.mean(axis=0)), **ASKED)
    assert score.rmse == pytest.approx(single.rmse)
    assert score.crps is not None
    assert score.crps_rebased is not None
    assert score.crps_naive is not None
    # a normal about a mean 2 off, of variance 1 + .5**2
    assert score.crps == pytest.approx(float(crps_normal(2.0, 0.0, np.sqrt(1.25))), abs=0.01)
    # rebased, each draw meets the figures, and the error of size .5 is left: .5 (sqrt(2) - 1) / sqrt(pi)
    assert score.crps_rebased == pytest.approx(0.5 * 0.2337, abs=0.005)
    assert score.crps_naive["random walk with drift"] == pytest.approx(0.0, abs=1e-9)
    # figures on a line leave the walk no spread: half the drift costs half of 1 to 11
    assert score.crps_naive["half drift"] == pytest.approx(3.0)


def test_variants_are_weighed_by_the_density_of_what_came() -> None:
    # errors of 0 to 10 halves about the run, each of size one half
    values = np.where(YEARS <= 1979, LINE, LINE + 0.5 * (YEARS - 1980))
    scores = held_out_log_scores(study_of(LINE), "AAA", run(values), **ASKED)
    assert list(scores) == [("log output", year) for year in range(1980, 1991)]
    expected = stats.norm.logpdf(np.arange(11)) + np.log(2.0)
    assert list(scores.values()) == pytest.approx(expected)


def test_draws_and_their_sizes_make_a_mixture() -> None:
    draws = np.stack([LINE, LINE + 4.0])
    sizes = {"log output": np.array([1.0, 2.0])}
    scores = held_out_log_scores(study_of(LINE), "AAA", run(draws), sizes=sizes, **ASKED)
    density = (stats.norm.pdf(0.0) + stats.norm.pdf(4.0, 0.0, 2.0)) / 2
    assert list(scores.values()) == pytest.approx([np.log(density)] * 11)


def test_a_run_that_starts_after_the_cut_off_cannot_be_rebased() -> None:
    late = run(LINE).sel(time=slice(1980.0, None))
    (score,) = hindcast_scores(study_of(LINE), "AAA", late, **ASKED)
    assert score.rebased is None
    assert score.rmse == 0.0


def test_an_explosive_history_is_told() -> None:
    (score,) = hindcast_scores(study_of(1.1**LINE), "AAA", run(1.1**LINE), **ASKED)
    assert score.notes == {"AR(1)": "persistence 1.100 limited to 1"}
    assert score.as_dict()["notes"] == score.notes


@pytest.mark.parametrize(("cut_off", "end"), [(1962, 1990), (1987, 1990), (1979, 1983)])
def test_a_series_of_too_few_figures_is_left_out(cut_off: int, end: int) -> None:
    found = hindcast_scores(study_of(LINE), "AAA", run(LINE), cut_off, end, series=["log output"])
    assert found == []


def test_the_judged_series_are_targets_of_the_reference_study(root: Any) -> None:
    known = {one.series for one in load_targets(root / "calibration" / "targets.toml").targets}
    assert set(FORECAST.series) <= known


def test_all_targets_are_scored_when_asked() -> None:
    others = (target("another"), target("missing", observation="never observed"))
    study = study_of(LINE, YEARS, None, *others)
    scores = hindcast_scores(study, "AAA", run(LINE), 1979, 1990, series=None)
    assert [score.series for score in scores] == ["log output", "another"]


def test_an_end_before_the_cut_off_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        hindcast_scores(study_of(LINE), "AAA", run(LINE), 1979, 1979)
    assert str(caught.value) == (
        "hindcast: got the end 1979; expected a year after 1979. Cure: choose a later year."
    )


def test_an_unknown_series_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        hindcast_scores(study_of(LINE), "AAA", run(LINE), 1979, 1990, series=["output"])
    assert str(caught.value) == (
        "hindcast: got the series 'output'; expected one of log output. Cure: mend the name."
    )


def test_observations_that_end_before_the_forecast_are_refused() -> None:
    with pytest.raises(InputError, match=r"AAA, observed: got the year 1990; expected a year up to 1985"):
        hindcast_scores(study_of(LINE, until=1985), "AAA", run(LINE), **ASKED)


def score_of(iso3: str, size: float, naive: dict[str, float], **more: Any) -> HindcastScore:
    cut_off = more.pop("cut_off", 1979)
    rebased = more.pop("rebased", size / 2)
    return HindcastScore(iso3, "log output", cut_off, 1980, 1990, 11, size, rebased, naive, **more)


def test_countries_are_pooled_by_root_mean_square_and_the_best_naive_is_one_for_all() -> None:
    # each naive forecast is best in one country; pooled, sqrt((1 + 49) / 2) = 5 beats sqrt((64 + 36) / 2)
    scores = [score_of("AAA", 3.0, {"a": 1.0, "b": 8.0}), score_of("BBB", 4.0, {"a": 7.0, "b": 6.0})]
    (one,) = pooled(scores)
    assert (one.best, one.n, one.cut_off) == ("a", 2, 1979)
    assert one.naive == pytest.approx({"a": 5.0, "b": np.sqrt(50)})
    assert one.rmse == pytest.approx(np.sqrt(12.5))
    assert one.ratio == pytest.approx(np.sqrt(12.5) / 5)
    assert one.ratio_rebased == pytest.approx(np.sqrt(12.5) / 10)
    assert one.as_dict()["best"] == "a"


def test_a_country_that_cannot_be_rebased_leaves_no_rebased_pool() -> None:
    scores = [score_of("AAA", 3.0, {"a": 1.0}), score_of("BBB", 4.0, {"a": 7.0}, rebased=None)]
    (one,) = pooled(scores)
    assert one.rebased is one.ratio_rebased is None


def test_a_naive_forecast_without_error_is_not_beaten() -> None:
    assert pooled([score_of("AAA", 3.0, {"a": 0.0})])[0].ratio == np.inf


def test_the_order_of_countries_changes_nothing() -> None:
    scores = [score_of(f"A{i}", 0.1 * i, {"a": 1.0 / (1 + i)}) for i in range(9)]
    assert pooled(scores) == pooled(scores[::-1])


def test_no_scores_are_no_series() -> None:
    assert pooled([]) == []


def test_a_country_twice_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        pooled([score_of("AAA", 3.0, {"a": 1.0})] * 2)
    assert str(caught.value) == (
        "hindcast, log output: got AAA twice; expected each country once. Cure: pool one run of each."
    )


def test_cut_offs_are_not_mixed() -> None:
    with pytest.raises(InputError) as caught:
        pooled([score_of("AAA", 3.0, {"a": 1.0}), score_of("BBB", 3.0, {"a": 1.0}, cut_off=1973)])
    assert str(caught.value) == (
        "hindcast, log output: got the cut-offs 1973, 1979; expected one. Cure: pool each cut-off by itself."
    )
