"""Rules: how a series goes on, and how each fault is said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from latecomer.errors import Fault
from latecomer.study.extrapolation import Rule, carried_on
from latecomer.study.schema import validated

LAST = np.array([2018.0, 2019.0]), np.array([50.0, 100.0])


def rule(**asked: Any) -> Rule:
    return Rule.model_validate({"unit": "1/Year", **asked})


def onward(one: Rule, until: float = 2021) -> list[float]:
    years, values = carried_on(*LAST, one, until)
    assert years[:2].tolist() == [2018.0, 2019.0]
    assert years[-1] == until
    assert values[:2].tolist() == [50.0, 100.0]
    return [float(value) for value in values[2:]]


def test_each_rule_goes_on_from_the_last_figure() -> None:
    assert onward(rule(rule="hold")) == [100.0, 100.0]
    assert onward(rule(rule="rise", value=-2.0)) == [98.0, 96.0]
    assert onward(rule(rule="growth", value=np.log(1.1))) == pytest.approx([110.0, 121.0])
    assert onward(rule(rule="converge", value=20.0, speed=np.log(2))) == pytest.approx([60.0, 40.0])


def test_the_rate_of_a_step_holds_from_its_year_on() -> None:
    one = rule(rule="rise", steps=[{"year": 2020, "value": 1.0}, {"year": 2021, "value": 5.0}])
    assert onward(one, 2023) == [101.0, 102.0, 107.0, 112.0]
    assert one.words == "changes by 1 a year from 2020, 5 a year from 2021"


def test_figures_that_reach_far_enough_stay_as_they_are() -> None:
    assert onward(rule(rule="growth", value=0.5), 2019) == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"rule": "growth"}, "got no value; expected value for the rule 'growth'."),
        ({"rule": "hold", "value": 1.0}, "got a value; expected nothing else for the rule 'hold'."),
        (
            {"rule": "converge", "value": 1.0},
            "got no speed; expected value and speed for the rule 'converge'.",
        ),
        (
            {"rule": "growth", "value": 0.1, "speed": 0.1},
            "got a speed; expected value for the rule 'growth'.",
        ),
        ({"rule": "converge", "value": 1.0, "speed": -0.1}, "got the speed -0.1; expected a speed above 0."),
        (
            {"rule": "growth", "value": 0.1, "steps": [{"year": 2020, "value": 0.1}]},
            "got value and steps; expected one of the two.",
        ),
        (
            {"rule": "growth", "steps": [{"year": 2020, "value": 0.1}, {"year": 2020, "value": 0.2}]},
            "got the year 2020 after 2020; expected years that increase.",
        ),
        (
            {"rule": "grow", "value": 0.1},
            "rule: got 'grow'; expected 'growth', 'rise', 'converge' or 'hold'.",
        ),
        ({"rule": "growth", "value": "fast"}, "value: got 'fast'; expected a valid number."),
    ],
)
def test_each_fault_is_said(asked: dict[str, Any], said: str) -> None:
    faults: list[Fault] = []
    assert validated(Rule, {"unit": "1/Year", **asked}, "a rule", faults) is None
    (fault,) = faults
    assert said in str(fault)


@pytest.mark.parametrize(
    ("asked", "unit", "expected"),
    [
        ({"rule": "growth", "value": 0.1}, "dollars/barrel", "1/Year"),
        ({"rule": "rise", "value": 0.1}, "Dmnl", "1/Year"),
        ({"rule": "rise", "value": 0.1}, "dollars/barrel", "(dollars/barrel)/Year"),
        ({"rule": "converge", "value": 0.1, "speed": 1.0}, "dollars/barrel", "dollars/barrel"),
        ({"rule": "hold"}, "Dmnl", "Dmnl"),
    ],
)
def test_the_unit_of_a_value_follows_from_that_of_the_driver(
    asked: dict[str, Any], unit: str, expected: str
) -> None:
    assert rule(**asked).unit_expected(unit) == expected
