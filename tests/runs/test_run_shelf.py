"""Runs on disk: found where they are whole, compared, put into tables; one that is damaged hides no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from latecomer.errors import InputError
from latecomer.runs.checkpoint import Checkpoint
from latecomer.runs.store import (
    COLUMNS,
    LABELS,
    compared,
    differing,
    long_form,
    look_through,
    save_run,
    stored_run,
)
from tests.runs.made_runs import bind, manifest

YEARS = np.array([2000.0, 2001.0, 2002.0])


def dataset(rise: float, draws: int | None = None, years: Any = YEARS) -> xr.Dataset:
    path = 1.0 + rise * np.arange(len(years))
    dims: tuple[str, ...] = ("time",)
    if draws is not None:
        path, dims = np.stack([path + k for k in range(draws)]), ("draw", "time")
    columns: dict[str, Any] = {"output": (dims, path, {"units": "tonnes"})}
    columns["shares"] = ((*dims, "Good"), np.stack([path, 2 * path], axis=-1))
    labels = {name: manifest()[name] for name in LABELS}
    return xr.Dataset(columns, coords={"time": years, "Good": ["corn", "tin"]}, attrs=labels)


def said(**told: Any) -> dict[str, Any]:
    """The manifest of a run over these years."""
    return manifest(**{"years": [2000.0, 2002.0], **told})


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Two runs, one of them below, and what stopped runs leave."""
    save_run(dataset(1.0), said(seed=1, timing=3), tmp_path / "one")
    save_run(dataset(2.0, 3), said(seed=2, timing=4, draws=3), tmp_path / "in" / "two")
    Checkpoint(tmp_path / ".one.0123456789ab", "0123456789ab" + 52 * "0").keep({"a"}, {"x": np.zeros(2)})
    save_run(dataset(1.0), said(), tmp_path / "bare")
    (tmp_path / "bare" / "manifest.json").unlink()
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "manifest.json").write_text("{", encoding="utf-8")
    (tmp_path / "torn" / "results.nc").write_bytes(b"x")
    return tmp_path


def test_only_whole_runs_are_found(place: Path) -> None:
    found = look_through(place).runs
    assert [one.folder for one in found] == [place / "in" / "two", place / "one"]
    assert [one.manifest["seed"] for one in found] == [2, 1]
    assert all(one.size > 100 for one in found)


def test_what_differs_is_told_but_for_the_time_it_took(place: Path) -> None:
    told = differing(stored_run(place / "one"), stored_run(place / "in" / "two"))
    assert told == {"seed": (1, 2), "draws": (None, 3)}


def test_outcomes_are_compared_at_the_last_common_year(place: Path) -> None:
    one, two = stored_run(place / "one"), stored_run(place / "in" / "two")
    # 1 + 2 and the middle of 5, 6, 7
    assert compared(one, two, ["output", "none such"]) == [("output", 2002.0, 3.0, 6.0)]
    save_run(dataset(1.0, years=YEARS + 10), said(), place / "later")
    with pytest.raises(InputError, match=r"years: got 2000-2002 and 2010-2012; expected runs with a year in"):
        compared(one, stored_run(place / "later"), ["output"])


def test_the_long_form_has_every_value_once(place: Path) -> None:
    table = long_form(stored_run(place / "in" / "two"))
    assert tuple(table.columns) == COLUMNS
    assert len(table) == 3 * 3 * 3
    assert set(table["variable"]) == {"output", "shares[corn]", "shares[tin]"}
    row = table[(table.member == "2") & (table.time == 2001) & (table.variable == "shares[tin]")]
    assert row["value"].tolist() == [2 * (1 + 2 + 2)]
    assert set(table.loc[table.variable == "output", "unit"]) == {"tonnes"}
    single = long_form(stored_run(place / "one"), ["output"])
    assert (set(single["member"]), single["value"].tolist()) == ({"0"}, [1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nowhere", "no manifest.json; expected the folder of a run"),
        ("torn", r"text that is not JSON .* expected the manifest of a run"),
        (".one.0123456789ab", "no manifest.json"),
        ("bare", "no manifest.json"),
    ],
)
def test_what_is_no_run_is_refused(place: Path, name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        stored_run(place / name)


def test_a_run_without_results_or_with_torn_ones_is_refused(place: Path) -> None:
    results = place / "one" / "results.nc"
    results.write_bytes(b"CDF")
    with pytest.raises(InputError, match="got another file than its manifest was written with; expected"):
        stored_run(place / "one")
    bind(place / "one")
    with pytest.raises(InputError, match=r"no whole NetCDF file"):
        long_form(stored_run(place / "one"))
    results.unlink()
    with pytest.raises(InputError, match=r"results.nc: got no such file; expected the results of a run"):
        stored_run(place / "one")


def test_results_of_another_run_are_told_and_hide_no_other(place: Path) -> None:
    (place / "one" / "results.nc").write_bytes((place / "bare" / "results.nc").read_bytes() + b"\0")
    found = look_through(place)
    assert [one.folder for one in found.runs] == [place / "in" / "two"]
    assert set(found.damaged) == {place / "one", place / "torn"}
    assert found.damaged[place / "one"].endswith("Cure: run it again with latecomer run.")


def test_an_unknown_variable_is_refused_with_the_nearest(place: Path) -> None:
    with pytest.raises(InputError, match="write the nearest name: 'output'"):
        long_form(stored_run(place / "one"), ["outptu"])
