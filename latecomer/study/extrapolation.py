"""How a series goes on where no figure is: growth, rise, convergence, or as it is.

Also here:
- What is assumed of each driver after its last figure, so that runs can go on beyond the record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from latecomer.errors import Fault, InputError, nearest, refuse
from latecomer.study.countries import Countries
from latecomer.study.drivers import COUNTRY, Points, Source
from latecomer.study.levers import TABLE
from latecomer.study.schema import Strict, read_toml, unless, validated, validated_tables

Floats = NDArray[np.float64]

PER_YEAR = "1/Year"

NEEDS: Final = {"growth": "value", "rise": "value", "converge": "value and speed", "hold": "nothing else"}


class Step(Strict):
    """A value from a year on."""

    year: int
    value: float


class Rule(Strict):
    """How a series goes on from year to year, v the value before and w the next.

    growth:   w = v exp(value), value in 1/Year
    rise:     w = v + value, value in the unit of the series per Year
    converge: w = value + (v - value) exp(-speed), value in the unit of the series, speed in 1/Year
    hold:     w = v

    `steps` stand in the place of `value` where it changes with the years.
    """

    rule: Literal["growth", "rise", "converge", "hold"]
    value: float | None = None
    steps: Annotated[tuple[Step, ...], Field(strict=False)] = ()
    speed: float | None = None
    unit: str

    @model_validator(mode="after")
    def _check(self) -> Rule:
        check_rule(self.rule, self.value, self.steps, self.speed)
        return self

    def value_in(self, year: float) -> float:
        """The value of the rule in a year; before the first step that of the first."""
        if not self.steps:
            return 0.0 if self.value is None else self.value
        begun = [step.value for step in self.steps if step.year <= year]
        return begun[-1] if begun else self.steps[0].value

    def next(self, year: float, value: float) -> float:
        """The value of the series a year after `year`, where it is `value`."""
        amount = self.value_in(year)
        match self.rule:
            case "growth":
                return float(value * np.exp(amount))
            case "rise":
                return value + amount
            case "converge":
                return float(amount + (value - amount) * np.exp(-(self.speed or 0.0)))
            case "hold":
                return value

    def unit_expected(self, unit: str) -> str:
        """The unit that the value has, for a series of some unit.

        >>> Rule(rule="rise", value=0.1, unit="1/Year").unit_expected("Dmnl")
        '1/Year'
        """
        return rule_unit(self.rule, unit)

    @property
    def words(self) -> str:
        """The rule in words.

        >>> Rule(rule="growth", value=0.03, unit="1/Year").words
        'grows by 0.03 a year'
        >>> Rule(rule="converge", value=0.02, speed=0.5, unit="1/Year").words
        'tends to 0.02 a year, by 0.5 of the gap a year'
        """
        given = "" if self.value is None else f"{self.value:g}{in_unit(self.unit)}"
        amount = (
            ", ".join(f"{one.value:g}{in_unit(self.unit)} from {one.year}" for one in self.steps) or given
        )
        match self.rule:
            case "growth":
                return f"grows by {amount}"
            case "rise":
                return f"changes by {amount}"
            case "converge":
                return f"tends to {amount}, by {self.speed:g} of the gap a year"
            case "hold":
                return "stays at its last figure"


def check_rule(rule: str, value: float | None, steps: tuple[Step, ...], speed: float | None) -> None:
    """Raise what `validated` turns into a fault where a rule has too much or too little."""
    needs = f"{NEEDS[rule]} for the rule '{rule}'"
    both = value is not None and bool(steps)
    unless(not both, "value and steps", "one of the two", "keep one")
    given = value is not None or bool(steps)
    if rule == "hold":
        unless(not given and speed is None, "a value", needs, "remove it, or choose another rule")
        return
    unless(given, "no value", needs, "write value = ..., or steps = [{year = ..., value = ...}]")
    unless((rule == "converge") == (speed is not None), _speed(speed), needs, "add or remove the speed")
    unless(speed is None or speed > 0, f"the speed {speed}", "a speed above 0", "mend it")
    check_years([step.year for step in steps])


def check_years(years: list[int]) -> None:
    """Raise what `validated` turns into a fault where years do not increase."""
    for earlier, later in pairwise(years):
        unless(
            earlier < later, f"the year {later} after {earlier}", "years that increase", "put them in order"
        )


def in_unit(unit: str) -> str:
    """A unit after a number, in words.

    >>> in_unit("1/Year"), in_unit("Dmnl"), in_unit("dollars/barrel")
    (' a year', '', ' dollars/barrel')
    """
    return {"Dmnl": "", PER_YEAR: " a year"}.get(unit, f" {unit}")


def rule_unit(rule: str, unit: str) -> str:
    """The unit of the value of a rule for a series of some unit."""
    if rule in ("growth", "rise") and (rule == "growth" or unit == "Dmnl"):
        return PER_YEAR
    return f"({unit})/Year" if rule == "rise" else unit


def carried_on(years: Floats, values: Floats, rule: Rule, until: float) -> tuple[Floats, Floats]:
    """A series carried on by a rule, one value a year, up to the first year at or after `until`.

    >>> hold = Rule(rule="rise", value=2.0, unit="1/Year")
    >>> [part.tolist() for part in carried_on(np.array([2019.0]), np.array([1.0]), hold, 2020.5)]
    [[2019.0, 2020.0, 2021.0], [1.0, 3.0, 5.0]]
    """
    further, found = [float(years[-1])], [float(values[-1])]
    while further[-1] < until:
        found.append(rule.next(further[-1], found[-1]))
        further.append(further[-1] + 1)
    return np.concatenate([years, further[1:]]), np.concatenate([values, found[1:]])


def _speed(speed: float | None) -> str:
    return "no speed" if speed is None else "a speed"


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
