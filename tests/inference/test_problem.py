"""A joint fit as a function: other centres, held shared parameters, programs kept, runs side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from latecomer.inference import problem as module
from latecomer.inference.likelihood import negative_log_likelihood
from latecomer.inference.optimise import maximise
from latecomer.inference.problem import Problem, country_parameter_vector, make_problem, trace_key
from latecomer.simulate.jit_cache import VARIABLE
from latecomer.study.fits import Fit
from latecomer.study.study import Study
from tests.inference.small import logistic, population, toy_study
from tests.study.small import STARTS, lay_estimated
from tests.study.studies import edit

YEARS = np.arange(0, 41)


@pytest.fixture
def traces(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often a loss has been traced."""
    counted = [0]
    plain = module.joint_loss

    def counting(*asked: Any) -> Any:
        counted[0] += 1
        return plain(*asked)

    monkeypatch.setattr(module, "joint_loss", counting)
    return counted


def best(problem: Problem) -> np.ndarray:
    return maximise(problem, np.zeros(len(problem.layout)), lambda i, loss: None, 200).z


def test_the_loss_is_prior_and_figures_of_an_independent_run(tmp_path: Path) -> None:
    study = toy_study(tmp_path, rate=0.12, family="normal", scale=0.05)
    problem = make_problem(study, ["AAA", "BBB"])
    z = np.array([0.4, -0.3, 0.8])
    rate, tops = 0.1 * np.exp(0.5 * z[0]), 5.0 * np.exp(0.5 * z[1:])
    errors = [np.log(logistic(top, YEARS, rate) / logistic(5.0, YEARS, 0.12)) / 0.05 for top in tops]
    constants = 82 * (np.log(0.05) + 0.5 * np.log(2 * np.pi))
    expected = 0.5 * np.sum(z**2) + sum(0.5 * np.sum(e**2) for e in errors) + constants
    assert float(problem.loss(z)) == pytest.approx(expected, rel=2e-3)


@pytest.mark.slow
def test_other_centres_give_the_loss_of_the_problem_with_these_priors(
    tmp_path: Path, traces: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "off")
    study = toy_study(tmp_path)
    problem = make_problem(study, ["AAA", "BBB"])
    z = np.array([0.1, 0.2, -0.4])
    before = float(problem.value_and_gradient(z)[0])
    done = traces[0]
    moved = problem.with_centres({"ceiling [AAA]": 7.0})
    there, slope = moved.value_and_gradient(z)
    assert traces[0] == done  # compiled once
    assert float(there) != before
    # centre' exp(s z) = centre exp(s z') with z' = z + log(centre' / centre) / s: same run, another prior
    same = z + np.array([0.0, np.log(7.0 / 5.0) / 0.5, 0.0])
    value, gradient = problem.value_and_gradient(same)
    assert float(there) - 0.5 * np.sum(z**2) == pytest.approx(float(value) - 0.5 * np.sum(same**2), rel=1e-9)
    np.testing.assert_allclose(np.asarray(slope) - z, np.asarray(gradient) - same, rtol=1e-6, atol=1e-8)


def test_other_centres_are_those_of_the_named_parameters_too(tmp_path: Path) -> None:
    problem = make_problem(toy_study(tmp_path), ["AAA", "BBB"])
    moved = problem.with_centres({"ceiling [AAA]": 7.0})
    assert moved.layout.split(np.zeros(3))[1] == {"AAA": {"ceiling": 7.0}, "BBB": {"ceiling": 5.0}}
    assert problem.layout.split(np.zeros(3))[1]["AAA"] == {"ceiling": 5.0}


def test_given_the_shared_parameters_of_a_joint_fit_a_country_finds_its_own(tmp_path: Path) -> None:
    study = toy_study(tmp_path, rate=0.16, ceilings={"AAA": 4.0, "BBB": 9.0})
    joint = make_problem(study, ["AAA", "BBB"])
    shared, by_country = joint.layout.split(best(joint))
    held = Fit("joint", ("AAA", "BBB"), None, shared, {})
    for iso3 in ("AAA", "BBB"):
        alone = make_problem(study, [iso3], within=held)
        assert [str(one) for one in alone.layout.entries] == [f"ceiling [{iso3}]"]
        none, own = alone.layout.split(best(alone))
        assert none == {}
        assert own[iso3]["ceiling"] == pytest.approx(by_country[iso3]["ceiling"], rel=1e-4)


