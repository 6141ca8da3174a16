"""What scenarios name, held against what the study knows.

Also here:
- How two scenarios differ: what each changes of the base, side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from latecomer.errors import Fault, nearest
from latecomer.study.countries import Countries
from latecomer.study.extrapolation import unit_fault
from latecomer.study.parameters import ParameterTable
from latecomer.study.scenarios import Override, Scenario, Scenarios
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


BASE: Final = "base"

AS_BASE: Final = "as in the base"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that two scenarios do not change alike; each side in words."""

    kind: str
    name: str
    first: str
    second: str

    def as_dict(self) -> dict[str, str]:
        """The difference as plain data."""
        return {"kind": self.kind, "name": self.name, "first": self.first, "second": self.second}


def compare_scenarios(
    scenarios: Scenarios, countries: Countries, first: str, second: str, iso3: str | None = None
) -> list[Difference]:
    """How two scenarios differ, by their names, of any country or of one; see `differences`.

    Raises InputError for an unknown scenario or country.
    """
    sides = scenario_or_base(scenarios, first), scenario_or_base(scenarios, second)
    return differences(*sides, None if iso3 is None else countries[iso3].iso3)


def scenario_or_base(scenarios: Scenarios, name: str) -> Scenario:
    """A scenario by name; `base` is the record of each country to the end of its window."""
    if name == BASE and name not in scenarios:
        return Scenario(BASE, "The record of each country to the end of its window.")
    return scenarios[name]


def differences(first: Scenario, second: Scenario, iso3: str | None = None) -> list[Difference]:
    """What two scenarios change otherwise, of any country or of one; empty where their runs are the same.

    >>> from latecomer.study.scenarios import LeverChange, Override
    >>> support = {"support": LeverChange(year=2020, level=0.6)}
    >>> more = Scenario("more", "", (), (Override(name="more", note="", source="", levers=support),))
    >>> [(one.name, one.first, one.second) for one in differences(Scenario("base", ""), more)]
    [('support', 'as in the base', '0.6 from 2020')]
    """
    details = [dict(_changes_text(one, iso3)) for one in (first, second)]
    both = {what: (details[0].get(what), details[1].get(what)) for what in (*details[0], *details[1])}
    return [
        Difference(kind, name, _or_base(kind, a), _or_base(kind, b))
        for (kind, name), (a, b) in both.items()
        if a != b
    ]


def _changes_text(scenario: Scenario, iso3: str | None) -> Iterator[tuple[tuple[str, str], str]]:
    if scenario.horizon is not None:
        yield ("horizon", "last year"), str(scenario.horizon)
    if scenario.countries:
        yield ("countries", "countries"), " ".join(scenario.countries)
    overrides = scenario.overrides if iso3 is None else scenario.concerning(iso3)
    words: dict[tuple[str, str], dict[str, str]] = {}
    for one in overrides:
        for (kind, name), said in _changes(one):
            by_group, group = words.setdefault((kind, name), {}), " ".join(one.only)
            # changes of a driver follow one another; of a lever or parameter the last counts alone
            before = f"{by_group[group]}, then " if kind == "driver" and group in by_group else ""
            by_group[group] = before + said
    for what, by_group in words.items():
        yield what, _joined(by_group)


def _changes(one: Override) -> Iterator[tuple[tuple[str, str], str]]:
    for name, value in one.parameters.items():
        yield ("parameter", name), f"{value:g}"
    for name, lever in one.levers.items():
        yield ("lever", name), lever.words
    for name, driver in one.drivers.items():
        yield ("driver", name), driver.words


def _joined(by_group: Mapping[str, str]) -> str:
    return "; ".join(f"{said} ({group} only)" if group else said for group, said in by_group.items())


def _or_base(kind: str, words: str | None) -> str:
    if words is not None:
        return words
    return {"horizon": "end of each window", "countries": "all"}.get(kind, AS_BASE)
