"""Compiled programs that are kept: damage is mended in silence, and native code of others is never read."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from latecomer.simulate import jit_cache

RUN = """
import numpy as np, jax
from latecomer.simulate import backend_jax as functions
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
print(float(jax.jit(lambda x: (x * 3 + 1).sum())(np.ones(4))))
"""

posix = pytest.mark.skipif(sys.platform == "win32", reason="no bits of access there")


def started(folder: Path) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-W", "error", "-c", RUN)
    given = {**os.environ, jit_cache.VARIABLE: str(folder)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=given, timeout=300)


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def random(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 4)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def one_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def a_dangling_link(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.parent / "nowhere")


def written_by_others(path: Path) -> None:
    path.chmod(0o666)


@pytest.fixture
def entry(tmp_path: Path) -> Path:
    path = tmp_path / "one.bin"
    assert jit_cache.keep(path, b"a program")
    assert jit_cache.read_cached(path) == b"a program"
    return path


@posix
@pytest.mark.parametrize(
    "damage",
    [truncated, random, empty, one_bit, a_folder, a_pipe, a_dangling_link, written_by_others],
)
def test_a_damaged_entry_is_none_and_can_be_replaced(entry: Path, damage: Callable[[Path], None]) -> None:
    damage(entry)
    assert jit_cache.read_cached(entry) is None
    assert jit_cache.keep(entry, b"another")
    assert jit_cache.read_cached(entry) == b"another"
    assert [path.name for path in entry.parent.iterdir()] == ["one.bin"]


def test_a_folder_with_something_in_it_is_left_and_nothing_is_kept(entry: Path) -> None:
    a_folder(entry)
    (entry / "of someone").write_text("else", encoding="utf-8")
    assert jit_cache.read_cached(entry) is None
    assert not jit_cache.keep(entry, b"another")
    assert (entry / "of someone").exists()
    assert [path.name for path in entry.parent.iterdir()] == ["one.bin"]


@pytest.mark.slow  # one damaged program is mended quickly
@posix
def test_a_start_with_damaged_programs_says_nothing_and_mends_them(tmp_path: Path) -> None:
    first = started(tmp_path)
    assert (first.stdout, first.stderr) == ("16.0\n", "")
    entries = sorted((tmp_path / jit_cache.COMPILED).glob("*.bin"))
    assert entries
    whole = [path.read_bytes() for path in entries]
    for path in entries:
        random(path)
    again = started(tmp_path)
    assert (again.stdout, again.stderr) == ("16.0\n", "")
    assert [len(path.read_bytes()) for path in entries] == [len(content) for content in whole]
    assert all(jit_cache.read_cached(path) is not None for path in entries)


@posix
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702, 0o720])
def test_a_folder_that_others_can_write_to_is_refused_in_one_line(
    tmp_path: Path, mode: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    folder.chmod(mode)
    monkeypatch.setenv(jit_cache.VARIABLE, str(folder))
    assert jit_cache.trusted_folder("traced") is None
    assert jit_cache.trusted_folder("traced") is None
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        f"note: no compiled programs are kept in {folder}: others can write to it (mode {mode:04o}), and "
        f"they are native code. Cure: chmod go-w {folder}, or name another folder by LATECOMER_CACHE."
    )
    folder.chmod(0o700)
    assert jit_cache.trusted_folder("traced") == folder / "traced"


@posix
def test_a_part_that_others_can_write_to_and_a_link_to_one_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "cache"
    (folder / "traced").mkdir(parents=True, mode=0o700)
    (folder / "traced").chmod(0o777)
    monkeypatch.setenv(jit_cache.VARIABLE, str(folder))
    assert jit_cache.trusted_folder("traced") is None
    assert jit_cache.trusted_folder("compiled") == folder / "compiled"
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    link = tmp_path / "link"
    link.symlink_to(shared)
    monkeypatch.setenv(jit_cache.VARIABLE, str(link))
    assert jit_cache.trusted_folder("traced") is None
    monkeypatch.setenv(jit_cache.VARIABLE, str(shared / "inside"))
    assert jit_cache.trusted_folder("traced") is None
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 3
    assert not (shared / "traced").exists()
    assert f"others can write to {shared}" in said[2]


@posix
@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o755)
    os.chown(folder, 12345, 12345)
    monkeypatch.setenv(jit_cache.VARIABLE, str(folder))
    assert jit_cache.trusted_folder("traced") is None
    assert "it belongs to another user" in capsys.readouterr().err


@pytest.mark.slow  # asked of a process of its own
@posix
def test_a_start_with_a_cache_of_others_goes_on_without_it(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    folder.chmod(0o777)
    done = started(folder)
    assert done.stdout == "16.0\n"
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"note: no compiled programs are kept in {folder}: others can write to it")
    assert list(folder.rglob("*.bin")) == []


@pytest.mark.slow
@pytest.mark.parametrize(("given", "used"), [(None, 0.3), pytest.param("2.5", 2.5, marks=pytest.mark.slow)])
def test_how_long_a_program_must_have_taken_is_left_to_a_caller_who_says_so(
    tmp_path: Path, given: str | None, used: float
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != jit_cache.SHORTEST}
    environment |= {jit_cache.VARIABLE: str(tmp_path)} | (
        {} if given is None else {jit_cache.SHORTEST: given}
    )
    look = "import jax, latecomer.simulate.backend_jax as f\n"
    look += "print(jax.config.jax_persistent_cache_min_compile_time_secs)"
    done = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, check=True, env=environment
    )
    assert float(done.stdout) == used


def test_what_stands_in_the_way_is_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    circle = tmp_path / "circle"
    circle.symlink_to(circle)
    for place in (str(blocked), str(circle), "off"):
        monkeypatch.setenv(jit_cache.VARIABLE, place)
        assert jit_cache.trusted_folder("traced") is None


def test_new_folders_are_for_their_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(jit_cache.VARIABLE, str(tmp_path / "new"))
    folder = jit_cache.trusted_folder("traced")
    assert folder == tmp_path / "new" / "traced"
    if sys.platform != "win32":
        assert folder.stat().st_mode & 0o077 == 0
