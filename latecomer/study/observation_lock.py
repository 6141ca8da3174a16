"""The lock of the observation tables: a hash of each file and a short digest of each row."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from latecomer.faults import refuse

LOCK = "observations.lock"
HEADING = "# observation tables, lock 1: file, rows, sha256; then by variable the year and the digest of its row"
DIGITS = 10

Key = tuple[str, str]


@dataclass(frozen=True)
class LockedFile:
    """One table as locked: its sha256 and the digest of each row by (variable, year)."""

    sha256: str
    rows: dict[Key, str]


def row_digest(line: str) -> str:
    """A short digest of one line of a table, without its line end.

    digest = the first ten hexadecimal digits of sha256(line)

    >>> row_digest("abc")
    'ba7816bf8f'
    """
    return sha256(line.encode()).hexdigest()[:DIGITS]


def lock_of(path: Path) -> LockedFile:
    """The lock entry of one table as it is on disk.

    `path`: a csv table with the columns variable and year. Raises InputError when it lacks them.
    """
    data = path.read_bytes()
    header, *lines = data.decode("utf-8").splitlines()
    names = header.split(",")
    if "variable" not in names or "year" not in names:
        raise refuse(path.name, f"the header '{header}'", "the columns variable and year", "mend the header")
    at = names.index("variable"), names.index("year")
    keyed = zip(csv.reader(lines), lines, strict=True)
    rows = {(fields[at[0]], fields[at[1]]): row_digest(line) for fields, line in keyed}
    return LockedFile(sha256(data).hexdigest(), rows)


def write_lock(folder: Path | str) -> Path:
    """Write observations.lock for the tables of a folder, the same text for the same tables; returns its path.

    `folder`: holds one csv table a country.
    """
    lines = [HEADING]
    for path in sorted(Path(folder).glob("*.csv")):
        locked = lock_of(path)
        lines.append(f"file {path.name} {len(locked.rows)} {locked.sha256}")
        variable = None
        for (name, year), digest in sorted(locked.rows.items()):
            if name != variable:
                lines.append(f"variable {name}")
                variable = name
            lines.append(f"{year} {digest}")
    target = Path(folder) / LOCK
    target.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return target


def read_lock(folder: Path | str) -> dict[str, LockedFile]:
    """The lock of a folder by table name.

    Raises InputError when the lock is missing or is not of this form.
    """
    path = Path(folder) / LOCK
    if not path.is_file():
        raise refuse(str(path), "no such file", "the lock of the tables", "restore it, or write_lock a folder you trust")
    files: dict[str, LockedFile] = {}
    rows: dict[Key, str] = {}
    variable = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        kind, _, rest = line.partition(" ")
        if kind == "file" and len(rest.split(" ")) == 3:
            rows = {}
            files[rest.split(" ")[0]] = LockedFile(rest.split(" ")[2], rows)
        elif kind == "variable" and files:
            variable = rest
        elif kind.isdigit() and len(rest) == DIGITS and variable:
            rows[variable, kind] = rest
        elif not line.startswith("#"):
            cure = "restore the lock, or write_lock a folder you trust"
            raise refuse(f"{LOCK}, line {number}", f"'{line}'", "a file, a variable or a year with a digest", cure)
    return files
