"""One door for bytes: a file is read whole, within limits, or refused; it is written whole, or not at all.

What is no ordinary file (a folder, a pipe, a device), is too large, is no text, is nested too deeply or holds
a number that no computer number can stand for never reaches the program behind. What several files say
together is written as one step by `latecomer.changes`.
"""

from __future__ import annotations

import csv
import json
import math
import os
import re
import stat
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import StringIO
from pathlib import Path
from typing import Any, Final

from latecomer.errors import InputError, refuse

MEBI: Final = 1024**2
# the largest file of each kind that is read; the largest that the reference study has is a hundredth of it
LARGEST_TABLE: Final = 256 * MEBI
LARGEST_JSON: Final = 64 * MEBI
LARGEST_TOML: Final = 4 * MEBI
LARGEST_TEXT: Final = 16 * MEBI
DEEPEST: Final = 64
MOST_DIGITS: Final = 300
LARGEST_WHOLE: Final = 10**MOST_DIGITS
NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
KINDS: Final = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def read_bytes(
    path: Path, what: str, cure: str, place: str | None = None, largest: int = LARGEST_TABLE
) -> bytes:
    """The bytes of an ordinary file of at most `largest` bytes.

    `what` is expected there, `cure` and `place` (by default the path) go into the fault. Raises InputError
    for what is missing, no ordinary file, larger or unreadable; a pipe or a device is never opened.
    """
    place = str(path) if place is None else place
    try:
        kind = stat.S_IFMT(os.stat(path).st_mode)  # noqa: PTH116 - a name with a null byte is a ValueError here
        if kind != stat.S_IFREG:
            raise refuse(place, KINDS.get(kind, "no ordinary file"), what, cure)
        with open(path, "rb") as stream:  # noqa: PTH123
            content = stream.read(largest + 1)
    except FileNotFoundError:
        raise refuse(place, "no such file", what, cure) from None
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise refuse(place, f"a file that cannot be opened ({reason})", what, cure) from None
    if len(content) > largest:
        expected = f"{what} of at most {size_text(largest)}"
        raise refuse(place, "a larger file", expected, "leave out what is not needed")
    return content


def read_text(path: Path, what: str, cure: str, place: str | None = None, largest: int = LARGEST_TEXT) -> str:
    """The text of a file in UTF-8, with or without a byte order mark; see `read_bytes`."""
    content = read_bytes(path, what, cure, place, largest)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        got = f"bytes that are no UTF-8 text (byte {error.start + 1})"
        raise refuse(str(path) if place is None else place, got, f"{what}, in UTF-8", cure) from None


def read_json(
    path: Path, what: str, cure: str, place: str | None = None, largest: int = LARGEST_JSON
) -> dict[str, Any]:
    """The object of a JSON file.

    Raises InputError as `read_bytes` does, for text that is no JSON object, for a name that stands twice in
    one object, a number beyond the largest, nesting beyond `DEEPEST` and half a character.
    """
    text = read_text(path, what, cure, place, largest)
    place = str(path) if place is None else place
    with _parsing(place, "JSON", what, cure, json.JSONDecodeError):
        content = json.loads(
            text,
            parse_float=_finite,
            parse_int=_whole,
            parse_constant=_finite,
            object_pairs_hook=_once,
        )
        if not isinstance(content, dict):
            raise refuse(place, f"a {type(content).__name__}", "a JSON object", cure)
        _check(content)
    return content


def read_toml(path: Path, what: str, cure: str, place: str | None = None) -> dict[str, Any]:
    """The tables of a TOML file; raises InputError as `read_json` does."""
    return parse_toml(read_text(path, what, cure, place, LARGEST_TOML), what, cure, place or str(path))


def parse_toml(text: str, what: str, cure: str, place: str) -> dict[str, Any]:
    """The tables of a TOML text; see `read_toml`.

    >>> parse_toml("a = 1", "a table", "mend it", "x.toml")
    {'a': 1}
    """
    with _parsing(place, "TOML", what, cure, tomllib.TOMLDecodeError):
        content = tomllib.loads(text)
        _check(content)
    return content


def read_rows(
    path: Path,
    what: str,
    cure: str,
    place: str | None = None,
    separator: str = ",",
    largest: int = LARGEST_TABLE,
) -> list[list[str]]:
    """The rows of a CSV file in UTF-8; raises InputError as `read_text` does, and for cells too long."""
    text = read_text(path, what, cure, place, largest)
    return parse_rows(text, what, cure, str(path) if place is None else place, separator)


