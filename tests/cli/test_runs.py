"""The commands about runs on disk."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from latecomer.cli import app
from tests.runs.test_run_shelf import dataset, place

__all__ = ["place"]


def call(*words: object) -> Result:
    return CliRunner().invoke(app, ["runs", *map(str, words)])


def test_runs_are_listed_with_what_they_are(place: Path) -> None:
    done = call("list", place)
    assert done.exit_code == 0
    head, *rows = done.stdout.splitlines()
    assert head.split() == ["run", "country", "scenario", "fit", "years", "draws", "failed", "MB"]
    assert [row.split()[:2] for row in rows] == [["in/two", "KOR"], ["one", "KOR"]]


@pytest.mark.slow
def test_a_run_is_shown_and_compared(place: Path) -> None:
    assert "  seed: 1" in call("show", place / "one").stdout.splitlines()
    done = call("compare", place / "one", place / "in" / "two", "--variable", "output")
    assert done.stdout.splitlines()[1].split() == ["output", "2002", "3", "6", "2"]
    assert "seed: 1 | 2" in done.stdout
    assert "draws: – | 3" in done.stdout
    assert call("compare", place / "one", place / "one").stdout.endswith("made from the same\n")


@pytest.mark.parametrize(("form", "read"), [("csv", pd.read_csv), ("parquet", pd.read_parquet)])
def test_tables_hold_the_same_in_both_forms(form: str, read: object, place: Path, tmp_path: Path) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow")
    file = tmp_path / f"table.{form}"
    done = call("table", place / "in" / "two", "--format", form, "--out", file)
    assert done.stdout == f"27 rows in {file}\n"
    assert callable(read)
    table = read(file)
    assert table["value"].sum() == pytest.approx(
        float(sum(dataset(2.0, 3)[n].sum() for n in ("output", "shares")))
    )


def test_without_the_library_parquet_is_refused(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pyarrow", "pyarrow.parquet", "fastparquet"):
        monkeypatch.setitem(sys.modules, name, None)
    done = call("table", place / "one", "--format", "parquet", "--out", tmp_path / "t.parquet")
    assert done.exit_code == 2
    assert 'Cure: pip install "latecomer[tables]", or write CSV' in done.stderr
    assert not (tmp_path / "t.parquet").exists()


def test_leftovers_are_listed_and_removed_when_told(place: Path) -> None:
    done = call("gc", place)
    assert done.stdout.endswith("2 left behind by stopped runs; --yes removes them\n")
    assert (place / "bare").exists()
    assert call("gc", place, "--yes").stdout.endswith("2 removed\n")
    assert call("gc", place).stdout == "nothing is left behind\n"
    assert (place / "one" / "manifest.json").exists()


def test_a_place_that_is_none_is_refused(tmp_path: Path) -> None:
    for words in (("list", tmp_path / "none"), ("gc", tmp_path / "none")):
        done = call(*words)
        assert done.exit_code == 2
        assert "no such folder; expected a folder of runs" in done.stderr


def test_a_run_is_found_by_the_name_that_the_list_gives_it(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("latecomer.cli.commands.output", lambda root, room: place)
    monkeypatch.chdir(tmp_path)
    assert "seed" in call("show", "in/two").stdout
    assert call("compare", "one", "one").stdout.endswith("made from the same\n")
    assert call("show", "three").exit_code == 2
