"""Runs of draws are the runs of each draw alone, in the years of its own country."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latecomer.inference.predictive import BLOCK, paths
from latecomer.inference.problem import make_problem
from tests.inference.small import logistic, toy_study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("toy")
    return toy_study(folder, windows={"AAA": (0, 40), "BBB": (10, 40)})


def test_runs_of_draws_are_those_of_each_alone(study: Any) -> None:
    problem = make_problem(study, ["AAA", "BBB"])
    drawn = 0.5 * np.random.default_rng(3).standard_normal((BLOCK + 3, 3))
    found = paths(problem, ["stock"], {"AAA": 0, "BBB": 10}, drawn)
    assert list(found) == ["AAA", "BBB"]
    for z, k in ((drawn[0], 0), (drawn[BLOCK], BLOCK), (drawn[-1], BLOCK + 2)):
        shared, by_country = problem.layout.split(z)
        for iso3, first in (("AAA", 0), ("BBB", 10)):
            run = found[iso3]["stock"].sel(draw=k, time=slice(first, 40))
            values = {"initial stock": 1.0, **shared, **by_country[iso3]}
            alone = study.model.run(
                years=(first, 40), method="heun", dt=0.25, parameters=values, backend="numpy"
            )
            np.testing.assert_allclose(run, alone["stock"].sel(time=run["time"]), rtol=1e-10)
            closed = logistic(values["ceiling"], run["time"].to_numpy() - first, values["growth rate"])
            np.testing.assert_allclose(run, closed, rtol=1e-3)


def test_paths_are_over_draws_and_the_years_from_each_start(study: Any) -> None:
    problem = make_problem(study, ["AAA", "BBB"])
    found = paths(problem, ["stock"], {"AAA": 0, "BBB": 10}, np.zeros((2, 3)))
    assert dict(found["AAA"]["stock"].sizes) == {"draw": 2, "time": 41}
    assert found["BBB"]["time"].values[[0, 30]].tolist() == [10.0, 40.0]
    np.testing.assert_array_equal(found["AAA"]["stock"][0], found["AAA"]["stock"][1])


def test_countries_come_in_the_order_of_the_fit(study: Any) -> None:
    problem = make_problem(study, ["BBB", "AAA"])
    z = np.array([[0.0, 1.0, -1.0]])
    found = paths(problem, ["stock"], {"AAA": 0, "BBB": 10}, z)
    assert list(found) == ["BBB", "AAA"]
    assert float(found["BBB"]["stock"][0, 30]) > float(found["AAA"]["stock"][0, 40])
