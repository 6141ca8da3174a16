"""Several files changed as one step: whole, or as they were, for a kill anywhere and two writers at once."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from latecomer.changes import HELD, LOCK, MARK, STAGE, changing, file_hash, finish, locked
from latecomer.errors import InputError

PROGRAM = """
import os, signal, sys
from pathlib import Path

left = [int(sys.argv[2])]

def dying(name, real):
    def call(*given, **named):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given, **named)
    return call

for name in ("replace", "rename", "fsync", "unlink", "rmdir", "mkdir"):
    setattr(os, name, dying(name, getattr(os, name)))
from latecomer.changes import changing

home = Path(sys.argv[1])
with changing(home) as change:
    change.put("a", b"new a")
    change.put("deep/b", b"new b")
    change.remove("c")
"""


def laid(home: Path) -> Path:
    home.mkdir()
    for name in "ac":
        (home / name).write_text(f"old {name}")
    return home


def put(home: Path, *paths: str) -> None:
    with changing(home) as change:
        for path in paths:
            change.put(path, b"x")


def seen(home: Path) -> dict[str, str]:
    return {path.relative_to(home).as_posix(): path.read_text() for path in home.rglob("*") if path.is_file()}


OLD = {"a": "old a", "c": "old c"}
NEW = {"a": "new a", "deep/b": "new b"}


def test_a_change_is_made_as_one_and_leaves_nothing_else(tmp_path: Path) -> None:
    home = laid(tmp_path / "home")
    with changing(home) as change:
        digest = change.put("a", b"new a")
        change.put("deep/b", lambda path: path.write_bytes(b"new b"))
        change.remove("c")
        change.remove("never there")
        assert {name: text for name, text in seen(home).items() if name in OLD} == OLD
    assert seen(home) == NEW
    assert digest == file_hash(home / "a")
    assert not (home / STAGE).exists()


def test_an_error_in_the_block_leaves_what_was_there(tmp_path: Path) -> None:
    home = laid(tmp_path / "home")
    with pytest.raises(KeyError), changing(home) as change:
        change.put(str({}["no such key"]), b"new a")
    assert seen(home) == OLD
    with pytest.raises(InputError, match="out of the folder"):
        put(tmp_path / "deep" / "new", "../x")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_a_kill_at_any_call_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    ends: set[str] = set()
    for moment in range(1, 40):
        home = laid(tmp_path / f"home{moment}")
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(home), str(moment)], check=False, timeout=60
        )
        finish(home)
        with changing(home):
            pass  # a writer sweeps what was laid without a mark
        assert seen(home) in (OLD, NEW), moment
        ends.add("new" if seen(home) == NEW else "old")
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL
    else:
        pytest.fail("the change never came to its end")
    assert moment > 10
    assert ends == {"old", "new"}


@pytest.mark.parametrize("path", ["../out", "/etc/passwd", "", ".", "a/../../out", STAGE + "/0", LOCK])
def test_a_path_out_of_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(InputError, match="a path out of the folder that is changed"):
        put(tmp_path, path)
    assert list(tmp_path.iterdir()) == []


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    home = laid(tmp_path / "home")
    (tmp_path / "other").mkdir()
    (home / "link").symlink_to(tmp_path / "other")
    (home / "file").symlink_to(tmp_path / "other" / "file")
    with pytest.raises(InputError, match="a path out of the folder"):
        put(home, "link/x")
    with pytest.raises(InputError, match="file: got a symbolic link; expected the name of a file"):
        put(home, "file")
    assert list((tmp_path / "other").iterdir()) == []


@pytest.mark.parametrize("name", ["../out", "/out", "a/../../out"])
def test_a_mark_that_names_what_is_not_its_own_moves_nothing(tmp_path: Path, name: str) -> None:
    home = laid(tmp_path / "home")
    (home / STAGE).mkdir()
    (home / STAGE / "0").write_bytes(b"x")
    digest = file_hash(home / STAGE / "0")
    told = {"form": 1, "files": {name: {"laid": "0", "sha256": digest}}, "gone": {}}
    (home / STAGE / MARK).write_text(json.dumps(told))
    with pytest.raises(InputError, match=r"change\.json, which names"):
        finish(home)
    assert not (tmp_path / "out").exists()
    (home / STAGE / MARK).write_text(json.dumps({**told, "files": {}, "gone": {name: digest}}))
    with pytest.raises(InputError, match=r"change\.json, which names"):
        finish(home)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"form": 2, "files": {}, "gone": {}}', "[" * 1000])
def test_a_damaged_mark_is_refused_with_a_cure_that_helps(tmp_path: Path, text: str) -> None:
    home = laid(tmp_path / "home")
    (home / STAGE).mkdir()
    (home / STAGE / MARK).write_text(text)
    with pytest.raises(InputError, match=r"Cure: move .* elsewhere"):
        finish(home)
    (home / STAGE).rename(tmp_path / "elsewhere")
    assert not finish(home)
    assert seen(home) == OLD


def test_what_was_laid_and_then_damaged_is_not_moved(tmp_path: Path) -> None:
    home = laid(tmp_path / "home")
    (home / STAGE).mkdir()
    (home / STAGE / "0").write_bytes(b"torn")
    told = {"form": 1, "files": {"a": {"laid": "0", "sha256": "0" * 64}}, "gone": {}}
    (home / STAGE / MARK).write_text(json.dumps(told))
    with pytest.raises(InputError, match="got 0, which is not what was laid for a"):
        finish(home)
    assert {name: text for name, text in seen(home).items() if name in OLD} == OLD


def test_what_is_foreign_in_the_hidden_folder_stays(tmp_path: Path) -> None:
    home = laid(tmp_path / "home")
    (home / STAGE).mkdir()
    (home / STAGE / "thesis.txt").write_text("mine")
    with changing(home) as change:
        change.put("a", b"new a")
    assert (home / STAGE / "thesis.txt").read_text() == "mine"
    assert (home / "a").read_text() == "new a"


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = laid(tmp_path / "home")
    real = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        if self.name == "1":
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match="got No space left on device; expected a folder that can be"):
        put(home, "a", "b")
    assert seen(home) == OLD


def test_one_writer_at_a_time_and_the_other_is_told(tmp_path: Path) -> None:
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with locked(tmp_path):
            entered.set()
            leave.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert entered.wait(20)
        with pytest.raises(InputError) as error, locked(tmp_path, patience=0.2):
            pass
        assert str(error.value) == (
            f"{tmp_path}: got a folder that another process has been changing for 0.2 seconds; expected one "
            "writer at a time. Cure: wait until it is done, then ask again; where no other latecomer is at "
            f"work, remove {tmp_path / LOCK}."
        )
    finally:
        leave.set()
        holder.join()
    with locked(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_writers_in_turn_lose_nothing_of_what_they_read(tmp_path: Path) -> None:
    (tmp_path / "count").write_text("0")

    def add() -> None:
        for _ in range(10):
            with changing(tmp_path) as change:
                change.put("count", str(int((tmp_path / "count").read_text()) + 1).encode())

    writers = [threading.Thread(target=add) for _ in range(4)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    assert seen(tmp_path) == {"count": "40"}


def test_a_file_system_without_locks_is_locked_by_the_file_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    def none(*_: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", none)
    with locked(tmp_path):
        assert [path.name for path in tmp_path.iterdir()] == [HELD]
        with pytest.raises(InputError, match="another process has been"), locked(tmp_path, patience=0.1):
            pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere")
def test_a_cut_off_change_in_a_place_to_read_is_told(tmp_path: Path) -> None:
    home = laid(tmp_path / "home")
    (home / STAGE).mkdir()
    (home / STAGE / MARK).write_text("{}")
    home.chmod(0o555)
    try:
        with pytest.raises(InputError, match=r"in a place that cannot be .* then latecomer repair"):
            finish(home)
    finally:
        home.chmod(0o755)


def test_a_cut_off_change_that_cannot_be_locked_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = laid(tmp_path / "home")
    (home / STAGE).mkdir()
    (home / STAGE / MARK).write_text("{}")

    def read_only(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("filelock.FileLock.acquire", read_only)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputError) as error:
        finish(home)
    assert str(error.value) == (
        f"{home}: got a change that was cut off, in a place that cannot be written to; expected a place "
        f"where it can be finished. Cure: make {home} writable, then latecomer repair."
    )


@pytest.mark.parametrize("kind", ["text", "another name of a file", "link"])
def test_a_lock_that_somebody_else_has_laid_is_left_as_it_is(tmp_path: Path, kind: str) -> None:
    home, other = tmp_path / "home", tmp_path / "other"
    home.mkdir()
    other.write_text("" if kind == "another name of a file" else "diary")
    lock = home / LOCK
    match kind:
        case "text":
            lock.write_text("diary")
        case "link":
            lock.symlink_to(other)
        case _:
            lock.hardlink_to(other)
    with pytest.raises(InputError) as caught, changing(home):
        pass
    assert f"{lock}: got a file with a content of its own; expected the empty lock" in str(caught.value)
    assert lock.exists()
    assert other.read_text() == ("" if kind == "another name of a file" else "diary")
