"""Faults in what a user hands over: each says the place, what was got, what was expected and the cure.

Also here:
- Text of others as it may be shown: what would steer a terminal is written out, so that it is seen.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

# characters of a name that are compared with others
LONGEST: Final = 100


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of an input.

    >>> str(Fault("KOR.csv, row 3", "value 'x'", "a finite number", "mend the figure"))
    "KOR.csv, row 3: got value 'x'; expected a finite number. Cure: mend the figure."
    """

    place: str
    got: str
    expected: str
    cure: str

    def __str__(self) -> str:
        return f"{self.place}: got {self.got}; expected {self.expected}. Cure: {self.cure}."


class InputError(ValueError):
    """Bad input, with every fault found in it; the command line prints it and exits with 2."""

    def __init__(self, faults: Fault | Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


def refuse(place: str, got: str, expected: str, cure: str) -> InputError:
    """An `InputError` with a single fault, to be raised by the caller.

    >>> raise refuse("--until", "1850", "a year from 1960", "choose a later year")
    Traceback (most recent call last):
    ...
    latecomer.errors.InputError: --until: got 1850; expected a year from 1960. Cure: choose a later year.
    """
    return InputError(Fault(place, got, expected, cure))


def nearest(name: str, names: Iterable[str]) -> str:
    """The cure for a misspelt name, whatever its case.

    >>> nearest("birht rate", ["Birth rate", "deaths"])
    "write the nearest name: 'Birth rate'"
    """
    # the time it takes grows with the square of the length
    lower = {other.lower()[:LONGEST]: other for other in names}
    near = difflib.get_close_matches(str(name).lower()[:LONGEST], lower, n=1, cutoff=0.0)
    return f"write the nearest name: '{lower[near[0]]}'" if near else "remove it"


# what turns the order of the letters around it, and so can show another name than there is
TURNING = (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)

# line breaks that are none of this program's, and what ends or begins a text unseen
UNSEEN = (0x2028, 0x2029, 0xFEFF)

CONTROLS = (*(code for code in range(0x20) if code not in (0x09, 0x0A)), *range(0x7F, 0xA0))

WRITTEN_OUT = {code: f"\\x{code:02x}" for code in CONTROLS} | {
    code: f"\\u{code:04x}" for code in (*TURNING, *UNSEEN)
}

STEERING = re.compile(f"[\x7f-\x9f\ud800-\udfff{''.join(map(chr, (*TURNING, *UNSEEN)))}]")

# what is written out: it would steer a terminal, or stand there unseen
UNSHOWN = re.compile(f"[{''.join(map(chr, WRITTEN_OUT))}]")

# what a spreadsheet takes for the beginning of a formula, or steps over before it looks
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def visible(text: str) -> str:
    r"""A text with its control characters, turns of direction and halves of characters written out.

    Line breaks and tabs stay.

    >>> visible("KOR\x1b[2J\x9b1m\ud800 and é")
    'KOR\\x1b[2J\\x9b1m\\ud800 and é'
    """
    shown = text if text.isascii() and text.isprintable() else text.translate(WRITTEN_OUT)
    try:
        shown.encode()
    except UnicodeEncodeError:
        return shown.encode("utf-8", "backslashreplace").decode()
    return shown


def escaped_json(text: str) -> str:
    r"""A JSON text whose strings hold no character that would steer a terminal; it stands for the same.

    >>> escaped_json('"a\x9b1m\ud800"')
    '"a\\u009b1m\\ud800"'
    """
    return text if text.isascii() and "\x7f" not in text else STEERING.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def as_text(cell: str) -> str:
    """A text as a cell of a CSV file: what a spreadsheet would take for a formula gets a quote before it.

    >>> as_text("=1+1"), as_text("KOR")
    ("'=1+1", 'KOR')
    """
    return f"'{cell}" if cell.startswith(FORMULA) else cell
