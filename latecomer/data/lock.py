"""The lock of the observation tables: a hash of each file and a short digest of each row."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from latecomer.errors import refuse
from latecomer.files import WRITABLE, read_bytes, read_text, write_whole

LOCK = "observations.lock"
HEADING = "# observation tables, lock 1: file, rows, sha256; by variable the year and the digest of its row"
RELOCK = "latecomer data lock"
CURE = f"restore the lock, or lock again tables that you trust: {RELOCK}"
DIGITS = 10

Key = tuple[str, str]


@dataclass(frozen=True)
class LockedFile:
    """One table as locked: its sha256 and the digest of each row by (variable, year)."""

    sha256: str
    rows: Mapping[Key, str]


def row_digest(line: str) -> str:
    """A short digest of one line of a table, without its line end.

    digest = the first ten hexadecimal digits of sha256(line)

    >>> row_digest("abc")
    'ba7816bf8f'
    """
    return sha256(line.encode("utf-8", "surrogateescape")).hexdigest()[:DIGITS]


def table_lines(data: bytes) -> list[str]:
    r"""The lines of a table, header first; bytes that are not UTF-8 survive as surrogates.

    Only a line feed ends a line, so that a stray control character stays inside its row.

    >>> table_lines(b"iso3,year\nKOR,1960\n")
    ['iso3,year', 'KOR,1960']
    """
    return data.decode("utf-8", "surrogateescape").removesuffix("\n").split("\n")


def lock_of(path: Path) -> LockedFile:
    """The lock entry of one table as it is on disk.

    `path`: a csv table with the columns variable and year. Raises InputError when it lacks them.
    """
    return lock_of_bytes(
        path.name, read_bytes(path, "a table of observations", "restore the file", path.name)
    )


def lock_of_bytes(name: str, data: bytes) -> LockedFile:
    r"""The lock entry of the bytes of a table; see `lock_of`. Raises InputError for a line that is no row.

    >>> sorted(lock_of_bytes("KOR.csv", b"variable,year\nCO2,1960\n").rows)
    [('CO2', '1960')]
    """
    header, *lines = table_lines(data)
    names = header.split(",")
    if "variable" not in names or "year" not in names:
        raise refuse(name, f"the header '{header}'", "the columns variable and year", "mend the header")
    at = names.index("variable"), names.index("year")
    rows: dict[Key, str] = {}
    reader = csv.reader(lines)
    try:
        for fields, line in zip(reader, lines, strict=True):
            rows[fields[at[0]], fields[at[1]]] = row_digest(line)
    except (IndexError, ValueError, csv.Error):
        place = f"{name}, line {reader.line_num + 1}"
        expected = f"a row of {len(names)} cells on one line, each of at most {csv.field_size_limit()} signs"
        raise refuse(place, "no such row", expected, "mend the line") from None
    return LockedFile(sha256(data).hexdigest(), rows)


def lock_lines(name: str, locked: LockedFile) -> Iterator[str]:
    """The lines of one table in the lock.

    >>> list(lock_lines("KOR.csv", LockedFile("ab", {("CO2", "1960"): "0123456789"})))
    ['file KOR.csv 1 ab', 'variable CO2', '1960 0123456789']
    """
    yield f"file {name} {len(locked.rows)} {locked.sha256}"
    current = None
    for (variable, year), digest in sorted(locked.rows.items()):
        if variable != current:
            yield f"variable {variable}"
            current = variable
        yield f"{year} {digest}"


def lock_text(locks: Mapping[str, LockedFile]) -> str:
    """The text of the lock of some tables, by their names.

    >>> print(lock_text({"KOR.csv": LockedFile("ab", {})}).splitlines()[1])
    file KOR.csv 0 ab
    """
    lines = [HEADING]
    for name in sorted(locks):
        lines.extend(lock_lines(name, locks[name]))
    return "\n".join(lines) + "\n"


def write_lock(folder: Path | str) -> Path:
    """Write observations.lock for the tables of a folder; the same tables give the same text.

    `folder`: holds one csv table a country. Result: the path of the lock. Raises InputError for a table
    without the columns variable and year.
    """
    return write_whole(Path(folder) / LOCK, present_lock(Path(folder)).encode(), WRITABLE)


def present_lock(folder: Path) -> str:
    """The text of the lock of the tables of a folder as they are; raises InputError as `lock_of` does."""
    return lock_text({path.name: lock_of(path) for path in sorted(folder.glob("*.csv"))})


def read_lock(folder: Path | str) -> dict[str, LockedFile]:
    """The lock of a folder by table name.

    Raises InputError when the lock is missing, damaged, or short of rows that it announces.
    """
    path = Path(folder) / LOCK
    if not path.is_file():
        raise refuse(LOCK, "no such file", "the lock of the tables beside them", CURE)
    return dict(_locked(read_text(path, "the lock of the tables beside it", CURE, LOCK)))


@lru_cache(maxsize=4)
def _locked(text: str) -> dict[str, LockedFile]:
    files: dict[str, LockedFile] = {}
    announced: dict[str, int] = {}
    rows: dict[str, dict[Key, str]] = {}
    name, variable = "", ""
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split(" ")
        if words[0] == "file" and len(words) == 4 and words[2].isdigit():
            name, announced[words[1]] = words[1], int(words[2])
            rows[name] = {}
            files[name] = LockedFile(words[3], MappingProxyType(rows[name]))
        elif words[0] == "variable" and name:
            variable = line.removeprefix("variable ")
        elif variable and len(words) == 2 and len(words[1]) == DIGITS:
            rows[name][variable, words[0]] = words[1]
        elif not line.startswith("#"):
            expected = "a file, a variable, or a year and a digest"
            raise refuse(f"{LOCK}, line {number}", f"'{line}'", expected, CURE)
    for name, locked in files.items():
        if len(locked.rows) != announced[name]:
            expected = f"the {announced[name]} announced"
            raise refuse(f"{LOCK}, {name}", f"{len(locked.rows)} rows", expected, CURE)
    return files
