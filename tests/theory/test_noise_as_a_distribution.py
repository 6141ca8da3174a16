"""The noise of runs as a distribution: standard normal, and independent wherever it has to be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from latecomer.simulate import Model, load_model
from latecomer.simulate.noise import normals
from latecomer.simulate.schemes import NOISY
from tests.simulate import texts

RUNS, STEPS = 500, 40
THREE = """
First = INTEG(0, 0) ~ w ~ Stock. |
First volatility = 1 ~ w/year^0.5 ~ Size. |
Second = INTEG(0, 0) ~ w ~ Stock. |
Second volatility = 1 ~ w/year^0.5 ~ Size. |
Third = INTEG(0, 0) ~ w ~ Stock. |
Third volatility = 1 ~ w/year^0.5 ~ Size. |
"""
FURTHER = """
Another = INTEG(0, 0) ~ w ~ Stock. |
Another volatility = 1 ~ w/year^0.5 ~ Size. |
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, Model]:
    folder: Path = tmp_path_factory.mktemp("noise")
    for name, equations in (("three", THREE), ("four", FURTHER + THREE)):
        (folder / f"{name}.mdl").write_text(texts.text(equations), encoding="utf-8")
    return load_model(folder / "three.mdl"), load_model(folder / "four.mdl")


def drawn(model: Model, scheme: str, seed: int, years: float = 10.0) -> NDArray[np.float64]:
    """The normal numbers, shape (runs, steps, normals, stocks)."""

    def one(run: Any) -> Any:
        return normals(model.program, NOISY[scheme], model.grid((0, years)), seed, run)

    return np.asarray(jax.jit(jax.vmap(one))(np.arange(RUNS)))


@pytest.fixture(scope="module")
def z(models: tuple[Model, Model]) -> NDArray[np.float64]:
    return drawn(models[0], "sra1", seed=0)


@pytest.mark.slow
def test_the_numbers_are_standard_normal(z: NDArray[np.float64]) -> None:
    assert z.shape == (RUNS, STEPS, 2, 3)
    assert stats.kstest(z.ravel(), "norm").pvalue > 1e-3
    for which in range(2):
        for stock in range(3):
            assert stats.kstest(z[:, :, which, stock].ravel(), "norm").pvalue > 1e-3


@pytest.mark.slow
def test_each_run_and_each_step_is_standard_normal(z: NDArray[np.float64]) -> None:
    by_run = [stats.kstest(run.ravel(), "norm").pvalue for run in z]
    by_step = [stats.kstest(step.ravel(), "norm").pvalue for step in z.swapaxes(0, 1)]
    # what are truly normal numbers give shares that are spread evenly
    assert stats.kstest(by_run, "uniform").pvalue > 1e-3
    assert stats.kstest(by_step, "uniform").pvalue > 1e-3


@pytest.mark.slow
def test_nothing_is_correlated(models: tuple[Model, Model], z: NDArray[np.float64]) -> None:
    other_seed = drawn(models[0], "sra1", seed=1)
    pairs = {
        "stocks": (z[..., 0], z[..., 1]),
        "last stocks": (z[..., 1], z[..., 2]),
        "first and second normal": (z[:, :, 0], z[:, :, 1]),
        "steps": (z[:, 1:], z[:, :-1]),
        "runs": (z[1:], z[:-1]),
        "seeds": (z, other_seed),
        # run 1 of seed 0 and run 0 of seed 1, and so on, must not be the same run
        "seeds and runs": (z[1:], other_seed[:-1]),
        "squares of steps": (z[:, 1:] ** 2, z[:, :-1] ** 2),
        "squares of runs": (z[1:] ** 2, z[:-1] ** 2),
        "squares of seeds": (z**2, other_seed**2),
    }
    for name, (one, other) in pairs.items():
        correlation = np.corrcoef(one.ravel(), other.ravel())[0, 1]
        assert abs(correlation) < 4 / np.sqrt(one.size), name


def test_increments_add_up_to_a_brownian_motion(z: NDArray[np.float64]) -> None:
    ends = z[:, :, 0].sum(axis=1).ravel() / np.sqrt(STEPS)
    assert stats.kstest(ends, "norm").pvalue > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["euler-maruyama", "milstein"])
def test_the_first_number_is_the_same_for_every_scheme(
    models: tuple[Model, Model], z: NDArray[np.float64], scheme: str
) -> None:
    found = drawn(models[0], scheme, seed=0)
    assert (found.shape[2], NOISY["sra1"].normals) == (1, 2)
    np.testing.assert_array_equal(found[:, :, 0], z[:, :, 0])


@pytest.mark.slow
def test_a_further_noisy_stock_changes_no_other(models: tuple[Model, Model], z: NDArray[np.float64]) -> None:
    four = drawn(models[1], "sra1", seed=0)
    assert models[1].program.noisy_names == ("Another", "First", "Second", "Third")
    np.testing.assert_array_equal(four[..., 1:], z)
    assert not np.isin(four[..., 0], z).any()


@pytest.mark.slow
def test_a_longer_run_begins_like_a_shorter_one(models: tuple[Model, Model], z: NDArray[np.float64]) -> None:
    np.testing.assert_array_equal(drawn(models[0], "sra1", seed=0, years=5.0), z[:, : STEPS // 2])
