"""Folders of runs: found, read as far as needed, and refused with the cure where they are damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from latecomer.errors import InputError
from latecomer.runs.manifest import read_manifest
from latecomer.runs.store import find_runs, load_run
from tests.outcomes import EVENT
from tests.runs.made_runs import bind, credit, lay_run, level, paths, rewrite, spoil

WANTED = ("credit access", "output per head")


def refused(folder: Path) -> str:
    with pytest.raises(InputError) as error:
        load_run(folder, WANTED)
    return str(error.value)


def test_a_folder_of_runs_gives_all_of_them_the_baseline_first_and_each_once(tmp_path: Path) -> None:
    for name in ("a-scenario", "baseline", "zones"):
        lay_run(tmp_path / name / "KOR", paths())
    found = find_runs([tmp_path / "zones" / "KOR", tmp_path])
    assert [one.parent.name for one in found] == ["zones", "baseline", "a-scenario"]


def test_the_first_run_named_stays_the_first(tmp_path: Path) -> None:
    folders = [lay_run(tmp_path / name, paths()) for name in ("zones", "baseline")]
    assert find_runs(folders) == folders


def test_a_place_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder; expected a folder written by latecomer run"):
        find_runs([tmp_path / "nowhere"])
    with pytest.raises(InputError, match="got no run; expected a run: a folder with"):
        find_runs([tmp_path])


def test_missing_files_are_refused_with_the_cure(tmp_path: Path) -> None:
    folder = lay_run(tmp_path / "run", paths())
    (folder / "results.nc").unlink()
    assert "results.nc: got no such file; expected the results of a run. Cure: run it again" in refused(
        folder
    )
    (folder / "manifest.json").unlink()
    assert "manifest.json: got no such file; expected the manifest of a run" in refused(folder)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "text that is not JSON"),
        (b"\xff\xfe", "bytes that are no UTF-8 text"),
        (b"[]", "got a list; expected a JSON object"),
        (b"{}", "no country; no fit; no scenario; no variant; no years"),
        (b'{"country": 7}', "no country"),
    ],
)
def test_a_damaged_manifest_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    folder = lay_run(tmp_path / "run", paths())
    spoil(folder, "manifest.json", content)
    assert said in refused(folder)


def test_parts_of_a_manifest_of_the_wrong_kind_are_refused(tmp_path: Path) -> None:
    folder = lay_run(tmp_path / "run", paths())
    rewrite(folder, changes={}, hashes=[], years=[1960])
    said = refused(folder)
    assert "'changes' is no list; 'hashes' is no table; no years" in said


def test_an_old_manifest_without_its_newer_parts_is_read(tmp_path: Path) -> None:
    folder = lay_run(tmp_path / "run", paths())
    spoil(
        folder,
        "manifest.json",
        b'{"country": "KOR", "scenario": "none", "fit": "reference", "years": [1960, 1990],'
        b' "variant": "discipline in the export push"}',
    )
    assert read_manifest(folder)["assumptions"] == []
    assert (
        "manifest.json: got no hash of results.nc, as an older version wrote it; expected a manifest that is "
        "bound to its results. Cure: run it again with latecomer run."
    ) in refused(folder)
    bind(folder)
    assert load_run(folder, WANTED).draws is None


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"", b"CDF\x02nothing", b"\x89HDF\r\n\x1a\n", b"words"])
def test_a_damaged_file_of_results_is_refused(tmp_path: Path, content: bytes) -> None:
    folder = lay_run(tmp_path / "run", paths())
    spoil(folder, content=content)
    assert "results.nc: got no NetCDF file that can be read" in refused(folder)


def test_results_cut_short_are_refused(tmp_path: Path) -> None:
    folder = lay_run(tmp_path / "run", paths(draws=50))
    whole = (folder / "results.nc").read_bytes()
    spoil(folder, content=whole[: len(whole) // 2])
    assert "results.nc: got no NetCDF file that can be read" in refused(folder)


def test_results_of_another_run_are_refused(tmp_path: Path) -> None:
    folder = lay_run(tmp_path / "run", paths())
    rewrite(folder, country="BRA")
    assert "got the country KOR; expected the country of its manifest, BRA" in refused(folder)
    rewrite(folder, country="KOR", years=[1960, 2050])
    assert "got the years 1960 to 1990; expected the years of its manifest, 1960 to 2050" in refused(folder)


def test_results_without_any_variable_that_is_shown_are_refused(tmp_path: Path) -> None:
    folder = lay_run(tmp_path / "run", {"weather": level(1.0)})
    assert "none of the variables that a report shows" in refused(folder)


def test_what_a_run_lacks_is_named(tmp_path: Path) -> None:
    folder = lay_run(tmp_path / "run", {"output per head": level(1.0)})
    assert load_run(folder, WANTED).lacking == ("credit access",)


def test_draws_that_did_not_stay_finite_are_counted_and_left_out(tmp_path: Path) -> None:
    values = {"credit access": credit(1980, None, 1985), "output per head": level(1.0, 3)}
    values["output per head"][0, 25:] = np.inf
    run = load_run(lay_run(tmp_path / "run", values, failed={0: 1985.0}), WANTED, EVENT)
    assert (run.draws, run.kept, run.failed, run.lost) == (3, 2, (1985.0,), 1)
    assert run.data["draw"].values.tolist() == [1, 2]
    assert np.isfinite(run.data["output per head"]).all()


def test_a_run_without_a_draw_that_stayed_finite_is_refused(tmp_path: Path) -> None:
    folder = lay_run(tmp_path / "run", paths(draws=2), failed={0: 1961.0, 1: 1962.0})
    assert "got 2 draws of which none stayed finite; expected one at least" in refused(folder)


def test_an_element_of_an_array_is_read_by_its_name(tmp_path: Path) -> None:
    folder = lay_run(tmp_path / "run", paths())
    with xr.open_dataset(folder / "results.nc", engine="scipy") as opened:
        run = opened.load()
    both = np.stack([level(1.0), level(2.0)], axis=-1)
    run = run.assign_coords(Network=["garments", "cars"]).assign(blocks=(("time", "Network"), both))
    run.to_netcdf(folder / "results.nc", engine="scipy", format="NETCDF3_64BIT")
    bind(folder)
    found = load_run(folder, ("blocks[cars]", "blocks[ships]", "blocks"))
    assert found.data["blocks[cars]"].values.tolist() == level(2.0).tolist()
    assert found.lacking == ("blocks[ships]", "blocks")
