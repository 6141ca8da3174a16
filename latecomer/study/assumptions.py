"""What is assumed of each driver after its last figure, so that runs can go on beyond the record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import Field

from latecomer.faults import Fault, InputError, nearest, refuse
from latecomer.study.countries import Countries
from latecomer.study.drivers import COUNTRY, Points, Source
from latecomer.study.levers import TABLE
from latecomer.study.rules import Rule, carried_on
from latecomer.study.schema import Strict, read_toml, validated, validated_tables

FILE = "assumptions.toml"


class Assumption(Rule):
    """One rule with its source or its reason."""

    source: str


class Raw(Strict):
    """The file: drivers of the world, and of each country by its iso3."""

    world: dict[str, Any] = Field(default_factory=dict)
    countries: dict[str, dict[str, Any]] = Field(default_factory=dict)


@dataclass(frozen=True)
class Assumed:
    """A driver that goes on by an assumption: after which year, by which, and which overrides change it."""

    driver: str
    after: float
    assumption: Assumption
    changed_by: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The assumption as plain data."""
        said = self.assumption.model_dump(mode="json", exclude_defaults=True)
        changed = {"changed by": list(self.changed_by)} if self.changed_by else {}
        return {"driver": self.driver, "after": self.after, **said, **changed}


@dataclass(frozen=True)
class Assumptions:
    """The assumptions by driver, of the world and of each country."""

    world: Mapping[str, Assumption]
    countries: Mapping[str, Mapping[str, Assumption]]

    def of(self, driver: str, iso3: str) -> Assumption:
        """The assumption for a driver of a run of a country. Raises InputError where there is none."""
        found = self.countries.get(iso3, {}).get(driver) or self.world.get(driver)
        if found is None:
            expected = "a rule for the years after its last figure"
            cure = f'add [world."{driver}"] or [countries.{iso3}."{driver}"], or end the run with the figures'
            raise refuse(f"{FILE}, {iso3}, {driver}", "no assumption", expected, cure)
        return found


def load_assumptions(path: Path) -> Assumptions:
    """The assumptions of a file, none without it. Raises InputError with every fault of the file."""
    if not path.exists():
        return Assumptions({}, {})
    faults: list[Fault] = []
    raw = validated(Raw, read_toml(path, "what is assumed of each driver"), path.name, faults)
    world: dict[str, Assumption] = {}
    countries: dict[str, dict[str, Assumption]] = {}
    if raw is not None:
        world = _read(raw.world, f"{path.name}, world", faults)
        countries = {
            iso3: _read(rules, f"{path.name}, countries, {iso3}", faults)
            for iso3, rules in raw.countries.items()
        }
    if faults:
        raise InputError(faults)
    return Assumptions(world, countries)


def _read(raw: Mapping[str, Any], place: str, faults: list[Fault]) -> dict[str, Assumption]:
    return validated_tables(Assumption, raw, place, "a table of rule, value, unit and source", faults)


def assumption_faults(
    assumptions: Assumptions,
    sources: Mapping[str, Source],
    units: Mapping[str, str],
    countries: Countries,
) -> Iterator[Fault]:
    """Names and units that the drivers and the countries do not know; `units` by table of the model text."""
    own = {name.removesuffix(TABLE): name for name, source in sources.items() if source.iso3 == COUNTRY}
    world = {name.removesuffix(TABLE): name for name in sources if name not in own.values()}
    yield from _rule_faults(assumptions.world, f"{FILE}, world", world, units)
    for iso3, rules in assumptions.countries.items():
        place = f"{FILE}, countries, {iso3}"
        if iso3 not in countries:
            expected = f"one of {', '.join(countries)}"
            yield Fault(place, f"the country '{iso3}'", expected, nearest(iso3, countries))
        yield from _rule_faults(rules, place, own, units)


def _rule_faults(
    rules: Mapping[str, Assumption], place: str, drivers: Mapping[str, str], units: Mapping[str, str]
) -> Iterator[Fault]:
    for driver, one in rules.items():
        if driver not in drivers:
            expected = "a driver of drivers.toml that belongs here"
            yield Fault(f"{place}, {driver}", "an unknown driver", expected, nearest(driver, drivers))
            continue
        yield from unit_fault(f"{place}, {driver}", one.unit, one.unit_expected(units[drivers[driver]]))


def unit_fault(place: str, unit: str, expected: str) -> Iterator[Fault]:
    """A fault where a unit is not the one expected."""
    if unit != expected:
        yield Fault(place, f"the unit {unit}", f"the unit {expected}", "mend the unit and the value")


def carried_beyond(
    tables: Mapping[str, Points],
    drivers: Mapping[str, Source],
    assumptions: Assumptions,
    iso3: str,
    until: float,
) -> tuple[dict[str, Points], list[Assumed]]:
    """The tables of a run carried on to the year `until`, and by which assumptions.

    Tables that reach the year, and those that are no driver, stay as they are. Raises InputError with every
    driver that has no assumption.
    """
    found, used = dict(tables), []
    faults: list[Fault] = []
    for table in drivers:
        years, values = tables[table]
        if years[-1] >= until:
            continue
        driver = table.removesuffix(TABLE)
        try:
            one = assumptions.of(driver, iso3)
        except InputError as error:
            ends = f"no assumption after its last figure, of {years[-1]:g}, for a run to {until:g}"
            faults.extend(replace(fault, got=ends) for fault in error.faults)
            continue
        found[table] = carried_on(years, values, one, until)
        used.append(Assumed(driver, float(years[-1]), one))
    if faults:
        raise InputError(faults)
    return found, used