def test_the_shared_parameters_that_are_held_go_before_the_tables(tmp_path: Path) -> None:
    study = toy_study(tmp_path, rate=0.16)
    wrong = make_problem(study, ["AAA"], within=Fit("wrong", ("AAA",), None, {"growth rate": 0.05}, {}))
    assert wrong.layout.split(best(wrong))[1]["AAA"]["ceiling"] > 6.0  # slow growth needs a higher ceiling


def test_the_place_of_a_population_is_the_prior_of_a_country_given_a_fit(tmp_path: Path) -> None:
    years = np.array([0, 1])
    figures = {iso3: pd.Series(logistic(5.0, years), index=years) for iso3 in ("AAA", "BBB")}
    study = toy_study(tmp_path, figures=figures, scale=50.0, populations={"ceiling": population()})
    manifest = {"populations": {"common centre of ceiling": 1.2, "common spread of ceiling": 0.25}}
    held = Fit("joint", ("AAA", "BBB"), None, {"growth rate": 0.1}, {}, manifest)
    alone = make_problem(study, ["AAA"], within=held)
    (entry,) = alone.layout.entries
    assert [entry.centre, entry.spread] == pytest.approx([5.0 * np.exp(0.5 * 1.2), 0.125])
    # figures as wide as these say nothing: the mode is the centre
    assert alone.layout.split(best(alone))[1]["AAA"]["ceiling"] == pytest.approx(entry.centre, rel=1e-3)


@pytest.mark.slow
def test_a_population_pulls_a_country_with_few_figures_towards_the_others(tmp_path: Path) -> None:
    tops = {"AAA": 9.0, "BBB": 9.0, "CCC": 9.0}
    few = {"CCC": pd.Series([1.0], index=[0])}
    found = []
    for populations in ({}, {"ceiling": population(1.0, 0.5)}):
        study = toy_study(tmp_path, ceilings=tops, figures=few, populations=populations)
        problem = make_problem(study, list(tops))
        found.append(problem.layout.split(best(problem))[1])
    alone, pooled = found
    assert alone["CCC"]["ceiling"] == pytest.approx(5.0, rel=1e-3)
    assert 7.0 < pooled["CCC"]["ceiling"] < 9.5
    assert pooled["AAA"]["ceiling"] == pytest.approx(9.0, rel=0.02)


@pytest.mark.slow
def test_sizes_and_shifts_are_found_where_they_are(tmp_path: Path) -> None:
    noise = 0.06 * np.random.default_rng(4).standard_normal(41)
    moved = logistic(5.0, YEARS) * np.exp(noise + np.where(YEARS < 20, 0.0, 0.3))
    figures = {"AAA": pd.Series(moved, index=YEARS)}
    study = toy_study(tmp_path, figures=figures, scale=0.02, spread=1.0, shift=1.0, family="normal")
    problem = make_problem(study, ["AAA", "BBB"])
    others = problem.layout.others(best(problem))
    # the shift adds to the run so that it meets the figures
    assert others["shifts at breaks"]["shift of log stock from 20 [AAA]"] == pytest.approx(0.3, abs=0.06)
    assert others["sizes of errors"]["size of the error of log stock [AAA]"] == pytest.approx(0.06, rel=0.3)


@pytest.mark.slow
def test_shorter_windows_run_beside_longer_ones_and_see_nothing_of_them(tmp_path: Path) -> None:
    study = toy_study(tmp_path, rate=0.13, windows={"AAA": (0, 15)})
    both = make_problem(study, ["AAA", "BBB"])
    assert len(both.groups) == 1
    z = np.array([0.2, 0.1, -0.1])
    alone = [make_problem(study, [iso3]) for iso3 in ("AAA", "BBB")]
    parts = [float(one.loss(z[[0, k]])) for one, k in zip(alone, (1, 2), strict=True)]
    assert float(both.loss(z)) == pytest.approx(sum(parts) - 0.5 * z[0] ** 2, rel=1e-12)


