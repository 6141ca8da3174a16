"""The likelihood of a free run: densities of other programs, gaps, breaks, permuted rows, a slipped year."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from latecomer.errors import InputError
from latecomer.inference.error_models import FAMILIES, code, information, mixed_log_density
from latecomer.inference.likelihood import ObservationArrays, negative_log_likelihood
from latecomer.inference.observed import previous_rows
from latecomer.inference.problem import make_problem
from tests.inference.small import logistic, toy_study

LAWS: dict[str, Any] = {"normal": stats.norm, "student": stats.t(5.0), "laplace": stats.laplace}


def observed(
    figures: np.ndarray,
    family: str = "normal",
    scale: float = 1.0,
    rho: float = 0.0,
    log: bool = False,
    breaks: tuple[int, ...] = (),
    degrees: float = 5.0,
) -> ObservationArrays:
    """Figures of one target and country; NaN for a year without one."""
    column = figures.reshape(-1, 1, 1)
    one, mask = np.ones((1, 1, 1)), np.isfinite(column)
    return ObservationArrays(
        column, mask, one < 0 if not log else one > 0, FAMILIES.index(family) * one.astype(int), scale * one,
        degrees * one, rho * one, one, previous_rows(mask, {(0, 0): breaks}),
    )  # fmt: skip


def loss(arrays: ObservationArrays, run: np.ndarray, **ways: Any) -> float:
    return float(negative_log_likelihood(arrays, run.reshape(-1, 1, 1), **ways))


@pytest.mark.parametrize("family", FAMILIES)
@given(st.floats(-30, 30))
def test_densities_are_those_of_scipy(family: str, error: float) -> None:
    expected = LAWS[family].logpdf(error)
    assert float(mixed_log_density(code(family), error, 5.0)) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("family", FAMILIES)
def test_information_is_the_variance_of_the_score(family: str) -> None:
    law, step = LAWS[family], 1e-5
    e = law.ppf((np.arange(400_000) + 0.5) / 400_000)
    place = (law.logpdf(e - step) - law.logpdf(e + step)) / (2 * step)
    wide = [law.logpdf(e / np.exp(s)) - s for s in (step, -step)]
    found = information(np.array(FAMILIES.index(family)), np.array(5.0))
    assert np.mean(place**2) == pytest.approx(float(found[0]), rel=1e-3)
    assert np.mean(((wide[0] - wide[1]) / (2 * step)) ** 2) == pytest.approx(float(found[1]), rel=2e-3)


def test_an_unknown_family_is_refused() -> None:
    with pytest.raises(InputError, match=r"the family 'cauchy'; expected normal or student or laplace"):
        code("cauchy")


@settings(deadline=None)
@given(
    st.lists(st.booleans(), min_size=3, max_size=12).filter(any),
    st.floats(0.0, 0.95),
    st.floats(0.1, 3.0),
    st.integers(0, 10_000),
)
def test_normal_errors_with_gaps_are_one_multivariate_normal(
    there: list[bool], rho: float, scale: float, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    run, errors = generator.normal(size=len(there)), generator.normal(size=len(there))
    figures = np.where(there, run - errors, np.nan)
    years = np.flatnonzero(there)
    covariance = scale**2 * rho ** np.abs(years[:, None] - years[None, :])
    expected = -stats.multivariate_normal(np.zeros(len(years)), covariance).logpdf(errors[years])
    assert loss(observed(figures, scale=scale, rho=rho), run) == pytest.approx(float(expected), rel=1e-8)


def test_across_a_known_break_errors_know_nothing_of_each_other() -> None:
    run, figures = np.zeros(6), np.array([0.3, 0.2, 0.4, -0.5, -0.4, -0.6])
    parts = [loss(observed(part, rho=0.8), np.zeros(3)) for part in (figures[:3], figures[3:])]
    assert loss(observed(figures, rho=0.8, breaks=(3,)), run) == pytest.approx(sum(parts))
    moved = np.where(np.arange(6) < 3, 0.0, -0.9).reshape(-1, 1, 1)
    assert loss(observed(figures, rho=0.8, breaks=(3,)), run, shifts=moved) < sum(parts)


def test_a_year_without_a_figure_counts_for_nothing() -> None:
    arrays = observed(np.array([1.0, np.nan, 2.0]))
    assert loss(arrays, np.array([1.5, 9.0, 2.5])) == loss(arrays, np.array([1.5, -9.0, 2.5]))


def test_the_size_of_an_error_is_found_where_it_is() -> None:
    errors = 0.3 * np.random.default_rng(2).standard_normal(4000)
    arrays = observed(errors, scale=0.1)
    sizes = np.linspace(2.0, 4.0, 41)
    best = sizes[int(np.argmin([loss(arrays, np.zeros(4000), sizes=size) for size in sizes]))]
    assert best == pytest.approx(3.0, abs=0.1)


@settings(deadline=None, max_examples=5)
@given(st.randoms())
def test_permuting_the_rows_of_the_figures_changes_nothing(tmp_path_factory: Any, random: Any) -> None:
    folder: Path = tmp_path_factory.mktemp("toy")
    years = list(range(0, 41, 2))
    rows = {iso3: pd.Series(logistic(5.0, np.array(years)), index=years) for iso3 in ("AAA", "BBB")}
    shuffled = random.sample(years, len(years))
    plain = make_problem(toy_study(folder, figures=rows, autocorrelation=0.5), ["AAA"])
    mixed = make_problem(
        toy_study(folder, figures={iso3: one[shuffled] for iso3, one in rows.items()}, autocorrelation=0.5),
        ["AAA"],
    )
    np.testing.assert_array_equal(plain.groups[0].observed.figures, mixed.groups[0].observed.figures)
    np.testing.assert_array_equal(plain.groups[0].observed.previous, mixed.groups[0].observed.previous)


@pytest.mark.parametrize("by", [-1, 1])
def test_a_series_that_slips_by_a_year_is_found_out(tmp_path: Path, by: int) -> None:
    years = np.arange(0, 41)
    true = logistic(5.0, years)
    right = {iso3: pd.Series(true, index=years) for iso3 in ("AAA", "BBB")}
    slipped = {**right, "AAA": pd.Series(true, index=years + by)}
    losses = []
    for figures in (right, slipped):
        problem = make_problem(toy_study(tmp_path, figures=figures, family="normal"), ["AAA", "BBB"])
        losses.append(float(problem.loss(np.zeros(len(problem.layout)))))
    inside = years[1:] if by > 0 else years[:-1]
    errors = (np.log(logistic(5.0, inside)) - np.log(logistic(5.0, inside - by))) / 0.02
    lost = np.log(0.02) + 0.5 * np.log(2 * np.pi)  # one figure has left the window
    assert losses[1] - losses[0] == pytest.approx(0.5 * np.sum(errors**2) - lost, rel=0.02)
    assert 0.5 * np.sum(errors**2) > 50.0
