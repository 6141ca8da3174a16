"""The figures that the model is held against, each with unit, source, series, vintage and transformation.

Also here:
- Reading the observation tables and finding what is wrong with them, by hand: each fault names its row, which
  a library for tables does not.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import pandas as pd

from latecomer.data.lock import LOCK, RELOCK, LockedFile, read_lock, row_digest, table_lines
from latecomer.data.lock import RELOCK as AGAIN
from latecomer.errors import Fault, InputError, refuse
from latecomer.files import read_bytes, read_toml

COLUMNS = ("iso3", "year", "variable", "value", "unit", "source", "series", "vintage", "transformation")

UNITS = "units.toml"

YEAR: Final = re.compile(r"[12]\d{3}", re.ASCII)

FIGURE: Final = re.compile(r"[-+.\deE]+", re.ASCII)

PROVENANCE: Final = ("unit", "source", "series", "vintage", "transformation")

Columns: TypeAlias = Mapping[str, list[str]]

HEADER = ",".join(COLUMNS)

RESTORE = f"restore the row; lock the tables again only for a change that is meant: {AGAIN}"


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
    return table_rows(path.name, _table_bytes(path))


def _table_bytes(path: Path) -> bytes:
    return read_bytes(path, "a table of observations", "restore the file", path.name)


def table_rows(table: str, data: bytes) -> tuple[list[Row], str, list[Fault]]:
    """The same of the bytes of a table; see `read_table`."""
    header, *lines = table_lines(data)
    digest = sha256(data).hexdigest()
    if header.endswith("\r"):
        got, cure = "line ends of carriage return and line feed", "convert the line ends"
        return [], digest, [Fault(table, got, "line feeds only", cure)]
    if header != HEADER:
        return [], digest, [_header_fault(table, header.split(","))]
    rows, faults = [], []
    for number, line in enumerate(lines, start=2):
        fields = _fields(line)
        if len(fields) == len(COLUMNS):
            rows.append(Row(number, line, dict(zip(COLUMNS, fields, strict=True))))
        else:
            got, cure = f"{len(fields)} fields", "restore the row; a field with a comma needs double quotes"
            faults.append(Fault(f"{table}, row {number}", got, f"{len(COLUMNS)} fields", cure))
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
    if not YEAR.fullmatch(fields["year"]):
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
    if not FIGURE.fullmatch(text):
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
            yield Fault(row.place(table), "a row added", f"the rows of {LOCK}", RESTORE)
        elif locked.rows[key] != row_digest(row.line):
            got = f"a row changed ({row_digest(row.line)})"
            yield Fault(row.place(table), got, f"the row locked ({locked.rows[key]})", RESTORE)
    for variable, year in sorted(locked.rows.keys() - seen):
        place = f"{table} ({Path(table).stem}, {year}, {variable})"
        yield Fault(place, "a row removed", f"the rows of {LOCK}", RESTORE)


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
    return _frame(_columns(rows))


def _columns(rows: list[Row]) -> dict[str, list[str]]:
    return {name: [row.fields[name] for row in rows] for name in COLUMNS}


def _frame(columns: Columns) -> pd.DataFrame:
    years, values = list(map(int, columns["year"])), list(map(float, columns["value"]))
    typed = {"year": np.array(years, dtype=np.int64), "value": np.array(values, dtype=np.float64)}
    # of no rows the type cannot be seen
    texts = columns if years else {name: pd.Series([], dtype="object") for name in COLUMNS}
    frame = pd.DataFrame({**texts, **typed}, columns=list(COLUMNS))
    return frame.sort_values(["iso3", "variable", "year"], ignore_index=True)


def sound_columns(
    table: str, data: bytes, units: dict[str, str], locked: LockedFile | None
) -> Columns | None:
    r"""The columns of a table that has no fault; None where one may be, which `table_faults` then tells.

    Whole columns are looked at, which takes a fifth of the time of looking at each row. `data`: the bytes of
    the table.

    >>> text = f"{HEADER}\nKOR,1980,debt,0.5,Dmnl,a publisher,a code,a release,none\n".encode()
    >>> locked = LockedFile(sha256(text).hexdigest(), {})
    >>> sound_columns("KOR.csv", text, {"Dmnl": ""}, locked)["value"]
    ['0.5']
    >>> sound_columns("BRA.csv", text, {"Dmnl": ""}, locked) is None
    True
    """
    if locked is None or locked.sha256 != sha256(data).hexdigest():
        return None
    header, *lines = table_lines(data)
    try:
        rows = list(csv.reader(lines, strict=True))
    except csv.Error:
        return None
    # a quoted line end would make one row of two lines
    if header != HEADER or len(rows) != len(lines) or {len(row) for row in rows} != {len(COLUMNS)}:
        return None
    columns = dict(zip(COLUMNS, (list(column) for column in zip(*rows, strict=True)), strict=True))
    sound = (
        {f"{iso3}.csv" for iso3 in set(columns["iso3"])} == {table}
        and all(YEAR.fullmatch(year) for year in set(columns["year"]))
        and set(columns["unit"]) <= units.keys()
        and all(value.strip() for name in ("variable", *COLUMNS[5:]) for value in set(columns[name]))
        and len(set(zip(columns["variable"], columns["year"], strict=True))) == len(rows)
        and all(map(is_figure, columns["value"]))
    )
    return columns if sound else None


MOST_FAULTS = 20

STRAY = f"where a country was being added, latecomer repair; where you trust the table, {RELOCK}"


@dataclass(frozen=True)
class Provenance:
    """Where the figures of one variable come from, over the years `first` to `last`."""

    unit: str
    source: str
    series: str
    vintage: str
    transformation: str
    first: int
    last: int


@dataclass(frozen=True)
class Observations:
    """Observed figures, up to the year `until` when there is one.

    `frame` has the columns iso3, year (int64), variable, value (float64), unit, source, series, vintage and
    transformation, sorted by iso3, variable and year.

    >>> rows = [dict(iso3="KOR", variable="CO2", year=year, value=year - 1950.0) for year in (1960, 1961)]
    >>> two = Observations(pd.DataFrame(rows))
    >>> two.series("KOR", "CO2", until=1960).to_dict()
    {1960: 10.0}
    >>> two.cut(1960).value("KOR", "CO2", 1961)
    Traceback (most recent call last):
    ...
    latecomer.errors.InputError: KOR, CO2: got the year 1961; expected a year up to 1960. Cure: cut later.
    """

    frame: pd.DataFrame
    until: int | None = None

    def countries(self) -> list[str]:
        """The iso3 codes, WLD and USA among them."""
        return sorted({iso3 for iso3, _ in self._groups})

    def variables(self, iso3: str) -> list[str]:
        """The variables of a country. Raises InputError for an unknown country."""
        names = sorted(name for country, name in self._groups if country == iso3)
        if not names:
            raise self._unknown("observations", "country", iso3, self.countries())
        return names

    def series(self, iso3: str, variable: str, until: int | None = None) -> pd.Series[float]:
        """The figures of a variable by whole year, in its own unit, up to `until` (all of them by default).

        A missing year is missing; an `until` before the first figure gives an empty series. Raises InputError
        for an unknown country or variable, with the near names, and for an `until` after the cut.
        """
        rows = self._rows(iso3, variable)
        if until is not None:
            self._check_year(f"{iso3}, {variable}", until)
            rows = rows[rows["year"] <= until]
        return pd.Series(
            rows["value"].to_numpy(), index=rows["year"].to_numpy(), name=variable, dtype="float64"
        )

    def value(self, iso3: str, variable: str, year: int) -> float:
        """One figure, in the unit of its variable. Raises InputError when it is missing or after the cut."""
        place = f"{iso3}, {variable}"
        figures = self.series(iso3, variable)
        self._check_year(place, year)
        if year not in figures.index:
            expected = f"a year with a figure, from {figures.index.min()} to {figures.index.max()}"
            raise refuse(place, f"the year {year}, which has none", expected, "choose another year")
        return float(figures.loc[year])

    def source(self, iso3: str, variable: str) -> tuple[Provenance, ...]:
        """Where a variable comes from, in order of years: one entry, or two where it is chained or joined.

        Raises InputError for an unknown country or variable.
        """
        rows = self._rows(iso3, variable)
        if (iso3, variable) not in self._sources:
            self._sources[iso3, variable] = _provenance(rows)
        return self._sources[iso3, variable]

    @cached_property
    def _sources(self) -> dict[tuple[str, str], tuple[Provenance, ...]]:
        return {}

    def cut(self, until: int) -> Observations:
        """These observations as they stood in the year `until`: no later figure can be had from them."""
        self._check_year("cut", until)
        return Observations(self.frame[self.frame["year"] <= until].reset_index(drop=True), until)

    def _check_year(self, place: str, year: int) -> None:
        if self.until is not None and year > self.until:
            raise refuse(place, f"the year {year}", f"a year up to {self.until}", "cut later")

    @cached_property
    def _groups(self) -> dict[tuple[str, str], pd.DataFrame]:
        groups = self.frame.groupby(["iso3", "variable"])
        return {(str(key[0]), str(key[1])): rows for key, rows in groups}

    def _rows(self, iso3: str, variable: str) -> pd.DataFrame:
        names = self.variables(iso3)
        if variable not in names:
            raise self._unknown(iso3, "variable", variable, names)
        return self._groups[iso3, variable]

    def _unknown(self, place: str, kind: str, name: str, names: list[str]) -> InputError:
        near = get_close_matches(name, names, n=5, cutoff=0.5) or names
        when = "" if self.until is None else f" up to {self.until}"
        expected = f"one that has figures{when}, such as {', '.join(near)}"
        return refuse(place, f"the {kind} '{name}'", expected, "mend the name")


def _provenance(rows: pd.DataFrame) -> tuple[Provenance, ...]:
    texts = zip(*(rows[name].tolist() for name in PROVENANCE), strict=True)
    years: dict[tuple[str, ...], list[int]] = {}
    for key, year in zip(texts, rows["year"].tolist(), strict=True):
        years.setdefault(key, []).append(year)
    return tuple(
        Provenance(**dict(zip(PROVENANCE, key, strict=True)), first=min(of), last=max(of))
        for key, of in years.items()
    )


# tables that were found sound in this process, by their content: a study is opened many times
_SOUND: dict[str, Observations] = {}

KEPT: Final = 4


def load_observations(folder: Path | str) -> Observations:
    r"""All tables of a folder, checked against units.toml and observations.lock.

    `folder`: holds one csv table a country, named by its iso3; the order of rows is free. Raises InputError
    with the faults of all tables at once (the first twenty and a count): missing columns, malformed rows,
    years, figures, units or iso3, missing sources, duplicates, and rows changed, added or removed since the
    tables were locked.

    >>> from tempfile import TemporaryDirectory
    >>> from latecomer.data.lock import write_lock
    >>> with TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "units.toml").write_text('"Dmnl" = "a pure number"')
    ...     _ = (Path(folder) / "KOR.csv").write_text(
    ...         "iso3,year,variable,value,unit,source,series,vintage,transformation\n"
    ...         "KOR,1980,debt/output,0.5,Dmnl,a publisher,a code,a release,none\n"
    ...     )
    ...     _ = write_lock(folder)
    ...     load_observations(folder).value("KOR", "debt/output", 1980)
    0.5
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise refuse(str(folder), "no such folder", "the folder of the observation tables", "mend the path")
    mark = _content(folder)
    if mark not in _SOUND:
        observations = _checked(folder)
        if len(_SOUND) >= KEPT:
            del _SOUND[next(iter(_SOUND))]
        _SOUND[mark] = observations
    return _SOUND[mark]


