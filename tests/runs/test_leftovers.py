"""What stopped runs leave is found and removed; what a stranger has put there stays."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from latecomer.changes import LOCK, MARK, STAGE
from latecomer.errors import InputError
from latecomer.runs.checkpoint import Checkpoint
from latecomer.runs.leftovers import clear, leftovers, remove_progress
from tests.runs.made_runs import lay_run, paths

DIGEST = "0123456789ab" + 52 * "0"


def bare(folder: Path) -> Path:
    """Results of a run whose manifest is gone."""
    lay_run(folder, paths())
    (folder / "manifest.json").unlink()
    return folder


def chunks(folder: Path) -> Path:
    """Finished chunks of a stopped run."""
    Checkpoint(folder, DIGEST).keep({"a"}, {"x": np.zeros(2)})
    return folder


def test_what_latecomer_left_is_found_and_cleared_and_no_run_is(tmp_path: Path) -> None:
    run = lay_run(tmp_path / "one", paths())
    bare(tmp_path / "bare")
    (tmp_path / "bare" / "failures.csv").write_text("case,draw,time\n")
    kept = chunks(tmp_path / ".one.0123456789ab")
    (kept / ".progress.npz.77").write_bytes(b"half")
    for name in (".manifest.json.abcd_123", ".report.html.abcd_123.latecomer", LOCK):
        (run / name).write_bytes(b"")
    (run / ".results.abcd_123").mkdir()
    (run / ".results.abcd_123" / "results.nc").write_bytes(b"half")
    (run / STAGE).mkdir()
    (run / STAGE / "0").write_bytes(b"half")
    found = leftovers(tmp_path)
    assert {path.relative_to(tmp_path).as_posix() for path in found} == {
        "bare/results.nc",
        ".one.0123456789ab",
        "one/.manifest.json.abcd_123",
        "one/.report.html.abcd_123.latecomer",
        "one/.latecomer.lock",
        "one/.results.abcd_123",
        "one/.latecomer.change",
    }
    clear(found)
    assert leftovers(tmp_path) == []
    assert [path.name for path in tmp_path.iterdir()] == ["one"]
    assert sorted(path.name for path in run.iterdir()) == ["manifest.json", "results.nc"]


@pytest.mark.slow
def test_what_a_stranger_has_put_there_stays(tmp_path: Path) -> None:
    (tmp_path / "p" / "sub").mkdir(parents=True)
    (tmp_path / "p" / "results.nc").write_bytes(b"x")
    (tmp_path / "p" / "thesis.txt").write_text("thesis")
    (tmp_path / "p" / "sub" / "data.csv").write_text("d")
    (tmp_path / "p" / ".results.mine").mkdir()
    (tmp_path / "p" / ".results.abcd_123").mkdir()
    (tmp_path / "p" / ".results.abcd_123" / "thesis.txt").write_text("thesis")
    other = tmp_path / ".mine.0123456789ab"
    other.mkdir()
    np.savez(other / "progress.npz", mine=np.zeros(3))
    chunks(tmp_path / ".one.ba9876543210")  # not named by what it is of
    (tmp_path / STAGE).mkdir()
    (tmp_path / STAGE / MARK).write_text("a change to be finished")
    assert leftovers(tmp_path) == []


def test_what_stands_beside_a_leftover_stays(tmp_path: Path) -> None:
    folder, kept = bare(tmp_path / "bare"), chunks(tmp_path / ".one.0123456789ab")
    for place in (folder, kept):
        (place / "thesis.txt").write_text("thesis")
    (folder / "failures.csv").write_text("name,mark\n")
    clear(leftovers(tmp_path))
    assert sorted(path.name for path in folder.iterdir()) == ["failures.csv", "thesis.txt"]
    assert [path.name for path in kept.iterdir()] == ["thesis.txt"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    bare(victim / "bare")
    chunks(victim / ".one.0123456789ab")
    place = tmp_path / "place"
    place.mkdir()
    (place / "linked").symlink_to(victim)
    (place / ".one.0123456789ab").symlink_to(victim / ".one.0123456789ab")
    (place / "results.nc").symlink_to(victim / "bare" / "results.nc")
    assert leftovers(place) == []
    clear([place / ".one.0123456789ab", place / "results.nc"])
    remove_progress(place / ".one.0123456789ab")
    assert (victim / "bare" / "results.nc").exists()
    assert (victim / ".one.0123456789ab" / "progress.npz").exists()


def test_what_cannot_be_removed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [*leftovers(bare(tmp_path / "bare").parent)]

    def read_only(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "unlink", read_only)
    with pytest.raises(InputError) as error:
        clear(found)
    assert str(error.value) == (
        f"{tmp_path / 'bare' / 'results.nc'}: got Read-only file system; expected a folder that can be "
        "written to. Cure: make the folder writable."
    )
