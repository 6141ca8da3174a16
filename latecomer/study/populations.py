"""Populations: which parameters of countries are drawn from one distribution, whose place a fit estimates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import PositiveFloat

from latecomer.faults import Fault, InputError, nearest
from latecomer.study.countries import Countries
from latecomer.study.schema import Strict, read_toml, validated_tables

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
