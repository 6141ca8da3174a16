"""A country left out by its mask: the same answer as the fit of the others, from one program."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.inference.fit import calibrate, fit_without
from latecomer.inference.laplace import COORDINATES
from latecomer.inference.optimise import maximise
from latecomer.inference.problem import Problem, make_problem
from latecomer.study.study import Study
from tests.study.small import lay_estimated

BOTH = ["KHM", "VNM"]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return Study(lay_estimated(tmp_path_factory.mktemp("held out") / "study"))


@pytest.fixture(scope="module")
def problem(study: Study) -> Problem:
    return make_problem(study, BOTH, 2005)


@pytest.mark.parametrize(("out", "rest"), [("KHM", "VNM"), ("VNM", "KHM")])
def test_a_fit_without_a_country_is_the_fit_of_the_others(
    study: Study, problem: Problem, out: str, rest: str
) -> None:
    left = fit_without(study, problem, out, "left", 2005)
    alone = calibrate(study, [rest], 2005, starts=1, name="left")
    assert (left.countries, left.until, list(left.by_country)) == (alone.countries, 2005, [rest])
    assert left.shared == pytest.approx(alone.shared, rel=1e-5)
    assert left.by_country[rest] == pytest.approx(alone.by_country[rest], rel=1e-5)
    for name in ("hashes", "figures", "estimated", "until"):
        assert left.manifest[name] == alone.manifest[name]
    assert left.manifest[COORDINATES] == pytest.approx(alone.manifest[COORDINATES], abs=1e-4)
    assert [row["country"] for row in left.manifest["scores"]] == [rest]
    assert not left.differing(study.hashes([rest]))


def test_the_figures_of_the_country_left_out_have_no_part_in_it(study: Study, problem: Problem) -> None:
    z = np.full(len(problem.layout), 0.3)
    own = [k for k, entry in enumerate(problem.layout.entries) if entry.iso3 == "KHM"]
    value, slope = problem.without_figures("KHM").value_and_gradient(z)
    assert np.asarray(slope)[own] == pytest.approx(z[own])  # of its priors alone
    assert float(value) != pytest.approx(float(problem.loss(z)))
    assert float(problem.without_figures("VNM").without_figures("KHM").loss(z)) == pytest.approx(0.5 * z @ z)


def test_each_country_may_be_held_within_a_fit_of_its_own(study: Study, problem: Problem) -> None:
    held: dict[str, Any] = {iso3: fit_without(study, problem, iso3, "left", 2005) for iso3 in BOTH}
    together = make_problem(study, BOTH, 2005, within=held)
    found = maximise(together, np.zeros(len(together.layout)), lambda i, loss: None, 200)
    _, own = together.layout.split(found.z)
    for iso3 in BOTH:
        alone = calibrate(study, [iso3], 2005, starts=1, name="alone", within=held[iso3])
        assert own[iso3] == pytest.approx(alone.by_country[iso3], rel=1e-5)


def test_a_country_that_the_problem_does_not_hold_cannot_be_left_out(problem: Problem) -> None:
    words = r"left out: got the country 'KOR'; expected one of KHM, VNM. Cure: name a country of the fit"
    with pytest.raises(InputError, match=words):
        problem.without_figures("KOR")
