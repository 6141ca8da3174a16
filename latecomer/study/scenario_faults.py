"""What scenarios name, held against what the study knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from latecomer.faults import Fault, nearest
from latecomer.study.assumptions import unit_fault
from latecomer.study.countries import Countries
from latecomer.study.overrides import Override
from latecomer.study.parameters import ParameterTable
from latecomer.study.scenarios import Scenarios
from latecomer.study.schema import shown

FARTHEST = 2100


@dataclass(frozen=True)
class Known:
    """What there is to change: shared parameters, countries, levers, and drivers with their units."""

    parameters: ParameterTable
    countries: Countries
    levers: Iterable[str]
    drivers: Mapping[str, str]


def scenario_faults(scenarios: Scenarios, known: Known) -> Iterator[Fault]:
    """Names, values, units and years in the overrides that the study does not know; each override once."""
    seen: list[Override] = []
    for name, scenario in scenarios.items():
        for override in scenario.overrides:
            if override not in seen:
                seen.append(override)
                yield from override_faults(f"scenario '{name}', {override.name}", override, known)


def override_faults(place: str, override: Override, known: Known) -> Iterator[Fault]:
    """The faults of one override."""
    yield from _countries(f"{place}, countries", override.countries, known)
    yield from _countries(f"{place}, only", override.only, known)
    yield from _horizon(place, override, known)
    for lever in override.levers:
        if lever not in known.levers:
            got, cure = "an unknown lever", nearest(lever, known.levers)
            yield Fault(f"{place}, levers, {lever}", got, "a lever of the study", cure)
    for driver, change in override.drivers.items():
        where = f"{place}, drivers, {driver}"
        if driver not in known.drivers:
            yield Fault(
                where, "an unknown driver", "a driver of drivers.toml", nearest(driver, known.drivers)
            )
            continue
        yield from unit_fault(where, change.unit, change.unit_expected(known.drivers[driver]))
    for parameter, value in override.parameters.items():
        yield from _parameter(f"{place}, parameters, {parameter}", override, parameter, value, known)


def _countries(place: str, named: Iterable[str], known: Known) -> Iterator[Fault]:
    for iso3 in named:
        if iso3 not in known.countries:
            expected = f"one of {', '.join(known.countries)}"
            yield Fault(place, f"the country '{iso3}'", expected, nearest(iso3, known.countries))


def _horizon(place: str, override: Override, known: Known) -> Iterator[Fault]:
    if override.horizon is None:
        return
    first = max((country.window.start for country in known.countries.values()), default=0)
    if not first < override.horizon <= FARTHEST:
        expected = f"a year after {first}, when the last country begins, up to {FARTHEST}"
        yield Fault(f"{place}, horizon", str(override.horizon), expected, "choose such a year")


def _parameter(place: str, override: Override, name: str, value: float, known: Known) -> Iterator[Fault]:
    own = [iso3 for iso3 in known.countries if override.concerns(iso3)]
    tables = [known.parameters, *(known.countries[iso3].parameters for iso3 in own)]
    holding = [table[name] for table in tables if name in table]
    if not holding:
        names = {other for table in tables for other in table}
        yield Fault(place, "an unknown name", "the name of a parameter", nearest(name, sorted(names)))
    for parameter in holding:
        if not parameter.allows(value):
            yield Fault(place, shown(value), parameter.allowed, "choose such a value")
            return
