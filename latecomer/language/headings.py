"""The headings of the sectors of a Vensim text, with the sentence that stands under each."""

from __future__ import annotations

import re

HEADING = re.compile(
    r"^\*{3,}[ \t]*\n\s*\.?(?P<sector>[^\n]+?)[ \t]*\n\*{3,}\s*~(?P<note>[^|]*)\|", re.MULTILINE
)


def sector_notes(text: str) -> dict[str, str]:
    r"""The sentence under the heading of each sector, in the order of the text; the first of a name counts.

    >>> sector_notes("***\n\t.World\n***~\n\t\tWhat no country\n\t\tmoves.\n\t|\nx = 1 ~ Dmnl ~ |")
    {'World': 'What no country moves.'}
    """
    found: dict[str, str] = {}
    for heading in HEADING.finditer(text):
        found.setdefault(heading["sector"].strip(), " ".join(heading["note"].replace("~", " ").split()))
    return found
