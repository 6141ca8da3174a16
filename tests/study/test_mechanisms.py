"""The table of mechanisms: what it holds, and every fault of it with its cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from latecomer.errors import Fault, InputError
from latecomer.evaluation.ablation import taken_out, zeroed
from latecomer.language import read_text
from latecomer.study.mechanisms import equations, mechanisms, read_mechanisms, tags
from latecomer.study.study import Study
from tests.study.small import lay_small
from tests.study.studies import edit


@pytest.fixture
def small(root: Path, tmp_path: Path) -> Path:
    return lay_small(root, tmp_path / "small")


def faults(folder: Path) -> list[Fault]:
    with pytest.raises(InputError) as error:
        mechanisms(Study(folder))
    return list(error.value.faults)


def broken(folder: Path, pattern: str, replacement: str) -> list[Fault]:
    """The faults after one change of the table."""
    edit(folder / "model" / "mechanisms.toml", pattern, replacement)
    return faults(folder)


@pytest.mark.slow
def test_the_rows_stand_in_the_order_of_the_file(small: Path) -> None:
    rows = mechanisms(Study(small))
    assert list(rows) == ["A1", "A2"]
    row = rows["A2"]
    assert (row.switch, row.levers, row.indicator) == ("support switch", ("support",), "capability")
    assert (row.case.country, row.case.year, row.case.levers["support"].words) == ("VNM", 2010, "1 from 1991")


def test_a_study_without_the_table_has_no_rows(small: Path) -> None:
    (small / "model" / "mechanisms.toml").unlink()
    assert dict(mechanisms(Study(small))) == {}


def test_an_unknown_row_is_refused(small: Path) -> None:
    with pytest.raises(InputError, match=r"row 'Z9': got no such row; expected one of A1, A2\."):
        mechanisms(Study(small))["Z9"]


def test_a_lever_is_written_as_in_a_scenario(small: Path) -> None:
    asked = "{support = {regimes = [{year = 1995, level = 0}, {year = 2000, level = 0.5}]}}"
    edit(small / "model" / "mechanisms.toml", r"\{support = .*?\}\}", asked)
    assert mechanisms(Study(small))["A2"].case.levers["support"].words == "0 in 1995, 0.5 in 2000"


def test_the_equations_of_a_row_are_those_whose_note_names_it(small: Path) -> None:
    found = equations(read_text(small / "model" / "latecomer.mdl"))
    assert {row: [v.name for v in variables] for row, variables in found.items()} == {
        "A1": ["capability", "learning"],
        "A2": ["support", "learning"],
    }


def test_an_array_counts_once(tmp_path: Path) -> None:
    text = (
        "Network: garments, cars ~~|\nblocks[Network] = INTEG(1, 0) ~ block ~ Kept. (C3) |\n"
        "INITIAL TIME = 0 ~~|\nFINAL TIME = 1 ~~|\nTIME STEP = 1 ~~|\nSAVEPER = 1 ~~|\n"
    )
    (tmp_path / "array.mdl").write_text(text, encoding="utf-8")
    (variable,) = equations(read_text(tmp_path / "array.mdl"))["C3"]
    assert (variable.base, variable.line) == ("blocks", 2)


def test_brackets_that_name_no_row_are_words() -> None:
    assert tags("Income (in 2017) of a (labour) force (A1,B2) (a3).") == ("A1", "B2")


def test_an_unknown_switch_has_a_cure(small: Path) -> None:
    said = broken(small, 'switch = "learning switch"', 'switch = "lerning switch"')
    assert said == [
        Fault(
            "mechanisms.toml, A1, switch",
            "'lerning switch'",
            "a parameter with the choices 0 and 1 that no variant sets",
            "write the nearest name: 'learning switch'",
        ),
        Fault(
            "mechanisms.toml",
            "no row of the switch 'learning switch'",
            "each switch in exactly one row",
            "add the row, or take the switch out of the parameters",
        ),
    ]


def test_the_switch_of_a_variant_removes_no_row(small: Path) -> None:
    said = broken(small, 'switch = "learning switch"', 'switch = "rival switch"')
    assert "got 'rival switch'; expected a parameter with the choices 0 and 1 that no variant sets" in str(
        said[0]
    )


def test_a_switch_removes_one_row_only(small: Path) -> None:
    said = broken(small, 'switch = "support switch"', 'switch = "learning switch"')
    assert said[0] == (
        Fault(
            "mechanisms.toml, A2, switch",
            "'learning switch', the switch of A1 too",
            "a switch of its own",
            "give each row its own constant in the model text",
        )
    )
    assert "got no row of the switch 'support switch'" in str(said[1])


@pytest.mark.parametrize(
    ("pattern", "replacement", "fault"),
    [
        (
            r'levers = \["support"\]',
            'levers = ["suport"]',
            Fault(
                "mechanisms.toml, A2, levers",
                "the lever 'suport'",
                "a lever of the model text",
                "write the nearest name: 'support'",
            ),
        ),
        (
            "\\{support = \\{",
            "{opennes = {",
            Fault(
                "mechanisms.toml, A2, levers",
                "the lever 'opennes'",
                "a lever of the model text",
                "write the nearest name: 'openness'",
            ),
        ),
        (
            r'(?s)(A2.*)seeds = \["someone1990"\]',
            r'\1seeds = ["someone1909"]',
            Fault(
                "mechanisms.toml, A2, seeds",
                "'someone1909'",
                "a key of references.bib",
                "write the nearest name: 'someone1990'",
            ),
        ),
        (
            r'levers = \["openness"\]',
            "levers = []",
            Fault(
                "levers.toml, openness, rows", "A1", "none as in mechanisms.toml", "correct one of the two"
            ),
        ),
        (
            'indicator = "capability"',
            'indicator = "learning rate"',
            Fault(
                "mechanisms.toml, A2, indicator",
                "'learning rate'",
                "a stock, flow or auxiliary of the model text",
                "write the nearest name: 'learning'",
            ),
        ),
        (
            'country = "VNM"',
            'country = "VNN"',
            Fault(
                "mechanisms.toml, A2, case",
                "the country 'VNN'",
                "one of KHM, VNM",
                "write the nearest name: 'VNM'",
            ),
        ),
        (
            "year = 2000",
            "year = 1993",
            Fault("mechanisms.toml, A1, case", "the year 1993", "a year after 1993", "choose a later year"),
        ),
        (
            "year = 2000",
            'year = 2000, fit = "referense"',
            Fault(
                "mechanisms.toml, A1, case",
                "the fit 'referense'",
                "one of reference, none",
                "write the nearest name: 'reference'",
            ),
        ),
        (
            "year = 2000",
            'year = 2000, scenario = "later"',
            Fault("mechanisms.toml, A1, case", "the scenario 'later'", "one of none", "remove it"),
        ),
        (
            '"learning rate" = 0.2',
            '"learning rate" = 2.0',
            Fault(
                "mechanisms.toml, A2, case, parameter 'learning rate'",
                "2",
                "a value from 0 to 1",
                "choose such a value",
            ),
        ),
        (
            '"learning rate" = 0.2',
            '"lerning rate" = 0.2',
            Fault(
                "mechanisms.toml, A2, case, parameter 'lerning rate'",
                "an unknown name",
                "the name of a parameter",
                "write the nearest name: 'learning rate'",
            ),
        ),
        (
            r"\[A1\]",
            "[first]",
            Fault(
                "mechanisms.toml, first, id",
                "the name 'first'",
                "a letter and a number, such as A1",
                "rename the table",
            ),
        ),
        (
            r'title = "Firms learn"',
            'titel = "Firms learn"',
            Fault(
                "mechanisms.toml, A1",
                "the unknown key 'titel'",
                "one of id, title, seeds, switch, levers, shows, indicator, case",
                "write the nearest name: 'title'",
            ),
        ),
        (
            r"^",
            "A3 = 1\n",
            Fault("mechanisms.toml, A3", "1", "a table for each row", "write [A1] and its keys below"),
        ),
    ],
)
def test_each_fault_of_a_row_has_a_cure(small: Path, pattern: str, replacement: str, fault: Fault) -> None:
    assert fault in broken(small, pattern, replacement)


def test_a_row_without_an_equation_has_a_cure(small: Path) -> None:
    text = small / "model" / "latecomer.mdl"
    text.write_text(text.read_text(encoding="utf-8").replace("A1", "A2"), encoding="utf-8")
    assert faults(small) == [
        Fault(
            "mechanisms.toml, A1",
            "no equation",
            "a variable whose note holds (A1)",
            "name the row in the notes of its equations",
        )
    ]


def test_a_note_that_names_no_row_has_a_cure(small: Path) -> None:
    edit(small / "model" / "latecomer.mdl", r"What there is\.", "What there is. (A9)")
    (fault,) = faults(small)
    assert str(fault).startswith(
        "latecomer.mdl, line 45, output per head: got (A9) in its note; expected a row of mechanisms.toml."
    )


def test_every_fault_is_told_at_once(small: Path) -> None:
    table = small / "model" / "mechanisms.toml"
    edit(table, 'country = "VNM"', 'country = "VNN"')
    edit(table, 'indicator = "learning"', 'indicator = "x"')
    assert len(faults(small)) == 2


def test_the_form_is_read_without_the_rest_of_the_study(small: Path) -> None:
    edit(small / "model" / "mechanisms.toml", 'country = "VNM"', 'country = "VNN"')
    assert list(read_mechanisms(small / "model" / "mechanisms.toml")) == ["A1", "A2"]


REMOVALS = """
[removals.learning]
title = "learning"
rows = ["A1"]

