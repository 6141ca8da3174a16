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


def test_a_run_on_disk_is_the_run(whole: Study, tmp_path: Path) -> None:
    run = whole.run("KOR", parameters={"drawdown time": 1.5})
    manifest = run_manifest(whole, run, whole.spec("KOR", parameters={"drawdown time": 1.5}))
    folder = save_run(run, manifest, tmp_path / "KOR")
    with xr.open_dataset(folder / "results.nc") as kept:
        xr.testing.assert_identical(kept.load(), run)
    assert {path.name for path in folder.iterdir()} == {"results.nc", "manifest.json"}
    assert manifest["set"] == {"drawdown time": 1.5}
    assert manifest["changed since the fit"] == []


def test_a_place_that_cannot_be_written_to_is_refused(whole: Study, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="expected a folder that can be written to"):
        save_run(whole.run("KOR"), {}, tmp_path / "file" / "KOR")
