"""How a series goes on where no figure is: growth, rise, convergence, or as it is."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from latecomer.study.schema import Strict, unless

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
