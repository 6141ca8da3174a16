"""The last part of a search ends where a long search ends, in fewer steps, and within the bounds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latecomer.inference import optimise as searching
from latecomer.inference.optimise import Start, evaluation, maximise, refine
from latecomer.inference.parameters import BOUND
from latecomer.inference.problem import Problem, make_problem
from tests.inference.small import toy_study


@pytest.fixture(scope="module")
def problem(tmp_path_factory: pytest.TempPathFactory) -> Problem:
    folder: Path = tmp_path_factory.mktemp("toy")
    tops = {"AAA": 4.0, "BBB": 9.0}
    return make_problem(toy_study(folder, rate=0.16, ceilings=tops, family="normal"), ["AAA", "BBB"])


def begun(problem: Problem, z: np.ndarray) -> Start:
    return Start(z, float(problem.loss(z)), 0, "begun")


def test_it_ends_where_a_long_search_ends(problem: Problem) -> None:
    zero = np.zeros(len(problem.layout))
    whole = maximise(problem, zero, lambda i, v: None, 200)
    told: list[int] = []
    end = refine(problem, begun(problem, zero), evaluation(problem, zero, None), lambda i, v: told.append(i))
    np.testing.assert_allclose(end.z, whole.z, atol=2e-3)
    assert end.loss == pytest.approx(whole.loss, abs=1e-4)
    assert told == sorted(set(told))
    assert end.iterations == told[-1]


def test_at_the_optimum_it_stays(problem: Problem) -> None:
    zero = np.zeros(len(problem.layout))
    whole = maximise(problem, zero, lambda i, v: None, 200)
    end = refine(problem, whole, evaluation(problem, zero, None), lambda i, v: None)
    assert end.loss <= whole.loss
    np.testing.assert_allclose(end.z, whole.z, atol=1e-3)


def test_a_number_at_its_bound_stays_there(problem: Problem) -> None:
    z = np.zeros(len(problem.layout))
    z[0] = -BOUND
    end = refine(problem, begun(problem, z), evaluation(problem, z, None), lambda i, v: None)
    assert end.z[0] == -BOUND
    assert np.all(np.abs(end.z) <= BOUND)


def test_a_search_that_is_cut_at_its_first_part_goes_on_here(
    problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def refined(_: Any, start: Start, *__: Any) -> Start:
        asked.append(start.iterations)
        return start

    monkeypatch.setattr(searching, "FIRST", 3)
    monkeypatch.setattr(searching, "refine", refined)
    maximise(problem, np.zeros(len(problem.layout)), lambda i, v: None, 200)
    maximise(problem, np.zeros(len(problem.layout)), lambda i, v: None, 2)
    assert asked == [3]
