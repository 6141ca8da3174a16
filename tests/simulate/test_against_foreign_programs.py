"""PySD (Euler) and simlin (Euler, RK4) run the same text to the same figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from latecomer.simulate import Model, load_model
from tests.simulate import texts
from tests.simulate.oracles import as_pysd_reads, differences, pysd_euler, simlin_run

Make = Callable[[str], Model]


@pytest.mark.slow  # rk4 is quick in tests/language/test_cases.py
@pytest.mark.parametrize("name", texts.ALL)
@pytest.mark.parametrize("backend", ["jax", "numpy"])
def test_euler_is_that_of_pysd(name: str, backend: str, model_of: Make, tmp_path: Path) -> None:
    model = model_of(texts.ALL[name])
    # PySD adds two conditions as NumPy adds booleans: true and true make 1, in Vensim and simlin 2
    run = model.run(method="euler", backend=backend).drop_vars("count", errors="ignore")
    assert differences(run, pysd_euler(model.text.path, tmp_path)) == {}


@pytest.mark.parametrize("name", texts.ALL)
@pytest.mark.parametrize("method", ["euler", "rk4"])
@pytest.mark.parametrize("backend", ["jax", "numpy"])
def test_fixed_steps_are_those_of_simlin(name: str, method: str, backend: str, model_of: Make) -> None:
    model = model_of(texts.ALL[name])
    grid = model.grid()
    theirs = simlin_run(model.text.path, method, grid.t0, grid.t1, grid.dt, grid.dt * grid.stride)
    assert differences(model.run(method=method, backend=backend), theirs) == {}


@pytest.fixture(scope="module")
def reference(root: Path) -> Model:
    path = root / "model" / "latecomer.mdl"
    if not path.exists():
        pytest.skip("no reference model")
    return load_model(path)


@pytest.mark.slow  # simlin runs it quickly below, and PySD the small texts
def test_the_reference_model_runs_in_pysd_alike(reference: Model, tmp_path: Path) -> None:
    # two years, as PySD takes a second for each step of this model
    start = reference.grid().t0
    run = reference.run(method="euler", years=(start, start + 2), drivers=as_pysd_reads(reference.tables))
    assert differences(run, pysd_euler(reference.text.path, tmp_path, start + 2)) == {}


def test_the_reference_model_takes_the_same_euler_steps_in_simlin(reference: Model) -> None:
    grid = reference.grid()
    theirs = simlin_run(reference.text.path, "euler", grid.t0, grid.t1, grid.dt, grid.dt * grid.stride)
    assert differences(reference.run(method="euler"), theirs) == {}


@pytest.mark.slow
def test_the_reference_model_runs_in_simlin_alike(reference: Model) -> None:
    grid = reference.grid()
    theirs = simlin_run(reference.text.path, "rk4", grid.t0, grid.t1, grid.dt, grid.dt * grid.stride)
    assert differences(reference.run(method="rk4"), theirs) == {}


def test_simlin_finds_neither_faults_nor_wrong_units_in_the_reference_model(reference: Model) -> None:
    import simlin

    foreign = simlin.load(reference.text.path)
    assert list(foreign.check()) == []
    assert list(foreign.check_units()) == []


def test_every_variable_of_the_reference_model_has_a_unit_and_a_note(reference: Model) -> None:
    assert [v.name for v in reference.text.variables if not v.unit or not v.note] == []
