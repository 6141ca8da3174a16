"""Parameters: what is allowed, and how each fault is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from latecomer.errors import InputError
from latecomer.study.parameters import joined, load_parameter_files, load_parameters

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


# Shared parameters in files by sector: their order, where each belongs, and how each fault is said


ENTRY = '["{name}"]\nvalue = 8.0\nunit = "Year"\nrange = [2.0, 20.0]\nnote = "n"\nsource = "s"\n'
SECTORS = ["", "World", "External debt"]


def lay(model: Path, /, **files: str) -> Path:
    """Files of parameters by sector, `single`: parameters.toml."""
    for name, content in files.items():
        folder = model if name == "single" else model / "parameters"
        folder.mkdir(parents=True, exist_ok=True)
        file = "parameters.toml" if name == "single" else f"{name.replace('_', '-')}.toml"
        (folder / file).write_text(content, encoding="utf-8")
    return model


def entry(name: str, more: str = "") -> str:
    return ENTRY.format(name=name) + more


def said_of(model: Path) -> list[str]:
    with pytest.raises(InputError) as error:
        load_parameter_files(model, SECTORS)
    return [str(fault) for fault in error.value.faults]


def test_parameters_come_in_the_order_of_the_sectors_with_their_sector(tmp_path: Path) -> None:
    model = lay(tmp_path, external_debt=entry("b") + entry("a"), world=entry("z"), model=entry("y"))
    files = load_parameter_files(model, SECTORS)
    assert list(files) == [f"parameters/{name}.toml" for name in ("model", "world", "external-debt")]
    assert {name: one.sector for name, one in joined(files).items()} == {
        "y": "",
        "z": "World",
        "b": "External debt",
        "a": "External debt",
    }
    assert list(joined(files)) == ["y", "z", "b", "a"]


def test_a_single_file_holds_them_all(tmp_path: Path) -> None:
    files = load_parameter_files(lay(tmp_path, single=entry("b") + entry("a", 'sector = "World"\n')), SECTORS)
    assert list(files) == ["parameters.toml"]
    assert [one.sector for one in joined(files).values()] == ["", "World"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"single": entry("a"), "world": entry("b")},
            (
                "model/parameters: got parameters.toml beside it; expected each shared parameter in one "
                "place. Cure: move what parameters.toml holds into the files of the sectors."
            ),
        ),
        (
            {"word": entry("a")},
            (
                "parameters/word.toml: got a file of no sector; expected the name of a sector of the model "
                "text. Cure: write the nearest name: 'world.toml'."
            ),
        ),
        (
            {"world": entry("a"), "external_debt": entry("a")},
            (
                "parameters/external-debt.toml, a: got a parameter of parameters/world.toml too; expected a "
                "parameter in one place. Cure: remove one of the two."
            ),
        ),
        (
            {"world": entry("a", 'sector = "External debt"\n')},
            (
                "parameters/world.toml, a, sector: got 'External debt'; expected 'World', as the file says. "
                "Cure: take the line out."
            ),
        ),
        (
            {"world": entry("a") + "[variants.plain]\n"},
            (
                "parameters/world.toml, variants: got variants; expected shared parameters only. "
                "Cure: move them to model/variants.toml, each as a table of its name."
            ),
        ),
        (
            {},
            (
                "model/parameters: got no file of parameters; expected the shared parameters of the model "
                "text. Cure: restore the folder, or name another study."
            ),
        ),
    ],
)
def test_each_fault_is_said_with_its_place_of_parameter_files(
    tmp_path: Path, files: dict[str, str], said: str
) -> None:
    assert said_of(lay(tmp_path, **files)) == [said]


def test_the_faults_of_all_files_come_at_once(tmp_path: Path) -> None:
    model = lay(tmp_path, world=entry("a").replace("8.0", "nan"), external_debt="[a", word="")
    assert [line.split(": got")[0] for line in said_of(model)] == [
        "parameters/word.toml",
        "parameters/world.toml, a, value",
        "parameters/external-debt.toml",
    ]
