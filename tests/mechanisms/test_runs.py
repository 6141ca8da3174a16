"""Runs for the tests of mechanisms: windows, horizons, levers by name, variants, and rows removed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.study.study import Study
from tests.mechanisms.runs import Runs, at, changed, frozen, over, scaled, since
from tests.study.small import lay_small
from tests.study.studies import edit


@pytest.fixture(scope="module")
def small(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    return Runs(Study(lay_small(root, tmp_path_factory.mktemp("small") / "study")))


def test_a_country_runs_over_its_own_window_with_the_fit_that_holds_it(small: Runs) -> None:
    assert [float(small(iso3)["time"][0]) for iso3 in ("KHM", "VNM")] == [1993, 1990]
    assert [small.value(iso3, "learning rate") for iso3 in ("KHM", "VNM")] == [0.1, 0.15]


def test_beyond_the_window_levers_and_drivers_stay_at_their_last_figure(small: Runs) -> None:
    far = small("KHM", until=2040)
    assert float(far["time"][-1]) == 2040
    assert np.all(over(far, "support", 1993, 2040) == 0.5)
    late = small("KHM", levers={"support": since(2020, 1.0)}, until=2040)
    assert at(late, "support", 2019) == 0.5
    assert at(late, "support", 2040) == 1.0


@pytest.mark.parametrize("name", ["openness", "openness table"])
def test_a_lever_goes_by_its_name_with_or_without_table(small: Runs, name: str) -> None:
    assert at(small("VNM", levers={name: 0.25}), "openness", 2000) == 0.25


def test_a_level_is_held_from_the_second_year_of_the_window_on(small: Runs) -> None:
    run = small("KHM", levers={"support": 0.0})
    assert [at(run, "support", year) for year in (1993, 1993.5, 1994, 2010)] == [0.5, 0.25, 0.0, 0.0]
    steady = small("KHM", levers={"support": since(1900, 0.0)})
    assert [at(steady, "support", year) for year in (1993, 1994)] == [0.5, 0.0]


def test_points_are_the_table_itself(small: Runs) -> None:
    run = small("KHM", levers={"support": [(1993, 0.0), (2003, 1.0)]})
    assert [at(run, "support", year) for year in (1993, 1998, 2010)] == [0.0, 0.5, 1.0]


def test_the_points_of_a_table_survive_a_change() -> None:
    points = np.array([1960.0, 1964.5, 1970.0]), np.array([0.0, 0.9, 0.2])
    years, levels = changed(points, scaled(2.0, 1966), 1960, 1975)
    assert levels[years == 1964.5] == 0.9
    assert levels[years == 1970] == 0.4
    assert (years[0], years[-1], levels[-1]) == (1960, 1975, 0.4)


def test_an_unknown_lever_is_named(small: Runs) -> None:
    with pytest.raises(KeyError, match=r"no table .opennes table. in the model text; .* .openness."):
        small("VNM", levers={"opennes": 0.1})


def test_without_a_row_its_switch_is_nought_whatever_is_asked(small: Runs) -> None:
    idle = small.without("A1")
    for overrides in ({}, {"learning switch": 1.0}):
        assert np.all(over(idle("VNM", overrides), "learning", 1990, 2010) == 0)
    assert np.all(over(idle("VNM", levers={"support": 1.0}, until=2020), "learning", 1990, 2020) == 0)
    assert at(small("VNM"), "learning", 2000) > 0


def test_several_rows_are_removed_together(small: Runs) -> None:
    assert small.without("A1", "A2").removed == small.without("A2").without("A1").removed


def test_a_row_that_is_not_there_cannot_be_removed(small: Runs) -> None:
    with pytest.raises(KeyError):
        small.without("B9")


def test_a_variant_sets_its_switches_before_the_overrides(small: Runs) -> None:
    rival = small.variant("without it")
    assert at(rival("VNM"), "rival", 2000) == 0
    assert at(rival("VNM", {"rival switch": 1.0}), "rival", 2000) > 0
    assert rival.value("VNM", "rival switch") == 0
    assert rival.fit == "reference"
    with pytest.raises(InputError, match="variant 'other': got no such variant"):
        small.variant("other")


def test_a_run_is_made_once_for_the_same_changes(small: Runs) -> None:
    one = small("VNM", levers={"support": since(1995, 1.0)})
    assert small("VNM", levers={"support": since(1995, 1.0)}) is one
    assert small("VNM", levers={"support": since(1996, 1.0)}) is not one
    assert small.without("A1")("VNM", levers={"support": since(1995, 1.0)}) is not one
    assert small.without("A1")("VNM") is small("VNM", {"learning switch": 0.0})


def test_a_frozen_driver_stays_where_it_was(small: Runs) -> None:
    moving = [(1990, 0.0), (2010, 1.0)]
    table = changed((np.array([1990.0, 2010.0]), np.array([0.0, 1.0])), frozen(2000), 1990, 2010)
    run = small("VNM", levers={"support": list(zip(*table, strict=True))})
    assert at(run, "support", 2010) == at(small("VNM", levers={"support": moving}), "support", 2000) == 0.5


def test_a_fit_that_the_parameters_no_longer_allow_is_left_out(root: Path, tmp_path: Path) -> None:
    folder = lay_small(root, tmp_path / "small")
    edit(folder / "model" / "parameters.toml", r"range = \[0.0, 1.0\]", "range = [0.0, 0.12]")
    run = Runs(Study(folder))
    assert (run.fit, run.value("VNM", "learning rate")) == (None, 0.1)