@pytest.mark.slow
def test_a_second_problem_of_the_same_text_is_not_traced_whatever_its_figures(
    tmp_path: Path, traces: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("flatbuffers")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    z = np.array([0.1, 0.2, -0.4])
    first = make_problem(toy_study(tmp_path), ["AAA", "BBB"])
    first.value_and_gradient(z)
    done = traces[0]
    assert done > 0
    second = make_problem(toy_study(tmp_path, rate=0.13, scale=0.1), ["AAA", "BBB"])
    value, slope = second.value_and_gradient(z)
    assert traces[0] == done
    assert float(value) == pytest.approx(float(second.loss(z)), rel=1e-12)
    for k in range(3):
        step = 1e-5 * np.eye(3)[k]
        central = (float(second.loss(z + step)) - float(second.loss(z - step))) / 2e-5
        assert float(slope[k]) == pytest.approx(central, rel=1e-5)


def test_what_a_trace_depends_on_is_told_and_what_it_is_given_is_not(tmp_path: Path) -> None:
    def told(study: Any, smooth: float = 0.0, countries: tuple[str, ...] = ("AAA", "BBB")) -> bytes:
        made = make_problem(study, countries, smooth=smooth)
        return trace_key(study, made.layout, made.groups, smooth)

    plain = told(toy_study(tmp_path))
    assert told(toy_study(tmp_path, rate=0.2, scale=0.5, degrees=3.0, autocorrelation=0.5)) == plain
    normal = toy_study(tmp_path)
    normal.parameters.priors["growth rate"].family = "normal"
    others = [
        told(toy_study(tmp_path), smooth=0.01),
        told(toy_study(tmp_path), countries=("AAA",)),
        told(toy_study(tmp_path, populations={"ceiling": population()})),
        told(normal),
    ]
    assert len({plain, *others}) == 5


@pytest.mark.slow  # compiled for several groups
def test_runs_of_a_group_meet_their_own_figures(tmp_path: Path) -> None:
    """Swapping the figures of two countries and their parameters changes nothing."""
    tops = {"AAA": 4.0, "BBB": 9.0}
    one = make_problem(toy_study(tmp_path, ceilings=tops), ["AAA", "BBB"])
    other = make_problem(toy_study(tmp_path, ceilings={"AAA": 9.0, "BBB": 4.0}), ["AAA", "BBB"])
    z = np.array([0.1, -0.4, 1.1])
    assert float(one.loss(z)) == pytest.approx(float(other.loss(z[[0, 2, 1]])), rel=1e-12)
    assert float(one.loss(z)) < float(other.loss(z)) - 100.0
    (group,) = one.groups
    run = np.asarray(group.simulate(one.layout.vectors(z), group.tables))
    left = float(negative_log_likelihood(group.observed, np.moveaxis(run, 0, -1)))
    assert float(one.loss(z)) == pytest.approx(left + 0.5 * float(z @ z), rel=1e-12)


@pytest.mark.parametrize(
    ("idle", "left"),
    [
        ("institutional quality", {"learning rate", "initial capability"}),
        ("learning rate", {"institutional quality", "initial capability"}),
    ],
)
def test_a_parameter_that_is_idle_in_a_variant_is_in_no_fit_of_it(
    tmp_path: Path, idle: str, left: set[str]
) -> None:
    """Of the countries or shared; whether the variant is asked for or is that of the tables."""
    folder = lay_estimated(tmp_path / "study")
    head = r'\[variants\."without it"\]\n'
    edit(folder / "model" / "parameters.toml", head, f'[variants."without it"]\nidle = ["{idle}"]\n')
    study = Study(folder)
    for variant in ("without it", None):
        entries = country_parameter_vector(study, list(STARTS), variant).entries
        assert {entry.name for entry in entries} == left
    other = country_parameter_vector(study, list(STARTS), "institutions").entries
    assert {entry.name for entry in other} == left | {idle}
    held = Fit("joint", tuple(STARTS), None, {"learning rate": 0.07}, {})
    within = country_parameter_vector(study, ["VNM"], "without it", within=held)
    assert {entry.name for entry in within.entries} == left - {"learning rate"}
