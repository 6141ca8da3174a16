"""The door for bytes: what is no ordinary file, too large, too deep or no number is refused by name."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from latecomer.errors import InputError
from latecomer.files import DEEPEST, read_bytes, read_json, read_rows, read_text, read_toml, write_whole

WHAT, CURE = "a list of names", "restore it"


def refusal(read: object, path: Path, content: bytes | None = None) -> str:
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read(path, WHAT, CURE)  # type: ignore[operator]
    (fault,) = caught.value.faults
    assert fault.cure
    return str(fault)


def test_a_pipe_a_device_and_a_folder_are_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "got a pipe" in refusal(read_bytes, tmp_path / "pipe")
    assert "got a device" in refusal(read_bytes, Path("/dev/zero"))
    assert "got a folder" in refusal(read_bytes, tmp_path)


def test_a_missing_file_and_an_impossible_name_are_told(tmp_path: Path) -> None:
    assert "got no such file; expected a list of names. Cure: restore it." in refusal(
        read_bytes, tmp_path / "a"
    )
    assert "null byte" in refusal(read_bytes, Path("a\0b"))
    assert "too long" in refusal(read_bytes, tmp_path / ("a" * 5000))


def test_a_file_beyond_the_limit_is_told_with_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"x" * 101)
    assert len(read_bytes(path, WHAT, CURE, largest=101)) == 101
    with pytest.raises(InputError, match="got a larger file; expected a list of names of at most"):
        read_bytes(path, WHAT, CURE, largest=100)


def test_bytes_that_are_no_text_are_told_with_their_place(tmp_path: Path) -> None:
    assert "got bytes that are no UTF-8 text (byte 3)" in refusal(read_text, tmp_path / "a", b"ab\xff")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "text that is not JSON"),
        (b"[]", "a list"),
        (b"[" * 100_000, "nested more than 64 deep"),
        (b'{"a":' * 80 + b"1" + b"}" * 80, "nested more than 64 deep"),
        (b'{"a": 1, "a": 2}', "'a' twice in one object"),
        (b'{"a": 1e999}', "the number 1e999, which is not finite"),
        (b'{"a": NaN}', "the number NaN"),
        (b'{"a": ' + b"9" * 400 + b"}", "a number of 400 digits"),
        (b'{"a": ' + b"9" * 5000 + b"}", "a number of 5000 digits"),
        (b'{"a": "\\ud800"}', "half a character in '\\ud800'"),
    ],
)
def test_json_that_no_program_can_hold_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in refusal(read_json, tmp_path / "a.json", content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a = ", "text that is not TOML"),
        (b"a = " + b"[" * 100_000, "nested more than 64 deep"),
        (b".".join([b"a"] * 200) + b" = 1", "nested more than 64 deep"),
        (b"a = " + b"9" * 5000, "a number of thousands of digits"),
        (b"a = 0x" + b"f" * 5000, "a number of thousands of digits"),
        (b"a = " + b"9" * 400, "a number of 400 digits"),
    ],
)
def test_toml_that_no_program_can_hold_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in refusal(read_toml, tmp_path / "a.toml", content)


def test_what_is_sound_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes('\ufeff{"é": [1, 2.5, {"b": null}]}'.encode())
    assert read_json(path, WHAT, CURE) == {"é": [1, 2.5, {"b": None}]}
    nested: object = 1
    for _ in range(DEEPEST - 1):
        nested = [nested]
    path.write_text(f'{{"a": {nested}}}')
    assert read_json(path, WHAT, CURE)["a"] == nested


def test_a_cell_that_is_too_long_is_told_with_its_line(tmp_path: Path) -> None:
    told = refusal(read_rows, tmp_path / "a.csv", b"a,b\n1," + b"x" * 200_000 + b"\n")
    assert "a.csv, line 2: got no row (field larger than field limit" in told


def test_a_file_is_written_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = write_whole(tmp_path / "deep" / "a.txt", b"one")
    assert write_whole(path, b"two").read_bytes() == b"two"
    assert [one.name for one in path.parent.iterdir()] == ["a.txt"]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_whole(tmp_path / "a.txt", b"one")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError) as error:
        write_whole(path, b"two", "choose another --out DIR")
    assert str(error.value) == (
        f"{path}: got No space left on device; expected a folder that can be written to. "
        "Cure: choose another --out DIR."
    )
    assert path.read_bytes() == b"one"
    assert [one.name for one in tmp_path.iterdir()] == ["a.txt"]


def test_nothing_is_written_through_a_link_into_a_folder_or_a_device(tmp_path: Path) -> None:
    (tmp_path / "foreign").write_bytes(b"mine")
    (tmp_path / "link").symlink_to(tmp_path / "foreign")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name, kind in (("link", "a symbolic link"), ("folder", "a folder"), ("pipe", "a pipe")):
        with pytest.raises(InputError, match=f"{name}: got {kind}; expected the name of a file"):
            write_whole(tmp_path / name, b"x")
    with pytest.raises(InputError, match="/dev/null: got a device; expected the name of a file"):
        write_whole(Path("/dev/null"), b"x")
    assert (tmp_path / "foreign").read_bytes() == b"mine"
