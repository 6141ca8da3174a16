"""Every scenario keeps its books, in every country that it is about."""

from __future__ import annotations

import pytest

from latecomer.study.accounting import keep_books
from latecomer.study.content import FOLDER
from latecomer.study.reference import reference_root
from latecomer.study.run_spec import resolve
from latecomer.study.scenarios import load_scenarios
from latecomer.study.study import Study

STUDY = Study(reference_root())


# read without what they are checked against, which takes long
NAMES = list(load_scenarios(STUDY.root / FOLDER))


def of(name: str) -> tuple[str, ...]:
    """The countries that a scenario is about."""
    return tuple(STUDY.scenarios[name].countries or STUDY.countries)


def books_hold(name: str, iso3: str) -> bool:
    setup = resolve(STUDY, iso3, "reference", name).setup
    run = STUDY.model.run(
        years=setup.years,
        dt=0.25,
        method="euler",
        parameters=setup.parameters,
        drivers=setup.tables,
        save_every=0.25,
        backend="numpy",
    )
    return keep_books(run, STUDY.accounts).hold


@pytest.mark.parametrize(("place", "name"), list(enumerate(NAMES)), ids=NAMES)
def test_the_books_of_every_scenario_close_in_one_country(place: int, name: str) -> None:
    iso3 = of(name)[place % len(of(name))]
    assert books_hold(name, iso3), iso3


@pytest.mark.slow  # in each of the countries
@pytest.mark.parametrize("name", NAMES)
def test_the_books_of_every_scenario_close(name: str) -> None:
    assert [iso3 for iso3 in of(name) if not books_hold(name, iso3)] == []
