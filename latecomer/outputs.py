"""Files for readers: each carries a mark of its maker, and only what carries it is written over."""

from __future__ import annotations

import csv
import json
import os
import re
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from latecomer.changes import changing
from latecomer.errors import as_text, refuse
from latecomer.files import read_bytes, read_text, refuse_in_the_way, write_whole

if TYPE_CHECKING:
    import pandas as pd

ELSEWHERE: Final = "choose another --out DIR"
CURE: Final = "choose another name, or remove it first"
COMMENT: Final = b"<!-- made by latecomer -->\n"
# a remark before the last pointer of a PDF moves nothing that it points to
PRINTED: Final = b"% made by latecomer\nstartxref"
REMARK: Final = b"{made by latecomer}"
SKETCH: Final = "\\\\\\---///"
CHUNK: Final = b"Software\0latecomer"
PNG, PDF, PARQUET = b"\x89PNG\r\n\x1a\n", b"%PDF-", b"PAR1"
# what a PNG begins with: its signature and one chunk of 25 bytes
PNG_HEAD: Final = 33
TABLE: Final = b"member,time,variable,value,unit\n"
IN_PARQUET: Final = b'"made by": "latecomer"'
VENDOR: Final = b"<vendor>latecomer</vendor>"
CAPTION: Final = re.compile(rb"[^\n]+\nn: [^\n]*\nSource: [^\n]*\nFit: [^\n]*\n(Note: [^\n]*\n)*")
SCORES: Final = {"holds", "scores"}
ENDS: Final = 4096


def write_output(path: Path, content: bytes, cure: str = ELSEWHERE) -> Path:
    """Write a file for readers with the mark of its maker, whole or not at all; returns `path`.

    Raises InputError as `refuse_output` and `write_whole` do.
    """
    refuse_output(path, cure)
    return write_whole(path, signed(content), cure)


def write_outputs(out: Path, files: Mapping[str, bytes], cure: str = ELSEWHERE) -> list[Path]:
    """Write some files for readers into a folder as one step, each with its mark; returns their paths.

    Raises InputError as `refuse_output` does, before any is written, and where `out` cannot be written to.
    """
    for name in files:
        refuse_output(out / name, cure)
    with changing(out, cure) as change:
        for name, content in files.items():
            change.put(name, signed(content))
    return [out / name for name in files]


def refuse_output(path: Path, cure: str = ELSEWHERE) -> None:
    """Raise InputError where a path holds what latecomer has not written; to be asked before the work.

    An empty file may be written over. A link, a folder or a device is refused.
    """
    refuse_in_the_way(path, cure, CURE)
    if not os.path.lexists(path):
        return
    held = read_bytes(path, "a file that latecomer has written", CURE)
    if held and not own(held):
        raise refuse(
            str(path),
            "a file without the mark of latecomer, of another maker or an older version",
            "one with it, or none",
            CURE,
        )


def signed(content: bytes) -> bytes:
    r"""A file's content with a mark of its maker, where its form has a place for one.

    >>> signed(b"<svg></svg>")
    b'<svg></svg>\n<!-- made by latecomer -->\n'
    """
    if own(content):
        return content
    if content.startswith(PNG):
        size = (len(CHUNK)).to_bytes(4, "big")
        body = b"tEXt" + CHUNK
        chunk = size + body + zlib.crc32(body).to_bytes(4, "big")
        return content[:PNG_HEAD] + chunk + content[PNG_HEAD:]
    if content.startswith(PDF):
        head, pointer, tail = content.rpartition(b"startxref")
        return head + (PRINTED if pointer else b"") + tail
    if _marked_up(content):
        return content.rstrip(b"\n") + b"\n" + COMMENT
    return content


def remarked(text: str) -> str:
    """A model text with a remark on its maker in the note of its last element, before any sketch.

    >>> remarked("k = 1 ~ Dmnl ~ One. |")
    'k = 1 ~ Dmnl ~ One. {made by latecomer}|'
    """
    if REMARK.decode() in text:
        return text
    equations, sketch, rest = text.partition(SKETCH)
    head, end, tail = equations.rpartition("|")
    return f"{head}{REMARK.decode() if end else ''}{end}{tail}{sketch}{rest}"


def own(content: bytes) -> bool:
    """Whether latecomer has written a file with this content.

    >>> own(b"<svg></svg>"), own(signed(b"<svg></svg>")), own(b"my thesis")
    (False, True, False)
    """
    first, last = content[:ENDS], content[-ENDS:]
    if content.startswith(PNG):
        return CHUNK in first
    if content.startswith(PDF):
        return PRINTED in last
    if content.startswith(PARQUET):
        return IN_PARQUET in content or IN_PARQUET.replace(b'"', b'\\"') in content
    if _marked_up(content):
        return last.endswith(COMMENT) or VENDOR in first
    if first.replace(b'"', b"").startswith(TABLE) or REMARK in content or CAPTION.fullmatch(content):
        return True
    if content.startswith(b"{"):
        try:
            return set(json.loads(content)) >= SCORES
        except (ValueError, RecursionError):
            return False
    return False


def part(path: Path) -> str:
    """The text of a style or a script that goes into a page; raises InputError where it cannot be read."""
    return read_text(path, "a part of the pages", "copy it anew from the reference study")


def _marked_up(content: bytes) -> bool:
    return content[:ENDS].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def table_bytes(table: pd.DataFrame) -> bytes:
    r"""A table as CSV whose texts stay texts in a spreadsheet; numbers are written as they are.

    >>> import pandas as pd
    >>> table_bytes(pd.DataFrame({"unit": ["=1+1", "Year"], "value": [-1.5, 2.0]}))
    b"unit,value\n'=1+1,-1.5\nYear,2.0\n"
    """
    shown = table.rename(columns={name: as_text(str(name)) for name in table.columns})
    found = set(map(str, shown.columns))
    for name, column in shown.items():
        texts = {one for one in column.unique() if isinstance(one, str)}
        found |= texts
        if any(one != as_text(one) for one in texts):
            shown[name] = column.map(_cell)
    # a carriage return ends a row for a reader, yet is not put into quotes by the writer
    if any("\r" in one for one in found):
        return shown.to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n").encode()
    return shown.to_csv(index=False, lineterminator="\n").encode()


def _cell(cell: object) -> object:
    return as_text(cell) if isinstance(cell, str) else cell
