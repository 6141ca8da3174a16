"""What a fit says of itself: its density, its coordinates on disk, its draws by name, how sure it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from latecomer.inference.identifiability import certainty
from latecomer.inference.laplace import COORDINATES, coordinates, density_of, named_draws
from latecomer.inference.optimise import maximise
from latecomer.inference.problem import Problem, make_problem
from latecomer.study.fits import Fit, load_fit, save_fit
from latecomer.study.targets import Own
from tests.inference.small import logistic, population, toy_study

SIZE = "size of the error of log stock [{}]"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("toy")
    years, noise = np.arange(0, 41), np.random.default_rng(5).standard_normal((2, 41))
    figures = {
        iso3: pd.Series(logistic(5.0, years, 0.12) * np.exp(0.02 * errors), index=years)
        for iso3, errors in zip(("AAA", "BBB"), noise, strict=True)
    }
    asked: dict[str, Any] = {"populations": {"ceiling": population()}, "family": "normal"}
    return toy_study(folder, figures=figures, shift=0.1, spread=0.3, **asked)


@pytest.fixture(scope="module")
def problem(study: Any) -> Problem:
    return make_problem(study, ["AAA", "BBB"])


@pytest.fixture(scope="module")
def mode(problem: Problem) -> np.ndarray:
    return maximise(problem, problem.layout.start(), lambda i, loss: None, 300).z


@pytest.mark.slow
def test_the_density_is_that_of_the_problem(problem: Problem, mode: np.ndarray) -> None:
    density = density_of(problem)
    assert density.names == tuple(str(one) for one in problem.layout.entries)
    points = mode + 0.3 * np.random.default_rng(0).standard_normal((3, len(mode)))
    assert density.losses(points) == pytest.approx([float(problem.loss(z)) for z in points], rel=1e-12)
    loss, slope = density.loss_and_slope(points[0])
    value, gradient = problem.value_and_gradient(points[0])
    assert loss == pytest.approx(float(value), rel=1e-12)
    np.testing.assert_allclose(slope, gradient, rtol=1e-8, atol=1e-8)


def test_coordinates_of_a_stored_fit_are_the_same_bits(
    problem: Problem, mode: np.ndarray, tmp_path: Path
) -> None:
    shared, by_country = problem.layout.split(mode)
    told = {str(one): float(z) for one, z in zip(problem.layout.entries, mode, strict=True)}
    held = {*shared, *(f"{name} [{iso3}]" for iso3, values in by_country.items() for name in values)}
    # what is estimated beside the parameters of runs stands in tables of its own
    others = {name: z for name, z in told.items() if name not in held}
    manifest = {COORDINATES: told, "populations": others}
    fit = Fit("kept", problem.layout.countries, None, shared, by_country, manifest)
    again = load_fit(save_fit(fit, tmp_path / "kept"))
    found = coordinates(problem.layout, again)
    assert found.tobytes() == mode.tobytes()
    assert problem.layout.split(found) == (dict(again.shared), dict(again.by_country))


def test_a_number_that_a_fit_does_not_hold_is_at_its_centre(problem: Problem) -> None:
    fit = Fit("early", ("AAA",), None, {}, {}, {COORDINATES: {"growth rate": 0.5, "of old": 2.0}})
    found = coordinates(problem.layout, fit)
    assert found[0] == 0.5
    assert np.all(found[1:] == 0.0)
    assert np.all(coordinates(problem.layout, Fit("bare", ("AAA",), None, {}, {})) == 0.0)


def test_draws_are_named_as_single_ones_are(study: Any, problem: Problem) -> None:
    drawn = np.random.default_rng(1).standard_normal((4, len(problem.layout)))
    named = named_draws(problem.layout, study.targets, drawn)
    for k, z in enumerate(drawn):
        shared, by_country = problem.layout.split(z)
        for iso3 in ("AAA", "BBB"):
            one = {name: float(values[k]) for name, values in named.parameters[iso3].items()}
            assert one == pytest.approx(shared | by_country[iso3])
            size = problem.layout.others(z)["sizes of errors"][SIZE.format(iso3)]
            assert float(named.sizes[iso3, "log stock"][k]) == pytest.approx(size)


def test_the_size_of_an_error_that_is_not_estimated_is_the_stated_scale(tmp_path: Path) -> None:
    fixed = toy_study(tmp_path, own={"AAA": Own(scale=0.5)}, scale=0.02)
    layout = make_problem(fixed, ["AAA", "BBB"]).layout
    sizes = named_draws(layout, fixed.targets, np.zeros((3, len(layout)))).sizes
    assert {key: one.tolist() for key, one in sizes.items()} == {
        ("AAA", "log stock"): [0.5] * 3,
        ("BBB", "log stock"): [0.02] * 3,
    }


@pytest.mark.slow
def test_a_fit_is_surest_of_what_its_figures_tell(problem: Problem, mode: np.ndarray) -> None:
    sure = certainty(problem, mode)
    deviations = dict(zip(sure.laplace.names, sure.laplace.deviations, strict=True))
    assert deviations["growth rate"] < 0.1  # 82 figures with errors of two per cent
    assert sure.identification["growth rate"].label == "identified"
    assert sure.identification["common spread of ceiling"].contraction < 0.1  # two countries tell no spread
    assert np.all(sure.laplace.deviations <= 1.0 + 1e-9)  # figures never take away what was known
    assert sure.laplace.decrement < 0.1


@pytest.mark.slow
def test_contraction_is_what_curvature_leaves_of_the_prior(problem: Problem, mode: np.ndarray) -> None:
    sure = certainty(problem, mode)
    covariance = np.linalg.inv(sure.information + np.eye(len(mode)))
    np.testing.assert_allclose(sure.laplace.covariance, covariance, rtol=1e-6, atol=1e-9)
    for k, name in enumerate(sure.laplace.names):
        assert sure.identification[name].contraction == pytest.approx(1.0 - covariance[k, k], abs=1e-6)
