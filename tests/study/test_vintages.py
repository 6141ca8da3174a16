"""Two vintages of figures: a planted change is found with its size, and the order of rows is none."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Literal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latecomer.data.observations import Observations
from latecomer.inference.parameters import inverse
from latecomer.study.parameters import Parameter, Prior
from latecomer.study.vintages import Largest, compare_vintages, scaled

ROWS = [
    {"iso3": iso3, "variable": variable, "year": year, "value": 10.0 + year - 1980, "unit": "Dmnl",
     "source": "A bureau", "series": "CODE", "vintage": "2020", "transformation": "none"}
    for iso3 in ("BRA", "KOR") for variable in ("debt/output", "output") for year in range(1980, 1986)
]  # fmt: skip


def vintage(rows: list[dict[str, object]] = ROWS) -> Observations:
    frame = pd.DataFrame(rows).astype({"year": "int64", "value": "float64"})
    return Observations(frame.sort_values(["iso3", "variable", "year"], ignore_index=True))


def changed(at: int, **told: object) -> list[dict[str, object]]:
    return [row | told if place == at else row for place, row in enumerate(ROWS)]


def test_a_vintage_does_not_differ_from_itself() -> None:
    found = compare_vintages(vintage(), vintage())
    assert found.revisions == ()
    assert found.figures == (0, 0, 0)
    assert found.countries_added == found.countries_removed == ()
    assert found.variables_added == found.variables_removed == ()


@settings(max_examples=10)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(shuffle: random.Random) -> None:
    rows = list(ROWS)
    shuffle.shuffle(rows)
    assert compare_vintages(vintage(), vintage(rows)) == compare_vintages(vintage(), vintage())


@pytest.mark.slow
@settings(max_examples=30)
@given(st.integers(0, len(ROWS) - 1), st.floats(-100.0, 100.0))
def test_a_planted_change_is_found_with_its_size_and_year(at: int, value: float) -> None:
    was = ROWS[at]
    found = compare_vintages(vintage(), vintage(changed(at, value=value)))
    if value == was["value"]:
        assert found.revisions == ()
        return
    (one,) = found.revisions
    assert (one.iso3, one.variable) == (was["iso3"], was["variable"])
    assert one.changed == (was["year"],)
    assert one.absolute is not None
    assert one.absolute.change == pytest.approx(value - float(str(was["value"])))
    assert one.relative is not None
    assert one.relative.change == pytest.approx(value / float(str(was["value"])) - 1)


def test_what_one_vintage_lacks_is_the_reverse_of_what_the_other_has() -> None:
    fewer = vintage([row for row in ROWS if row["iso3"] == "KOR" and row["variable"] == "output"][1:])
    there, back = compare_vintages(vintage(), fewer), compare_vintages(fewer, vintage())
    assert there.countries_removed == back.countries_added == ("BRA",)
    assert there.variables_removed == back.variables_added == (("KOR", "debt/output"),)
    assert there.figures == (0, 1, 0)
    assert back.figures == (1, 0, 0)
    assert there.revisions[0].removed == back.revisions[0].added == (1980,)


def test_the_largest_change_by_size_and_the_largest_by_ratio_may_be_of_different_years() -> None:
    old = vintage(changed(0, value=1.0))
    new = vintage([row | {"value": 2.0} if k == 0 else row | {"value": 12.0} if k == 5 else row
                   for k, row in enumerate(ROWS)])  # fmt: skip
    (one,) = compare_vintages(old, new).revisions
    assert one.absolute == Largest(-3.0, 1985, 15.0, 12.0)
    assert one.relative == Largest(1.0, 1980, 1.0, 2.0)


def test_a_change_from_nought_has_no_ratio() -> None:
    (one,) = compare_vintages(vintage(changed(0, value=0.0)), vintage()).revisions
    assert one.absolute is not None
    assert one.absolute.change == 10.0
    assert one.relative is None


def test_figures_in_another_unit_are_not_compared() -> None:
    rows = [row | {"unit": "1/Year", "value": 3.0} if row["variable"] == "output" else row for row in ROWS]
    found = compare_vintages(vintage(), vintage(rows)).revisions
    assert {(one.iso3, one.variable) for one in found} == {("BRA", "output"), ("KOR", "output")}
    assert all(one.rescaled and one.units == ("Dmnl", "1/Year") and not one.changed for one in found)


@pytest.mark.parametrize("what", ["source", "vintage"])
def test_another_source_or_release_is_told_though_no_figure_moves(what: str) -> None:
    (one,) = compare_vintages(vintage(), vintage(changed(0, **{what: "another"}))).revisions
    assert not one.changed
    assert "another" in (one.sources[1] if what == "source" else one.vintages[1])
    assert replace(one, sources=("a", "a"), vintages=("a", "a")).empty


@pytest.mark.parametrize("family", ["lognormal", "normal"])
@given(ratio=st.floats(0.1, 10.0), value=st.floats(1.0, 4.0))
def test_a_value_that_moves_with_its_figure_stays_where_it_is_in_its_prior(
    family: Literal["lognormal", "normal"], ratio: float, value: float
) -> None:
    prior = Prior(family=family, centre=2.0, spread=0.5)
    one = Parameter(
        name="initial capital", value=value, unit="", range=(0.5, 5.0), prior=prior, note="", source=""
    )
    moved = scaled(one, ratio)
    assert moved.prior is not None
    was = inverse(family, 2.0, 0.5, value)
    now = inverse(family, moved.prior.centre, moved.prior.spread, moved.value)
    assert now == pytest.approx(was, abs=1e-9)
    assert moved.value / one.value == pytest.approx(ratio)


def test_a_share_with_a_prior_on_log_odds_does_not_move() -> None:
    prior = Prior(family="logit", centre=0.5, spread=0.5)
    one = Parameter(
        name="initial share", value=0.6, unit="", range=(0.1, 0.9), prior=prior, note="", source=""
    )
    assert scaled(one, 1.5) == one
