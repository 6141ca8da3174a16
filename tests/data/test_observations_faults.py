"""What the loader of the observation tables refuses, and in which words."""

from __future__ import annotations

import random
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latecomer.data.lock import LOCK, LockedFile, write_lock
from latecomer.data.observations import load_observations, read_table, sound_columns, table_faults
from latecomer.errors import InputError

HEADER = "iso3,year,variable,value,unit,source,series,vintage,transformation"
END = ',Dmnl,"A publisher, a publication",CODE,2020,none'
ROWS = [f"KOR,{year},debt/output,{year / 4000}{END}" for year in (1980, 1981, 1982)]
TABLE = "\n".join([HEADER, *ROWS]) + "\n"
RELOCK = "Cure: restore the row; lock the tables again only for a change that is meant: latecomer data lock."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return build(tmp_path)


def build(folder: Path) -> Path:
    (folder / "units.toml").write_text('"Dmnl" = "a pure number"\n"1/Year" = "a rate"\n', encoding="utf-8")
    (folder / "KOR.csv").write_text(TABLE, encoding="utf-8", newline="\n")
    write_lock(folder)
    return folder


def put(folder: Path, text: str, name: str = "KOR.csv") -> None:
    (folder / name).write_text(text, encoding="utf-8", newline="\n")


def faults(folder: Path) -> list[str]:
    with pytest.raises(InputError) as raised:
        load_observations(folder)
    return str(raised.value).splitlines()


def test_sound_tables_load(folder: Path) -> None:
    figures = load_observations(folder).series("KOR", "debt/output")
    assert figures.to_dict() == {1980: 0.495, 1981: 0.49525, 1982: 0.4955}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "KOR,1981,",
            "BRA,1981,",
            (
                "KOR.csv, row 3 (BRA, 1981, debt/output): got the iso3 'BRA'; expected 'KOR'. "
                "Cure: move the row to its own table."
            ),
        ),
        (
            "0.49525",
            "nan",
            (
                "KOR.csv, row 3 (KOR, 1981, debt/output): got the value 'nan'; expected a finite number. "
                "Cure: restore the figure."
            ),
        ),
        (
            "0.49525",
            "n/a",
            (
                "KOR.csv, row 3 (KOR, 1981, debt/output): got the value 'n/a'; expected a finite number. "
                "Cure: restore the figure."
            ),
        ),
        (
            "0.49525",
            "",
            (
                "KOR.csv, row 3 (KOR, 1981, debt/output): got the value ''; expected a finite number. "
                "Cure: restore the figure."
            ),
        ),
        (
            "0.49525,Dmnl",
            "0.49525,per cent",
            (
                "KOR.csv, row 3 (KOR, 1981, debt/output): got the unit 'per cent'; expected a unit of "
                "units.toml: Dmnl, 1/Year. Cure: use one of them, or add the unit with its meaning to "
                "units.toml."
            ),
        ),
        (
            "0.49525,Dmnl",
            "0.49524,Dmnl",
            "KOR.csv, row 3 (KOR, 1981, debt/output): got a row changed (",
        ),
        (
            "KOR,1982,debt/output,0.4955" + END + "\n",
            "",
            "KOR.csv (KOR, 1982, debt/output): got a row removed; expected the rows of observations.lock. "
            + RELOCK,
        ),
        (
            "KOR,1982",
            "KOR,1982,debt,1" + END + "\nKOR,1982",
            "KOR.csv, row 4 (KOR, 1982, debt): got a row added; expected the rows of observations.lock. "
            + RELOCK,
        ),
        (
            "KOR,1982",
            "KOR,1981,debt/output,0.5" + END + "\nKOR,1982",
            (
                "KOR.csv, row 4 (KOR, 1981, debt/output): got a second row of this iso3, year and variable, "
                "after row 3; expected one row. Cure: keep the right one."
            ),
        ),
        (
            'KOR,1981,debt/output,0.49525,Dmnl,"A publisher, a publication"',
            "KOR,1981,debt/output,0.49525,Dmnl,",
            (
                "KOR.csv, row 3 (KOR, 1981, debt/output): got no source; "
                "expected where the figure comes from, in full. Cure: fill it in."
            ),
        ),
        (
            "iso3,year,variable,value,unit,",
            "iso3,year,variable,value,",
            f"KOR.csv, row 1: got no column unit; expected the header {HEADER}. Cure: mend the header.",
        ),
        (
            "variable,value,unit",
            "variable,figure,unit",
            (
                f"KOR.csv, row 1: got no column value; the column figure; expected the header {HEADER}. "
                "Cure: mend the header."
            ),
        ),
        (
            "iso3,year",
            "year,iso3",
            (
                f"KOR.csv, row 1: got the columns in another order; expected the header {HEADER}. "
                "Cure: mend the header."
            ),
        ),
        (
            "\n",
            "\r\n",
            (
                "KOR.csv: got line ends of carriage return and line feed; expected line feeds only. "
                "Cure: convert the line ends."
            ),
        ),
    ],
)
def test_one_fault_is_told_once(folder: Path, old: str, new: str, words: str) -> None:
    put(folder, TABLE.replace(old, new))
    told = faults(folder)
    assert len(told) == 1
    assert told[0].startswith(words)


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("1981.0", "got the year '1981.0'; expected a whole year such as 1960. Cure: restore the year."),
        ("81", "got the year '81'; expected a whole year such as 1960. Cure: restore the year."),
        ("", "got the year ''; expected a whole year such as 1960. Cure: restore the year."),
    ],
)
def test_years_are_whole(folder: Path, new: str, words: str) -> None:
    put(folder, TABLE.replace("KOR,1981", f"KOR,{new}"))
    assert faults(folder)[0] == f"KOR.csv, row 3 (KOR, {new}, debt/output): {words}"


