"""Overrides: what a change makes of a table, and how each fault is said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from latecomer.errors import Fault
from latecomer.study.scenarios import DriverChange, LeverChange, Override, changed_driver, changed_lever
from latecomer.study.schema import validated

LEVER = np.array([1960.0, 1980.0, 2019.0]), np.array([0.0, 1.0, 0.2])
DRIVER = np.array([2000.0, 2002.0, 2004.0]), np.array([10.0, 12.0, 14.0])


def lever(start: int = 1960, **asked: Any) -> dict[float, float]:
    years, levels = changed_lever(LEVER, LeverChange.model_validate(asked), start)
    assert np.all(np.diff(years) > 0)
    return dict(zip(years.tolist(), levels.tolist(), strict=True))


def driver(**asked: Any) -> list[float]:
    years, values = changed_driver(DRIVER, DriverChange.model_validate(asked), 2003, 2005)
    assert years.tolist() == [2000, 2001, 2002, 2003, 2004, 2005]
    return values.tolist()


def test_a_level_holds_from_its_year_on_and_the_past_stays() -> None:
    found = lever(year=1990, level=0.5)
    assert found == {1960.0: 0.0, 1980.0: 1.0, 1989.0: pytest.approx(1 - 0.8 * 9 / 39), 1990.0: 0.5}


def test_regimes_replace_what_comes_after_their_first_year() -> None:
    found = lever(regimes=[{"year": 1970, "level": 0.1}, {"year": 2030, "level": 0.9}])
    assert found == {1960.0: 0.0, 1969.0: pytest.approx(0.45), 1970.0: 0.1, 2030.0: 0.9}


def test_no_change_reaches_the_first_year_of_a_run() -> None:
    found = lever(start=1990, year=1965, level=0.0)
    assert found[1990.0] == pytest.approx(1 - 0.8 * 10 / 39)
    assert found[1991.0] == 0.0
    assert list(found)[-1] == 1991.0
    late = lever(start=1990, regimes=[{"year": 1981, "level": 0.0}, {"year": 2001, "level": 1.0}])
    assert late[1991.0] == pytest.approx(0.5)
    assert late[2001.0] == 1.0


def test_the_base_stays_in_force_where_the_change_keeps_the_higher_or_the_lower() -> None:
    higher = lever(year=1970, level=0.6, keep="higher")
    assert (higher[1975.0], higher[1980.0], higher[2019.0]) == (0.75, 1.0, 0.6)
    lower = lever(year=1970, level=0.6, keep="lower")
    assert (lower[1970.0], lower[1980.0], lower[2019.0]) == (0.5, 0.6, 0.2)


def test_a_driver_follows_a_rule_after_a_year_or_after_its_last_figure() -> None:
    assert driver(rule="hold", unit="Dmnl", after=2001) == [10, 11, 11, 11, 11, 11]
    assert driver(rule="rise", value=3.0, unit="1/Year") == [10, 11, 12, 13, 16, 19]
    grown = driver(rule="growth", value=np.log(2), unit="1/Year", after=2004)
    assert grown == pytest.approx([10, 11, 12, 13, 14, 28])
    tending = driver(rule="converge", value=0.0, speed=np.log(2), unit="Dmnl", after=2003)
    assert tending == pytest.approx([10, 11, 12, 13, 6.5, 3.25])


def test_a_driver_follows_a_path_and_stays_at_its_end() -> None:
    path = [{"year": 2002, "value": 0.0}, {"year": 2004, "value": 4.0}]
    assert driver(rule="path", path=path, unit="Dmnl") == [10, 11, 0, 2, 4, 4]


def test_a_driver_is_multiplied_between_two_years() -> None:
    assert driver(rule="factor", value=0.5, after=2001, until=2003, unit="Dmnl") == [10, 11, 6, 6.5, 14, 14]


@pytest.mark.parametrize(
    ("schema", "asked", "said"),
    [
        (
            LeverChange,
            {"year": 2020},
            "got no regimes, or one half of year and level; expected year and level",
        ),
        (LeverChange, {}, "expected year and level, or regimes alone."),
        (
            LeverChange,
            {"year": 2020, "level": 0.5, "regimes": [{"year": 2020, "level": 0.5}]},
            "got another form; expected year and level, or regimes alone.",
        ),
        (LeverChange, {"year": 2020, "level": 1.5}, "got the level 1.5; expected a level from 0 to 1."),
        (
            LeverChange,
            {"regimes": [{"year": 2020, "level": 1.5}]},
            "regimes, entry 1, level: got the level 1.5; expected a level from 0 to 1.",
        ),
        (
            LeverChange,
            {"regimes": [{"year": 2020, "level": 0.5}, {"year": 2019, "level": 0.5}]},
            "got the year 2019 after 2020; expected years that increase.",
        ),
        (
            LeverChange,
            {"years": 2020},
            "got the unknown key 'years'; expected one of year, level, regimes, keep.",
        ),
        (
            DriverChange,
            {"rule": "path", "unit": "Dmnl"},
            "got another form; expected path = [{year = ..., value = ...}] alone.",
        ),
        (
            DriverChange,
            {"rule": "hold", "unit": "Dmnl", "path": [{"year": 2020, "value": 1.0}]},
            "got a path; expected none for the rule 'hold'.",
        ),
        (
            DriverChange,
            {"rule": "factor", "value": 0.5, "unit": "Dmnl", "after": 2020},
            "got another form; expected value, after and until for the rule 'factor'.",
        ),
        (
            DriverChange,
            {"rule": "factor", "value": 0.5, "unit": "Dmnl", "after": 2020, "until": 2020},
            "got the years 2020 to 2020; expected a first year before the last.",
        ),
        (
            DriverChange,
            {"rule": "hold", "unit": "Dmnl", "after": 2020, "until": 2030},
            "got until for the rule 'hold'; expected until for the rule 'factor' only.",
        ),
        (DriverChange, {"rule": "growth", "unit": "1/Year"}, "got no value; expected value for the rule"),
        (
            Override,
            {"name": "o", "note": "n", "source": "s"},
            "got no change; expected one of horizon, countries, parameters, levers, drivers.",
        ),
        (
            Override,
            {"name": "o", "note": "n", "source": "s", "horizn": 2050},
            "got the unknown key 'horizn'; expected one of name, note, source, only, horizon",
        ),
    ],
)
def test_each_fault_is_said(schema: type[Any], asked: dict[str, Any], said: str) -> None:
    faults: list[Fault] = []
    assert validated(schema, asked, "a place", faults) is None
    assert len(faults) == 1
    assert said in str(faults[0])


def test_changes_are_said_in_words() -> None:
    override = Override.model_validate(
        {
            "name": "o",
            "note": "n",
            "source": "s",
            "parameters": {"drawdown time": 2.5},
            "levers": {
                "deviation": {"year": 2020, "level": 0.5},
                "import openness": {"regimes": [{"year": 2020, "level": 0.5}], "keep": "lower"},
            },
            "drivers": {
                "oil price": {
                    "rule": "path",
                    "path": [{"year": 2030, "value": 90.0}],
                    "unit": "dollars/barrel",
                },
                "population": {"rule": "growth", "value": 0.01, "unit": "1/Year"},
                "world exports": {
                    "rule": "factor",
                    "value": 0.9,
                    "after": 2024,
                    "until": 2030,
                    "unit": "Dmnl",
                },
                "world output": {"rule": "hold", "unit": "billion dollars/Year", "after": 2024},
            },
        }
    )
    assert override.changes == [
        "drawdown time = 2.5",
        "deviation: 0.5 from 2020",
        "import openness: at most 0.5 in 2020",
        "oil price: 90 dollars/barrel in 2030",
        "population: grows by 0.01 a year after its last figure",
        "world exports: times 0.9 after 2024 until 2030",
        "world output: stays at its last figure after 2024",
    ]
