"""The books: they close in a true run, and each false entry is found by the identities that it breaks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from latecomer.errors import Fault, InputError
from latecomer.language import read_text
from latecomer.study.accounting import LARGEST, Accounts, Ledger, audit, checked, keep_books, read_accounts
from latecomer.study.simulation import audited, books_of
from latecomer.study.study import Study
from tests.study.small import lay_small
from tests.study.studies import edit


@pytest.fixture(scope="module")
def run(study: Study) -> xr.Dataset:
    return study.simulate("BRA", method="euler", save_every=study.model.grid().dt)


@pytest.mark.slow
@pytest.mark.parametrize("iso3", ["KOR", "BRA", "IND"])
def test_the_books_of_every_country_close(study: Study, iso3: str) -> None:
    stepped = study.simulate(iso3, method="euler", save_every=study.model.grid().dt)
    books = keep_books(stepped, study.accounts)
    assert books.hold
    assert books.largest < 1e-11


@pytest.mark.parametrize(
    ("entry", "broken"),
    [
        ("capital flight", {"balance of payments"}),
        ("foreign assets", {"external position"}),
        ("new arrears", {"balance of payments", "arrears"}),
        ("debt relief", {"external debt", "external position"}),
        ("reserve drawdown", {"balance of payments", "reserves"}),
        ("reserves", {"reserves", "external position"}),
        ("investment", {"capital", "goods"}),
        ("tax revenue", {"government"}),
        ("wage", {"income"}),
        ("other employment", {"labour"}),
    ],
)
def test_a_false_entry_breaks_the_identities_it_stands_in(
    study: Study, run: xr.Dataset, entry: str, broken: set[str]
) -> None:
    false = run.copy()
    values = run[entry].to_numpy().copy()
    values[len(values) // 2] *= 1.001
    false[entry] = ("time", values)
    books = keep_books(false, study.accounts)
    assert {name for name, residual in books.residuals.items() if residual.max() > 1e-9} == broken
    assert not books.hold


def test_a_run_that_broke_does_not_look_clean(study: Study, run: xr.Dataset) -> None:
    assert not keep_books(run.assign(output=run["output"] * float("nan")), study.accounts).hold


def test_residuals_by_year_are_the_largest_within_it(study: Study, run: xr.Dataset) -> None:
    books = keep_books(run, study.accounts)
    years, rows = books.by_year()
    assert years.tolist() == list(range(1960, 2010))
    assert max(values.max() for values in rows.values()) == books.largest


def test_a_text_without_a_name_of_the_books_is_refused(study: Study, run: xr.Dataset) -> None:
    with pytest.raises(InputError, match="accounts: got no variable 'capital flight'; expected a variable"):
        keep_books(run.drop_vars("capital flight"), study.accounts)


# The audit of any run: every identity, saved time and draw; refused by name, year and size


@pytest.fixture(scope="module")
def run_of_audit(study: Study) -> xr.Dataset:
    return study.simulate("BRA")


@pytest.mark.parametrize("method", ["rk4", "heun", "euler"])
def test_the_books_close_under_every_scheme(study: Study, method: str) -> None:
    found = audit(study.simulate("BRA", method=method, years=(1960, 1990)), study.accounts, study.model.text)
    assert set(found.residuals) == set(study.accounts.identities)
    assert found.unkept == ()
    assert found.largest is not None
    assert 0 < found.largest < 1e-12


@pytest.mark.parametrize(
    ("entry", "broken"),
    [
        ("capital flight", {"balance of payments", "external position"}),
        ("new arrears", {"balance of payments", "arrears", "external debt", "external position"}),
        ("reserve drawdown", {"balance of payments", "reserves", "external position"}),
        ("tax revenue", {"government"}),
        ("wage", {"income"}),
        ("other employment", {"labour"}),
    ],
)
def test_a_false_entry_breaks_identities_that_it_stands_in(
    study: Study, run_of_audit: xr.Dataset, entry: str, broken: set[str]
) -> None:
    values = run_of_audit[entry].to_numpy().copy()
    values[25] = values[25] * 1.001 + 1e-3
    found = audit(run_of_audit.assign({entry: ("time", values)}), study.accounts, study.model.text)
    off = {name for name, residuals in found.residuals.items() if residuals.max() > 1e-9}
    assert off <= broken
    assert off
    (place,) = {int(residuals.argmax()) for name, residuals in found.residuals.items() if name in off}
    assert found.times[place] == 1985


def test_books_that_do_not_close_are_refused_by_identity_year_and_size(
    study: Study, run_of_audit: xr.Dataset
) -> None:
    values = run_of_audit["wage"].to_numpy().copy()
    values[25] *= 1.5
    with pytest.raises(InputError) as error:
        audited(run_of_audit.assign(wage=("time", values)), study, "books of BRA")
    (fault,) = error.value.faults
    assert fault.place == "books of BRA, the identity 'income'"
    assert fault.got.startswith("sides 0.")
    assert fault.got.endswith(" apart, over the largest term, in 1985")
    assert fault.expected == "books within 1e-09"


def test_what_is_no_number_does_not_close(study: Study, run_of_audit: xr.Dataset) -> None:
    with pytest.raises(InputError, match="sides nan apart, over the largest term, in 1960"):
        audited(run_of_audit.assign(wage=run_of_audit["wage"] * np.nan), study, "books of BRA")


def test_a_stock_of_the_books_below_nought_is_refused(study: Study, run_of_audit: xr.Dataset) -> None:
    debt = run_of_audit["arrears"].to_numpy().copy()
    debt[30] = -2.5
    with pytest.raises(InputError) as error:
        audited(run_of_audit.assign(arrears=("time", debt)), study, "books of BRA")
    said = {fault.place: fault for fault in error.value.faults}["books of BRA, 'arrears'"]
    assert (said.got, said.expected) == ("-2.5 in 1990", "a stock that cannot be negative")
    assert said.cure == "mend its flows, or write 'may be negative' into its note"


def test_a_closed_run_tells_its_largest_residual(study: Study, run_of_audit: xr.Dataset) -> None:
    found = audited(run_of_audit, study, "books of BRA")
    assert found.attrs[LARGEST] == audit(run_of_audit, study.accounts, study.model.text).largest
    assert LARGEST not in run_of_audit.attrs


def test_without_a_text_the_identities_between_flows_are_left(study: Study, run_of_audit: xr.Dataset) -> None:
    found = audit(run_of_audit, study.accounts)
    assert set(found.residuals) == {"balance of payments", "goods", "trade", "income", "labour"}
    assert "external debt" in found.unkept


def test_a_run_without_the_variables_keeps_no_books(study: Study) -> None:
    found = audit(xr.Dataset({"x": ("time", [1.0])}, {"time": [0.0]}), study.accounts)
    assert found.largest is None
    assert len(found.unkept) == len(study.accounts.identities)


@pytest.mark.slow
def test_each_draw_is_audited_and_one_that_left_the_finite_numbers_is_not(
    study: Study, run_of_audit: xr.Dataset
) -> None:
    draws = xr.concat([run_of_audit, run_of_audit, run_of_audit], "draw").assign_coords(
        failed=("draw", [np.nan, 1990.0, np.nan])
    )
    values = draws["profits"].to_numpy().copy()
    values[1, 31:] = np.nan
    gone = draws.assign(profits=(("draw", "time"), values))
    assert LARGEST in audited(gone, study, "books of BRA").attrs
    values[2, 7] *= 1.1
    with pytest.raises(InputError, match=r"identity 'income': got sides 0\.\d+ apart.* in 1967, draw 1"):
        audited(gone.assign(profits=(("draw", "time"), values)), study, "books of BRA")


def test_the_books_are_called_by_country_and_scenario() -> None:
    assert books_of("KOR", {"scenario": "none"}) == "books of KOR"
    assert books_of("KOR", {"scenario": "zones-first", "fit": "x"}) == "books of KOR, scenario zones-first"


# The books of a study as data: what the file may hold, and what the model text must know


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


@pytest.mark.slow
def test_a_faulty_file_refuses_a_run(folder: Path) -> None:
    edit(folder / "model" / "accounts.toml", r'"manufacturing employment", ', '"manufacturing employmen", ')
    with pytest.raises(InputError, match="identities, labour, right, entry 1: got 'manufacturing employmen'"):
        audited(Study(folder).simulate("KOR"), Study(folder), "books of KOR")


@pytest.mark.slow
def test_the_books_are_no_part_of_what_a_fit_is_made_from(folder: Path) -> None:
    before = Study(folder).hashes(["KOR"])
    (folder / "model" / "accounts.toml").unlink()
    assert Study(folder).hashes(["KOR"]) == before
