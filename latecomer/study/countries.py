"""The countries of a study: window of years, parameters of their own, and the dated policy regimes.

Also here:
- Populations: which parameters of countries are drawn from one distribution, whose place a fit estimates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PositiveFloat, field_validator, model_validator

from latecomer.errors import Fault, InputError, nearest, refuse
from latecomer.files import read_text
from latecomer.study.parameters import ParameterTable, parameter_table
from latecomer.study.schema import Named, Strict, read_toml, unless, validated, validated_tables

# the source of a regime that nobody has dated: no work, a stand-in that the event tells
STAND_IN = "judgement: "


class Window(Strict):
    """The first and the last year of a country's runs."""

    start: int
    end: int

    @model_validator(mode="after")
    def _check(self) -> Window:
        got, cure = f"the years {self.start} to {self.end}", "swap or correct the years"
        unless(self.start < self.end, got, "a start before the end", cure)
        return self


def level_within(level: float) -> float:
    """A level from 0 to 1 as it is; a fault for any other."""
    cure = "scale the lever so that 1 is its strongest use"
    unless(0 <= level <= 1, f"the level {level:g}", "a level from 0 to 1", cure)
    return level


class Regime(Strict):
    """The level of a policy lever from a year on; towards the next date it changes linearly."""

    year: float
    level: float
    event: str
    source: str

    @field_validator("level")
    @classmethod
    def _check_level(cls, level: float) -> float:
        return level_within(level)


class Lever(Strict):
    """The regimes of one lever in order of years."""

    unit: str | None = None
    regimes: Annotated[tuple[Regime, ...], Field(strict=False)]

    @model_validator(mode="after")
    def _check_years(self) -> Lever:
        got = f"{len(self.regimes)} regime{'' if len(self.regimes) == 1 else 's'}"
        unless(len(self.regimes) >= 2, got, "two at least", "add the last year with the level that is held")
        for earlier, later in pairwise(self.regimes):
            got = f"the year {later.year:g} after {earlier.year:g}"
            unless(earlier.year < later.year, got, "years that increase", "put the regimes in order")
        return self


class Record(Strict):
    """A breakdown on record that no series of defaults holds; runs are held against it and never read it."""

    year: int
    event: str
    source: str


class Head(Strict):
    """A country file, its parameters still raw."""

    iso3: str
    name: str
    window: Window
    parameters: dict[str, Any] = Field(default_factory=dict)
    policy: dict[str, Lever] = Field(default_factory=dict)
    record: Annotated[tuple[Record, ...], Field(strict=False)] = ()


class Country(Strict, arbitrary_types_allowed=True):
    """One country: `policy` maps a lever's name to its regimes, `lever_units` to the unit written there."""

    iso3: str
    name: str
    window: Window
    parameters: ParameterTable
    policy: dict[str, tuple[Regime, ...]]
    lever_units: dict[str, str] = Field(default_factory=dict)
    record: tuple[Record, ...] = ()


class Countries(Named[Country]):
    """The countries of a study by iso3; an unknown one is refused with the nearest name.

    >>> Countries({})["KOR"]
    Traceback (most recent call last):
    ...
    latecomer.errors.InputError: country 'KOR': got no country file; expected one of none. Cure: remove it.
    """

    def unknown(self, name: str) -> InputError:
        """Refuses a country without a file."""
        known = ", ".join(self) or "none"
        return refuse(f"country '{name}'", "no country file", f"one of {known}", nearest(name, self))


def codes(countries: str | Iterable[str]) -> tuple[str, ...]:
    """Some countries by their iso3, one of which may be named alone.

    >>> codes("KOR"), codes(["KOR", "BRA"])
    (('KOR',), ('KOR', 'BRA'))
    """
    return (countries,) if isinstance(countries, str) else tuple(countries)


