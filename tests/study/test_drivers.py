"""Drivers: what a run may know, and when."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from latecomer.data.observations import Observations
from latecomer.errors import InputError
from latecomer.study.drivers import Drivers
from latecomer.study.study import Study
from tests.study.studies import edit

UNTIL = 1979


def test_every_table_of_the_text_is_fed(study: Study) -> None:
    assert set(study.tables("KOR")) == set(study.model.tables)


def doubled_after(drivers: Drivers, iso3: str) -> Drivers:
    """The same drivers, the country's figures after the cut doubled."""
    frame = drivers.observations.frame.copy()
    later = (frame["iso3"] == iso3) & (frame["year"] > UNTIL)
    frame.loc[later, "value"] = 2 * frame.loc[later, "value"]
    return replace(drivers, observations=Observations(frame))


def test_no_later_figure_of_the_country_is_looked_at(study: Study) -> None:
    before = study.drivers.tables("BRA", UNTIL)
    after = doubled_after(study.drivers, "BRA").tables("BRA", UNTIL)
    assert {name for name in before if not np.array_equal(before[name], after[name])} == set()


def test_without_a_cut_later_figures_count(study: Study) -> None:
    before = study.drivers.tables("BRA")
    after = doubled_after(study.drivers, "BRA").tables("BRA")
    own = {name for name, source in study.drivers.sources.items() if source.iso3 == "country"}
    assert {name for name in before if not np.array_equal(before[name][1], after[name][1])} == own


def test_the_world_is_not_cut(study: Study) -> None:
    cut, whole = study.tables("BRA", UNTIL), study.tables("BRA")
    world = [name for name, source in study.drivers.sources.items() if source.iso3 != "country"]
    assert world
    assert all(np.array_equal(cut[name][1], whole[name][1]) for name in world)


def test_figures_before_the_cut_stay_and_go_on_at_their_own_growth(study: Study) -> None:
    (years, cut), (_, whole) = (
        study.tables("BRA", UNTIL)["population table"],
        study.tables("BRA")["population table"],
    )
    known = years <= UNTIL
    assert cut[known].tolist() == whole[known].tolist()
    growth = np.diff(np.log(cut[~known]))
    ten_years = np.log(cut[known][-1] / cut[known][-11]) / 10
    np.testing.assert_allclose(growth, ten_years, rtol=1e-12)


def test_a_cut_at_the_end_of_the_window_is_no_cut(study: Study) -> None:
    end = study.countries["BRA"].window.end
    cut, whole = study.tables("BRA", end), study.tables("BRA")
    assert all(np.array_equal(cut[name], whole[name]) for name in whole)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pattern", "replacement", "said"),
    [
        (
            r'\["population table"\]',
            '["poplation table"]',
            (
                "drivers.toml, poplation table: got an unknown table; expected a table of the model text. "
                "Cure: write the nearest name: 'population table'."
            ),
        ),
        (
            'variable = "population"',
            'variable = "popluation"',
            "BRA: got the variable 'popluation'; expected one that has figures, such as population",
        ),
        (
            'variable = "population"',
            'variable = "output"',
            (
                "drivers.toml, population table: got the unit billion dollars/Year of output; "
                "expected the unit million persons of the table."
            ),
        ),
        (
            'variable = "population"',
            'variabel = "population"',
            "the unknown key 'variabel'; expected one of iso3",
        ),
    ],
)
def test_each_fault_is_said(folder: Path, pattern: str, replacement: str, said: str) -> None:
    edit(folder / "model" / "drivers.toml", pattern, replacement)
    with pytest.raises(InputError) as error:
        _ = Study(folder).drivers
    assert said in str(error.value)