def test_a_row_with_other_fields_than_the_header(folder: Path) -> None:
    put(folder, TABLE.replace('"A publisher, a publication"', "A publisher, a publication", 1))
    words = "KOR.csv, row 2: got 10 fields; expected 9 fields. "
    words += "Cure: restore the row; a field with a comma needs double quotes."
    assert faults(folder)[0] == words


def test_a_shifted_year_is_seen_by_the_lock(folder: Path) -> None:
    shifted = (
        TABLE.replace("KOR,1982", "KOR,1983").replace("KOR,1981", "KOR,1982").replace("KOR,1980", "KOR,1981")
    )
    put(folder, shifted)
    told = faults(folder)
    assert [line.split(":")[0] for line in told] == [
        "KOR.csv, row 2 (KOR, 1981, debt/output)",
        "KOR.csv, row 3 (KOR, 1982, debt/output)",
        "KOR.csv, row 4 (KOR, 1983, debt/output)",
        "KOR.csv (KOR, 1980, debt/output)",
    ]
    assert "a row changed" in told[0]
    assert "a row added" in told[2]
    assert "a row removed" in told[3]


@given(seed=st.integers(0, 2**32))
def test_the_order_of_rows_is_free(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = build(tmp_path_factory.mktemp("permuted"))
    before = load_observations(folder).frame
    rows = random.Random(seed).sample(ROWS, len(ROWS))
    put(folder, "\n".join([HEADER, *rows]) + "\n")
    pd.testing.assert_frame_equal(load_observations(folder).frame, before)


@given(at=st.integers(0, len(TABLE) - 1), flip=st.integers(1, 255))
def test_no_changed_byte_passes(at: int, flip: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = build(tmp_path_factory.mktemp("flipped"))
    data = bytearray(TABLE.encode())
    data[at] ^= flip
    (folder / "KOR.csv").write_bytes(bytes(data))
    if at == len(data) - 1 and flip != ord("\n"):
        with pytest.raises(InputError):
            load_observations(folder)
        return
    told = faults(folder)
    if at > len(HEADER) and data[at] != ord("\n") and TABLE[at] != "\n":
        row = TABLE[:at].count("\n") + 1
        assert any(f"row {row}" in line for line in told)


def test_all_faults_at_once_up_to_twenty(folder: Path) -> None:
    rows = [f"KOR,{1950 + n},debt/output,x{END}" for n in range(25)]
    put(folder, "\n".join([HEADER, *rows]) + "\n")
    write_lock(folder)
    told = faults(folder)
    assert len(told) == 21
    assert told[0].startswith("KOR.csv, row 2 (KOR, 1950, debt/output): got the value 'x'")
    assert told[-1] == (
        "observations: got 5 further faults; expected none. Cure: mend those above, then load again."
    )


def test_faults_of_two_tables_come_together(folder: Path) -> None:
    put(folder, TABLE.replace("KOR", "BRA"), "BRA.csv")
    write_lock(folder)
    put(folder, TABLE.replace("KOR", "BRA").replace("0.49525", "?"), "BRA.csv")
    put(folder, TABLE.replace("0.4955,Dmnl", "0.4955,%"))
    assert [line.split(",")[0] for line in faults(folder)] == ["BRA.csv", "KOR.csv"]


def test_two_units_of_one_variable(folder: Path) -> None:
    put(folder, TABLE.replace("KOR", "BRA").replace("Dmnl", "1/Year"), "BRA.csv")
    write_lock(folder)
    assert faults(folder) == [
        (
            "debt/output: got the units 1/Year, Dmnl; expected one unit in all tables. "
            "Cure: convert the figures, or name a second variable."
        )
    ]


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            remove("KOR.csv"),
            (
                "KOR.csv: got no such file; expected the table of observations.lock. "
                "Cure: restore the table, or lock the others: latecomer data lock."
            ),
        ),
        (
            lambda folder: put(folder, TABLE.replace("KOR", "BRA"), "BRA.csv"),
            (
                "BRA.csv: got a table that observations.lock does not know; expected a locked table. "
                "Cure: where a country was being added, latecomer repair; where you trust the table, "
                "latecomer data lock."
            ),
        ),
        (
            remove(LOCK),
            (
                "observations.lock: got no such file; expected the lock of the tables beside them. "
                "Cure: restore the lock, or lock again tables that you trust: latecomer data lock."
            ),
        ),
        (
            remove("units.toml"),
            (
                "units.toml: got no such file; expected the units of the tables beside them. "
                "Cure: restore the file."
            ),
        ),
        (
            lambda folder: put(folder, "Dmnl is a number", "units.toml"),
            "units.toml: got text that is not TOML (",
        ),
        (
            lambda folder: put(folder, "nonsense\n", LOCK),
            (
                "observations.lock, line 1: got 'nonsense'; expected a file, a variable, or a year and a "
                "digest. Cure: restore the lock, or lock again tables that you trust: latecomer data lock."
            ),
        ),
        (
            lambda folder: put(folder, "file KOR.csv 3 00\nvariable debt/output\n1980 0123456789\n", LOCK),
            (
                "observations.lock, KOR.csv: got 1 rows; expected the 3 announced. "
                "Cure: restore the lock, or lock again tables that you trust: latecomer data lock."
            ),
        ),
    ],
)
def test_files_missing_unknown_or_damaged(folder: Path, change: Callable[[Path], None], words: str) -> None:
    change(folder)
    told = faults(folder)
    assert len(told) == 1
    assert told[0].startswith(words)


