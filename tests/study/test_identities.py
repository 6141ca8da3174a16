"""The books of a study as data: what the file may hold, and what the model text must know."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from latecomer.errors import Fault, InputError
from latecomer.language import read_text
from latecomer.study.accounting import Accounts, Ledger, audited, checked, keep_books, read_accounts
from latecomer.study.study import Study
from tests.study.small import lay_small
from tests.study.studies import edit

SOUND = """tolerance = 1e-9
stocks = ["tank"]

[identities.water]
note = "What flows in stays or flows out"
left = ["CHANGE(Tank)", "2 * outflow / 2"]
right = ["SUM(inflow[Pipe!])", "-(leak - leak)"]
"""
TEXT = """Pipe: north, south ~~|
inflow[Pipe] = 3 * leak ~ m3/Year ~ In. |
tank = INTEG(SUM(inflow[Pipe!]) - outflow, 5) ~ m3 ~ Held. |
outflow = 4 * leak ~ m3/Year ~ Out. |
leak = 0.5 * Time / Time ~ m3/Year ~ Drops. |
INITIAL TIME = 1 ~ Year ~|
FINAL TIME = 4 ~ Year ~|
TIME STEP = 0.5 ~ Year ~|
SAVEPER = 0.5 ~ Year ~|
"""


def books(folder: Path, text: str = SOUND) -> Accounts:
    path = folder / "accounts.toml"
    path.write_text(text, encoding="utf-8")
    return read_accounts(path)


def checked_books(folder: Path, text: str = SOUND) -> Accounts:
    (folder / "water.mdl").write_text(TEXT, encoding="utf-8")
    return checked(books(folder, text), read_text(folder / "water.mdl"))


def test_a_study_without_the_file_has_no_books(tmp_path: Path) -> None:
    assert read_accounts(tmp_path / "accounts.toml") == Accounts()


def test_books_are_kept_as_they_are_written(tmp_path: Path) -> None:
    from latecomer.simulate import load_model

    accounts = checked_books(tmp_path)
    model = load_model(tmp_path / "water.mdl")
    run = model.run(method="euler", backend="numpy")
    left, right = accounts.identities["water"].sides(Ledger(run))
    assert [one.tolist() for one in left] == [[1.0] * 6, [2.0] * 6]
    assert [one.tolist() for one in right] == [[3.0] * 6, [0.0] * 6]
    kept = keep_books(run, accounts)
    assert (kept.hold, kept.largest, kept.tolerance) == (True, 0.0, 1e-9)
    false = run.assign(leak=run["leak"] * 1.1, tank=run["tank"] * 1.1)
    assert keep_books(false, accounts).largest == pytest.approx(0.1 / 3)


def test_what_the_books_are_about_is_told(tmp_path: Path) -> None:
    assert books(tmp_path).about == "water"
    assert books(tmp_path, f'about = "the tank"\n{SOUND}').about == "the tank"


def test_no_books_hold_and_have_no_residual(tmp_path: Path) -> None:
    from latecomer.simulate import load_model

    checked_books(tmp_path)
    run = load_model(tmp_path / "water.mdl").run(method="euler", backend="numpy")
    assert keep_books(run, Accounts()).hold
    assert np.size(keep_books(run, Accounts()).largest) == 1


def test_a_run_of_a_study_without_books_says_nothing_of_them(root: Path, tmp_path: Path) -> None:
    study = Study(lay_small(root, tmp_path / "study"))
    run = study.simulate("KHM")
    assert audited(run, study, "books of KHM").attrs == run.attrs


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("tolerance = 1e-9\n", "", "accounts.toml: got no tolerance; expected a value for tolerance."),
        ("1e-9", "0.1", "accounts.toml, tolerance: got 0.1; expected less than or equal to 0.000001."),
        ("1e-9", "0.0", "accounts.toml, tolerance: got 0; expected greater than 0."),
        (
            "stocks =",
            "stoks =",
            "accounts.toml: got the unknown key 'stoks'; expected one of tolerance, about, stocks.",
        ),
        (
            'note = "What flows in stays or flows out"\n',
            "",
            "identities, water: got no note; expected a value",
        ),
        ('left = ["CHANGE(Tank)", "2 * outflow / 2"]', "left = []", "water, left: got []; expected"),
        ("[identities.water]", "[[identities]]", "accounts.toml, identities: got [{"),
        (
            "[identities.water]",
            "identities = 3\n[water]",
            "identities: got 3; expected a table for each identity.",
        ),
        (
            "[identities.water]",
            "[identities]",
            "identities, note: got 'What flows in stays or flows out'; exp",
        ),
        (
            "2 * outflow / 2",
            "2 *",
            "water, left, entry 2: got '2 *'; expected an expression of variables, num",
        ),
        (
            "2 * outflow / 2",
            "MAX(outflow, 0)",
            "variables, numbers, + - * /, SUM(array[range!]) and CHANGE(stock). Cure: write it with these.",
        ),
        ("2 * outflow / 2", "outflow ^ 2", "got 'outflow ^ 2'; expected an expression of variables"),
        ("2 * outflow / 2", "inflow[north]", "got 'inflow[north]'; expected an expression of variables"),
        ("SUM(inflow[Pipe!])", "SUM(inflow)", "right, entry 1: got 'SUM(inflow)'; expected an expression"),
        ("CHANGE(Tank)", "CHANGE(2 * tank)", "got 'CHANGE(2 * tank)'; expected an expression of variables"),
        ("2 * outflow / 2", "2 * :NA:", "got '2 * :NA:'; expected an expression of variables"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, before: str, after: str, said: str) -> None:
    assert before in SOUND
    with pytest.raises(InputError) as caught:
        books(tmp_path, SOUND.replace(before, after))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("before", "after", "place", "got", "expected", "cure"),
    [
        (
            'stocks = ["tank"]',
            'stocks = ["tnk", "tank"]',
            "accounts.toml, stocks",
            "'tnk'",
            "a stock of the model text",
            "write the nearest name: 'tank'",
        ),
        (
            'stocks = ["tank"]',
            "stocks = []",
            "accounts.toml, identities, water, left, entry 1",
            "the change of 'Tank'",
            "a stock of the list stocks",
            "add 'Tank' to the list",
        ),
        (
            "CHANGE(Tank)",
            "CHANGE(leak)",
            "accounts.toml, identities, water, left, entry 1",
            "'leak'",
            "a stock of the model text",
            "write the nearest name: 'tank'",
        ),
        (
            "2 * outflow",
            "2 * outfow",
            "accounts.toml, identities, water, left, entry 2",
            "'outfow'",
            "a variable of the model text that is no array",
            "write the nearest name: 'outflow'",
        ),
        (
            "2 * outflow",
            "2 * inflow",
            "accounts.toml, identities, water, left, entry 2",
            "'inflow'",
            "a variable of the model text that is no array",
            "write the nearest name: 'outflow'",
        ),
        (
            "inflow[Pipe!]",
            "inflw[Pipe!]",
            "accounts.toml, identities, water, right, entry 1",
            "'inflw'",
            "an array of the model text",
            "write the nearest name: 'inflow'",
        ),
    ],
)
def test_what_the_model_text_lacks_is_refused(
    tmp_path: Path, before: str, after: str, place: str, got: str, expected: str, cure: str
) -> None:
    assert before in SOUND
    with pytest.raises(InputError) as caught:
        checked_books(tmp_path, SOUND.replace(before, after))
    assert caught.value.faults == (Fault(place, got, expected, cure),)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = SOUND.replace("CHANGE(Tank)", "CHANGE(tnk)").replace("leak - leak", "leek - lek")
    with pytest.raises(InputError) as caught:
        checked_books(tmp_path, text)
    assert [fault.got for fault in caught.value.faults] == ["'tnk'", "'leek'", "'lek'"]


def test_a_faulty_file_refuses_a_run(folder: Path) -> None:
    edit(folder / "model" / "accounts.toml", r'"manufacturing employment", ', '"manufacturing employmen", ')
    with pytest.raises(InputError, match="identities, labour, right, entry 1: got 'manufacturing employmen'"):
        audited(Study(folder).simulate("KOR"), Study(folder), "books of KOR")


def test_the_books_are_no_part_of_what_a_fit_is_made_from(folder: Path) -> None:
    before = Study(folder).hashes(["KOR"])
    (folder / "model" / "accounts.toml").unlink()
    assert Study(folder).hashes(["KOR"]) == before
