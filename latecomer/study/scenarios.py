"""Scenarios: named lists of named overrides on one base, and the tables of a run that they make.

Also here:
- What an override makes of the tables of levers and drivers.
- One named change of the base: parameters, policy levers, drivers, the last year, the countries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from latecomer.errors import Fault, InputError, nearest, refuse
from latecomer.study.countries import level_within
from latecomer.study.drivers import Points, Source
from latecomer.study.extrapolation import FILE as ASSUMPTIONS
from latecomer.study.extrapolation import (
    Assumed,
    Assumptions,
    Floats,
    Rule,
    Step,
    carried_beyond,
    check_rule,
    check_years,
    in_unit,
    rule_unit,
)
from latecomer.study.levers import TABLE
from latecomer.study.schema import Strict, read_toml, unless, validated, validated_tables

Names = Annotated[tuple[str, ...], Field(strict=False)]


class Level(Strict):
    """The level of a lever in a year; towards the next it changes linearly, after the last it stays."""

    year: int
    level: float

    @field_validator("level")
    @classmethod
    def _check_level(cls, level: float) -> float:
        return level_within(level)


class LeverChange(Strict):
    """A lever from a year on: one level from then, or regimes. What the base has later is replaced.

    `keep`: "higher" leaves the base in force where it is above the change, "lower" where it is below.
    """

    year: int | None = None
    level: float | None = None
    regimes: Annotated[tuple[Level, ...], Field(strict=False)] = ()
    keep: Literal["higher", "lower"] | None = None

    @model_validator(mode="after")
    def _check(self) -> LeverChange:
        whole, nothing = None not in (self.year, self.level), (self.year, self.level) == (None, None)
        sound = nothing if self.regimes else whole
        got = "another form" if self.regimes else "no regimes, or one half of year and level"
        cure = "write {year = 2020, level = 0.5} or {regimes = [{year = 2020, level = 0.5}]}"
        unless(sound, got, "year and level, or regimes alone", cure)
        if self.level is not None:
            level_within(self.level)
        check_years([regime.year for regime in self.regimes])
        return self

    @property
    def points(self) -> tuple[Level, ...]:
        """The levels in order of years."""
        if self.year is None or self.level is None:
            return self.regimes
        return (Level(year=self.year, level=self.level),)

    @property
    def words(self) -> str:
        """The change in words.

        >>> LeverChange(year=2020, level=0.6, keep="higher").words
        'at least 0.6 from 2020'
        """
        bound = "" if self.keep is None else "at least " if self.keep == "higher" else "at most "
        if not self.regimes:
            return f"{bound}{self.level:g} from {self.year}"
        return bound + ", ".join(f"{one.level:g} in {one.year}" for one in self.regimes)


class DriverChange(Strict):
    """A driver after a year: by a rule, along a path, or times a factor until another year.

    Without `after` a rule begins with the last figure: it stands in the place of the assumption.
    """

    rule: Literal["growth", "rise", "converge", "hold", "path", "factor"]
    value: float | None = None
    steps: Annotated[tuple[Step, ...], Field(strict=False)] = ()
    speed: float | None = None
    path: Annotated[tuple[Step, ...], Field(strict=False)] = ()
    unit: str
    after: int | None = None
    until: int | None = None

    @model_validator(mode="after")
    def _check(self) -> DriverChange:
        if self.rule == "path":
            given = self.value is None and not self.steps and self.speed is None and self.after is None
            unless(
                bool(self.path) and given,
                "another form",
                "path = [{year = ..., value = ...}] alone",
                "mend it",
            )
            check_years([step.year for step in self.path])
        else:
            unless(
                not self.path,
                "a path",
                f"none for the rule '{self.rule}'",
                'remove it, or write rule = "path"',
            )
        if self.rule == "factor":
            whole = None not in (self.value, self.after, self.until) and not self.steps and self.speed is None
            unless(whole, "another form", "value, after and until for the rule 'factor'", "mend it")
            got = f"the years {self.after} to {self.until}"
            unless((self.after or 0) < (self.until or 0), got, "a first year before the last", "mend them")
        else:
            expected = "until for the rule 'factor' only"
            unless(
                self.until is None, f"until for the rule '{self.rule}'", expected, "remove it, or use steps"
            )
        if self.rule not in ("path", "factor"):
            check_rule(self.rule, self.value, self.steps, self.speed)
        return self

    def unit_expected(self, unit: str) -> str:
        """The unit that the value has, for a driver of some unit."""
        return "Dmnl" if self.rule == "factor" else rule_unit(self.rule, unit)

    @property
    def words(self) -> str:
        """The change in words."""
        match self.rule:
            case "path":
                return ", ".join(f"{one.value:g}{in_unit(self.unit)} in {one.year}" for one in self.path)
            case "factor":
                return f"times {self.value:g} after {self.after} until {self.until}"
        begin = "after its last figure" if self.after is None else f"after {self.after}"
        return f"{self.as_rule().words} {begin}"

    def as_rule(self) -> Rule:
        """The rule by which the driver goes on."""
        request = {"rule": self.rule, "value": self.value, "speed": self.speed, "unit": self.unit}
        return Rule.model_validate({**request, "steps": self.steps})


class Override(Strict):
    """A named change of the base, with its reason; `only`: the countries whose runs it changes."""

    name: str
    note: str
    source: str
    only: Names = ()
    horizon: int | None = None
    countries: Names = ()
    parameters: dict[str, float] = Field(default_factory=dict)
    levers: dict[str, LeverChange] = Field(default_factory=dict)
    drivers: dict[str, DriverChange] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check(self) -> Override:
        changed = self.horizon or self.countries or self.parameters or self.levers or self.drivers
        expected = "one of horizon, countries, parameters, levers, drivers"
        unless(bool(changed), "no change", expected, "add one, or remove the override")
        return self

    @property
    def changes(self) -> list[str]:
        """What it changes, in words, one line for each parameter, lever and driver."""
        return [
            *(f"{name} = {value:g}" for name, value in self.parameters.items()),
            *(f"{lever}: {change.words}" for lever, change in self.levers.items()),
            *(f"{driver}: {change.words}" for driver, change in self.drivers.items()),
        ]

    def concerns(self, iso3: str) -> bool:
        """Whether it changes the runs of a country."""
        return not self.only or iso3 in self.only


def changed_lever(points: Points, change: LeverChange, start: int) -> Points:
    """A lever's table with a change; no change reaches a run's first year `start`, which is history.

    The change is complete in its first year and begins the year before.

    >>> base = np.array([1960.0, 2000.0]), np.array([0.2, 0.2])
    >>> [part.tolist() for part in changed_lever(base, LeverChange(year=1990, level=0.8), 1960)]
    [[1960.0, 1989.0, 1990.0], [0.2, 0.2, 0.8]]
    """
    request = change.points
    at, levels = (
        np.array([one.year for one in request], float),
        np.array([one.level for one in request], float),
    )
    first = max(at[0], start + 1.0)
    kept = points[0] < first - 1
    later = at > first
    years = [*points[0][kept], first - 1, first, *at[later]]
    before, begun = np.interp([first - 1], *points), np.interp([first], at, levels)
    changed = np.array(years), np.array([*points[1][kept], *before, *begun, *levels[later]])
    if change.keep is None:
        return changed
    last = max(points[0][-1], changed[0][-1])
    grid = np.union1d(np.concatenate([points[0], changed[0]]), np.arange(first - 1, last + 1))
    choose = np.maximum if change.keep == "higher" else np.minimum
    return grid, choose(np.interp(grid, *points), np.interp(grid, *changed))


def changed_driver(points: Points, change: DriverChange, last: float, end: float) -> Points:
    """A driver's table with a change, one value a year; `last`: the year of its last figure.

    >>> base = np.array([2000.0, 2001.0, 2002.0]), np.array([1.0, 1.0, 1.0])
    >>> half = DriverChange(rule="factor", value=0.5, after=2000, until=2001, unit="Dmnl")
    >>> changed_driver(base, half, 2002, 2002)[1].tolist()
    [1.0, 0.5, 1.0]
    """
    years, values = yearly(points, end)
    match change.rule:
        case "factor":
            within = (years > (change.after or 0)) & (years <= (change.until or 0))
            return years, np.where(within, values * (change.value or 0.0), values)
        case "path":
            at = np.array([step.year for step in change.path], float)
            then = np.interp(years, at, [step.value for step in change.path])
            return years, np.where(years >= at[0], then, values)
    rule, after = change.as_rule(), last if change.after is None else change.after
    for k in range(1, years.size):
        if years[k] > after:
            values[k] = rule.next(years[k - 1], values[k - 1])
    return years, values


def yearly(points: Points, end: float) -> tuple[Floats, Floats]:
    """A table at whole years from its first point to the year `end`, linear between points."""
    years = np.arange(np.ceil(points[0][0]), max(np.ceil(end), points[0][-1]) + 1)
    return years, np.interp(years, *points)


SHARED: Final = "overrides.toml"

BASELINE: Final = "baseline"


class Raw(Strict):
    """A scenario file; `override`: its own overrides, beside those of overrides.toml."""

    note: str
    rows: Annotated[tuple[Annotated[str, Field(pattern=r"^[A-Z]\d+$")], ...], Field(strict=False)] = ()
    overrides: Names
    override: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    """One scenario: what it asks, the rows of the mechanisms that it is about, and its overrides in order."""

    name: str
    note: str
    rows: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()

    @property
    def horizon(self) -> int | None:
        """The last year of its runs; None for the end of each country's window."""
        request = [one.horizon for one in self.overrides if one.horizon is not None]
        return request[-1] if request else None

    @property
    def countries(self) -> tuple[str, ...]:
        """The countries that it is about; none for all of the study."""
        request = [one.countries for one in self.overrides if one.countries]
        return request[-1] if request else ()

    def concerning(self, iso3: str) -> tuple[Override, ...]:
        """The overrides that change the runs of a country."""
        return tuple(one for one in self.overrides if one.concerns(iso3))

    def parameters(self, iso3: str) -> dict[str, float]:
        """The parameters that it sets in a run of a country, the last override first."""
        return {name: value for one in self.concerning(iso3) for name, value in one.parameters.items()}

    def levers(self, iso3: str) -> dict[str, LeverChange]:
        """The levers that it changes in a run of a country; the last override of a lever counts alone."""
        return {name: change for one in self.concerning(iso3) for name, change in one.levers.items()}

    def changes(self, iso3: str | None = None) -> list[str]:
        """What it changes in the runs of a country, or of any, in words."""
        concerned = self.overrides if iso3 is None else self.concerning(iso3)
        return [said for one in concerned for said in one.changes]

    @property
    def base(self) -> Scenario:
        """The base in the same years: what the scenario is held against."""
        years = tuple(
            one.model_copy(update={"parameters": {}, "levers": {}, "drivers": {}})
            for one in self.overrides
            if one.horizon is not None
        )
        return Scenario(BASELINE, "No override but the last year.", (), years)


