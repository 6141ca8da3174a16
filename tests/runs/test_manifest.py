"""Manifests of runs: what is not as a run writes it is refused by name, and hides no other run."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from latecomer.cli import app
from latecomer.errors import InputError
from latecomer.runs.manifest import read_manifest, whole_manifest
from latecomer.runs.store import look_through
from tests.runs.made_runs import lay_run, paths, rewrite

Spoil = Callable[[Path], object]


def told(**parts: Any) -> Spoil:
    return lambda folder: rewrite(folder, **parts)


def text(content: bytes) -> Spoil:
    return lambda folder: (folder / "manifest.json").write_bytes(content)


def instead(make: Callable[[Path], object]) -> Spoil:
    def spoil(folder: Path) -> None:
        (folder / "manifest.json").unlink()
        make(folder / "manifest.json")

    return spoil


def sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, 2**36)


BAD: dict[str, tuple[Spoil, str]] = {
    "years null": (told(years=None), "no years"),
    "years of text": (told(years=["a", "b"]), "no years"),
    "one year": (told(years=[1960]), "no years"),
    "half a character": (told(country="\ud800"), "half a character"),
    "escape codes": (told(country="\x1b[2JKOR"), "no country; control characters in 'country'"),
    "a path": (told(country="../KOR"), "no country"),
    "no name": (told(country=""), "no country"),
    "escape codes in a note": (told(changes=["\x1b]0;x\x07"]), "control characters in 'changes'"),
    "escape codes in a key": (told(hashes={"\x9b2J": "x"}), "control characters in 'hashes'"),
    "turned text": (told(scenario="\u202egpj"), "control characters in 'scenario'"),
    "draws of text": (told(draws="many"), "'draws' is not as a run writes it"),
    "failures of text": (told(failures="none"), "'failures' is not as a run writes it"),
    "failed of text": (told(failures={"failed": "x"}), "'failures' is not as a run writes it"),
    "numbers set as text": (told(set={"a": "b"}), "'set' is not as a run writes it"),
    "files as a list": (told(files=["results.nc"]), "'files' is no table"),
    "empty": (text(b""), "text that is not JSON"),
    "deep": (text(b"[" * 100_000 + b"]" * 100_000), "values nested more than 64 deep"),
    "digits": (text(b'{"country": ' + b"9" * 5000 + b"}"), "a number of"),
    "not finite": (text(b'{"dt": NaN}'), "the number NaN, which is not finite"),
    "twice": (text(b'{"country": "KOR", "country": "BRA"}'), "'country' twice in one object"),
    "no UTF-8": (text(b"\xff\xfe{}"), "bytes that are no UTF-8 text"),
    "a pipe": (instead(os.mkfifo), "a pipe"),
    "a folder": (instead(Path.mkdir), "a folder"),
    "huge": (
        instead(lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 2**36)),
        "a larger file",
    ),
    "a loop": (instead(lambda path: path.symlink_to(path)), "cannot be opened"),
}


@pytest.mark.parametrize("name", BAD)
def test_one_bad_manifest_is_told_and_hides_no_other(tmp_path: Path, name: str) -> None:
    spoil, words = BAD[name]
    for folder in ("good", "bad", "zones"):
        lay_run(tmp_path / folder, paths())
    spoil(tmp_path / "bad")
    with pytest.raises(InputError) as error:
        read_manifest(tmp_path / "bad")
    assert words in str(error.value)
    found = look_through(tmp_path)
    assert [one.folder.name for one in found.runs] == ["good", "zones"]
    assert words in found.damaged[tmp_path / "bad"]
    listed = CliRunner().invoke(app, ["runs", "list", str(tmp_path)])
    assert (listed.exit_code, listed.exception) == (0, None)
    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["run", "good", "zones"]
    assert listed.stderr.startswith("damaged: bad: ")
    assert not any(ord(one) < 32 and one != "\n" for one in listed.output)
    shown = CliRunner().invoke(app, ["runs", "show", str(tmp_path / "bad")])
    assert shown.exit_code == 2
    assert words in shown.stderr.replace("\n", " ")


def test_another_programs_manifest_is_no_run_at_all(tmp_path: Path) -> None:
    lay_run(tmp_path / "good", paths())
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "manifest.json").write_text('{"name": "my web app"}')
    assert look_through(tmp_path).damaged == {}


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (None, "'files' is no table"),
        ({}, "got no hash of results.nc, as an older version wrote it"),
        (
            {"results.nc": "0" * 64},
            "got another file than its manifest was written with; expected 0000",
        ),
        ({"results.nc": "0", "../results.nc": "0"}, "got no hash of results.nc"),
        ({"results.nc": 7}, "'files' is not as a run writes it"),
    ],
)
def test_a_manifest_that_is_not_bound_to_its_results_is_refused(
    tmp_path: Path, files: object, words: str
) -> None:
    folder = lay_run(tmp_path / "run", paths())
    assert whole_manifest(folder)["files"]["results.nc"]
    rewrite(folder, files=files)
    with pytest.raises(InputError) as error:
        whole_manifest(folder)
    assert words in str(error.value)
    assert "run it again with latecomer run" in str(error.value)


def test_the_results_of_two_runs_changed_over_are_told(tmp_path: Path) -> None:
    one, other = (lay_run(tmp_path / name, paths(head=head)) for name, head in (("a", 1.0), ("b", 2.0)))
    (one / "results.nc").write_bytes((other / "results.nc").read_bytes())
    whole_manifest(other)
    with pytest.raises(InputError, match="got another file than its manifest was written with"):
        whole_manifest(one)


def test_the_table_of_failures_is_bound_too(tmp_path: Path) -> None:
    folder = lay_run(tmp_path / "run", paths())
    held = json.loads((folder / "manifest.json").read_text())["files"]
    rewrite(folder, files={**held, "failures.csv": "0" * 64})
    with pytest.raises(InputError, match=r"failures.csv: got no such file; expected the results of a run"):
        whole_manifest(folder)
