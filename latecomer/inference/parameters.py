"""Which numbers a fit moves, and how a vector of standard normals becomes their values.

Also here:
- The numbers that a fit estimates: parameters, populations, sizes of errors, shifts at known breaks.
- What the populations of a fit say of a country outside it: a prior for each of its own parameters.
- From a standard normal to a parameter and back: the families of the priors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from latecomer.errors import Fault, InputError, refuse
from latecomer.simulate.grid import Array

if TYPE_CHECKING:
    from latecomer.study.fits import Fit


FAMILIES = ("lognormal", "normal", "logit")


def natural(family: str, centre: Array, spread: Array, z: Array) -> Any:
    """The value of a parameter whose prior is a transformed standard normal.

    lognormal: centre * exp(spread * z);  normal: centre + spread * z
    logit: 1 / (1 + exp(-(l + spread * z))), l = log(centre / (1 - centre))

    `centre`: unit of the parameter; `spread`: of the logarithm, of the parameter, of the log-odds; `z`: Dmnl.

    >>> round(float(natural("lognormal", 2.0, 0.5, 2.0)), 4)  # 2 e
    5.4366
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


class Role(Enum):
    """What an estimated number is of; the value is its name in a stored fit."""

    PARAMETER = "parameters"
    POPULATION = "populations"
    SIZE = "sizes of errors"
    SHIFT = "shifts at breaks"


@dataclass(frozen=True, slots=True)
class EstimatedParameter:
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
    entries: Sequence[EstimatedParameter], populations: Mapping[str, Population]
) -> tuple[list[EstimatedParameter], Places, Places]:
    """The common centre and spread of each population, and for each entry where its own two stand, or -1.

    Raises InputError where the countries' priors of one population differ: then there is no common centre.

    >>> one = [EstimatedParameter("a", iso3, "normal", 0.0, 1.0) for iso3 in ("KOR", "BRA")]
    >>> from types import SimpleNamespace
    >>> made, centres, spreads = population_entries(one, {"a": SimpleNamespace(centre=0.5, spread=0.3)})
    >>> [str(entry) for entry in made], centres.tolist(), spreads.tolist()
    (['common centre of a', 'common spread of a'], [2, 2], [3, 3])
    """
    made: list[EstimatedParameter] = []
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
        made.append(
            EstimatedParameter(f"common centre of {name}", None, "normal", 0.0, population.centre, role)
        )
        made.append(
            EstimatedParameter(f"common spread of {name}", None, "lognormal", 1.0, population.spread, role)
        )
    if faults:
        raise InputError(faults)
    return made, centres, spreads


def error_entries(
    sizes: Mapping[tuple[str, str], Any], shifts: Mapping[tuple[str, str, int], float]
) -> list[EstimatedParameter]:
    """Entries of sizes {(iso3, series): (scale, spread)} and of shifts {(iso3, series, year): spread}.

    >>> [str(one) for one in error_entries({("KOR", "log output"): (0.03, 0.3)}, {})]
    ['size of the error of log output [KOR]']
    """
    made = [
        EstimatedParameter(f"size of the error of {series}", iso3, "lognormal", scale, spread, Role.SIZE)
        for (iso3, series), (scale, spread) in sizes.items()
    ]
    made += [
        EstimatedParameter(f"shift of {series} from {year}", iso3, "normal", 0.0, spread, Role.SHIFT)
        for (iso3, series, year), spread in shifts.items()
    ]
    return made