class Scenarios(Mapping[str, Scenario]):
    """The scenarios of a study by name; blanks and hyphens are the same.

    >>> Scenarios({"zones-first": Scenario("zones-first", "")})["zones first"].name
    'zones-first'
    """

    def __init__(self, scenarios: Mapping[str, Scenario]) -> None:
        self._scenarios = dict(scenarios)

    def __getitem__(self, name: str) -> Scenario:
        if name not in self:
            known = f"one of {', '.join(self)}" if self else "a file in runs/scenarios; this study has none"
            raise refuse(f"scenario '{name}'", "no such scenario", known, nearest(name, self))
        return self._scenarios[_slug(name)]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and _slug(name) in self._scenarios

    def __iter__(self) -> Iterator[str]:
        return iter(self._scenarios)

    def __len__(self) -> int:
        return len(self._scenarios)


def _slug(name: str) -> str:
    return "-".join(name.split())


def load_scenarios(folder: Path) -> Scenarios:
    """The scenarios of a folder, one a file, none without it. Raises InputError with every fault of all."""
    if not folder.is_dir():
        return Scenarios({})
    faults: list[Fault] = []
    shared = {}
    if (folder / SHARED).is_file():
        shared = _overrides(read_toml(folder / SHARED, "the shared overrides"), SHARED, faults)
    found = {}
    for path in sorted(folder.glob("*.toml")):
        if path.name in (SHARED, ASSUMPTIONS) or path.name.startswith("."):  # hidden files are an editor's
            continue
        try:
            raw = validated(Raw, read_toml(path, "a scenario"), path.name, faults)
        except InputError as error:
            faults.extend(error.faults)
            continue
        if raw is not None:
            known = shared | _overrides(raw.override, f"{path.name}, override", faults)
            faults.extend(_unknown(path.name, raw.overrides, known))
            chosen = tuple(known[name] for name in raw.overrides if name in known)
            found[path.stem] = Scenario(path.stem, raw.note, raw.rows, chosen)
    if faults:
        raise InputError(faults)
    return Scenarios(found)


