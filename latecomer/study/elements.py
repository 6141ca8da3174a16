"""The elements of a model text as characters, and where each stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from latecomer.language import key
from latecomer.language.vensim import SKETCH

ELEMENT = re.compile(r'(?P<head>\s*)(?P<equation>(?:"[^"]*"|[^"~|])*)~(?P<unit>[^~|]*)~(?P<rest>[^|]*)\|')


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its name's key, its equation and unit, and where the equation stands in the text."""

    key: str
    equation: str
    unit: str
    start: int
    end: int


def elements(text: str) -> Iterator[Element]:
    r"""The elements of a text that could be read; the headings of sectors are left out.

    >>> [(one.key, one.equation) for one in elements("{UTF-8}\nprice memory =\n 8\n ~ Year ~ Note. |")]
    [('price_memory', 'price memory =\n 8')]
    """
    body = SKETCH.split(text, maxsplit=1)[0]
    opening = re.match(r"\s*\{[^}]*\}", body)
    for found in ELEMENT.finditer(body, opening.end() if opening else 0):
        equation = found["equation"].rstrip()
        if not equation.startswith("***"):
            name = re.match(r'"[^"]*"|[^=(]*', equation)
            start = found.start("equation")
            yield Element(
                key(name.group() if name else ""),
                equation,
                found["unit"].strip(),
                start,
                start + len(equation),
            )


def meaning(text: str) -> str:
    """What a text computes: its equations and units in one order, whatever the blanks and the notes.

    >>> meaning("b = 1 ~ Dmnl ~ a note |  a=b ~ Dmnl ~ |") == meaning("a = b~Dmnl~|b =1~Dmnl~ another |")
    True
    """
    lines = (
        f"{one.key}|{''.join(one.equation.split())}|{''.join(one.unit.split())}" for one in elements(text)
    )
    return "\n".join(sorted(lines))