def parse_rows(text: str, what: str, cure: str, place: str, separator: str = ",") -> list[list[str]]:
    r"""The rows of a CSV text.

    >>> parse_rows("a,b\n1,2\n", "a table", "mend it", "x.csv")
    [['a', 'b'], ['1', '2']]
    """
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator)
    try:
        return list(reader)
    except csv.Error as error:
        raise refuse(f"{place}, line {reader.line_num}", f"no row ({error})", what, cure) from None


def plain_number(text: str) -> float | None:
    """The finite number that a text is; None for all that is no plain decimal number, as `1_0` or `nan`.

    >>> [plain_number(text) for text in ("-1.5e3", ".5", "1_0", "nan", "1e999", " 1", "\u0661")]
    [-1500.0, 0.5, None, None, None, None, None]
    """
    if len(text) > MOST_DIGITS or not NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def size_text(size: int) -> str:
    """A number of bytes as it stands in a message.

    >>> size_text(4 * 1024**2)
    '4 MiB'
    """
    return f"{size / MEBI:g} MiB"


# how the names of files under way end: what a kill leaves is known again
UNDER_WAY: Final = ".latecomer"
ELSEWHERE: Final = "choose another place"
WRITABLE: Final = "make room there, or make the study writable"


def write_whole(path: Path, content: bytes, cure: str = ELSEWHERE) -> Path:
    """Write `content` beside `path` under another name, then give it its name; returns `path`.

    Makes the folder where it is missing; a cut-off or a full disk leaves what was there. Raises InputError,
    with `cure`, where the place cannot be written to, and for a folder, a link or a device in the way.
    """
    refuse_in_the_way(path, cure)
    name = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=UNDER_WAY)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(name, 0o644)  # noqa: PTH101 - mkstemp makes it private to its owner
        Path(name).replace(path)
    except (OSError, ValueError) as error:
        raise unwritable(path, error, cure) from error
    finally:
        if name is not None:
            with suppress(OSError):
                Path(name).unlink(missing_ok=True)
    return path


def refuse_in_the_way(path: Path, cure: str = ELSEWHERE, other_name: str | None = None) -> None:
    """Raise InputError where a path is there already and is no ordinary file: it is not written through.

    `cure`: of a place that cannot be written to; `other_name`: of what is in the way, by default the same.
    """
    try:
        kind = stat.S_IFMT(os.lstat(path).st_mode)
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise unwritable(path, error, cure) from error
    if kind != stat.S_IFREG:
        got = KINDS.get(kind, "a symbolic link" if kind == stat.S_IFLNK else "no ordinary file")
        raise refuse(str(path), got, "the name of a file", other_name or cure)


def unwritable(path: Path, error: Exception, cure: str = ELSEWHERE) -> InputError:
    """The fault of a place that cannot be written to."""
    got = getattr(error, "strerror", None) or str(error)
    return refuse(str(path), got, "a folder that can be written to", cure)


class _Refused(ValueError):
    """What a parser's hook refuses, told by `_parsing` with its place."""


@contextmanager
def _parsing(place: str, form: str, what: str, cure: str, error_type: type[ValueError]) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except error_type as error:
        raise refuse(place, f"text that is not {form} ({error})", what, cure) from None
    except _Refused as error:
        raise refuse(place, str(error), what, cure) from None
    except RecursionError:
        raise refuse(place, f"values nested more than {DEEPEST} deep", what, cure) from None
    except ValueError:
        # Python reads no integer of more than 4,300 digits
        raise refuse(place, "a number of thousands of digits", what, cure) from None


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _Refused(f"the number {text[:24]}, which is not finite")
    return value


def _whole(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise _Refused(f"a number of {len(text)} digits")
    return int(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _Refused(f"{name[:80]!a} twice in one object")
            seen.add(name)
    return made


def _check(content: dict[str, Any]) -> None:
    level: list[Any] = [content]
    for _ in range(DEEPEST + 1):  # and what stands in the deepest
        inside: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                inside.extend(value)
                inside.extend(value.values())
            elif isinstance(value, list):
                inside.extend(value)
            elif isinstance(value, str):
                _whole_characters(value)
            elif type(value) is int and abs(value) >= LARGEST_WHOLE:
                raise _Refused(f"a number of {len(str(value))} digits")
        if not inside:
            return
        level = inside
    raise _Refused(f"values nested more than {DEEPEST} deep")


def _whole_characters(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _Refused(f"half a character in {text[:24]!a}") from None