def _overrides(raw: Mapping[str, Any], place: str, faults: list[Fault]) -> dict[str, Override]:
    return validated_tables(Override, raw, place, "a table of note, source and changes", faults, "name")


def _unknown(place: str, names: Iterable[str], known: Mapping[str, Override]) -> Iterator[Fault]:
    for name in names:
        if name not in known:
            expected = f"one of {SHARED} or of this file"
            yield Fault(f"{place}, overrides", f"the override '{name}'", expected, nearest(name, known))


def scenario_tables(
    tables: Mapping[str, Points],
    scenario: Scenario,
    iso3: str,
    years: tuple[float, float],
    assumptions: Assumptions,
    sources: Mapping[str, Source],
) -> tuple[dict[str, Points], list[Assumed]]:
    """The tables of a run of a scenario, and the assumptions that stand behind what no figure says.

    `tables`: of the country, with every figure there is; `years`: first and last of the run; `sources`: the
    tables that figures feed. Raises InputError for a driver without an assumption.
    """
    begun = {table: float(tables[table][0][-1]) for table in sources}
    found, assumed = carried_beyond(tables, sources, assumptions, iso3, years[1])
    for lever, change in scenario.levers(iso3).items():
        found[lever + TABLE] = changed_lever(found[lever + TABLE], change, int(years[0]))
    changed_by: dict[str, tuple[str, ...]] = {}
    for one in scenario.concerning(iso3):
        for driver, request in one.drivers.items():
            table = driver + TABLE
            found[table] = changed_driver(found[table], request, begun[table], years[1])
            changed_by[driver] = (*changed_by.get(driver, ()), one.name)
    return found, [replace(one, changed_by=changed_by.get(one.driver, ())) for one in assumed]
