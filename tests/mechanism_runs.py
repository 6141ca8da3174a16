"""Runs of the study with other parameters, policy levers or world drivers, with or without a mechanism."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.errors import InputError, nearest
from latecomer.evaluation.ablation import path
from latecomer.study.levers import TABLE
from latecomer.study.mechanisms import FILE, Mechanism, read_mechanisms
from latecomer.study.study import Study

Array = NDArray[np.float64]
Points = tuple[Array, Array]
# what happens to a table: a function of its years and levels, a level held from the second year on, or the
# points (year, level) of another table
Change = Callable[[Array, Array], Array]
Asked = Change | float | Sequence[tuple[float, float]]
REFERENCE = "reference"
STEP = 0.25
KEPT = 64


def since(year: float, level: float) -> Change:
    """A level held from a year on."""
    return lambda years, levels: np.where(years >= year, level, levels)


def scaled(factor: float, first: float, last: float = np.inf) -> Change:
    """A driver multiplied between two years."""
    return lambda years, levels: np.where((years >= first) & (years <= last), factor * levels, levels)


def frozen(year: float) -> Change:
    """A driver that stays at its value of a year."""
    return lambda years, levels: np.where(years >= year, np.interp(year, years, levels), levels)


def like(points: Points, first: float) -> Change:
    """Another country's lever from a year on."""
    return lambda years, levels: np.where(years >= first, np.interp(years, *points), levels)


def no_shock(years: Array, levels: Array) -> Array:
    """An oil price that stays at its value of 1973."""
    return np.where(years >= 1974, levels[years == 1973], levels)


@dataclass
class Memory:
    """What the runs of one study share: the last runs, and what each country starts from."""

    runs: OrderedDict[object, xr.Dataset] = field(default_factory=OrderedDict)
    tables: dict[str, dict[str, Points]] = field(default_factory=dict)
    values: dict[tuple[str, str | None], dict[str, float]] = field(default_factory=dict)
    rows: dict[str, Mechanism] = field(default_factory=dict)

    def run(self, key: object, make: Callable[[], xr.Dataset]) -> xr.Dataset:
        """The run under a key, made where it is not among the last ones."""
        if key not in self.runs:
            self.runs[key] = make()
        self.runs.move_to_end(key)
        while len(self.runs) > KEPT:
            self.runs.popitem(last=False)
        return self.runs[key]


