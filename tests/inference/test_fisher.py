"""The information of the figures, against the Hessian of the loss where both must agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from latecomer.inference.laplace import fisher_information
from latecomer.inference.problem import make_problem
from tests.inference.small import toy_study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("toy")
    return toy_study(folder, family="normal", autocorrelation=0.6, spread=0.3, shift=0.1)


def test_at_a_perfect_fit_it_is_the_hessian_of_the_loss_without_the_prior(study: Any) -> None:
    problem = make_problem(study, ["AAA", "BBB"])
    z = np.zeros(len(problem.layout))
    hessian = np.asarray(jax.jit(jax.hessian(problem.traced))(z, problem.given)) - np.eye(len(z))
    found = fisher_information(problem, z)
    sizes = [k for k, entry in enumerate(problem.layout.entries) if entry.role.name == "SIZE"]
    rest = [k for k in range(len(z)) if k not in sizes]
    np.testing.assert_allclose(found[np.ix_(rest, rest)], hessian[np.ix_(rest, rest)], rtol=2e-3, atol=1e-2)
    assert np.all(np.linalg.eigvalsh(found) > -1e-8)


def test_the_information_on_a_size_is_twice_the_figures_times_its_spread_squared(study: Any) -> None:
    problem = make_problem(study, ["AAA", "BBB"])
    found = fisher_information(problem, np.zeros(len(problem.layout)))
    names = [str(entry) for entry in problem.layout.entries]
    place = names.index("size of the error of log stock [AAA]")
    assert found[place, place] == pytest.approx(2 * 41 * 0.3**2)
