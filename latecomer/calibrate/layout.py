"""Which parameters a fit moves, and how a vector of standard normals becomes their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from latecomer.faults import refuse

FAMILIES = ("lognormal", "normal", "logit")


class Prior(Protocol):
    """A prior of the parameter tables."""

    @property
    def family(self) -> str:
        """lognormal, normal or logit."""

    @property
    def centre(self) -> float:
        """The median."""

    @property
    def spread(self) -> float:
        """The standard deviation on the scale of the family."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One estimated number: a shared parameter (iso3 is None) or one country's."""

    name: str
    iso3: str | None
    family: str
    centre: float
    spread: float

    def __str__(self) -> str:
        return self.name if self.iso3 is None else f"{self.name} [{self.iso3}]"


def natural(family: str, centre: Any, spread: Any, z: Any) -> Any:
    """The value of a parameter whose prior is a transformed standard normal.

    lognormal: centre * exp(spread * z);  normal: centre + spread * z
    logit: 1 / (1 + exp(-(l + spread * z))), l = log(centre / (1 - centre))

    `centre`: unit of the parameter; `spread`: of the logarithm, of the parameter, of the log-odds; `z`: Dmnl.

    >>> round(float(natural("lognormal", 2.0, 0.5, 2.0)), 6)  # 2 e
    5.436564
    >>> float(natural("normal", 1.0, 0.25, -2.0))
    0.5
    >>> float(natural("logit", 0.5, 1.0, 0.0))
    0.5
    """
    if family == "lognormal":
        return centre * jnp.exp(spread * z)
    if family == "normal":
        return centre + spread * z
    if family == "logit":
        return 1.0 / (1.0 + jnp.exp(-(jnp.log(centre / (1.0 - centre)) + spread * z)))
    raise refuse("prior", f"the family '{family}'", " or ".join(FAMILIES), "mend it in the parameter tables")


def inverse(family: str, centre: float, spread: float, value: float) -> float:
    """The standard normal that gives a value: the inverse of `natural`.

    >>> inverse("normal", 1.0, 0.25, 0.5)
    -2.0
    >>> round(inverse("lognormal", 2.0, 0.5, 2.0 * 2.718281828), 6)
    2.0
    >>> inverse("logit", 0.5, 1.0, 0.5)
    0.0
    """
    if family == "lognormal":
        return float(np.log(value / centre) / spread)
    if family == "normal":
        return (value - centre) / spread
    odds = np.log(value / (1.0 - value)) - np.log(centre / (1.0 - centre))
    return float(odds / spread)


@dataclass(frozen=True, slots=True)
class Layout:
    """The estimated numbers in order, and where each stands in the parameter vectors of the countries."""

    countries: tuple[str, ...]
    entries: tuple[Entry, ...]
    base: NDArray[np.float64]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    source: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def numbers(self) -> tuple[NDArray[np.float64], ...]:
        """What priors and tables say: `base`, and centre and spread of each estimated number."""
        centre = np.array([entry.centre for entry in self.entries], dtype=np.float64)
        spread = np.array([entry.spread for entry in self.entries], dtype=np.float64)
        return self.base, centre, spread

    def values(self, z: Any, numbers: Any = None) -> Any:
        """The estimated numbers on their own scales, shape (entries,); `numbers`: its own unless given."""
        families = np.array([entry.family for entry in self.entries])
        _, centre, spread = self.numbers if numbers is None else numbers
        is_logit = families == "logit"
        positive = jnp.where(families == "normal", 1.0, centre)
        odds = jnp.where(is_logit, centre, 0.5)
        return jnp.where(
            families == "lognormal",
            natural("lognormal", positive, jnp.where(families == "lognormal", spread, 0.0), z),
            jnp.where(is_logit, natural("logit", odds, spread, z), natural("normal", centre, spread, z)),
        )

    def vectors(self, z: Any, numbers: Any = None) -> Any:
        """One parameter vector a country, shape (countries, parameters of the model)."""
        held = self.numbers if numbers is None else numbers
        values = self.values(z, held)[self.source]
        return jnp.asarray(held[0]).at[self.rows, self.columns].set(values)

    def start(self) -> NDArray[np.float64]:
        """The vector of standard normals of the base values: where a fit begins."""
        first: dict[int, tuple[int, int]] = {}
        for row, column, k in zip(self.rows, self.columns, self.source, strict=True):
            first.setdefault(int(k), (int(row), int(column)))
        return np.array(
            [
                inverse(entry.family, entry.centre, entry.spread, float(self.base[first[k]]))
                for k, entry in enumerate(self.entries)
            ]
        )

    def split(self, z: NDArray[np.float64]) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
        """The estimated numbers by name: shared, and by country."""
        shared: dict[str, float] = {}
        by_country: dict[str, dict[str, float]] = {iso3: {} for iso3 in self.countries}
        for entry, value in zip(self.entries, np.asarray(self.values(z)), strict=True):
            (shared if entry.iso3 is None else by_country[entry.iso3])[entry.name] = float(value)
        return shared, by_country


def make_layout(
    names: Sequence[str],
    base: Mapping[str, Mapping[str, float]],
    shared: Mapping[str, Prior],
    by_country: Mapping[str, Mapping[str, Prior]],
) -> Layout:
    """The layout of a joint fit.

    `names`: the parameters of the model in order; `base`: {iso3: {name: value}}, all of each country;
    `shared`: {name: prior}; `by_country`: {iso3: {name: prior}}. What has no prior keeps its base value.
    """
    countries = tuple(base)
    entries = [Entry(n, None, p.family, p.centre, p.spread) for n, p in shared.items()]
    entries += [
        Entry(n, iso3, p.family, p.centre, p.spread)
        for iso3 in countries
        for n, p in by_country[iso3].items()
    ]
    column = {name: i for i, name in enumerate(names)}
    places = [
        (row, column[entry.name], k)
        for k, entry in enumerate(entries)
        for row, iso3 in enumerate(countries)
        if entry.iso3 in (None, iso3)
    ]
    rows, columns, source = (np.array(part, dtype=np.int64) for part in zip(*places, strict=True))
    table = np.array([[base[iso3][name] for name in names] for iso3 in countries], dtype=np.float64)
    return Layout(countries, tuple(entries), table, rows, columns, source)
