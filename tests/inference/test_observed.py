"""Figures on the grid of runs: windows, scales, gaps, known breaks, and where sizes and shifts stand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latecomer.inference.observed import (
    entries_of_errors,
    has_figures,
    observation_arrays,
    places_of_errors,
    previous_rows,
)
from latecomer.study.countries import Window
from latecomer.study.targets import Break, Own
from tests.inference.small import toy_study

SPANS = {"AAA": (0, 40), "BBB": (0, 40)}


def known(year: int, shift: float = 0.1) -> Break:
    return Break(year=year, shift=shift, event="another count", source="made up")


def column(study: Any, iso3: str = "AAA", spans: dict[str, tuple[int, int]] | None = None) -> np.ndarray:
    """The years of a country with a figure, counted from its start."""
    asked = spans or SPANS
    arrays = observation_arrays(study, asked, max(end - start for start, end in asked.values()))
    return np.flatnonzero(arrays.mask[:, 0, list(asked).index(iso3)])


@given(
    st.lists(st.booleans(), min_size=1, max_size=15),
    st.lists(st.integers(-2, 16), max_size=3),
)
def test_before_each_figure_stands_the_last_one_of_its_stretch(there: list[bool], breaks: list[int]) -> None:
    mask = np.array(there).reshape(-1, 1, 1)
    found = previous_rows(mask, {(0, 0): breaks}).ravel()
    for row, has in enumerate(there):
        begun = max([0, *(one for one in breaks if one <= row)])
        earlier = [other for other in range(begun, row) if there[other]]
        assert found[row] == (earlier[-1] if has and earlier else -1)


def test_a_figure_stands_in_its_year_and_nothing_is_filled(tmp_path: Path) -> None:
    uneven = pd.Series([3.0, 1.0, 2.0], index=[30, 10, 11])  # in any order
    study = toy_study(tmp_path, figures={"AAA": uneven})
    arrays = observation_arrays(study, SPANS, 40)
    assert np.flatnonzero(arrays.mask[:, 0, 0]).tolist() == [10, 11, 30]
    assert arrays.figures[[10, 11, 30], 0, 0].tolist() == [1.0, 2.0, 3.0]
    assert np.all(np.isnan(arrays.figures[~arrays.mask]))
    assert arrays.previous[[10, 11, 30], 0, 0].tolist() == [-1, 10, 11]


def test_windows_of_a_target_and_of_a_country_leave_figures_out(tmp_path: Path) -> None:
    own = {"AAA": Own(window=Window(start=5, end=38))}
    study = toy_study(tmp_path, own=own)
    assert column(study).tolist() == list(range(5, 39))
    assert column(study, "BBB").tolist() == list(range(41))


def test_a_run_that_begins_later_counts_from_its_own_start(tmp_path: Path) -> None:
    study = toy_study(tmp_path, own={"AAA": Own(window=Window(start=12, end=14), breaks=(known(13),))})
    spans = {"BBB": (0, 40), "AAA": (10, 20)}
    assert column(study, "AAA", spans).tolist() == [2, 3, 4]
    arrays = observation_arrays(study, spans, 40)
    assert arrays.previous[2:5, 0, 1].tolist() == [-1, -1, 3]
    _, shifts = places_of_errors(study, entries_of_errors(study, spans), spans, 40)
    assert np.flatnonzero(shifts[:, 0, 1] >= 0).tolist() == list(range(3, 41))


def test_each_country_has_its_own_scale_and_the_others_that_of_the_target(tmp_path: Path) -> None:
    study = toy_study(tmp_path, own={"AAA": Own(scale=0.5)}, scale=0.02, autocorrelation=0.3, degrees=9.0)
    arrays = observation_arrays(study, SPANS, 40)
    assert arrays.scale[0, 0].tolist() == [0.5, 0.02]
    assert arrays.autocorrelation[0, 0].tolist() == [0.3, 0.3]
    assert arrays.degrees[0, 0].tolist() == [9.0, 9.0]
    assert arrays.logarithmic[0, 0].tolist() == [True, True]


def test_a_target_of_no_weight_and_a_country_without_figures_are_left_out(tmp_path: Path) -> None:
    study = toy_study(tmp_path, spread=0.3, shift=0.1)
    (target,) = study.targets.targets
    idle = target.model_copy(update={"weight": 0.0})
    assert has_figures(study, "AAA", target)
    assert not has_figures(study, "AAA", idle)
    study.targets = study.targets.model_copy(update={"target": (idle,)})
    assert column(study).size == 0
    assert entries_of_errors(study, SPANS) == []


def test_sizes_are_estimated_where_a_spread_is_stated_and_figures_are_read(tmp_path: Path) -> None:
    outside = pd.Series([1.0, 2.0], index=[-5, 50])
    for spread, told in ((0.0, []), (0.3, ["size of the error of log stock [AAA]"])):
        study = toy_study(tmp_path, figures={"BBB": outside}, spread=spread)
        assert [str(one) for one in entries_of_errors(study, SPANS)] == told


@pytest.mark.parametrize(
    ("until", "told"),
    [(40, ["AAA from 10", "AAA from 20"]), (20, ["AAA from 10", "AAA from 20"]), (19, ["AAA from 10"])],
)
def test_shifts_are_estimated_at_the_breaks_within_a_run_that_may_shift(
    tmp_path: Path, until: int, told: list[str]
) -> None:
    own = {"AAA": Own(breaks=(known(0), known(10), known(20), known(25, shift=0.0)))}
    study = toy_study(tmp_path, own=own)
    spans = {"AAA": (0, until), "BBB": (0, until)}
    found = entries_of_errors(study, spans)
    assert [f"{one.iso3} from {one.name.rsplit(' ', 1)[1]}" for one in found] == told


def test_the_shift_of_a_break_holds_until_the_next_whatever_their_order(tmp_path: Path) -> None:
    for breaks in ((known(10), known(30)), (known(30), known(10))):
        study = toy_study(tmp_path, own={"AAA": Own(breaks=breaks)}, spread=0.3)
        entries = entries_of_errors(study, SPANS)
        sizes, shifts = places_of_errors(study, entries, SPANS, 40)
        names = ["" if k < 0 else entries[k].name for k in shifts[:, 0, 0]]
        assert names[9:11] == ["", "shift of log stock from 10"]
        assert names[29:31] == ["shift of log stock from 10", "shift of log stock from 30"]
        assert np.all(shifts[:, 0, 1] == -1)
        assert [str(entries[k]) for k in sizes[0]] == [
            "size of the error of log stock [AAA]",
            "size of the error of log stock [BBB]",
        ]
