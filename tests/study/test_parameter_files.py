"""Shared parameters in files by sector: their order, where each belongs, and how each fault is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from latecomer.errors import InputError
from latecomer.study.parameters import joined, load_parameter_files

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
def test_each_fault_is_said_with_its_place(tmp_path: Path, files: dict[str, str], said: str) -> None:
    assert said_of(lay(tmp_path, **files)) == [said]


def test_the_faults_of_all_files_come_at_once(tmp_path: Path) -> None:
    model = lay(tmp_path, world=entry("a").replace("8.0", "nan"), external_debt="[a", word="")
    assert [line.split(": got")[0] for line in said_of(model)] == [
        "parameters/word.toml",
        "parameters/world.toml, a, value",
        "parameters/external-debt.toml",
    ]
