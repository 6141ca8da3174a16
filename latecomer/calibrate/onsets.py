"""Onsets of crises: when a state begins after quiet years, and how a run's onsets meet those on record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

QUIET = 3
"""Years without the state before an onset, as is usual where spells are dated: one crisis counts once."""
NEAR = 2
"""Years by which an onset may miss the date on record."""


def onsets(years: Iterable[int], quiet: int = QUIET) -> tuple[int, ...]:
    """The years of a state that follow `quiet` years without it.

    onset = y in years, and none of y - quiet .. y - 1

    >>> onsets([1982, 1983, 1986, 1990])  # 1986 comes three years after 1983: the same spell
    (1982, 1990)
    """
    at = set(years)
    return tuple(y for y in sorted(at) if not at & set(range(y - quiet, y)))


def state_years(times: NDArray[Any], state: NDArray[np.bool_]) -> list[int]:
    """The years at some moment of which a state holds; `times` and `state` of one length.

    >>> state_years([1981.0, 1981.5, 1982.0, 1982.5], [False, True, False, False])
    [1981]
    """
    moments: NDArray[np.float64] = np.asarray(times, dtype=np.float64)[np.asarray(state, dtype=bool)]
    return sorted({int(np.floor(one)) for one in moments})


@dataclass(frozen=True)
class Dated:
    """The onsets of one country, of its run and on record, in the years `first` to `last`.

    `hits`: {onset on record: the nearest onset of the run within two years}; `missed`: on record alone;
    `false`: of the run alone, with no year of the state on record within two years of it.
    """

    iso3: str
    first: int
    last: int
    model: tuple[int, ...]
    record: tuple[int, ...]
    hits: Mapping[int, int]
    missed: tuple[int, ...]
    false: tuple[int, ...]

    @property
    def years(self) -> int:
        """The years at risk of a false alarm."""
        return self.last - self.first + 1


def dated(
    iso3: str, span: tuple[int, int], model: Sequence[int], record: Sequence[int], near: int = NEAR
) -> Dated:
    """The onsets of a run held against the record; `model`, `record`: the years of the state in each.

    An onset of the run in a spell on record that began earlier is neither hit nor false. What stands in the
    first year of the span began before it, nobody knows when, and is no onset; years before the span say
    that a spell is under way.

    >>> found = dated("BRA", (1970, 2010), [1982, 1983, 1999], [1983, 1984, 1985, 1994])
    >>> dict(found.hits), found.missed, found.false
    ({1983: 1982}, (1994,), (1999,))
    """
    first, last = span
    said = tuple(y for y in onsets(model) if first < y <= last)
    known = tuple(y for y in onsets(record) if first < y <= last)
    hits = {
        y: min(close, key=lambda one: (abs(one - y), one))
        for y in known
        if (close := [one for one in said if abs(one - y) <= near])
    }
    false = tuple(y for y in said if not any(abs(y - one) <= near for one in record))
    return Dated(iso3, first, last, said, known, hits, tuple(y for y in known if y not in hits), false)


def alarms_per_decades(rows: Iterable[Dated], decades: float = 10.0) -> float:
    """False alarms in so many country-decades; not a number without a year.

    rate = decades * 10 * false alarms / years

    >>> alarms_per_decades([dated("IND", (1971, 2010), [1984], [1991]), dated("KOR", (1951, 2010), [], [])])
    1.0
    """
    told = list(rows)
    years = sum(one.years for one in told)
    return decades * 10.0 * sum(len(one.false) for one in told) / years if years else float("nan")