def _content(folder: Path) -> str:
    """The sha256 of all that the tables of a folder are checked from, by name."""
    found = sha256()
    for path in sorted([*folder.glob("*.csv"), folder / UNITS, folder / LOCK]):
        data = read_bytes(path, "figures", "restore the file", path.name) if path.is_file() else b""
        found.update(f"{path.name} {path.is_file()} {len(data)}\n".encode() + data)
    return found.hexdigest()


def _checked(folder: Path) -> Observations:
    units, lock = read_units(folder), read_lock(folder)
    names = {path.name for path in folder.glob("*.csv")}
    faults = list(_table_names(names, set(lock)))
    whole: dict[str, list[str]] = {name: [] for name in COLUMNS}
    for name in sorted(names):
        data = _table_bytes(folder / name)
        columns = sound_columns(name, data, units, lock.get(name))
        if columns is None:
            rows, digest, found = table_rows(name, data)
            faults += found
            if rows or not found:
                faults += table_faults(name, rows, units, digest, lock.get(name))
            columns = _columns(rows)
        for column, values in columns.items():
            whole[column] += values
    if faults:
        raise InputError(_capped(faults))
    frame = _frame(whole)
    faults = list(_unit_faults(frame))
    if faults:
        raise InputError(_capped(faults))
    return Observations(frame)


def _table_names(found: set[str], locked: set[str]) -> Iterable[Fault]:
    if not found | locked:
        yield Fault(
            "observations", "no table", "a csv table for each country", f"add one, then lock it: {RELOCK}"
        )
    for name in sorted(locked - found):
        yield Fault(
            name, "no such file", f"the table of {LOCK}", f"restore the table, or lock the others: {RELOCK}"
        )
    for name in sorted(found - locked):
        yield Fault(name, f"a table that {LOCK} does not know", "a locked table", STRAY)


def _unit_faults(frame: pd.DataFrame) -> Iterable[Fault]:
    for variable, units in frame.groupby("variable")["unit"]:
        if len(names := sorted(units.unique())) > 1:
            cure = "convert the figures, or name a second variable"
            yield Fault(str(variable), f"the units {', '.join(names)}", "one unit in all tables", cure)


def _capped(faults: list[Fault]) -> list[Fault]:
    if len(faults) <= MOST_FAULTS:
        return faults
    rest = f"{len(faults) - MOST_FAULTS} further faults"
    return [*faults[:MOST_FAULTS], Fault("observations", rest, "none", "mend those above, then load again")]
