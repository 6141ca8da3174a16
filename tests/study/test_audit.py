"""The audit of any run: every identity, saved time and draw; refused by name, year and size."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from latecomer.errors import InputError
from latecomer.study.accounting import LARGEST, audit, audited, books_of
from latecomer.study.study import Study


@pytest.fixture(scope="module")
def run(study: Study) -> xr.Dataset:
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
    study: Study, run: xr.Dataset, entry: str, broken: set[str]
) -> None:
    values = run[entry].to_numpy().copy()
    values[25] = values[25] * 1.001 + 1e-3
    found = audit(run.assign({entry: ("time", values)}), study.accounts, study.model.text)
    off = {name for name, residuals in found.residuals.items() if residuals.max() > 1e-9}
    assert off <= broken
    assert off
    (place,) = {int(residuals.argmax()) for name, residuals in found.residuals.items() if name in off}
    assert found.times[place] == 1985


def test_books_that_do_not_close_are_refused_by_identity_year_and_size(study: Study, run: xr.Dataset) -> None:
    values = run["wage"].to_numpy().copy()
    values[25] *= 1.5
    with pytest.raises(InputError) as error:
        audited(run.assign(wage=("time", values)), study, "books of BRA")
    (fault,) = error.value.faults
    assert fault.place == "books of BRA, the identity 'income'"
    assert fault.got.startswith("sides 0.")
    assert fault.got.endswith(" apart, over the largest term, in 1985")
    assert fault.expected == "books within 1e-09"


def test_what_is_no_number_does_not_close(study: Study, run: xr.Dataset) -> None:
    with pytest.raises(InputError, match="sides nan apart, over the largest term, in 1960"):
        audited(run.assign(wage=run["wage"] * np.nan), study, "books of BRA")


def test_a_stock_of_the_books_below_nought_is_refused(study: Study, run: xr.Dataset) -> None:
    debt = run["arrears"].to_numpy().copy()
    debt[30] = -2.5
    with pytest.raises(InputError) as error:
        audited(run.assign(arrears=("time", debt)), study, "books of BRA")
    said = {fault.place: fault for fault in error.value.faults}["books of BRA, 'arrears'"]
    assert (said.got, said.expected) == ("-2.5 in 1990", "a stock that cannot be negative")
    assert said.cure == "mend its flows, or write 'may be negative' into its note"


def test_a_closed_run_tells_its_largest_residual(study: Study, run: xr.Dataset) -> None:
    found = audited(run, study, "books of BRA")
    assert found.attrs[LARGEST] == audit(run, study.accounts, study.model.text).largest
    assert LARGEST not in run.attrs


def test_without_a_text_the_identities_between_flows_are_left(study: Study, run: xr.Dataset) -> None:
    found = audit(run, study.accounts)
    assert set(found.residuals) == {"balance of payments", "goods", "trade", "income", "labour"}
    assert "external debt" in found.unkept


def test_a_run_without_the_variables_keeps_no_books(study: Study) -> None:
    found = audit(xr.Dataset({"x": ("time", [1.0])}, {"time": [0.0]}), study.accounts)
    assert found.largest is None
    assert len(found.unkept) == len(study.accounts.identities)


def test_each_draw_is_audited_and_one_that_left_the_finite_numbers_is_not(
    study: Study, run: xr.Dataset
) -> None:
    draws = xr.concat([run, run, run], "draw").assign_coords(failed=("draw", [np.nan, 1990.0, np.nan]))
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
