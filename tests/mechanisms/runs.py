"""Runs of the study with other parameters, policy levers or world drivers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.study.rooms import Rooms

Array = NDArray[np.float64]
Change = Callable[[Array, Array], Array]
REFERENCE = "reference"


def since(year: float, level: float) -> Change:
    """A level held from a year on."""
    return lambda years, levels: np.where(years >= year, level, levels)


def scaled(factor: float, first: float, last: float = np.inf) -> Change:
    """A driver multiplied between two years."""
    return lambda years, levels: np.where((years >= first) & (years <= last), factor * levels, levels)


def frozen(year: float) -> Change:
    """A driver that stays at its value of a year."""
    return lambda years, levels: np.where(years >= year, np.interp(year, years, levels), levels)


def like(points: tuple[Array, Array], first: float) -> Change:
    """Another country's lever from a year on."""
    return lambda years, levels: np.where(years >= first, np.interp(years, *points), levels)


def no_shock(years: Array, levels: Array) -> Array:
    """An oil price that stays at its value of 1973."""
    return np.where(years >= 1974, levels[years == 1973], levels)


class Runs:
    """Runs of one study with its reference fit, or with the values of its tables where it has none.

    A lever or a driver is changed from its second year on at the earliest, as equations measure some levers
    against their first level. Overrides may leave the range that a user is held to: extreme conditions do.
    """

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms
        self.fit = REFERENCE if REFERENCE in rooms.fits else None
        self._known: dict[object, xr.Dataset] = {}

    def __call__(
        self,
        iso3: str,
        overrides: Mapping[str, float] | None = None,
        levers: Mapping[str, Change] | None = None,
        world: Mapping[str, Change] | None = None,
        until: float | None = None,
    ) -> xr.Dataset:
        """One run of a country, saved four times a year."""
        changes = {**(levers or {}), **(world or {})}
        which = (iso3, frozenset((overrides or {}).items()), until)
        if not changes and which in self._known:
            return self._known[which]
        tables = dict(self.rooms.tables(iso3))
        for name, change in changes.items():
            tables[f"{name} table"] = changed(tables[f"{name} table"], change)
        window = self.rooms.countries[iso3].window
        result = self.rooms.model.run(
            years=(window.start, window.end if until is None else until),
            dt=0.25,
            method="rk4",
            parameters={**self.rooms.parameter_values(iso3, self.fit), **(overrides or {})},
            drivers=tables,
            save_every=0.25,
            backend="numpy",
        )
        if not changes:
            self._known[which] = result
        return result

    def value(self, iso3: str, parameter: str) -> float:
        """The value of a parameter in these runs."""
        return self.rooms.parameter_values(iso3, self.fit)[parameter]

    def lever(self, iso3: str, name: str) -> tuple[Array, Array]:
        """The years and levels of a lever or driver."""
        return self.rooms.tables(iso3)[f"{name} table"]


def changed(points: tuple[Array, Array], change: Change) -> tuple[Array, Array]:
    """The yearly points of a table after a change; the first year stays."""
    years = np.arange(points[0][0], points[0][-1] + 0.5)
    levels = np.interp(years, *points)
    new = np.asarray(change(years, levels), dtype=np.float64)
    new[0] = levels[0]
    return years, new


def at(run: xr.Dataset, name: str, year: float) -> float:
    """A variable of a run in a year."""
    return float(run[name].sel(time=year))


def over(run: xr.Dataset, name: str, first: float, last: float) -> Array:
    """A variable of a run between two years."""
    return np.asarray(run[name].sel(time=slice(first, last)), dtype=np.float64)


def ratio(one: xr.Dataset, other: xr.Dataset, name: str, year: float) -> float:
    """A variable in one run over the same in another."""
    return at(one, name, year) / at(other, name, year)


def lead(one: xr.Dataset, other: xr.Dataset, name: str = "output per head") -> Array:
    """How far one run is ahead of another, at each time, as a fraction."""
    return np.asarray(one[name] / other[name], dtype=np.float64) - 1


def loss_of_credit(run: xr.Dataset) -> float:
    """The first time at which access to foreign credit is below one half; infinity if never."""
    below = np.asarray(run["time"])[np.asarray(run["credit access"]) < 0.5]
    return float(below[0]) if below.size else np.inf


def calm_rate(run: Runs) -> dict[str, Change]:
    """From 1979 on the real dollar rate stays at its mean of 1960-78."""
    years, inflation = run.lever("BRA", "world inflation")

    def rate(at_years: Array, levels: Array) -> Array:
        prices = np.interp(at_years, years, inflation)
        real = (levels - prices)[at_years < 1979].mean()
        return np.where(at_years >= 1979, prices + real, levels)

    return {"world interest rate": rate}
