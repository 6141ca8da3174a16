"""Reading the observation tables and finding what is wrong with them."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pandas as pd

from latecomer.faults import Fault, refuse
from latecomer.files import read_bytes, read_toml
from latecomer.study.observation_lock import LOCK, LockedFile, row_digest, table_lines
from latecomer.study.observation_lock import RELOCK as AGAIN

COLUMNS = ("iso3", "year", "variable", "value", "unit", "source", "series", "vintage", "transformation")
UNITS = "units.toml"
HEADER = ",".join(COLUMNS)
RELOCK = f"restore the row; lock the tables again only for a change that is meant: {AGAIN}"


@dataclass(frozen=True)
class Row:
    """One line of a table: `number` counts the header as row 1."""

    number: int
    line: str
    fields: dict[str, str]

    def place(self, table: str) -> str:
        """Where the row is, for a fault."""
        key = ", ".join(self.fields[name] for name in ("iso3", "year", "variable"))
        return f"{table}, row {self.number} ({key})"


def read_units(folder: Path) -> dict[str, str]:
    """The units that tables may use, name to meaning, from units.toml.

    Raises InputError when the file is missing or is not of this form.
    """
    path = folder / UNITS
    if not path.is_file():
        raise refuse(UNITS, "no such file", "the units of the tables beside them", "restore the file")
    units = read_toml(path, 'lines of "name" = "meaning"', "mend the line", UNITS)
    return {name: str(meaning) for name, meaning in units.items()}


def read_table(path: Path) -> tuple[list[Row], str, list[Fault]]:
    """The rows of a table, its sha256, and the faults of its form: header, line ends, number of fields."""
    data = read_bytes(path, "a table of observations", "restore the file", path.name)
    header, *lines = table_lines(data)
    digest = sha256(data).hexdigest()
    if header.endswith("\r"):
        got, cure = "line ends of carriage return and line feed", "convert the line ends"
        return [], digest, [Fault(path.name, got, "line feeds only", cure)]
    if header != HEADER:
        return [], digest, [_header_fault(path.name, header.split(","))]
    rows, faults = [], []
    for number, line in enumerate(lines, start=2):
        fields = _fields(line)
        if len(fields) == len(COLUMNS):
            rows.append(Row(number, line, dict(zip(COLUMNS, fields, strict=True))))
        else:
            got, cure = f"{len(fields)} fields", "restore the row; a field with a comma needs double quotes"
            faults.append(Fault(f"{path.name}, row {number}", got, f"{len(COLUMNS)} fields", cure))
    return rows, digest, faults


def _fields(line: str) -> list[str]:
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error:
        return []


def _header_fault(table: str, names: list[str]) -> Fault:
    missing = [name for name in COLUMNS if name not in names]
    extra = [name for name in names if name not in COLUMNS]
    got = "; ".join(
        [f"no column {', '.join(missing)}"] * bool(missing) + [f"the column {', '.join(extra)}"] * bool(extra)
    )
    got = got or "the columns in another order"
    return Fault(f"{table}, row 1", got, f"the header {HEADER}", "mend the header")


def row_faults(table: str, row: Row, units: dict[str, str]) -> Iterator[Fault]:
    """What is wrong with one row by itself.

    >>> fields = dict.fromkeys(COLUMNS, "x") | {"iso3": "KOR", "year": "1960", "value": "nan", "unit": "Dmnl"}
    >>> for fault in row_faults("KOR.csv", Row(2, "", fields), {"Dmnl": "a pure number"}):
    ...     print(fault.place, "-", fault.got)
    KOR.csv, row 2 (KOR, 1960, x) - the value 'nan'
    """
    fields = row.fields

    def fault(got: str, expected: str, cure: str) -> Fault:
        # thousands of sound rows need no place
        return Fault(row.place(table), got, expected, cure)

    if f"{fields['iso3']}.csv" != table:
        got, expected = f"the iso3 '{fields['iso3']}'", f"'{Path(table).stem}'"
        yield fault(got, expected, "move the row to its own table")
    if not re.fullmatch(r"[12]\d{3}", fields["year"], re.ASCII):
        yield fault(f"the year '{fields['year']}'", "a whole year such as 1960", "restore the year")
    if not is_figure(fields["value"]):
        yield fault(f"the value '{fields['value']}'", "a finite number", "restore the figure")
    if fields["unit"] not in units:
        cure = f"use one of them, or add the unit with its meaning to {UNITS}"
        yield fault(f"the unit '{fields['unit']}'", f"a unit of {UNITS}: {', '.join(units)}", cure)
    empty = [name for name in ("variable", *COLUMNS[5:]) if not fields[name].strip()]
    if empty:
        yield fault(f"no {', no '.join(empty)}", "where the figure comes from, in full", "fill it in")


def is_figure(text: str) -> bool:
    """Whether a text is a finite number.

    >>> [is_figure(text) for text in ("1e-3", "-2", "nan", "inf", "1_0", "", " 1")]
    [True, True, False, False, False, False, False]
    """
    if not re.fullmatch(r"[-+.\deE]+", text, re.ASCII):
        return False
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def lock_faults(table: str, rows: list[Row], locked: LockedFile) -> Iterator[Fault]:
    """Rows changed, added or removed since the table was locked; the order of rows does not matter."""
    seen = set()
    for row in rows:
        key = row.fields["variable"], row.fields["year"]
        seen.add(key)
        if key not in locked.rows:
            yield Fault(row.place(table), "a row added", f"the rows of {LOCK}", RELOCK)
        elif locked.rows[key] != row_digest(row.line):
            got = f"a row changed ({row_digest(row.line)})"
            yield Fault(row.place(table), got, f"the row locked ({locked.rows[key]})", RELOCK)
    for variable, year in sorted(locked.rows.keys() - seen):
        place = f"{table} ({Path(table).stem}, {year}, {variable})"
        yield Fault(place, "a row removed", f"the rows of {LOCK}", RELOCK)


def table_faults(
    table: str, rows: list[Row], units: dict[str, str], digest: str, locked: LockedFile | None
) -> Iterator[Fault]:
    """All faults of a table's rows: each by itself, duplicates, and against the lock; each is told once."""
    first: dict[tuple[str, ...], int] = {}
    sound = []
    for row in rows:
        faults = list(row_faults(table, row, units))
        key = tuple(row.fields[name] for name in ("iso3", "year", "variable"))
        if key in first:
            got = f"a second row of this iso3, year and variable, after row {first[key]}"
            faults.append(Fault(row.place(table), got, "one row", "keep the right one"))
        first.setdefault(key, row.number)
        yield from faults
        if not faults:
            sound.append(row)
    if locked is not None and locked.sha256 != digest:
        faulty = {(row.fields["variable"], row.fields["year"]) for row in rows} - {
            (row.fields["variable"], row.fields["year"]) for row in sound
        }
        unfaulted = {key: value for key, value in locked.rows.items() if key not in faulty}
        yield from lock_faults(table, sound, LockedFile(locked.sha256, unfaulted))


def to_frame(rows: list[Row]) -> pd.DataFrame:
    """Sound rows as a frame with whole years and float64 values, sorted by iso3, variable and year."""
    frame = pd.DataFrame([row.fields for row in rows], columns=list(COLUMNS))
    frame["year"] = frame["year"].map(int).astype("int64")
    frame["value"] = frame["value"].map(float).astype("float64")
    return frame.sort_values(["iso3", "variable", "year"], ignore_index=True)
