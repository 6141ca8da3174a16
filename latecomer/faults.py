"""Faults in what a user hands over: each says the place, what was got, what was expected and the cure."""

from __future__ import annotations

import difflib
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
    latecomer.faults.InputError: --until: got 1850; expected a year from 1960. Cure: choose a later year.
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
