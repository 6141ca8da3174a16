"""Tables of a run that never was: the policy of another country from a year on, a world without a shock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from latecomer.study.drivers import Points


def spliced(own: Points, donor: Points, year: float) -> Points:
    """A table that is its own until the year before `year` and the donor's from `year` on.

    y(t) = own(t) for t <= year - 1, donor(t) for t >= year, linear between

    >>> years, low, high = np.array([1960.0, 2000.0]), np.array([0.2, 0.2]), np.array([0.8, 0.8])
    >>> mixed = spliced((years, low), (years, high), 1973)
    >>> [part.tolist() for part in mixed]
    [[1960.0, 1972.0, 1973.0, 2000.0], [0.2, 0.2, 0.8, 0.8]]
    """
    before, after = own[0] < year - 1, donor[0] > year
    years = np.concatenate([own[0][before], [year - 1, year], donor[0][after]])
    seam = [np.interp(year - 1, *own), np.interp(year, *donor)]
    return years, np.concatenate([own[1][before], seam, donor[1][after]])


def held(points: Points, after: float, level: float) -> Points:
    """A table that is its own up to the year `after` and stays at a level from the next year on.

    >>> rates = np.array([1978.0, 1979.0, 1980.0, 1981.0]), np.array([0.08, 0.11, 0.13, 0.16])
    >>> [part.tolist() for part in held(rates, 1979, 0.06)]
    [[1978.0, 1979.0, 1980.0, 1981.0], [0.08, 0.11, 0.06, 0.06]]
    """
    kept, last = points[0] <= after, max(points[0][-1], after + 2.0)
    years = np.concatenate([points[0][kept], [after + 1.0, last]])
    return years, np.concatenate([points[1][kept], [level, level]])


def mean_over(points: Points, first: int, last: int) -> float:
    """The mean of a table over whole years, both ends among them.

    >>> mean_over((np.array([1970.0, 1972.0]), np.array([1.0, 3.0])), 1970, 1972)
    2.0
    """
    return float(np.mean(np.interp(np.arange(first, last + 1.0), *points)))


def with_policy(
    own: Mapping[str, Points], donor: Mapping[str, Points], levers: Iterable[str], year: float
) -> dict[str, Points]:
    """The tables of a country with those of its levers spliced with the donor's, whoever that is.

    `levers`: names of tables. With itself for a donor a country keeps its levels, at the same points as with
    another: a run differs by the levels alone.
    """
    return {**own, **{name: spliced(own[name], donor[name], year) for name in levers}}
