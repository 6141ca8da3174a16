"""The books: they close in a true run, and each false entry is found by the identities that it breaks."""

from __future__ import annotations

import pytest
import xarray as xr

from latecomer.errors import InputError
from latecomer.study.accounting import keep_books
from latecomer.study.study import Study


@pytest.fixture(scope="module")
def run(study: Study) -> xr.Dataset:
    return study.simulate("BRA", method="euler", save_every=study.model.grid().dt)


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
