"""What an override makes of the tables of levers and drivers."""

from __future__ import annotations

import numpy as np

from latecomer.study.drivers import Points
from latecomer.study.overrides import DriverChange, LeverChange
from latecomer.study.rules import Floats


def changed_lever(points: Points, change: LeverChange, start: int) -> Points:
    """A lever's table with a change; no change reaches a run's first year `start`, which is history.

    The change is complete in its first year and begins the year before.

    >>> base = np.array([1960.0, 2000.0]), np.array([0.2, 0.2])
    >>> [part.tolist() for part in changed_lever(base, LeverChange(year=1990, level=0.8), 1960)]
    [[1960.0, 1989.0, 1990.0], [0.2, 0.2, 0.8]]
    """
    asked = change.points
    at, levels = np.array([one.year for one in asked], float), np.array([one.level for one in asked], float)
    first = max(at[0], start + 1.0)
    kept = points[0] < first - 1
    later = at > first
    years = [*points[0][kept], first - 1, first, *at[later]]
    before, begun = np.interp([first - 1], *points), np.interp([first], at, levels)
    changed = np.array(years), np.array([*points[1][kept], *before, *begun, *levels[later]])
    if change.keep is None:
        return changed
    last = max(points[0][-1], changed[0][-1])
    grid = np.union1d(np.concatenate([points[0], changed[0]]), np.arange(first - 1, last + 1))
    choose = np.maximum if change.keep == "higher" else np.minimum
    return grid, choose(np.interp(grid, *points), np.interp(grid, *changed))


def changed_driver(points: Points, change: DriverChange, last: float, end: float) -> Points:
    """A driver's table with a change, one value a year; `last`: the year of its last figure.

    >>> base = np.array([2000.0, 2001.0, 2002.0]), np.array([1.0, 1.0, 1.0])
    >>> half = DriverChange(rule="factor", value=0.5, after=2000, until=2001, unit="Dmnl")
    >>> changed_driver(base, half, 2002, 2002)[1].tolist()
    [1.0, 0.5, 1.0]
    """
    years, values = yearly(points, end)
    match change.rule:
        case "factor":
            within = (years > (change.after or 0)) & (years <= (change.until or 0))
            return years, np.where(within, values * (change.value or 0.0), values)
        case "path":
            at = np.array([step.year for step in change.path], float)
            then = np.interp(years, at, [step.value for step in change.path])
            return years, np.where(years >= at[0], then, values)
    rule, after = change.as_rule(), last if change.after is None else change.after
    for k in range(1, years.size):
        if years[k] > after:
            values[k] = rule.next(years[k - 1], values[k - 1])
    return years, values


def yearly(points: Points, end: float) -> tuple[Floats, Floats]:
    """A table at whole years from its first point to the year `end`, linear between points."""
    years = np.arange(np.ceil(points[0][0]), max(np.ceil(end), points[0][-1]) + 1)
    return years, np.interp(years, *points)
