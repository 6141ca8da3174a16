"""Data variables: series over time, read from CSV files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path

from latecomer.faults import Fault, InputError, refuse
from latecomer.files import plain_number, read_rows
from latecomer.language.syntax import Table, key

DataFiles = str | Path | Iterable[str | Path] | None
SEPARATORS = {".csv": ",", ".tab": "\t", ".tsv": "\t"}


def read_data(files: DataFiles) -> Mapping[str, Table]:
    """The series of some files under the keys of their names.

    A file has a column named Time, or time in its first row and one series a row below. Empty cells are left
    out. Raises `InputError` for anything that is no number, and for a name in two files.
    """
    if files is None:
        return {}
    paths = [files] if isinstance(files, str | Path) else list(files)
    found: dict[str, Table] = {}
    for path in map(Path, paths):
        for name, table in _series(path).items():
            if name in found:
                raise refuse(path.name, f"'{name}' a second time", "each series in one file", "remove one")
            found[name] = table
    return found


def _series(path: Path) -> dict[str, Table]:
    separator = SEPARATORS.get(path.suffix.lower())
    if separator is None:
        raise refuse(path.name, f"a file ending with '{path.suffix}'", ".csv or .tab", "save it as CSV")
    read = read_rows(path, "a CSV file of figures", "correct the path", path.name, separator)
    rows = [row for row in read if any(cell.strip() for cell in row)]
    if not rows or key(rows[0][0]) != "time":
        got = rows[0][0] if rows else "an empty file"
        raise refuse(path.name, f"'{got}' in the first cell", "Time", "write Time above the times")
    wide = max(len(row) for row in rows)
    cells = [[*(cell.strip() for cell in row), *[""] * (wide - len(row))] for row in rows]
    if all(plain_number(cell) is not None for cell in cells[0][1:]):
        cells = [list(column) for column in zip(*cells, strict=True)]
    return _columns(path, cells)


def _columns(path: Path, cells: list[list[str]]) -> dict[str, Table]:
    faults: list[Fault] = []
    found: dict[str, Table] = {}
    for column, name in enumerate(cells[0][1:], 1):
        pairs = []
        if key(name) in found or key(name) == "time":
            faults.append(
                Fault(
                    f"{path.name}, {name}", "a second column of that name", "each series once", "remove one"
                )
            )
            continue
        for row, line in enumerate(cells[1:], 2):
            if not line[column]:
                continue
            x, y = plain_number(line[0]), plain_number(line[column])
            if x is None or y is None:
                place = f"{path.name}, row {row}, {name}"
                got = f"'{line[column] if y is None else line[0]}'"
                faults.append(Fault(place, got, "a finite number", "mend the figure or leave it empty"))
                continue
            pairs.append((x, y))
        if any(b[0] <= a[0] for a, b in pairwise(pairs)):
            faults.append(
                Fault(f"{path.name}, {name}", "times out of order", "each time once", "sort the rows")
            )
        elif len(pairs) < 2:
            faults.append(
                Fault(f"{path.name}, {name}", f"{len(pairs)} figures", "two or more", "add figures")
            )
        found[key(name)] = Table(tuple(x for x, _ in pairs), tuple(y for _, y in pairs))
    if faults:
        raise InputError(faults)
    return found
