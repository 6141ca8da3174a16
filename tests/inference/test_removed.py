"""Parameters at nought in a compiled problem: the loss of a study that has them so, and what is refused."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.inference.fit import at_nought
from latecomer.inference.problem import Problem, make_problem
from tests.inference.small import logistic, toy_study

YEARS = np.arange(0, 41)
NAMES = ["growth rate", "ceiling", "initial stock"]


@pytest.fixture
def problem(tmp_path: Path) -> Problem:
    return make_problem(toy_study(tmp_path, family="normal", scale=0.05), ["AAA", "BBB"])


def test_a_stock_without_growth_stays_where_it_is_whatever_the_prior_said(problem: Problem) -> None:
    z = np.array([0.7, -0.2, 0.4])
    still = at_nought(problem, NAMES, ["growth rate"])
    errors = -np.log(logistic(5.0, YEARS)) / 0.05  # of a stock of one
    constants = 82 * (np.log(0.05) + 0.5 * np.log(2 * np.pi))
    assert float(still.loss(z)) == pytest.approx(0.5 * z @ z + np.sum(errors**2) + constants, rel=1e-6)
    _, slope = still.value_and_gradient(z)
    # ceilings of a stock that stands still are idle: only priors pull
    assert np.asarray(slope) == pytest.approx(z)
    assert still.layout.split(z)[0] == {"growth rate": 0.0}
    assert float(problem.loss(z)) != pytest.approx(float(still.loss(z)))


def test_what_the_model_lacks_cannot_be_removed(problem: Problem) -> None:
    with pytest.raises(InputError, match=r"removal: got the unknown parameters growth; expected parameters"):
        at_nought(problem, NAMES, ["growth"])


def test_an_estimated_share_has_no_nought(tmp_path: Path) -> None:
    study = toy_study(tmp_path)
    study.parameters.priors["growth rate"] = SimpleNamespace(family="logit", centre=0.1, spread=0.5)
    with pytest.raises(
        InputError, match=r"removal: got the estimated share growth rate; expected a parameter"
    ):
        at_nought(make_problem(study, ["AAA", "BBB"]), NAMES, ["growth rate"])