BOUND = 3.99
"""Standard deviations of the prior within which values stay: just inside the ranges of the tables."""


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
class ParameterVector:
    """The estimated numbers in order, and where each parameter stands in the vectors of the countries.

    `centres` and `spreads`: of each entry, the entry of its population's common centre and common spread, or
    -1. Parameters come first, then populations, sizes of errors, shifts at breaks.
    """

    countries: tuple[str, ...]
    entries: tuple[EstimatedParameter, ...]
    base: NDArray[np.float64]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    source: NDArray[np.int64]
    centres: NDArray[np.int64]
    spreads: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def numbers(self) -> tuple[NDArray[np.float64], ...]:
        """What priors and tables say: `base`; centre, spread, least and greatest deviation of each number."""
        centre = np.array([entry.centre for entry in self.entries], dtype=np.float64)
        spread = np.array([entry.spread for entry in self.entries], dtype=np.float64)
        middle = np.array([entry.middle for entry in self.entries], dtype=np.float64)
        width = np.array([entry.width for entry in self.entries], dtype=np.float64)
        return self.base, centre, spread, (-BOUND - middle) / width, (BOUND - middle) / width

    def deviations(self, z: Array, numbers: tuple[Array, ...] | None = None) -> Any:
        """How far each number lies from its prior's centre, in prior standard deviations, within bounds.

        d = m + s * z;  m = a * z[common centre], s = exp(b * z[common spread]), a and b their spreads
        d = z for what has no population;  -B <= d <= B, B the bound of the tables' prior

        Source: Papaspiliopoulos, Roberts and Skold (2007), Statistical Science 22, for the non-centred form.
        """
        _, _, spread, least, greatest = self.numbers if numbers is None else numbers
        pooled = self.centres >= 0
        common = jnp.where(pooled, spread[self.centres] * z[self.centres], 0.0)
        width = jnp.where(pooled, jnp.exp(spread[self.spreads] * z[self.spreads]), 1.0)
        return jnp.clip(common + width * z, least, greatest)

    def values(self, z: Array, numbers: tuple[Array, ...] | None = None) -> Any:
        """The estimated numbers on their own scales, shape (entries,); `numbers`: its own unless given."""
        held = self.numbers if numbers is None else numbers
        families = np.array([entry.family for entry in self.entries])
        _, centre, spread, *_ = held
        d = self.deviations(z, held)
        is_logit = families == "logit"
        positive = jnp.where(families == "normal", 1.0, centre)
        odds = jnp.where(is_logit, centre, 0.5)
        return jnp.where(
            families == "lognormal",
            natural("lognormal", positive, jnp.where(families == "lognormal", spread, 0.0), d),
            jnp.where(is_logit, natural("logit", odds, spread, d), natural("normal", centre, spread, d)),
        )

    def vectors(self, z: Array, numbers: tuple[Array, ...] | None = None) -> Any:
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
                if k in first
                else 0.0
                for k, entry in enumerate(self.entries)
            ]
        )

    def split(self, z: NDArray[np.float64]) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
        """The estimated parameters by name: shared, and by country."""
        shared: dict[str, float] = {}
        by_country: dict[str, dict[str, float]] = {iso3: {} for iso3 in self.countries}
        for entry, value in zip(self.entries, np.asarray(self.values(z)), strict=True):
            if entry.role is Role.PARAMETER:
                (shared if entry.iso3 is None else by_country[entry.iso3])[entry.name] = float(value)
        return shared, by_country

    def others(self, z: NDArray[np.float64]) -> dict[str, dict[str, float]]:
        """What is estimated beside parameters: of populations, sizes of errors, shifts at known breaks."""
        found: dict[str, dict[str, float]] = {role.value: {} for role in Role if role is not Role.PARAMETER}
        for entry, value in zip(self.entries, np.asarray(self.values(z)), strict=True):
            if entry.role is not Role.PARAMETER:
                found[entry.role.value][str(entry)] = float(value)
        return found


def make_parameter_vector(
    names: Sequence[str],
    base: Mapping[str, Mapping[str, float]],
    shared: Mapping[str, Prior],
    by_country: Mapping[str, Mapping[str, Prior]],
    populations: Mapping[str, Any] | None = None,
    errors: Sequence[EstimatedParameter] = (),
) -> ParameterVector:
    """The layout of a joint fit.

    `names`: the parameters of the model in order; `base`: {iso3: {name: value}}, all of each country;
    `shared`: {name: prior}; `by_country`: {iso3: {name: prior}}. What has no prior keeps its base value.
    `populations`: {name: how far common centre and spread may lie} of parameters of countries that are drawn
    from one population; `errors`: entries of sizes and shifts, as they are.
    """
    countries = tuple(base)
    entries = [_entry(name, None, prior) for name, prior in shared.items()]
    entries += [_entry(name, iso3, prior) for iso3 in countries for name, prior in by_country[iso3].items()]
    column = {name: i for i, name in enumerate(names)}
    places = [
        (row, column[entry.name], k)
        for k, entry in enumerate(entries)
        for row, iso3 in enumerate(countries)
        if entry.iso3 in (None, iso3)
    ]
    rows, columns, source = (np.array(part, dtype=np.int64) for part in zip(*places, strict=True))
    common, centres, spreads = population_entries(entries, populations or {})
    entries += [*common, *errors]
    rest = np.full(len(entries) - len(centres), -1)
    table = np.array([[base[iso3][name] for name in names] for iso3 in countries], dtype=np.float64)
    return ParameterVector(
        countries, tuple(entries), table, rows, columns, source,
        np.concatenate([centres, rest]), np.concatenate([spreads, rest]),
    )  # fmt: skip


def _entry(name: str, iso3: str | None, prior: Prior) -> EstimatedParameter:
    moved = {one: getattr(prior, one) for one in ("middle", "width") if hasattr(prior, one)}
    return EstimatedParameter(name, iso3, prior.family, prior.centre, prior.spread, **moved)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A prior moved to the place that a fit found for a population.

    `middle` and `width`: that place, in standard deviations of the prior, and the ratio of spreads.
    """

    family: str
    centre: float
    spread: float
    middle: float
    width: float


def of_populations(priors: Mapping[str, Any], populations: Mapping[str, Any], fit: Fit) -> dict[str, Any]:
    """The priors of a country, those of populations moved to their common centre and spread in a fit.

    centre' = natural(family, centre, spread, m);  spread' = s * spread

    m, s: common centre and spread of the fit's manifest, in standard deviations of the prior and as a ratio.
    """
    found = fit.manifest.get("populations", {})
    moved = {}
    for name, prior in priors.items():
        m, s = found.get(f"common centre of {name}"), found.get(f"common spread of {name}")
        if name in populations and m is not None and s is not None:
            centre = float(natural(prior.family, prior.centre, prior.spread, m))
            moved[name] = Drawn(prior.family, centre, prior.spread * s, m, s)
    return {**priors, **moved}