def test_a_folder_without_tables(folder: Path) -> None:
    (folder / "KOR.csv").unlink()
    write_lock(folder)
    assert faults(folder) == [
        (
            "observations: got no table; expected a csv table for each country. "
            "Cure: add one, then lock it: latecomer data lock."
        )
    ]
    assert faults(folder / "nowhere") == [
        (
            f"{folder / 'nowhere'}: got no such folder; expected the folder of the observation tables. "
            "Cure: mend the path."
        )
    ]


def test_a_table_without_keys_cannot_be_locked(folder: Path) -> None:
    put(folder, "a,b\n1,2\n")
    with pytest.raises(InputError) as raised:
        write_lock(folder)
    assert str(raised.value) == (
        "KOR.csv: got the header 'a,b'; expected the columns variable and year. Cure: mend the header."
    )


def test_the_lock_is_deterministic_and_knows_no_order(folder: Path) -> None:
    first = (folder / LOCK).read_bytes()
    assert write_lock(folder).read_bytes() == first
    put(folder, "\n".join([HEADER, *reversed(ROWS)]) + "\n")
    rows = write_lock(folder).read_bytes().splitlines()
    kept = first.splitlines()
    assert [line for line in rows if not line.startswith(b"file")] == [
        line for line in kept if not line.startswith(b"file")
    ]


@pytest.mark.parametrize(
    "line",
    ["KOR", 'KOR,"1983', f"KOR,1983,{'x' * 140_000},1{END}"],
    ids=["short", "open quote", "long"],
)
def test_a_line_that_is_no_row_is_not_locked(folder: Path, line: str) -> None:
    put(folder, TABLE + line + "\n")
    with pytest.raises(InputError) as caught:
        write_lock(folder)
    assert "KOR.csv, line 5: got no such row; expected a row of 9 cells on one line" in str(caught.value)


CELLS = st.sampled_from(
    [
        "KOR",
        "1980",
        "1981",
        "198",
        "١٩٨٠",
        "0.5",
        "1_0",
        "nan",
        "",
        " ",
        '"',
        '"x,y"',
        '"a\nb"',
        "\x00",
        "Dmnl",
    ]
)


@given(
    rows=st.lists(st.lists(CELLS, min_size=8, max_size=10), max_size=3),
    at=st.integers(0, 8),
    name=st.sampled_from(["KOR.csv", ".csv", "A.B.csv"]),
)
def test_whole_columns_are_sound_where_each_row_is(rows: list[list[str]], at: int, name: str) -> None:
    iso3 = name.removesuffix(".csv")
    sound = [iso3, "1980", "debt", "0.5", "Dmnl", "publisher", "code", "2020", "none"]
    other = [*sound[:at], *(rows[0][at : at + 1] if rows else []), *sound[at + 1 :]]
    lines = [",".join(one) for one in (sound, other, *rows[1:])]
    data = "\n".join([HEADER, *lines, ""]).encode()
    locked = LockedFile(sha256(data).hexdigest(), {})
    with TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(data)
        read, digest, faults = read_table(Path(folder) / name)
    faults += table_faults(name, read, {"Dmnl": "a pure number"}, digest, locked)
    found = sound_columns(name, data, {"Dmnl": "a pure number"}, locked)
    assert (found is None) == bool(faults)
    if found is not None:
        pd.testing.assert_frame_equal(pd.DataFrame(found), pd.DataFrame([row.fields for row in read]))


def test_a_table_of_no_rows_has_columns_of_text(folder: Path) -> None:
    put(folder, HEADER + "\n")
    write_lock(folder)
    frame = load_observations(folder).frame
    assert (len(frame), frame["iso3"].dtype, frame["year"].dtype) == (0, np.dtype(object), np.dtype(np.int64))
