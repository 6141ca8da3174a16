"""Levers: one list of them, what a country that never used one holds, and how each fault is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from latecomer.errors import InputError
from latecomer.study.levers import load_levers
from latecomer.study.reference import MARK
from latecomer.study.study import Study
from tests.study.studies import edit

LEVER = """
["{name}"]
unit = "{unit}"
level = {level}
rows = ["C5"]
note = "A note"
source = "judgement: none"
"""
TABLE = """
{name} =
	{name} table(Time)
	~	Dmnl
	~	A lever.
	|

{name} table(
	(1960,{level}),(2050,{level}))
	~	Dmnl
	~	Its level.
	|
"""


def add_lever(folder: Path, name: str = "made up", level: float = 0.25, unit: str = "Dmnl") -> None:
    path = folder / "model" / "levers.toml"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(text + LEVER.format(name=name, level=level, unit=unit), encoding="utf-8")


def add_table(folder: Path, name: str = "made up", level: float = 0.25) -> None:
    path = folder / MARK
    text = path.read_text(encoding="utf-8")
    at = text.index("\nexport orientation table(\n")
    path.write_text(text[:at] + TABLE.format(name=name, level=level) + text[at:], encoding="utf-8")


def said_of(folder: Path) -> list[str]:
    with pytest.raises(InputError) as error:
        _ = Study(folder).drivers
    return [str(fault) for fault in error.value.faults]


@pytest.mark.slow
def test_a_lever_that_a_country_never_used_stays_at_its_level(folder: Path) -> None:
    add_lever(folder)
    add_table(folder)
    study = Study(folder)
    assert study.agreed
    for iso3 in study.countries:
        years, levels = study.tables(iso3)["made up table"]
        assert (years.tolist(), levels.tolist()) == ([1960.0, 2050.0], [0.25, 0.25])
    assert study.tables("BRA", 1979)["made up table"][1].tolist() == [0.25, 0.25]
    assert float(study.simulate("BRA")["made up"][-1]) == 0.25


@pytest.mark.slow
def test_a_country_that_used_it_has_its_own_regimes(folder: Path) -> None:
    add_lever(folder)
    add_table(folder)
    path = folder / "model" / "countries" / "BRA.toml"
    regimes = "".join(
        f'{{year = {year}, level = {level}, event = "An event", source = "seidman1994"}},'
        for year, level in ((1960, 0.0), (1990, 1.0))
    )
    path.write_text(
        path.read_text(encoding="utf-8") + f'\n[policy."made up"]\nregimes = [{regimes}]\n', encoding="utf-8"
    )
    study = Study(folder)
    assert study.tables("BRA")["made up table"][1].tolist() == [0.0, 1.0]
    assert study.tables("IND")["made up table"][1].tolist() == [0.25, 0.25]


@pytest.mark.slow  # hashes of whole studies
def test_the_level_of_a_lever_counts_for_what_a_run_is_made_from(folder: Path) -> None:
    add_lever(folder)
    add_table(folder)
    before = Study(folder).run_hashes(["KOR"])
    path = folder / "model" / "levers.toml"
    edit(path, 'note = "A note"', 'note = "Another note"')
    assert Study(folder).run_hashes(["KOR"]) == before
    edit(
        path,
        'level = 0.25\nrows = \\["C5"\\]\nnote = "Another',
        'level = 0.5\nrows = ["C5"]\nnote = "Another',
    )
    edit(folder / MARK, r"\(1960,0\.25\),\(2050,0\.25\)", "(1960,0.5),(2050,0.5)")
    after = Study(folder).run_hashes(["KOR"])
    assert {name for name in before if before[name] != after[name]} == {"levers", "model text"}


@pytest.mark.slow
def test_a_text_with_another_level_than_the_list_of_levers_is_found(folder: Path) -> None:
    add_lever(folder, level=0.25)
    add_table(folder, level=0.5)
    with pytest.raises(
        InputError, match=r"made up table: got 0\.5 in 1960; expected 0\.25 as in levers\.toml"
    ):
        _ = Study(folder).agreed


@pytest.mark.slow
def test_a_study_without_a_list_of_levers_names_each_in_its_country_files(folder: Path) -> None:
    study = Study(folder)
    used = set(study.model.tables) - set(study.drivers.sources)
    (folder / "model" / "levers.toml").unlink()
    for path in (folder / "model" / "countries").glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        for table in sorted(used):
            lever, level = table.removesuffix(" table"), study.levers[table.removesuffix(" table")].level
            if f'[policy."{lever}"]' not in text:
                regimes = ", ".join(
                    f'{{year = {year}, level = {level}, event = "None", source = "wto"}}'
                    for year in (1960, 2050)
                )
                text += f'\n[policy."{lever}"]\nregimes = [{regimes}]\n'
        path.write_text(text, encoding="utf-8")
    bare = Study(folder)
    assert bare.agreed
    assert dict(bare.levers) == {}
    assert "levers" not in bare.run_hashes(["KOR"])
    edit(
        folder / "model" / "countries" / "BRA.toml",
        r'\[policy\."import openness"\]',
        '[policy."import opennes"]',
    )
    said = said_of(folder)
    assert len(said) == 2
    assert "BRA.toml, policy: got the lever 'import opennes'; expected one with a table" in said[0]
    assert "write the nearest name: 'import openness'" in said[0]
    assert "BRA.toml, policy: got no regimes of 'import openness'" in said[1]
    assert "add the lever here, or the table to drivers.toml" in said[1]


def test_a_lever_of_a_country_that_the_list_lacks_is_refused_and_one_without_a_level_is_missed(
    folder: Path,
) -> None:
    path = folder / "model" / "countries" / "BRA.toml"
    edit(path, r'\[policy\."import openness"\]', '[policy."import opennes"]')
    said = said_of(folder)
    assert said == [
        (
            "BRA.toml, policy: got the lever 'import opennes'; expected a lever of levers.toml. "
            "Cure: write the nearest name: 'import openness'."
        ),
        (
            "BRA.toml, policy: got no regimes of 'import openness'; expected figures for the table "
            "'import openness table' of the model text. Cure: add the lever here, or a level to levers.toml."
        ),
    ]


def test_a_lever_whose_table_the_text_lacks_is_a_fault_of_the_list(folder: Path) -> None:
    add_lever(folder, "import opennes")
    (said,) = said_of(folder)
    assert said == (
        "levers.toml, import opennes: got a lever that the model text lacks; expected a lever with a table "
        "'import opennes table' in the model text. Cure: write the nearest name: 'import openness'."
    )


def test_a_table_that_nothing_feeds_is_said_once(folder: Path) -> None:
    add_table(folder)
    (said,) = said_of(folder)
    assert said == (
        "levers.toml: got no lever 'made up'; expected figures for the table 'made up table' of the model "
        "text. Cure: add it here, or the table to drivers.toml."
    )


def test_another_unit_than_that_of_the_table_is_said(folder: Path) -> None:
    add_lever(folder, unit="1/Year")
    add_table(folder)
    path = folder / "model" / "countries" / "BRA.toml"
    edit(path, r'(\[policy\."import openness"\]\nunit = )"Dmnl"', r'\1"Year"')
    assert said_of(folder) == [
        (
            "levers.toml, made up: got the unit 1/Year; expected the unit Dmnl of its table. "
            "Cure: mend the unit and the level."
        ),
        (
            "BRA.toml, policy, import openness: got the unit Year; expected the unit Dmnl of its table. "
            "Cure: mend the unit and the levels."
        ),
    ]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "level = 0.25",
            "level = 1.25",
            "levers.toml, made up, level: got the level 1.25; expected a level from",
        ),
        ('rows = ["C5"]', "rows = []", "levers.toml, made up, rows: got []; expected"),
        ('rows = ["C5"]', 'rows = ["x5"]', "levers.toml, made up, rows, entry 1: got 'x5'; expected"),
        ('note = "A note"\n', "", "levers.toml, made up: got no note; expected a value for note"),
        ('note = "A note"', 'notes = "A note"', "got the unknown key 'notes'; expected one of name, unit"),
        ('["made up"]', "level = 1\n[made-up]", "levers.toml, level: got 1; expected a table of unit, rows"),
    ],
)
def test_each_fault_of_the_list_is_said(tmp_path: Path, before: str, after: str, said: str) -> None:
    text = LEVER.format(name="made up", unit="Dmnl", level=0.25)
    assert before in text
    (tmp_path / "levers.toml").write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(said)):
        load_levers(tmp_path / "levers.toml")


def test_an_unknown_lever_is_refused_with_the_nearest_name(study: Study) -> None:
    with pytest.raises(
        InputError, match=r"lever 'deviatoin': got an unknown name.*nearest name: 'deviation'"
    ):
        _ = study.levers["deviatoin"]
