"""Summaries: the figures of the same runs' paths, none of which is kept; every run that failed is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr

from latecomer.errors import InputError
from latecomer.simulate import Event, Model
from latecomer.simulate.summary import Summary
from tests.simulate.risky import DRAWS, RISKY, VARIABLES, boosts

Make = Callable[[str], Model]
CASES: dict[str, Any] = {
    "north": {"parameters": {"start": 2.0}},
    "south": {"drivers": {"support": ([0, 1, 4], [0.0, 0.5, 0.1])}},
}
QUANTILES = (0.0, 0.05, 0.5, 0.95, 1.0)
EVENTS = {
    "low": Event("Level", below=1.5),
    "ahead": Event("GAP", above=1.0, start=1, end=3),
    "out of bounds": Event("Shock", below=-0.3, above=0.3, start=2),
}
SHARED: dict[str, Any] = {"seed": 7, "cases": CASES}
PARAMETERS = {"boost": boosts(), "start": np.linspace(1.0, 3.0, DRAWS)}


@pytest.fixture(scope="module")
def model(model_of: Make) -> Model:
    return model_of(RISKY)


@pytest.fixture(scope="module")
def paths(model: Model) -> xr.Dataset:
    return model.ensemble(DRAWS, variables=[*VARIABLES, "Shock"], parameters=PARAMETERS, **SHARED)


@pytest.fixture(scope="module")
def found(model: Model) -> Summary:
    return model.summarise(
        DRAWS, variables=VARIABLES, parameters=PARAMETERS, quantiles=QUANTILES, events=EVENTS, **SHARED
    )


@pytest.fixture(scope="module")
def good(paths: xr.Dataset) -> xr.Dataset:
    """The runs that stayed finite; here the same in both cases."""
    finite = np.isnan(paths["failed"].to_numpy())
    assert np.array_equal(finite[0], finite[1])
    return paths.isel(draw=np.flatnonzero(finite[0]))


def test_moments_are_those_of_the_paths(found: Summary, good: xr.Dataset) -> None:
    for name in VARIABLES:
        values = good[name].to_numpy()
        expected = {
            "mean": values.mean(axis=1),
            "standard deviation": values.std(axis=1, ddof=1),
            "minimum": values.min(axis=1),
            "maximum": values.max(axis=1),
        }
        assert found.moments["statistic"].to_numpy().tolist() == list(expected)
        for statistic, by_numpy in expected.items():
            # at the first time some have no spread but for rounding
            ours = found.moments[name].sel(statistic=statistic)
            np.testing.assert_allclose(ours, by_numpy, rtol=1e-12, atol=1e-14, err_msg=f"{name} {statistic}")


def test_quantiles_are_as_near_as_said_to_those_of_the_paths(found: Summary, good: xr.Dataset) -> None:
    assert found.accuracy == 2.5e-4
    for name in VARIABLES:
        for share in QUANTILES:
            exact = np.quantile(good[name].to_numpy(), share, axis=1, method="inverted_cdf")
            ours = found.quantiles[name].sel(quantile=share)
            np.testing.assert_allclose(ours, exact, rtol=found.accuracy * (1 + 1e-9), atol=1e-12)


def test_a_finer_accuracy_is_kept_too(model: Model, good: xr.Dataset) -> None:
    fine = model.summarise(
        DRAWS, variables=VARIABLES, parameters=PARAMETERS, quantiles=[0.3], accuracy=1e-5, **SHARED
    )
    exact = np.quantile(good["Level"].to_numpy(), 0.3, axis=1, method="inverted_cdf")
    np.testing.assert_allclose(fine.quantiles["Level"].sel(quantile=0.3), exact, rtol=1e-5 * (1 + 1e-9))


def test_events_are_counted_from_the_first_time_they_happen(found: Summary, good: xr.Dataset) -> None:
    times = good["time"].to_numpy()
    level, gap, shock = (good[name].to_numpy() for name in ("Level", "gap", "Shock"))
    holds = {
        "low": level < 1.5,
        "ahead": (gap > 1.0) & (times >= 1) & (times <= 3),
        "out of bounds": (np.abs(shock) > 0.3) & (times >= 2),
    }
    assert found.events.dims == ("event", "case", "time")
    assert found.events["event"].to_numpy().tolist() == list(EVENTS)
    for name, now in holds.items():
        happened = [(now[:, :, : i + 1].any(axis=2)).mean(axis=1) for i in range(times.size)]
        np.testing.assert_allclose(found.events.sel(event=name), np.transpose(happened), rtol=1e-14)
        assert 0.01 < float(found.events.sel(event=name)[0, -1]) < 0.999


def test_runs_that_failed_are_listed_with_time_and_parameters(found: Summary, paths: xr.Dataset) -> None:
    boost = boosts()
    planted = np.flatnonzero(boost > 1)
    assert found.draws == DRAWS
    assert found.failed == len(found.failures) == 2 * len(planted)
    assert found.finite.to_numpy().tolist() == [DRAWS - len(planted)] * 2
    assert list(found.failures.columns) == ["case", "draw", "time", "boost", "start"]
    assert found.failures["case"].tolist() == ["north"] * len(planted) + ["south"] * len(planted)
    for case, rows in found.failures.groupby("case"):
        assert rows["draw"].tolist() == planted.tolist()
        np.testing.assert_array_equal(rows["boost"], boost[planted])
        # the case goes before what all cases share
        start = np.full(DRAWS, 2.0) if case == "north" else PARAMETERS["start"]
        np.testing.assert_array_equal(rows["start"], start[planted])
        np.testing.assert_array_equal(rows["time"], paths["failed"].sel(case=case)[planted])


@pytest.mark.slow
def test_a_failure_run_again_alone_fails_alike(model: Model, found: Summary) -> None:
    row = found.failures.iloc[0]
    with pytest.raises(InputError, match=rf"'Wealth' = (inf|nan) at {row['time']:g}; expected finite"):
        model.run(
            parameters={"boost": row["boost"], "start": row["start"]},
            noise=True,
            seed=7,
            draw=int(row["draw"]),
            backend="numpy",
        )


def test_without_cases_there_is_no_dimension_for_them(model: Model) -> None:
    one = model.summarise(2, seed=7, events={"low": EVENTS["low"]})
    assert one.moments["Level"].dims == ("statistic", "time")
    assert one.moments["Output"].dims == ("statistic", "time", "Sector")
    assert one.quantiles["Level"].dims == ("quantile", "time")
    assert one.events.dims == ("event", "time")
    assert one.finite.dims == ()
    assert int(one.finite) == 2
    assert one.failed == 0
    assert list(one.failures.columns) == ["draw", "time"]
    paths = model.ensemble(2, seed=7)
    np.testing.assert_allclose(one.moments["Output"][0], paths["Output"].mean("draw"), rtol=1e-12)
    assert one.moments["Level"].attrs == paths["Level"].attrs


def test_one_run_has_a_mean_and_no_spread(model: Model) -> None:
    one = model.summarise(1, seed=7, variables=["Level"])
    path = model.run(noise=True, seed=7, backend="numpy")["Level"]
    np.testing.assert_allclose(one.moments["Level"].sel(statistic="mean"), path, rtol=1e-12)
    assert np.isnan(one.moments["Level"].sel(statistic="standard deviation")).all()


def test_where_every_run_fails_there_are_no_figures(model: Model) -> None:
    none = model.summarise(
        3, parameters={"boost": 50.0}, variables=["Wealth"], events={"rich": Event("Wealth", above=2)}
    )
    assert (none.failed, int(none.finite)) == (3, 0)
    for figures in (none.moments["Wealth"], none.quantiles["Wealth"], none.events):
        assert np.isnan(figures).all()
    assert none.failures["draw"].tolist() == [0, 1, 2]


def test_nothing_grows_with_the_number_of_runs(model: Model) -> None:
    """Twenty times the runs: what is kept is the same."""
    import tracemalloc

    peaks = []
    for draws in (512, 10_240):
        model.summarise(draws, variables=["Level"], noise=False, workers=1)
        tracemalloc.start()
        model.summarise(draws, variables=["Level"], noise=False, workers=1)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            {"quantiles": [0.5, 95]},
            "quantiles: got 95; expected shares from 0 to 1. Cure: write 0.05 for 5 %.",
        ),
        (
            {"accuracy": 0.0},
            "accuracy: got 0; expected a number between 0 and 0.5. Cure: take 0.001 or less.",
        ),
        (
            {"workers": -1},
            "workers: got -1; expected at least 1. Cure: leave it out to use every core.",
        ),
        (
            {
                "events": {
                    "typo": Event("Levle", below=1),
                    "open": Event("Level"),
                    "later": Event("Level", above=1, start=5, end=6),
                    "brief": Event("Level", above=1, start=1.1, end=1.2),
                }
            },
            (
                "event 'typo': got the variable 'Levle'; expected the name of a variable. "
                "Cure: write the nearest name: 'Level'.\n"
                "event 'open': got no threshold; expected below or above, or both. "
                "Cure: give below=0.5, say.\n"
                "event 'later': got the years 5 to 6; expected years with a saved time between 0 and 4. "
                "Cure: correct start and end.\n"
                "event 'brief': got the years 1.1 to 1.2; expected years with a saved time between 0 and 4. "
                "Cure: correct start and end."
            ),
        ),
    ],
)
def test_bad_input_is_refused(model: Model, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as caught:
        model.summarise(2, **arguments)
    assert str(caught.value) == words
