"""Parameters: what is allowed, and how each fault is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from latecomer.errors import InputError
from latecomer.study.parameters import load_parameters

GOOD = """
["price memory"]
value = 8.0
unit = "Year"
range = [2.0, 20.0]
prior = {family = "lognormal", spread = 0.2}
note = "A note"
source = "judgement"

["a switch"]
value = 1.0
unit = "Dmnl"
choices = [0.0, 1.0]
note = "A note"
source = "judgement"
"""


def faults_of(tmp_path: Path, text: str) -> list[str]:
    (tmp_path / "parameters.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_parameters(tmp_path / "parameters.toml")
    return [str(fault) for fault in error.value.faults]


def test_a_prior_without_a_centre_stands_on_the_value(tmp_path: Path) -> None:
    (tmp_path / "parameters.toml").write_text(GOOD, encoding="utf-8")
    table = load_parameters(tmp_path / "parameters.toml")
    assert list(table.priors) == ["price memory"]
    assert table.priors["price memory"].centre == 8.0
    assert table.values_by_name == {"price memory": 8.0, "a switch": 1.0}


def test_a_choice_is_one_of_those_listed_and_a_range_holds_its_ends(tmp_path: Path) -> None:
    (tmp_path / "parameters.toml").write_text(GOOD, encoding="utf-8")
    table = load_parameters(tmp_path / "parameters.toml")
    assert [table["a switch"].allows(value) for value in (0.0, 0.5, 1.0)] == [True, False, True]
    memory = table["price memory"]
    assert [memory.allows(value) for value in (2.0, 20.0, 1.99, float("nan"))] == [True, True, False, False]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("8.0", "21.0", "price memory: got the value 21; expected a value from 2 to 20."),
        ("8.0", "nan", "price memory, value: got nan; expected a finite number."),
        ("8.0", '"8"', "price memory, value: got '8'; expected a valid number."),
        ("[2.0, 20.0]", "[20.0, 2.0]", "price memory: got the range 20 to 2; expected lowest < highest."),
        ('"lognormal"', '"gamma"', "prior, family: got 'gamma'; expected 'lognormal', 'normal' or 'logit'."),
        (
            '"lognormal"',
            '"logit"',
            "got the logit prior with centre 8; expected a centre between 0 and 1 and a value from 2 to 20.",
        ),
        ("spread = 0.2", "spread = -0.2", "prior, spread: got -0.2; expected greater than 0."),
        ("choices = [0.0, 1.0]", "", "a switch: got neither range nor choices; expected one of the two."),
        ("choices = [0.0, 1.0]", "choices = [0.0, 2.0]", "a switch: got the value 1; expected one of 0, 2."),
        ('unit = "Year"\n', "", "price memory: got no unit; expected a value for unit. Cure: write it down."),
        ("value = 8.0", "value = 8.0\nnotes = 1", "the unknown key 'notes'; expected one of name, value"),
        ('["a switch"]', '["a switch"', "parameters.toml: got text that is not TOML"),
    ],
)
def test_each_fault_is_said_with_its_place(tmp_path: Path, before: str, after: str, said: str) -> None:
    assert before in GOOD
    found = faults_of(tmp_path, GOOD.replace(before, after, 1))
    assert len(found) == 1
    assert said in found[0]


def test_all_faults_of_a_file_come_at_once(tmp_path: Path) -> None:
    found = faults_of(
        tmp_path, GOOD.replace("value = 8.0", "value = inf").replace("value = 1.0", "value = 2.0")
    )
    assert [line.split(": got")[0] for line in found] == [
        "parameters.toml, price memory, value",
        "parameters.toml, a switch",
    ]


def test_a_missing_file_says_what_it_should_hold(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"parameters\.toml: got no such file; expected the shared parameters"
    ):
        load_parameters(tmp_path / "parameters.toml")


def test_an_unknown_name_is_refused_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "parameters.toml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(InputError, match="write the nearest name: 'price memory'"):
        load_parameters(tmp_path / "parameters.toml")["prize memory"]
