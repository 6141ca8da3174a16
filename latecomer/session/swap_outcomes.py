"""What is told of a counterfactual: its outcomes, how far it strays from the baseline, its shares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.explain.counterfactuals import CONDITIONS, SIDES, Setting, of_coalition
from latecomer.explain.shapley import Floats, coalitions, game_of_difference, shapley
from latecomer.study.outcomes import Outcomes, Swap, SwapLevel, SwapOutcome
from latecomer.study.study import Study

BAND: Final = (0.1, 0.9)
ROUNDING: Final = 0.01
"""A change of an outcome by less than this has no sign to speak of."""


@dataclass(frozen=True)
class Spread:
    """A number by the fit itself, and the 80 % band over draws."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """A counterfactual of a country, without shocks; its band is that of the fit.

    `outcomes`: by name; `below`: share of draws in which the event happens in the years of its outcome, None
    for a study without such an outcome; `levels`, in the last year, over the baseline, another variable or
    the frontier on record; `paths`: by variable and year, of the fit itself.
    """

    country: str
    name: str
    outcomes: Mapping[str, Spread]
    below: float | None
    levels: Mapping[str, Spread]
    paths: Mapping[str, Mapping[int, float]]


@dataclass(frozen=True)
class Share:
    """What a player accounts for of the difference in an outcome: the mean over draws and the 80 % band."""

    player: str
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Shared:
    """An outcome of the first country less that of the second, with policies, world and shocks as they were.

    `residual`: by how much the shares and the difference disagree at most, over draws.
    """

    outcome: str
    difference: Share
    shares: tuple[Share, ...]
    residual: float


def outcomes(run: xr.Dataset, asked: Swap) -> dict[str, Floats]:
    """The outcomes of runs over (draw, time), one number a draw."""
    return {one.name: outcome(run, one) for one in asked.outcomes}


def outcome(run: xr.Dataset, one: SwapOutcome) -> Floats:
    """One outcome: the lowest value of some years, a growth over them, or a sum of the last of them."""
    first, last = one.years
    if one.lowest is not None:
        lowest: Floats = run[one.lowest].sel(time=slice(float(first), float(last))).min("time").to_numpy()
        return lowest
    if one.growth is not None:
        return at(run[one.growth], last) / at(run[one.growth], first)
    whole = reduce(add, (at(run[name], last) for name in one.sum))
    return whole if one.over is None else whole / at(run[one.over], last)


def lowest_of(outcomes: Outcomes) -> SwapOutcome | None:
    """The outcome of a swap that is the lowest value of the event; None without one."""
    event, asked = outcomes.event, outcomes.swap
    if event is None or asked is None:
        return None
    return next((one for one in asked.outcomes if one.lowest == event.variable), None)


def at(path: xr.DataArray, year: int) -> Floats:
    """A variable in one year, one number a draw."""
    found: Floats = path.sel(time=float(year)).to_numpy()
    return found


def spread(values: Floats) -> Spread:
    """A number of the first draw, which is the fit itself, and the band of all.

    >>> spread(np.array([5.0, *range(11)]))
    Spread(value=5.0, low=1.1, high=8.9)
    """
    low, high = (round(float(one), 12) for one in np.quantile(values, BAND))
    return Spread(float(values[0]), low, high)


def share(player: str, values: Floats) -> Share:
    """The mean of some draws, and their band: means add up where the shares of each draw do."""
    values = np.atleast_1d(values)
    low, high = (float(one) for one in np.quantile(values, BAND))
    return Share(player, float(values.mean()), low, high)


def finite(runs: Iterable[xr.Dataset]) -> NDArray[np.bool_]:
    """The draws that stay finite in all of some runs."""
    each = [
        np.isfinite(run[name].transpose("draw", ...).to_numpy().reshape(run.sizes["draw"], -1)).all(axis=1)
        for run in runs
        for name in run
        if "draw" in run[name].dims
    ]
    sound: NDArray[np.bool_] = np.logical_and.reduce(each)
    return sound


def row(study: Study, iso3: str, name: str, run: xr.Dataset, base: xr.Dataset) -> Row:
    """A counterfactual beside the baseline run of the country."""
    last, asked, event = int(run["time"][-1]), study.outcomes.needed_swap("a swap"), study.outcomes.event
    found = outcomes(run, asked)
    each = {one.name: level(study, iso3, one, run, base) for one in asked.levels}
    levels = {name: values for name, values in each.items() if values is not None}
    shown = [year for year in asked.years if float(run["time"][0]) <= year <= last]
    paths = {v: {year: float(at(run[v], year)[0]) for year in shown} for v in asked.paths}
    told = {name: spread(values) for name, values in found.items()}
    lowest = lowest_of(study.outcomes)
    below = None
    if event is not None and lowest is not None:
        below = float(np.mean(found[lowest.name] < event.below))
    return Row(iso3, name, told, below, {key: spread(values) for key, values in levels.items()}, paths)


def level(study: Study, iso3: str, one: SwapLevel, run: xr.Dataset, base: xr.Dataset) -> Floats | None:
    """A level in the last year of a run; None without figures of the frontier or the country."""
    last = int(run["time"][-1])
    value = at(run[one.variable], last)
    if one.over is not None:
        return value / at(run[one.over], last)
    if one.per is None or one.frontier is None:
        return value / at(base[one.variable], last)
    held, names = study.observations, study.observations.countries()
    if one.frontier not in names or iso3 not in names:
        return None
    wanted = [(one.frontier, one.variable), (one.frontier, one.per), (iso3, one.per)]
    if any(name not in held.variables(who) or last not in held.series(who, name) for who, name in wanted):
        return None
    frontier, people, own = (float(held.value(who, name, last)) for who, name in wanted)
    return (value / own) / (frontier / people)


def shared_out(one: str, other: str, runs: Mapping[Setting, xr.Dataset], asked: Swap) -> tuple[Shared, ...]:
    """The Shapley shares of the difference of each outcome between two countries."""
    each = {
        players: outcomes(runs[of_coalition(one, other, players, asked.world)], asked)
        for players in coalitions((*SIDES, *CONDITIONS))
    }
    found = []
    for name in (made.name for made in asked.outcomes):
        worth = game_of_difference(
            SIDES, CONDITIONS, {players: values[name] for players, values in each.items()}
        )
        shares = shapley((*SIDES, *CONDITIONS), worth)
        whole = worth[frozenset((*SIDES, *CONDITIONS))]
        residual = float(np.max(np.abs(sum(shares.values()) - whole)))
        parts = tuple(share(player, values) for player, values in shares.items())
        found.append(Shared(name, share("difference", whole), parts, residual))
    return tuple(found)


def disagreements(said: Sequence[tuple[str, Sequence[Row]]], outcomes: Outcomes) -> Iterator[str]:
    """Where variants say opposite things; `said`: the rows of each variant, in the same order.

    Of an outcome: that it rises and that it falls, each by more than a hundredth. Of the event: that it
    happens and that it does not.
    """
    event, lowest = outcomes.event, lowest_of(outcomes)
    for k, first in enumerate(said[0][1] if said else ()):
        rows = {variant: rows[k] for variant, rows in said}
        place = f"{first.country}, {first.name}"
        for outcome in first.outcomes:
            moves = {variant: _move(said, variant, one, outcome) for variant, one in rows.items()}
            up, down = ([v for v, by in moves.items() if sign * by > ROUNDING] for sign in (1, -1))
            if up and down:
                yield f"{place}: {outcome} rises under {', '.join(up)}, and falls under {', '.join(down)}"
        if event is None or lowest is None:
            continue
        falls = [v for v, one in rows.items() if one.outcomes[lowest.name].value < event.below]
        if 0 < len(falls) < len(rows):
            others = [variant for variant in rows if variant not in falls]
            happens, kept = event.words.happens, event.words.kept
            yield f"{place}: {happens} under {', '.join(falls)}, and {kept} under {', '.join(others)}"


def _move(said: Sequence[tuple[str, Sequence[Row]]], variant: str, one: Row, outcome: str) -> float:
    """How far an outcome of a row lies above that of the baseline of the country, its first row."""
    base = next(row for row in dict(said)[variant] if row.country == one.country)
    return one.outcomes[outcome].value - base.outcomes[outcome].value