[removals.pace]
title = "the pace of learning"
parameters = ["Learning  rate"]
"""


def with_removals(small: Path, text: str = REMOVALS) -> Study:
    path = small / "model" / "mechanisms.toml"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
    return Study(small)


def test_what_is_taken_out_stands_in_the_file(small: Path) -> None:
    study = with_removals(small)
    assert list(mechanisms(study)) == ["A1", "A2"]
    found = taken_out(study)
    assert [(one.name, one.title) for one in found] == [
        ("learning", "learning"),
        ("pace", "the pace of learning"),
    ]
    assert [zeroed(study, one) for one in found] == [("learning switch",), ("learning rate",)]


def test_a_study_that_takes_nothing_out_is_refused(small: Path) -> None:
    with pytest.raises(InputError) as error:
        taken_out(Study(small))
    assert str(error.value) == (
        "mechanisms.toml: got no removals; expected what is to be taken out of the model. Cure: write "
        "[removals.NAME] with a title, rows and parameters."
    )


@pytest.mark.parametrize(
    ("before", "after", "place", "got"),
    [
        ('rows = ["A1"]', 'rows = ["A3"]', "mechanisms.toml, removals, learning, rows", "the row 'A3'"),
        ("Learning  rate", "lerning", "mechanisms.toml, removals, pace, parameters", "'lerning'"),
        ('rows = ["A1"]\n', "", "mechanisms.toml, removals, learning", "neither rows nor parameters"),
        ("removals.pace", "removals.Pace", "mechanisms.toml, removals, Pace, name", "the name 'Pace'"),
        ("rows = [", "row = [", "mechanisms.toml, removals, learning", "the unknown key 'row'"),
    ],
)
def test_a_faulty_removal_is_refused(small: Path, before: str, after: str, place: str, got: str) -> None:
    assert before in REMOVALS
    study = with_removals(small, REMOVALS.replace(before, after))
    for read in (mechanisms, taken_out):
        with pytest.raises(InputError) as error:
            read(study)
        assert (place, got) in [(fault.place, fault.got) for fault in error.value.faults]


def test_removals_that_are_no_tables_are_refused(small: Path) -> None:
    path = small / "model" / "mechanisms.toml"
    path.write_text("removals = 3\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(
        InputError, match=r"mechanisms\.toml, removals: got 3; expected a table for each removal"
    ):
        taken_out(Study(small))
