"""The numbers that a fit estimates: parameters, populations, sizes of errors, shifts at known breaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from latecomer.faults import Fault, InputError


class Role(Enum):
    """What an estimated number is of; the value is its name in a stored fit."""

    PARAMETER = "parameters"
    POPULATION = "populations"
    SIZE = "sizes of errors"
    SHIFT = "shifts at breaks"


@dataclass(frozen=True, slots=True)
class Entry:
    """One estimated number: a shared one (iso3 is None) or one country's.

    `middle` and `width`: where a held population has moved its prior to, in standard deviations of the prior
    of the tables.
    """

    name: str
    iso3: str | None
    family: str
    centre: float
    spread: float
    role: Role = Role.PARAMETER
    middle: float = 0.0
    width: float = 1.0

    def __str__(self) -> str:
        return self.name if self.iso3 is None else f"{self.name} [{self.iso3}]"


class Population(Protocol):
    """How far the common centre and the common spread of a population may lie from those of its prior."""

    @property
    def centre(self) -> float:
        """Standard deviation of the common centre, in standard deviations of the prior."""

    @property
    def spread(self) -> float:
        """Standard deviation of the logarithm of the common spread over that of the prior."""


Places = NDArray[np.int64]


def population_entries(
    entries: Sequence[Entry], populations: Mapping[str, Population]
) -> tuple[list[Entry], Places, Places]:
    """The common centre and spread of each population, and for each entry where its own two stand, or -1.

    Raises InputError where the countries' priors of one population differ: then there is no common centre.

    >>> one = [Entry("a", iso3, "normal", 0.0, 1.0) for iso3 in ("KOR", "BRA")]
    >>> from types import SimpleNamespace
    >>> made, centres, spreads = population_entries(one, {"a": SimpleNamespace(centre=0.5, spread=0.3)})
    >>> [str(entry) for entry in made], centres.tolist(), spreads.tolist()
    (['common centre of a', 'common spread of a'], [2, 2], [3, 3])
    """
    made: list[Entry] = []
    centres, spreads = np.full((2, len(entries)), -1)
    faults: list[Fault] = []
    for name, population in populations.items():
        members = [k for k, one in enumerate(entries) if one.name == name and one.iso3 is not None]
        if not members:
            continue
        if len({(entries[k].family, entries[k].centre, entries[k].spread) for k in members}) > 1:
            got, cure = "priors that differ between countries", "give its prior the same centre and spread"
            faults.append(Fault(f"populations.toml, {name}", got, "one prior in all country files", cure))
        centres[members], spreads[members] = len(entries) + len(made), len(entries) + len(made) + 1
        role = Role.POPULATION
        made.append(Entry(f"common centre of {name}", None, "normal", 0.0, population.centre, role))
        made.append(Entry(f"common spread of {name}", None, "lognormal", 1.0, population.spread, role))
    if faults:
        raise InputError(faults)
    return made, centres, spreads


def error_entries(
    sizes: Mapping[tuple[str, str], Any], shifts: Mapping[tuple[str, str, int], float]
) -> list[Entry]:
    """Entries of sizes {(iso3, series): (scale, spread)} and of shifts {(iso3, series, year): spread}.

    >>> [str(one) for one in error_entries({("KOR", "log output"): (0.03, 0.3)}, {})]
    ['size of the error of log output [KOR]']
    """
    made = [
        Entry(f"size of the error of {series}", iso3, "lognormal", scale, spread, Role.SIZE)
        for (iso3, series), (scale, spread) in sizes.items()
    ]
    made += [
        Entry(f"shift of {series} from {year}", iso3, "normal", 0.0, spread, Role.SHIFT)
        for (iso3, series, year), spread in shifts.items()
    ]
    return made
