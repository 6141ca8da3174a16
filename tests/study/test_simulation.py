"""Runs of a study: what they read, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from latecomer.data.lock import write_lock
from latecomer.errors import InputError
from latecomer.runs.store import run_manifest, save_run
from latecomer.simulate import Event
from latecomer.study.study import Study


def test_a_run_reads_no_outcome_of_the_country(whole: Study, copied: Path) -> None:
    study = Study(copied)
    driving = {source.variable for source in study.drivers.sources.values() if source.iso3 == "country"}
    table = copied / "calibration" / "observations" / "BRA.csv"
    header, *lines = table.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if re.match(r"BRA,\d+,([^,]+),", line)[1] in driving]  # type: ignore[index]
    assert 0 < len(kept) < len(lines)
    table.write_text("\n".join([header, *kept]) + "\n", encoding="utf-8", newline="\n")
    write_lock(table.parent)
    xr.testing.assert_identical(Study(copied).run("BRA"), whole.run("BRA"))


def test_a_run_spans_the_window_and_says_what_it_is(whole: Study) -> None:
    run = whole.run("KOR")
    window = whole.countries["KOR"].window
    assert (run["time"][0], run["time"][-1]) == (window.start, window.end)
    variant = "discipline in the export push"
    called = {"country": "KOR", "scenario": "none", "fit": "reference", "variant": variant}
    assert run.attrs.pop("largest residual of the books") < 1e-9
    assert run.attrs == called | {"method": "rk4", "dt": 0.125}
    assert run["output"].attrs["units"] == "billion dollars/Year"
    assert run["output"].attrs["long_name"]


@pytest.mark.slow
def test_the_fit_and_what_is_set_reach_the_run(whole: Study) -> None:
    run = whole.run("KOR", parameters={"discipline time": 3.5})
    assert float(run["drawdown time"][0]) == 2.1
    assert float(run["discipline time"][0]) == 3.5
    bare = whole.run("KOR", fit=None)
    assert float(bare["drawdown time"][0]) == whole.parameters["drawdown time"].value


def test_years_step_and_method_are_those_asked_for(whole: Study) -> None:
    run = whole.run("KOR", years=(1960, 1962), dt=0.25, method="euler")
    assert run["time"].to_numpy().tolist() == [1960.0, 1961.0, 1962.0]
    finer = whole.run("KOR", years=(1960, 1962), dt=0.125, method="euler")
    assert not np.array_equal(run["output"], finer["output"])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            {"iso3": "KRO"},
            "country 'KRO': got no country file; expected one of ARG, BRA, COL, IDN",
        ),
        (
            {"iso3": "IND"},
            (
                "fit 'reference': got the country 'IND'; expected one of its countries: KOR, BRA. "
                "Cure: calibrate this country, or run it without a fit (--fit none)."
            ),
        ),
        ({"scenario": "base line"}, "scenario 'base line': got no such scenario; expected one of baseline"),
        ({"scenario": "baselin"}, "Cure: write the nearest name: 'baseline'."),
        ({"variant": "discipline"}, "variant 'discipline': got no such variant; expected one of country"),
        (
            {"variant": "discipline in learning"},
            "fit 'discipline-in-learning': got no such fit; expected one of reference.",
        ),
        ({"draws": 0}, "draws: got 0; expected a whole number from 1 to"),
        ({"draws": 2, "method": "rk4"}, "method: got 'rk4' with noise; expected 'euler' or"),
        ({"years": (1990, 1960)}, "years: got 1990 to 1960; expected a first year before the last."),
        ({"dt": 0.3}, "dt: got 0.3; expected a step that divides the span 50."),
        ({"method": "rk5"}, "method: got 'rk5'; expected 'euler' or"),
        ({"fit": "refrence"}, "fit 'refrence': got no such fit; expected one of reference."),
        (
            {"parameters": {"drawdown time": "fast"}},
            "parameter 'drawdown time': got 'fast'; expected a value",
        ),
        ({"parameters": {"drawdown time": None}}, "parameter 'drawdown time': got None; expected a value"),
    ],
)
def test_what_is_not_known_is_refused(whole: Study, asked: dict[str, object], said: str) -> None:
    with pytest.raises(InputError) as error:
        whole.run(**{"iso3": "KOR", **asked})  # type: ignore[arg-type]
    assert said in str(error.value)


@pytest.mark.slow
def test_a_run_on_disk_is_the_run(whole: Study, tmp_path: Path) -> None:
    run = whole.run("KOR", parameters={"drawdown time": 1.5})
    manifest = run_manifest(whole, run, whole.spec("KOR", parameters={"drawdown time": 1.5}))
    folder = save_run(run, manifest, tmp_path / "KOR")
    with xr.open_dataset(folder / "results.nc") as kept:
        xr.testing.assert_identical(kept.load(), run)
    assert {path.name for path in folder.iterdir()} == {"results.nc", "manifest.json"}
    assert manifest["set"] == {"drawdown time": 1.5}
    assert manifest["changed since the fit"] == []


@pytest.mark.slow
def test_a_place_that_cannot_be_written_to_is_refused(whole: Study, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="expected a folder that can be written to"):
        save_run(whole.run("KOR"), {}, tmp_path / "file" / "KOR")


# Noisy runs of a study's countries


# one span and the same variables in all, so that the program compiled for one serves the others
YEARS = (1960, 1966)
ASKED = {"years": YEARS, "variables": ["output", "exports", "demand shock"]}


@pytest.mark.slow  # with all variables, and so a program of its own; below they are few
def test_draws_leave_the_plain_run_by_their_shocks_only(whole: Study) -> None:
    runs = whole.run("KOR", draws=2, years=YEARS)
    plain = whole.run("KOR", method="euler", years=YEARS)
    assert runs["output"].dims == ("draw", "time")
    assert set(runs.data_vars) == set(plain.data_vars)
    for name in ("world demand", "drawdown time"):
        np.testing.assert_allclose(runs[name][1], plain[name], rtol=1e-12, err_msg=name)
    np.testing.assert_allclose(runs["output"][:, 0], [plain["output"][0]] * 2, rtol=1e-12)
    assert len({float(value) for value in (*runs["output"][:, -1], plain["output"][-1])}) == 3


@pytest.mark.slow  # cases side by side are looked at in tests/simulate/test_members.py
def test_countries_side_by_side_are_the_countries_alone_with_the_same_shocks(whole: Study) -> None:
    both = whole.ensemble(["KOR", "BRA"], 3, seed=4, **ASKED)
    assert both["output"].dims == ("case", "draw", "time")
    alone = whole.ensemble(["BRA"], 3, seed=4, **ASKED)
    np.testing.assert_array_equal(both["output"].sel(case="BRA"), alone["output"].sel(case="BRA"))
    assert not np.array_equal(both["output"].sel(case="BRA"), both["output"].sel(case="KOR"))
    shocks = both["demand shock"]
    assert float(np.abs(shocks[:, :, -1]).min()) > 0
    one, other = shocks[0] / shocks[0, 0, -1], shocks[1] / shocks[1, 0, -1]
    np.testing.assert_allclose(one, other, rtol=1e-9)


@pytest.mark.slow
def test_a_summary_is_that_of_the_paths(whole: Study) -> None:
    paths = whole.ensemble(["KOR", "BRA"], 40, seed=1, **ASKED)["output"]
    middle = float(paths.sel(case="KOR", time=1966).median())
    events = {"above": Event("output", above=middle)}
    found = whole.summarise(["KOR", "BRA"], 40, seed=1, events=events, **ASKED)
    np.testing.assert_allclose(found.moments["output"].sel(statistic="mean"), paths.mean("draw"), rtol=1e-12)
    ever = (paths.sel(case="KOR") > middle).any("time").mean()
    assert float(found.events.sel(event="above", case="KOR", time=1966)) == pytest.approx(
        float(ever), abs=1e-12
    )
    assert found.failed == 0
    assert found.finite.to_dict()["data"] == [40, 40]


def test_countries_of_different_windows_need_years(copied: Path) -> None:
    file = copied / "model" / "countries" / "BRA.toml"
    text = file.read_text(encoding="utf-8")
    assert "end = 2010" in text
    file.write_text(text.replace("end = 2010", "end = 2009", 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Study(copied).ensemble(["KOR", "BRA"], 2)
    assert str(caught.value) == (
        "years: got 1960 to 2009, 1960 to 2010; expected one window for all countries. "
        "Cure: give years that all of them cover."
    )
