"""The model text and the tables cannot drift apart."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from latecomer.errors import InputError
from latecomer.study.reference import MARK
from latecomer.study.study import Study
from tests.study.small import lay_estimated
from tests.study.studies import edit


def said_of(folder: Path) -> list[str]:
    with pytest.raises(InputError) as error:
        _ = Study(folder).agreed
    return [str(fault) for fault in error.value.faults]


def constant(folder: Path, name: str) -> float:
    return Study(folder).model.parameters[name]


@pytest.mark.slow
def test_the_reference_study_agrees(root: Path) -> None:
    assert Study(root).agreed


@pytest.mark.slow
def test_a_constant_changed_in_the_text_is_found(folder: Path) -> None:
    before = constant(folder, "price memory")
    edit(folder / MARK, r"\nprice memory =\n\t\S+", f"\nprice memory =\n\t{before * (1 + 1e-8)!r}")
    (said,) = said_of(folder)
    assert "price memory: got the value " in said
    assert said.endswith(
        f"expected {before:.10g} as in parameters/world.toml. "
        "Cure: write the values of the tables into it: latecomer document."
    )


@pytest.mark.slow
def test_a_country_constant_changed_in_the_text_is_found(folder: Path) -> None:
    before = constant(folder, "initial capture")
    edit(folder / MARK, r"\ninitial capture =\n\t\S+", f"\ninitial capture =\n\t{before / 2!r}")
    (said,) = said_of(folder)
    assert f"got the value {before / 2:.10g}; expected {before:.10g} as in KOR.toml" in said


@pytest.mark.slow
def test_a_rounding_in_the_tenth_digit_is_none(folder: Path) -> None:
    before = constant(folder, "price memory")
    edit(folder / MARK, r"\nprice memory =\n\t\S+", f"\nprice memory =\n\t{before * (1 + 1e-10)!r}")
    assert Study(folder).agreed


@pytest.mark.slow
def test_a_constant_in_neither_table_is_found(folder: Path) -> None:
    edit(folder / "model" / "parameters" / "world.toml", r'\["price memory"\]', '["prize memory"]')
    said = said_of(folder)
    assert len(said) == 2
    assert "parameters/world.toml, prize memory: got a name that the model text lacks" in said[0]
    assert "write the nearest name: 'price memory'" in said[0]
    assert "latecomer.mdl: got no value of the constant 'price memory'; expected it in " in said[1]
    assert "in parameters/world.toml or in every country file" in said[1]


def test_a_parameter_in_both_tables_is_found(folder: Path) -> None:
    edit(
        folder / "model" / "countries" / "KOR.toml",
        r'\[parameters\."initial capture"\]',
        '[parameters."price memory"]\nvalue = 8.0\nunit = "Year"\nrange = [1.0, 30.0]\nnote = "n"\n'
        'source = "s"\n\n'
        '[parameters."initial capture"]',
    )
    assert any(
        "KOR.toml, parameters, price memory: got a parameter of parameters/world.toml too" in said
        for said in said_of(folder)
    )


def test_a_parameter_that_one_country_lacks_is_found(folder: Path) -> None:
    path = folder / "model" / "countries" / "IND.toml"
    text = path.read_text(encoding="utf-8")
    block = text[text.index('[parameters."initial capture"]') :]
    path.write_text(text.replace(block[: block.index("\n[", 1) + 1], ""), encoding="utf-8")
    (said,) = said_of(folder)
    assert said.startswith(
        "IND.toml, parameters: got no 'initial capture'; expected it in every country file"
    )


def test_another_unit_is_found(folder: Path) -> None:
    path = folder / "model" / "parameters" / "world.toml"
    edit(path, r'(\["price memory"\]\nvalue = \S+\nunit = )"Year"', r'\1"Month"')
    (said,) = said_of(folder)
    assert said.startswith(
        "parameters/world.toml, price memory: got the unit 'Month'; expected 'Year' as in latecomer.mdl"
    )


def test_a_regime_that_the_text_lacks_is_found(folder: Path) -> None:
    path = folder / "model" / "countries" / "KOR.toml"
    text = path.read_text(encoding="utf-8")
    added = '{year = 1967.5, level = 0.5, event = "An event", source = "amsden1989"},'
    at = text.index("year = 1968, level", text.index('[policy."import openness"]')) - 1
    path.write_text(text[:at] + added + "\n  " + text[at:], encoding="utf-8")
    (said,) = said_of(folder)
    assert "latecomer.mdl, import openness table: got" in said
    assert "(they differ in 1967.5) as in KOR.toml" in said


def test_a_parameter_in_the_file_of_another_sector_is_found(folder: Path) -> None:
    world, prices = (folder / "model" / "parameters" / f"{name}.toml" for name in ("world", "prices"))
    block = re.search(r'\["price memory"\]\n(.+\n)+', world.read_text(encoding="utf-8"))
    assert block is not None
    edit(world, re.escape(block.group()), "")
    prices.write_text(prices.read_text(encoding="utf-8") + "\n" + block.group(), encoding="utf-8")
    (said,) = said_of(folder)
    assert said == (
        "parameters/prices.toml, price memory: got a constant of another sector; expected it in "
        "parameters/world.toml, the file of its sector. Cure: move it there."
    )


def test_the_country_of_the_text_is_the_one_that_is_stated(tmp_path: Path) -> None:
    study = Study(lay_estimated(tmp_path / "study"))
    assert study.reference == "VNM"
    stated = study.root / "model" / "text.toml"
    stated.write_text('country = "KHM"\n', encoding="utf-8")
    # the values of the other country stand in the text
    assert all(said.startswith("latecomer.mdl, line ") for said in said_of(study.root))
    stated.write_text('country = "KHN"\n', encoding="utf-8")
    (said,) = said_of(study.root)
    assert said == (
        "text.toml, country: got 'KHN'; expected the code of a country file. "
        "Cure: write the nearest name: 'KHM'."
    )
    stated.write_text("", encoding="utf-8")
    assert said_of(study.root) == [
        "text.toml: got no country; expected a value for country. Cure: write it down."
    ]
    stated.unlink()
    (said,) = said_of(study.root)
    assert said == (
        "model/text.toml: got no such file, and 2 countries; expected the country whose values stand in the "
        'model text. Cure: write it with one line, such as country = "KHM"; then: latecomer document.'
    )


def test_the_only_country_needs_no_statement(tmp_path: Path) -> None:
    folder = lay_estimated(tmp_path / "study")
    (folder / "model" / "text.toml").unlink()
    (folder / "model" / "countries" / "KHM.toml").unlink()
    assert Study(folder).reference == "VNM"
    assert Study(folder).agreed
