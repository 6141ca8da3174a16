"""Runs are put into folders whole, over runs only, and two processes in one folder do not mix."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest
import xarray as xr

from latecomer import Study
from latecomer.changes import file_hash
from latecomer.errors import InputError
from latecomer.runs.ensemble import run_summary
from latecomer.runs.manifest import whole_manifest
from latecomer.runs.single import run_into
from latecomer.runs.store import refuse_foreign
from tests.evaluation.debtors import lay_debtors
from tests.runs.made_runs import dataset, lay_run, manifest, paths

FOREIGN = {
    "a fit": ({"parameters.json": b"{}", "manifest.json": b"{}"}, "got the folder of a fit"),
    "a web app": ({"manifest.json": b'{"name": "my web app"}'}, "got a manifest that no run has written"),
    "a torn manifest": ({"manifest.json": b"{"}, "got a manifest that no run has written"),
    "results": ({"results.nc": b"my own"}, "got results that no run has written"),
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return Study(lay_debtors(tmp_path_factory.mktemp("debtors") / "study").root)


@pytest.mark.slow
@pytest.mark.parametrize("name", FOREIGN)
def test_what_no_run_has_written_is_not_written_over(study: Study, tmp_path: Path, name: str) -> None:
    files, words = FOREIGN[name]
    for file, content in files.items():
        (tmp_path / file).write_bytes(content)
    with pytest.raises(InputError) as error:
        run_into(study, study.spec("BRA", None), tmp_path)
    assert words in str(error.value)
    assert "Cure: choose another --out DIR" in str(error.value)
    with pytest.raises(InputError):
        run_summary(study, study.spec("BRA", None, draws=10), tmp_path)
    with pytest.raises(InputError):
        lay_run(tmp_path, paths())
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == files


@pytest.mark.parametrize(
    "place", ["model", "calibration/observations", "calibration/fits/new", "model/../model", "."]
)
def test_a_run_does_not_go_into_what_a_study_is_made_of(study: Study, place: str) -> None:
    folder = study.root / place
    room = "the folder of a study itself" if place == "." else f"the folder {place.split('/')[0]}"
    with pytest.raises(InputError, match=f"got a place in {room}, which holds what a study is made of"):
        run_into(study, study.spec("BRA", None), folder)
    refuse_foreign(study.root / "runs" / "out" / "BRA")


def test_a_file_a_link_or_a_folder_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="file: got a file; expected a folder for a run"):
        refuse_foreign(tmp_path / "file")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "results.nc").symlink_to(tmp_path / "file")
    with pytest.raises(InputError, match="got a symbolic link; expected the name of a file"):
        refuse_foreign(tmp_path / "run")


def test_a_run_takes_the_place_of_a_run_and_of_what_one_left(tmp_path: Path) -> None:
    folder = lay_run(tmp_path / "run", paths(), seed=1)
    (folder / "notes.txt").write_text("mine")
    lay_run(folder, paths(head=3.0), seed=2)
    assert whole_manifest(folder)["seed"] == 2
    (folder / "manifest.json").unlink()
    lay_run(folder, paths(head=4.0), seed=3)
    assert whole_manifest(folder)["seed"] == 3
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json", "notes.txt", "results.nc"]


def test_a_full_disk_over_a_good_run_keeps_the_good_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = lay_run(tmp_path / "run", paths(), seed=1)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(xr.Dataset, "to_netcdf", full)
        with pytest.raises(InputError, match="got No space left on device; expected a folder that can be"):
            lay_run(folder, paths(head=3.0), seed=2)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(InputError, match="got No space left on device; expected a folder that can be"):
            lay_run(folder, paths(head=3.0), seed=2)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


WRITER = """
import sys
from pathlib import Path
from tests.runs.made_runs import lay_run, paths

for turn in range(15):
    lay_run(Path(sys.argv[1]), paths(head=float(sys.argv[2]) + turn), seed=int(sys.argv[2]))
"""


@pytest.mark.slow  # by the lock that tests/test_files.py looks at
def test_two_processes_with_one_folder_leave_the_whole_run_of_one(tmp_path: Path, root: Path) -> None:
    folder = tmp_path / "run"
    words = [[sys.executable, "-c", WRITER, str(folder), seed] for seed in ("100", "200")]
    writers = [subprocess.Popen(one, cwd=root) for one in words]
    looked = 0
    while any(one.poll() is None for one in writers):
        if (folder / "manifest.json").exists():
            whole_manifest(folder)  # a reader beside them never meets half of each
            looked += 1
    assert [one.returncode for one in writers] == [0, 0]
    assert looked
    told = whole_manifest(folder)
    with xr.open_dataset(folder / "results.nc", engine="scipy") as opened:
        assert float(opened["output per head"][0]) == told["seed"] + 14
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json", "results.nc"]


@pytest.mark.slow
def test_the_manifest_has_the_hash_of_each_file(study: Study, tmp_path: Path) -> None:
    made = run_summary(study, study.spec("BRA", None, draws=20), tmp_path / "many")
    files = json.loads((made.folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert files == {name: file_hash(made.folder / name) for name in ("results.nc", "failures.csv")}
    lay_run(made.folder, paths())  # a single run in its place has no table of failures
    assert sorted(path.name for path in made.folder.iterdir()) == ["manifest.json", "results.nc"]


def test_labels_of_a_run_are_in_its_results(tmp_path: Path) -> None:
    folder = lay_run(tmp_path / "run", paths())
    with xr.open_dataset(folder / "results.nc", engine="scipy") as opened:
        held = dataset(paths(), manifest()).attrs
        assert {name: opened.attrs[name] for name in held} == held
