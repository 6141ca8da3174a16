"""Figures that a text quotes, found by a machine; a reader of the rendered page sees no mark.

Three forms are read. In the section "What came out" of a README: the table of scores, its columns headed by
iso3, its rows by series or "U2 of" a series, a star where the tolerance is missed; and the variable of the
event told as "BRA 1982: 0.40". Anywhere: a number with the comment <!-- figure: NAME --> after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

SECTION: Final = re.compile(r"^## What came out\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)


ACCESS_QUOTED: Final = re.compile(r"\b([A-Z]{3}) (\d{4}): (\d\.\d+)")


MARKED: Final = re.compile(r"(-?\d[\d,]*(?:\.\d+)?)( ?%)?\s*<!-- figure: (.+?) -->")


ISO3: Final = re.compile(r"[A-Z]{3}")


MEASURES: Final = {"NRMSD": "nrmsd", "U2": "u2"}


BEYOND: Final = "beyond tolerance"


@dataclass(frozen=True, slots=True)
class Quote:
    """A figure as a text prints it: `value` in its own unit, to `decimals` places; `per_cent` as such."""

    figure: str
    value: float
    decimals: int
    per_cent: bool = False

    def printed(self, value: float | None) -> float | None:
        """A value as the text would print it; None for none.

        >>> Quote("KOR, log output, nrmsd", 0.0, 2).printed(0.004), Quote("a", 13.0, 0, True).printed(0.128)
        (0.0, 13.0)
        """
        if value is None:
            return None
        return float(f"{100 * value if self.per_cent else value:.{self.decimals}f}")

    def says(self, value: float | None) -> bool:
        """Whether the text says what a value is, rounded as it is printed."""
        return self.printed(value) == self.value


def quotes(text: str, variable: str | None = None) -> Iterator[Quote]:
    """The figures that a Markdown text quotes, in the forms of this module; `variable`: that of the event.

    >>> [(one.figure, one.value) for one in quotes("it is 13 %<!-- figure: BRA, output, 1990 -->.")]
    [('BRA, output, 1990', 13.0)]
    """
    for section in SECTION.findall(text):
        for block in section.split("\n\n"):
            yield from table_quotes(block)
        for iso3, year, value in ACCESS_QUOTED.findall(section) if variable is not None else ():
            yield printed(f"{iso3}, {variable}, {year}", value)
    for value, sign, figure in MARKED.findall(text):
        yield printed(figure, value, bool(sign))


def printed(figure: str, text: str, per_cent: bool = False) -> Quote:
    """A quote from its digits.

    >>> printed("loss", "3,386.2")
    Quote(figure='loss', value=3386.2, decimals=1, per_cent=False)
    """
    digits = text.replace(",", "")
    return Quote(figure, float(digits), len(digits.partition(".")[2]), per_cent)


def table_quotes(block: str) -> Iterator[Quote]:
    r"""The cells of a table of scores; none for another table.

    >>> rows = "| NRMSD | KOR |\n|---|---|\n| log output | 0.073* |\n| U2 of capital | 0.14 |"
    >>> for one in table_quotes(rows):
    ...     print(one.figure, one.value)
    KOR, log output, nrmsd 0.073
    KOR, log output, beyond tolerance 1.0
    KOR, capital, u2 0.14
    """
    lines = [line for line in block.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    if not rows:
        return
    (title, *countries), *body = rows
    kind = MEASURES.get(re.split(r"[\s,]", title, maxsplit=1)[0])
    if kind is None or not all(ISO3.fullmatch(iso3) for iso3 in countries):
        return
    for label, *cells in body:
        first, of, rest = label.partition(" of ")
        measure, series = (MEASURES[first], rest) if of and first in MEASURES else (kind, label)
        for iso3, cell in zip(countries, cells, strict=False):
            if not re.fullmatch(r"-?[\d,]+(\.\d+)?\*?", cell):
                continue
            yield printed(f"{iso3}, {series}, {measure}", cell.rstrip("*"))
            if measure == kind == "nrmsd":
                yield Quote(f"{iso3}, {series}, {BEYOND}", float(cell.endswith("*")), 0)
