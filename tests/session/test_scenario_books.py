"""Every scenario keeps its books, in every country that it is about."""

from __future__ import annotations

import pytest

from latecomer.study.accounts import keep_books
from latecomer.study.reference import reference_root
from latecomer.study.rooms import Rooms
from latecomer.study.setup import run_setup

ROOMS = Rooms(reference_root())


@pytest.mark.parametrize("name", list(ROOMS.scenarios))
def test_the_books_of_every_scenario_close(name: str) -> None:
    countries = ROOMS.scenarios[name].countries or tuple(ROOMS.countries)
    for iso3 in countries:
        setup = run_setup(ROOMS, iso3, "reference", scenario=name)
        run = ROOMS.model.run(
            years=setup.years,
            dt=0.25,
            method="euler",
            parameters=setup.parameters,
            drivers=setup.tables,
            save_every=0.25,
            backend="numpy",
        )
        assert keep_books(run).hold, f"{name}, {iso3}"
