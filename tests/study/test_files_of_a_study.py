"""What is no file of a study, too deep, too long or no number is refused with its place."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from latecomer.data.lock import read_lock
from latecomer.data.observations import read_table, read_units
from latecomer.errors import InputError
from latecomer.evaluation.published_numbers import read_numbers
from latecomer.language.read import read_data
from latecomer.new_countries.panel import read_new_countries
from latecomer.study.schema import read_toml

DIGITS = "9" * 5000
LONG = "x" * 200_000


def of_toml(path: Path) -> object:
    return read_toml(path, "some tables")


def of_units(path: Path) -> object:
    return read_units(path.rename(path.parent / "units.toml").parent)


def of_lock(path: Path) -> object:
    return read_lock(path.rename(path.parent / "observations.lock").parent)


def of_panel(path: Path) -> object:
    return read_new_countries(path, (), ())


READERS: dict[str, Callable[[Path], object]] = {
    "x.toml": of_toml,
    "observations.lock": of_lock,
    "x.csv": of_panel,
    "KOR.csv": read_table,
    "numbers.lock": read_numbers,
    "data.csv": read_data,
}


def refused(name: str, path: Path) -> str:
    with pytest.raises(InputError) as caught:
        READERS[name](path)
    return str(caught.value)


@pytest.mark.parametrize("name", [name for name in READERS if name != "observations.lock"])
def test_what_is_no_file_is_never_opened(name: str, tmp_path: Path) -> None:
    pipe = tmp_path / name
    os.mkfifo(pipe)
    assert "got a pipe; expected" in refused(name, pipe)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / name).mkdir()
    assert "got a folder; expected" in refused(name, folder / name)


@pytest.mark.parametrize("name", list(READERS))
def test_bytes_that_are_no_text_are_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"\xff\xfe")
    if name != "KOR.csv":  # a table tells of its rows
        assert "got bytes that are no UTF-8 text (byte 1)" in refused(name, path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"a = {DIGITS}", "got a number of thousands of digits"),
        ("a = " + "9" * 400, "got a number of 400 digits"),
        ("a = " + "[" * 100 + "]" * 100, "got values nested more than 64 deep"),
        ("a = " + "[" * 5000 + "]" * 5000, "got values nested more than 64 deep"),
        (".".join("a" * 200) + " = 1", "got values nested more than 64 deep"),
    ],
)
def test_tables_that_are_too_deep_or_too_long_are_refused(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(text, encoding="utf-8")
    assert refused("x.toml", path).startswith(f"x.toml: {said}; expected some tables")
    with pytest.raises(InputError, match=r"units\.toml: got "):
        of_units(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'{{"fit": {DIGITS}}}', "got a number of 5000 digits"),
        ('{"fit": "a", "fit": "b"}', "got 'fit' twice in one object"),
        ('{"fit": NaN}', "got the number NaN, which is not finite"),
        ('{"fit": 1e999}', "got the number 1e999, which is not finite"),
        ('{"fit": "\\ud800"}', "got half a character in '\\ud800'"),
        ("[" * 100_000, "got values nested more than 64 deep"),
    ],
)
def test_a_lock_that_no_program_writes_is_refused(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "numbers.lock"
    path.write_text(text, encoding="utf-8")
    assert said in refused("numbers.lock", path)


@pytest.mark.parametrize("value", ["1_0", "\u0661\u0662", "nan", "inf", "1e999", "0x10", "1,5"])
def test_what_is_no_plain_number_is_none(value: str, tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text(f'Time,rain\n1960,"{value}"\n1961,2\n', encoding="utf-8")
    assert f"data.csv, row 2, rain: got '{value}'; expected a finite number" in refused("data.csv", data)
    panel = tmp_path / "x.csv"
    panel.write_text(f'iso3,year,variable,value\nCHL,1960,a,"{value}"\n', encoding="utf-8")
    assert "expected a finite number, or nothing where it is missing" in refused("x.csv", panel)


@pytest.mark.parametrize("year", ["1960.0", "1e3", "19_60", "\u0661\u0669\u0666\u0660", "-1960", "1960\x00"])
def test_what_is_no_plain_year_is_none(year: str, tmp_path: Path) -> None:
    panel = tmp_path / "x.csv"
    panel.write_text(f"iso3,year,variable,value\nCHL,{year},a,1\n", encoding="utf-8")
    assert "x.csv" in refused("x.csv", panel)


def test_a_cell_that_is_too_long_is_refused(tmp_path: Path) -> None:
    panel = tmp_path / "x.csv"
    panel.write_text(f"iso3,year,variable,value\nCHL,1960,{LONG},1\n", encoding="utf-8")
    assert "x.csv, line 2: got no row (field larger than field limit (131072))" in refused("x.csv", panel)
    data = tmp_path / "data.csv"
    data.write_text(f"Time,{LONG}\n1960,1\n1961,2\n", encoding="utf-8")
    assert "data.csv, line 1: got no row (field larger than field limit (131072))" in refused(
        "data.csv", data
    )


def test_rows_that_are_ragged_or_doubled_are_refused_and_a_mark_is_none_of_them(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("iso3,year,variable,value\nCHL,1960,a\n", encoding="utf-8")
    assert "x.csv, row 2: got 3 fields; expected the 4 of the header" in refused("x.csv", path)
    path.write_text("iso3,year,variable,value\nCHL,1960,a,1\nCHL,1960,a,2\n", encoding="utf-8")
    assert "got a second row of CHL, 1960, a; expected one row of each key" in refused("x.csv", path)
    path.write_bytes(b"\xef\xbb\xbfiso3,year,variable,value\r\nCHL,1960,a,1\r\n")
    assert list(read_new_countries(path, (), ("a",)).rows["value"]) == [1.0]
