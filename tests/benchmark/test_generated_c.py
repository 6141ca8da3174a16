"""The C of the benchmark computes what the engine computes, and the README's table is one that it wrote."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from latecomer.language import key
from latecomer.simulate import Model, load_model
from tests.benchmark import table
from tests.benchmark.compiled import Compiled, compile_model, compiler
from tests.benchmark.measure import FULL, Samples
from tests.benchmark.tasks import DT, MODEL, OUTPUTS, SAVE, YEARS
from tests.language.flat import series
from tests.simulate import texts

needs_compiler = pytest.mark.skipif(
    compiler() is None, reason="no C compiler: neither that of the variable CC nor gcc"
)
pytestmark = pytest.mark.slow  # compiled anew; foreign programs run the model quickly in tests/simulate
SHOCKS = ("demand shock", "export shock")
KINDS = ("scalar", "vector")


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(MODEL)


@pytest.fixture(scope="module", params=KINDS)
def compiled(
    model: Model, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Compiled:
    try:
        return compile_model(
            model, (*OUTPUTS, *SHOCKS), request.param, tmp_path_factory.mktemp(request.param)
        )
    except RuntimeError as problem:
        if request.param == "vector":
            pytest.skip(f"no vectorised C on this system: {str(problem).splitlines()[-1]}")
        raise


@needs_compiler
def test_loading_it_leaves_the_arithmetic_of_the_process_alone(compiled: Compiled) -> None:
    assert np.float64(5e-324) * np.float64(1.0) > 0.0


@needs_compiler
def test_without_noise_it_is_the_engines_euler_path(model: Model, compiled: Compiled) -> None:
    ours = model.run(years=YEARS, dt=DT, method="euler", save_every=SAVE)
    theirs = compiled.run(model, YEARS, DT, SAVE, runs=3)
    for run in theirs:
        for j, name in enumerate(compiled.outputs):
            np.testing.assert_allclose(run[:, j], ours[name], rtol=1e-9, atol=1e-12, err_msg=name)


@needs_compiler
def test_given_the_same_increments_it_is_the_path_of_sdeint(model: Model, compiled: Compiled) -> None:
    sdeint = pytest.importorskip("sdeint")
    from tests.simulate.oracles import drift_and_diffusion

    years, dt = (1960.0, 1970.0), 0.125
    normals = np.random.default_rng(5).standard_normal((1, 80, 2))
    states = list(model.state_names)
    increments = np.zeros((80, len(states)))
    increments[:, [states.index(name) for name in SHOCKS]] = np.sqrt(dt) * normals[0]
    first = model.run(years=years, dt=dt, method="euler")
    paths = series(first)
    start = np.array([float(paths[key(name)][0]) for name in states])
    f, g = drift_and_diffusion(model)
    path = sdeint.itoEuler(f, g, start, np.linspace(*years, 81), dW=increments)
    ours = compiled.run(model, years, dt, dt, normals=normals)[0]
    for name in SHOCKS:
        theirs = path[:, states.index(name)]
        np.testing.assert_allclose(ours[:, compiled.outputs.index(name)], theirs, rtol=1e-9, atol=1e-12)
    assert np.ptp(ours[:, compiled.outputs.index(SHOCKS[0])]) > 0.01


@needs_compiler
def test_its_own_noise_has_the_variance_of_theory(model: Model, compiled: Compiled) -> None:
    """x' = (1 - dt / T) x + s sqrt(dt) z comes to the variance s^2 dt / (1 - (1 - dt / T)^2)."""
    runs = 2000
    last = compiled.run(model, YEARS, DT, SAVE, runs=runs, seed=7)[:, -1, -2:]
    for j, name in enumerate(SHOCKS):
        size, time = (model.parameters[f"{name} {what}"] for what in ("volatility", "time"))
        expected = size * np.sqrt(DT / (1 - (1 - DT / time) ** 2))
        assert last[:, j].std() == pytest.approx(expected, rel=5 / np.sqrt(2 * runs)), name
        assert abs(last[:, j].mean()) < 5 * expected / np.sqrt(runs), name
    assert abs(np.asarray(np.corrcoef(last.T))[0, 1]) < 5 / np.sqrt(runs)


@needs_compiler
@pytest.mark.parametrize("name", ["driven", "logic", "sir"])
def test_every_construct_of_a_small_text_carries_over(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.mdl"
    path.write_text(texts.ALL[name], encoding="utf-8")
    model = load_model(path)
    outputs = [*model.state_names, *model.program.auxiliary_names]
    grid = model.grid()
    years, dt = (grid.t0, grid.t1), grid.dt
    ours = model.run(method="euler", save_every=dt)
    theirs = compile_model(model, outputs, "scalar", tmp_path).run(model, years, dt, dt)[0]
    for j, output in enumerate(outputs):
        np.testing.assert_allclose(theirs[:, j], ours[output], rtol=1e-9, atol=1e-12, err_msg=output)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def named(line: str) -> list[str]:
    # the runs of the line on memory are chosen on the command line
    return cells(re.sub(r"[\d,]+ runs with", "many runs with", line))


def test_the_table_of_the_readme_is_one_that_the_command_writes(root: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    written = text.partition(table.BEGIN)[2].partition(table.END)[0].strip().splitlines()
    lines = table.markdown(table.rows(Samples(), Samples(), {}, FULL), "").splitlines()
    empty = [line for line in lines if line.startswith("|")]
    found = [line for line in written if line.startswith("|")]
    assert len(found) == len(empty)
    for line, expected in zip(found, empty, strict=True):
        # what is measured, against whom and with which aim; the figures are the machine's own
        assert [named(line)[i] for i in (0, 2, 5)] == [named(expected)[i] for i in (0, 2, 5)]
    figure = r"(–|\d[\d,.]*( x| s| ms| GiB)?)( CPU)?"
    figures = [cells(line)[i] for line in found[2:] for i in (1, 3, 4)]
    assert [one for one in figures if one and not re.fullmatch(figure, one)] == []


def test_writing_the_section_changes_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(f"above\n{table.BEGIN}\nold\n{table.END}\nbelow\n", encoding="utf-8")
    section = table.markdown(table.rows(Samples(), Samples(), {}, FULL), "about")
    table.write_readme(path, section)
    table.write_readme(path, section)
    assert path.read_text(encoding="utf-8") == f"above\n{section}\nbelow\n"


def test_a_readme_without_the_markers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("nothing here", encoding="utf-8")
    with pytest.raises(ValueError, match="lost the markers"):
        table.write_readme(path, "section")