@dataclass(frozen=True, eq=False)
class Runs:
    """Runs of one study with its reference fit, or with the values of its tables where it has none.

    So does a country that the fit does not hold, and so do all where the fit is older than the names and
    ranges of the parameters (`latecomer check` refuses it then). A lever or a driver is changed from its
    second year on at the earliest, as equations measure some levers against their first level. Overrides may
    leave the range that a user is held to: extreme conditions do. A run is made once and shared: no test
    changes it.

    `switches` go before the fit, `removed` before everything else: see `variant` and `without`.
    """

    study: Study
    fit: str | None = REFERENCE
    switches: Mapping[str, float] = field(default_factory=dict)
    removed: Mapping[str, float] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)

    def __post_init__(self) -> None:
        if self.fit is not None and not usable(self.study, self.fit):
            object.__setattr__(self, "fit", None)

    def __call__(
        self,
        iso3: str,
        overrides: Mapping[str, float] | None = None,
        levers: Mapping[str, Asked] | None = None,
        world: Mapping[str, Asked] | None = None,
        until: float | None = None,
    ) -> xr.Dataset:
        """One run of a country over its window, or to the year `until`, saved four times a year.

        `levers` and `world` go by the name of the lever or driver, with or without "table". Beyond the window
        every driver and lever stays at its last figure.
        """
        window = self.study.countries[iso3].window
        years = (float(window.start), float(window.end if until is None else until))
        values = self.values(iso3) | dict(overrides or {}) | dict(self.removed)
        new = self._changed(iso3, {**(levers or {}), **(world or {})}, years)
        digest = frozenset((name, x.tobytes(), y.tobytes()) for name, (x, y) in new.items())
        key = (iso3, years, frozenset(values.items()), digest)
        return self.memory.run(key, lambda: self._run(years, values, self.tables(iso3) | new))

    def without(self, *rows: str) -> Runs:
        """The same runs without some mechanisms: their switches are 0 whatever else is asked for."""
        if not self.memory.rows:
            self.memory.rows |= read_mechanisms(self.study.root / "model" / FILE)
        switches = {self.memory.rows[row].switch: 0.0 for row in rows}
        return replace(self, removed={**self.removed, **switches})

    def variant(self, name: str) -> Runs:
        """The same runs of a rival variant: its switches, and its fit where there is one."""
        chosen = self.study.variants[name]
        fit = chosen.fit if chosen.fit is not None and chosen.fit in self.study.fits else self.fit
        return replace(self, fit=fit, switches=dict(chosen.switches))

    def values(self, iso3: str) -> dict[str, float]:
        """The parameters of a country in these runs."""
        known = (iso3, self.fit)
        if known not in self.memory.values:
            held = self.fit is not None and iso3 in self.study.fits[self.fit].countries
            self.memory.values[known] = self.study.parameter_values(iso3, self.fit if held else None)
        return self.memory.values[known] | dict(self.switches)

    def value(self, iso3: str, parameter: str) -> float:
        """The value of a parameter in these runs."""
        return self.values(iso3)[parameter]

    def tables(self, iso3: str) -> dict[str, Points]:
        """The tables of a country: observed figures and policy levers."""
        if iso3 not in self.memory.tables:
            self.memory.tables[iso3] = dict(self.study.tables(iso3))
        return self.memory.tables[iso3]

    def lever(self, iso3: str, name: str) -> Points:
        """The years and levels of a lever or driver."""
        tables = self.tables(iso3)
        full = name if name in tables else name + TABLE
        if full not in tables:
            names = [table.removesuffix(TABLE) for table in tables]
            raise KeyError(f"no table '{full}' in the model text; {nearest(name, names)}")
        return tables[full]

    def _changed(
        self, iso3: str, changes: Mapping[str, Asked], years: tuple[float, float]
    ) -> dict[str, Points]:
        return {
            f"{name.removesuffix(TABLE)}{TABLE}": changed(self.lever(iso3, name), change, *years)
            for name, change in changes.items()
        }

    def _run(
        self, years: tuple[float, float], values: Mapping[str, float], tables: Mapping[str, Points]
    ) -> xr.Dataset:
        return self.study.model.run(
            years=years,
            dt=STEP,
            method="rk4",
            parameters=values,
            drivers=tables,
            save_every=STEP,
            backend="numpy",
        )


def usable(study: Study, fit: str) -> bool:
    """Whether a study has a fit that its parameters still allow."""
    if fit not in study.fits:
        return False
    try:
        for iso3 in study.fits[fit].countries:
            study.parameter_values(iso3, fit)
    except InputError:
        return False
    return True


def changed(points: Points, change: Asked, start: float, end: float) -> Points:
    """The yearly points of a table after a change; up to the year `start` it stays what it was."""
    if isinstance(change, Sequence):
        x, y = np.asarray(change, dtype=np.float64).T
        return x, y
    first, last = min(points[0][0], start), max(points[0][-1], end)
    years = np.union1d(np.arange(np.floor(first), last + 0.5), points[0])
    levels = np.interp(years, *points)
    new = np.asarray(change(years, levels) if callable(change) else since(start + 1, change)(years, levels))
    return years, np.where(years <= start, levels, new)


def at(run: xr.Dataset, name: str, year: float) -> float:
    """A variable of a run in a year; an element of an array by its name, such as `blocks[garments]`."""
    return float(path(run, name).sel(time=year))


def over(run: xr.Dataset, name: str, first: float, last: float) -> Array:
    """A variable of a run between two years."""
    return np.asarray(path(run, name).sel(time=slice(first, last)), dtype=np.float64)


def ratio(one: xr.Dataset, other: xr.Dataset, name: str, year: float) -> float:
    """A variable in one run over the same in another."""
    return at(one, name, year) / at(other, name, year)


def lead(one: xr.Dataset, other: xr.Dataset, name: str = "output per head") -> Array:
    """How far one run is ahead of another, at each time, as a fraction."""
    return np.asarray(path(one, name) / path(other, name), dtype=np.float64) - 1


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
