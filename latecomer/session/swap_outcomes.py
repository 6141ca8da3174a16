"""What is told of a counterfactual: its outcomes, how far it strays from the baseline, its shares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.explain.counterfactuals import CONDITIONS, SIDES, Setting, of_coalition
from latecomer.explain.shapley import Floats, coalitions, game_of_difference, shapley
from latecomer.study.rooms import Rooms

ACCESS: Final = "credit access"
VARIABLES: Final = (ACCESS, "output", "exports", "external debt", "arrears", "world exports")
CRISIS, DECADE, DEBT_YEAR = (1980, 1986), (1980, 1990), 1982
KEY_YEARS: Final = (1973, 1980, 1982, 1990, 2000, 2010)
HALF: Final = 0.5
BAND: Final = (0.1, 0.9)
FRONTIER: Final = "USA"
ROUNDING: Final = 0.01
"""A change of an outcome by less than this has no sign to speak of."""
LOWEST, GROWTH, DEBT = "lowest credit access 1980-86", "output 1990/1980", "debt/exports 1982"


@dataclass(frozen=True)
class Spread:
    """A number by the fit itself, and the 80 % band over draws."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """A counterfactual of a country, without shocks; its band is that of the fit.

    `outcomes`: by name; `below`: share of draws whose credit access falls below one half in 1980-86;
    `levels`, in the last year: output and exports over the baseline, exports over those of the world,
    output per head over that of the frontier on record; `paths`: by variable and year, of the fit itself.
    """

    country: str
    name: str
    outcomes: Mapping[str, Spread]
    below: float
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


def outcomes(run: xr.Dataset) -> dict[str, Floats]:
    """The outcomes of runs over (draw, time), one number a draw; debt with arrears, in years of exports."""
    output, debt = run["output"], run["external debt"] + run["arrears"]
    return {
        LOWEST: run[ACCESS].sel(time=slice(*map(float, CRISIS))).min("time").to_numpy(),
        GROWTH: (at(output, DECADE[1]) / at(output, DECADE[0])),
        DEBT: at(debt, DEBT_YEAR) / at(run["exports"], DEBT_YEAR),
    }


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


def row(rooms: Rooms, iso3: str, name: str, run: xr.Dataset, base: xr.Dataset) -> Row:
    """A counterfactual beside the baseline run of the country."""
    last = int(run["time"][-1])
    found = outcomes(run)
    levels = {
        "output/baseline": at(run["output"], last) / at(base["output"], last),
        "exports/baseline": at(run["exports"], last) / at(base["exports"], last),
        "share of world exports": at(run["exports"], last) / at(run["world exports"], last),
    }
    head = per_head(rooms, iso3, last, at(run["output"], last))
    levels |= {} if head is None else {"output per head/frontier": head}
    shown = [year for year in KEY_YEARS if float(run["time"][0]) <= year <= last]
    paths = {v: {year: float(at(run[v], year)[0]) for year in shown} for v in VARIABLES}
    told = {name: spread(values) for name, values in found.items()}
    below = float(np.mean(found[LOWEST] < HALF))
    return Row(iso3, name, told, below, {key: spread(values) for key, values in levels.items()}, paths)


def per_head(rooms: Rooms, iso3: str, year: int, output: Floats) -> Floats | None:
    """Output per head over the frontier's on record; None where the study has no figures of either."""
    if FRONTIER not in rooms.observations.countries() or iso3 not in rooms.observations.countries():
        return None
    held, wanted = rooms.observations, [(FRONTIER, "output"), (FRONTIER, "population"), (iso3, "population")]
    if any(name not in held.variables(who) or year not in held.series(who, name) for who, name in wanted):
        return None
    frontier, people, own = (float(held.value(who, name, year)) for who, name in wanted)
    return (output / own) / (frontier / people)


def shared_out(one: str, other: str, runs: Mapping[Setting, xr.Dataset]) -> tuple[Shared, ...]:
    """The Shapley shares of the difference of each outcome between two countries."""
    each = {
        players: outcomes(runs[of_coalition(one, other, players)])
        for players in coalitions((*SIDES, *CONDITIONS))
    }
    found = []
    for outcome in (LOWEST, GROWTH, DEBT):
        worth = game_of_difference(
            SIDES, CONDITIONS, {players: values[outcome] for players, values in each.items()}
        )
        shares = shapley((*SIDES, *CONDITIONS), worth)
        whole = worth[frozenset((*SIDES, *CONDITIONS))]
        residual = float(np.max(np.abs(sum(shares.values()) - whole)))
        parts = tuple(share(name, values) for name, values in shares.items())
        found.append(Shared(outcome, share("difference", whole), parts, residual))
    return tuple(found)


def disagreements(said: Sequence[tuple[str, Sequence[Row]]]) -> Iterator[str]:
    """Where variants say opposite things; `said`: the rows of each variant, in the same order.

    Of an outcome: that it rises and that it falls, each by more than a hundredth. Of credit: that access
    falls below one half in 1980-86 and that it does not.
    """
    for k, first in enumerate(said[0][1] if said else ()):
        rows = {variant: rows[k] for variant, rows in said}
        place = f"{first.country}, {first.name}"
        for outcome in first.outcomes:
            moves = {variant: _move(said, variant, one, outcome) for variant, one in rows.items()}
            up, down = ([v for v, by in moves.items() if sign * by > ROUNDING] for sign in (1, -1))
            if up and down:
                yield f"{place}: {outcome} rises under {', '.join(up)}, and falls under {', '.join(down)}"
        falls = [v for v, one in rows.items() if one.outcomes[LOWEST].value < HALF]
        if 0 < len(falls) < len(rows):
            others = [variant for variant in rows if variant not in falls]
            yield f"{place}: credit is lost under {', '.join(falls)}, and kept under {', '.join(others)}"


def _move(said: Sequence[tuple[str, Sequence[Row]]], variant: str, one: Row, outcome: str) -> float:
    """How far an outcome of a row lies above that of the baseline of the country, its first row."""
    base = next(row for row in dict(said)[variant] if row.country == one.country)
    return one.outcomes[outcome].value - base.outcomes[outcome].value
