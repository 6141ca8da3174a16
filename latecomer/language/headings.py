"""The headings of the sectors of a Vensim text, with the sentence that stands under each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate

RULE = "***"


def sector_file(sector: str, ending: str = "toml") -> str:
    """The name of a file about a sector.

    >>> sector_file("Balance of payments"), sector_file("", "svg")
    ('balance-of-payments.toml', 'model.svg')
    """
    return f"{re.sub(r'[^a-z0-9]+', '-', sector.lower()).strip('-') or 'model'}.{ending}"


def sector_notes(text: str) -> dict[str, str]:
    r"""The sentence under the heading of each sector, in the order of the text; the first of a name counts.

    >>> sector_notes("***\n\t.World\n***~\n\t\tWhat no country\n\t\tmoves.\n\t|\nx = 1 ~ Dmnl ~ |")
    {'World': 'What no country moves.'}
    """
    found: dict[str, str] = {}
    for sector, note in _headings(text):
        found.setdefault(sector, " ".join(note.replace("~", " ").split()))
    return found


def _headings(text: str) -> Iterator[tuple[str, str]]:
    """A line of asterisks, the sector, asterisks again, ~ and the note up to the next |."""
    lines = text.split("\n")
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    for first in (number for number, line in enumerate(lines) if _is_rule(line)):
        named = first + 1
        while named < len(lines) and not lines[named].strip():
            named += 1
        if named + 1 >= len(lines) or not lines[named + 1].startswith(RULE):
            continue
        start = starts[named + 1] + len(lines[named + 1]) - len(lines[named + 1].lstrip("*"))
        end = text.find("|", start)
        note = text[start:end].lstrip() if end >= 0 else ""
        if note.startswith("~") and not _is_rule(lines[named]):
            yield lines[named].strip().removeprefix(".").strip(), note[1:]


def _is_rule(line: str) -> bool:
    return line.startswith(RULE) and not line.strip("* \t")