def load_countries(folder: Path, references: Path | None = None) -> Countries:
    """The country files of model/countries, each named by its iso3.

    `references`: a BibTeX file; where it is there, every source of a regime is one of its keys, or
    begins with "judgement: " where a stand-in is told.
    Raises InputError with every fault of all files.
    """
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise refuse(str(folder), "no country file", "a file ISO3.toml for each country", "add one")
    keys = None
    if references is not None and references.is_file():
        keys = bibliography(read_text(references, "a bibliography", "restore the file"))
    faults: list[Fault] = []
    found = {}
    for path in paths:
        try:
            country = _country(path, faults)
        except InputError as error:
            faults.extend(error.faults)
            continue
        if country is not None:
            found[country.iso3] = country
            if keys is not None:
                faults.extend(_unknown_sources(path.name, country, keys, references))
    if faults:
        raise InputError(faults)
    return Countries(found)


def bibliography(text: str) -> frozenset[str]:
    r"""The keys of a BibTeX text.

    >>> sorted(bibliography("@book{amsden1989, title = {X}}\n@article{ stern1995 , year = 1995}"))
    ['amsden1989', 'stern1995']
    """
    return frozenset(re.findall(r"^\s*@\w+\s*\{\s*([^,\s]+)\s*,", text, re.MULTILINE))


def _country(path: Path, faults: list[Fault]) -> Country | None:
    return country_of(read_toml(path, "a country file"), path.stem, faults)


def country_of(raw: Mapping[str, Any], iso3: str, faults: list[Fault]) -> Country | None:
    """The country of a country file's tables, or None; faults of what is named `iso3` go to `faults`."""
    name = f"{iso3}.toml"
    head = validated(Head, raw, name, faults)
    if head is None:
        return None
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", head.iso3):
        expected = "letters and digits alone: it names folders"
        faults.append(Fault(f"{name}, iso3", f"{head.iso3!a}", expected, "write the ISO 3166 code"))
    elif head.iso3 != iso3:
        faults.append(Fault(f"{name}, iso3", f"'{head.iso3}'", f"'{iso3}'", "name the file by its iso3"))
    return Country(
        iso3=head.iso3,
        name=head.name,
        window=head.window,
        parameters=parameter_table(head.parameters, f"{name}, parameters", faults),
        policy={name: lever.regimes for name, lever in head.policy.items()},
        lever_units={name: lever.unit for name, lever in head.policy.items() if lever.unit is not None},
        record=head.record,
    )


def _unknown_sources(
    place: str, country: Country, keys: frozenset[str], references: Path | None
) -> Iterable[Fault]:
    file = "" if references is None else references.name
    for lever, regimes in country.policy.items():
        for regime in regimes:
            if regime.source not in keys and not regime.source.startswith(STAND_IN):
                where = f"{place}, policy, {lever}, {regime.year:g}"
                cure = f"add the work to {file}, or {nearest(regime.source, keys)}"
                yield Fault(where, f"the source '{regime.source}'", f"a key of {file}", cure)


FILE = "populations.toml"


class Population(Strict):
    """How far the common centre and the common spread may lie from those of the countries' prior.

    `centre`: standard deviation of the common centre, in standard deviations of the prior; `spread`: standard
    deviation of the logarithm of the common spread over that of the prior.
    """

    centre: PositiveFloat
    spread: PositiveFloat
    note: str
    source: str


def load_populations(path: Path) -> dict[str, Population]:
    """The populations of model/populations.toml by parameter; none where there is no such file.

    Raises InputError with every fault of the file.
    """
    if not path.is_file():
        return {}
    faults: list[Fault] = []
    raw = read_toml(path, "the populations of parameters of countries")
    expected = "a table of centre, spread, note and source"
    found = validated_tables(Population, raw, path.name, expected, faults)
    if faults:
        raise InputError(faults)
    return found


def population_faults(populations: Mapping[str, Population], countries: Countries) -> Iterable[Fault]:
    """Names that no country has a prior of, and priors of one population that differ between countries."""
    known = {name for country in countries.values() for name in country.parameters.priors}
    for name in populations:
        priors = {iso3: one.parameters.priors.get(name) for iso3, one in countries.items()}
        kinds = {(one.family, one.centre, one.spread) for one in priors.values() if one is not None}
        if not kinds:
            expected = "a parameter of the country files with a prior"
            yield Fault(f"{FILE}, {name}", "an unknown name", expected, nearest(name, known))
        elif len(kinds) > 1:
            got, cure = "priors that differ between countries", "give them the same centre and spread"
            yield Fault(f"{FILE}, {name}", got, "one prior in all country files", cure)
