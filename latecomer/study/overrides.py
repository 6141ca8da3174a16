"""One named change of the base: parameters, policy levers, drivers, the last year, the countries."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from latecomer.study.countries import level_within
from latecomer.study.rules import Rule, Step, check_rule, check_years, in_unit, rule_unit
from latecomer.study.schema import Strict, unless

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
        asked = {"rule": self.rule, "value": self.value, "speed": self.speed, "unit": self.unit}
        return Rule.model_validate({**asked, "steps": self.steps})


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
