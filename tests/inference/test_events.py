"""Defaults as figures: limits of the hazard, spells that count once, and a loss that is off by default."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latecomer.inference.likelihood import EventArrays, event_arrays, hazard, negative_log_events
from latecomer.inference.problem import make_problem
from latecomer.study.targets import Events
from tests.inference.small import logistic, toy_study

FALSE_ALARM = 0.02
AT_REST = np.zeros(3)


def events(weight: float = 1.0) -> Events:
    return Events(
        observation="default", variable="access", threshold=0.5, width=0.05, false_alarm=FALSE_ALARM,
        weight=weight,
    )  # fmt: skip


def states(*spells: tuple[int, int], first: int = 0, last: int = 40) -> pd.Series[float]:
    years = np.arange(first, last + 1)
    inside = [any(start <= year <= end for start, end in spells) for year in years]
    return pd.Series(np.array(inside, dtype=float), index=years)


def arrays(tmp_path: Path, series: pd.Series[float], span: tuple[int, int] = (0, 40)) -> EventArrays:
    study = toy_study(tmp_path, events=events(), defaults={"AAA": series})
    return event_arrays(study, {"AAA": span}, span[1] - span[0])


@given(st.floats(0.01, 0.3), st.floats(0.0, 0.4))
def test_open_credit_leaves_the_false_alarm_and_none_leaves_its_complement(
    width: float, false_alarm: float
) -> None:
    assert float(hazard(0.5 + 60 * width, 0.5, width, false_alarm)) == pytest.approx(false_alarm, abs=1e-12)
    assert float(hazard(0.5 - 60 * width, 0.5, width, false_alarm)) == pytest.approx(1.0 - false_alarm)
    assert float(hazard(0.5, 0.5, width, false_alarm)) == pytest.approx(0.5)


def test_the_more_credit_the_less_hazard() -> None:
    at = np.asarray(hazard(np.linspace(0.0, 1.0, 50), 0.5, 0.1, FALSE_ALARM))
    assert np.all(np.diff(at) < 0.0)


def test_a_spell_counts_in_its_first_year_and_its_other_years_are_not_at_risk(tmp_path: Path) -> None:
    held = arrays(tmp_path, states((10, 14), (20, 20)))
    assert np.flatnonzero(held.onset).tolist() == [10, 20]
    assert np.flatnonzero(~held.at_risk).tolist() == [11, 12, 13, 14, 15, 21]


def test_a_spell_that_is_under_way_at_the_start_is_no_onset(tmp_path: Path) -> None:
    held = arrays(tmp_path, states((3, 7)), (5, 40))
    assert not held.onset.any()
    assert np.flatnonzero(~held.at_risk).tolist() == [0, 1, 2, 3]  # the years 5 to 8


def test_a_spell_that_begins_with_the_figures_is_an_onset(tmp_path: Path) -> None:
    held = arrays(tmp_path, states((5, 6), first=5), (5, 40))
    assert np.flatnonzero(held.onset).tolist() == [0]


def test_a_year_without_a_figure_and_a_country_without_the_series_are_not_at_risk(tmp_path: Path) -> None:
    study = toy_study(tmp_path, events=events(), defaults={"AAA": states((10, 11)).drop([2, 30])})
    held = event_arrays(study, {"AAA": (0, 40), "BBB": (0, 40)}, 40)
    assert np.flatnonzero(~held.at_risk[:, 0]).tolist() == [2, 11, 12, 30]
    assert not held.at_risk[:, 1].any()
    assert not held.onset[:, 1].any()


def test_years_after_the_end_of_a_run_are_not_at_risk(tmp_path: Path) -> None:
    study = toy_study(tmp_path, events=events(), defaults={"AAA": states((30, 31))})
    held = event_arrays(study, {"AAA": (0, 20)}, 40)
    assert np.flatnonzero(held.at_risk).tolist() == list(range(21))
    assert not held.onset.any()


def test_years_are_independent_draws_of_the_hazard(tmp_path: Path) -> None:
    held = arrays(tmp_path, states((2, 3), last=4), (0, 4))
    access = np.array([0.9, 0.6, 0.4, 0.0, 0.5])
    p = np.asarray(hazard(access, 0.5, 0.05, FALSE_ALARM))
    expected = np.prod([1 - p[0], 1 - p[1], p[2]])  # the years 3 and 4 are within the spell or end it
    found = float(negative_log_events(held, access.reshape(-1, 1)))
    assert found == pytest.approx(-np.log(expected), rel=1e-12)


def losses(tmp_path: Path, **ways: Any) -> float:
    problem = make_problem(toy_study(tmp_path, **ways), ["AAA", "BBB"])
    return float(problem.loss(AT_REST))


def test_events_without_a_weight_leave_the_loss_as_it_is(tmp_path: Path) -> None:
    with_default: dict[str, Any] = {"defaults": {"AAA": states((40, 40))}}
    assert losses(tmp_path, events=events(0.0), **with_default) == losses(tmp_path, **with_default)


@pytest.mark.parametrize("growth", [0.0, 1.4])
def test_what_an_onset_costs_is_told_by_the_access_of_the_run_in_its_year(
    tmp_path: Path, growth: float
) -> None:
    onset = pd.Series([1.0], index=[20])
    z = np.array([growth, 0.0, 0.0])
    study = [toy_study(tmp_path, events=one, defaults={"AAA": onset}) for one in (events(), None)]
    on, off = (float(make_problem(one, ["AAA", "BBB"]).loss(z)) for one in study)
    access = 1.0 - logistic(5.0, np.array(20.0), 0.1 * np.exp(0.5 * growth)) / 5.0
    expected = FALSE_ALARM + (1.0 - 2.0 * FALSE_ALARM) / (1.0 + np.exp((access - 0.5) / 0.05))
    assert on - off == pytest.approx(-np.log(expected), rel=1e-2)


def test_a_default_is_likelier_where_credit_is_short(tmp_path: Path) -> None:
    """Access falls with the stock, from .8 in the first year to .08 in the last."""
    early, late, never = (
        losses(tmp_path, events=events(), defaults={"AAA": states(*spells)})
        for spells in ([(1, 1)], [(40, 40)], [])
    )
    assert late < never < early
    assert early - never == pytest.approx(np.log((1 - FALSE_ALARM) / FALSE_ALARM), rel=0.05)


@pytest.mark.slow
def test_the_weight_multiplies_what_events_cost(tmp_path: Path) -> None:
    plain = losses(tmp_path)
    one, three = (
        losses(tmp_path, events=events(weight), defaults={"AAA": states((25, 30))}) - plain
        for weight in (1.0, 3.0)
    )
    assert three == pytest.approx(3.0 * one, rel=1e-9)
