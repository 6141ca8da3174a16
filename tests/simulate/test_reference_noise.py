"""The noisy version of the reference model: by sdeint, by Euler-Maruyama, and against theory."""

from __future__ import annotations

import numpy as np
import pytest

from latecomer.language import key
from latecomer.simulate import Model, load_model
from latecomer.study.reference import reference_root
from tests.language.flat import series
from tests.simulate.oracles import drift_and_diffusion

YEARS = np.arange(1960.0, 1990.01, 0.125)


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(reference_root() / "model" / "latecomer.mdl")


@pytest.mark.slow  # as sdeint has the small model
def test_sdeint_without_noise_is_the_euler_path(model: Model) -> None:
    sdeint = pytest.importorskip("sdeint")
    still = {"demand shock volatility": 0.0, "export shock volatility": 0.0}
    f, g = drift_and_diffusion(model, still)
    plain = model.run(years=(1960, 1990), dt=0.125, method="euler", save_every=0.125, backend="numpy")
    paths = series(plain)
    start = np.array([float(paths[key(name)][0]) for name in model.state_names])
    path = sdeint.itoEuler(f, g, start, YEARS, generator=np.random.default_rng(0))
    for k, name in enumerate(model.state_names):
        np.testing.assert_allclose(path[:, k], paths[key(name)], rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.slow
def test_sdeint_runs_the_noisy_version(model: Model) -> None:
    sdeint = pytest.importorskip("sdeint")
    f, g = drift_and_diffusion(model)
    plain = model.run(years=(1960, 1961), dt=0.125, backend="numpy")
    paths = series(plain)
    start = np.array([float(paths[key(name)][0]) for name in model.state_names])
    path = sdeint.itoEuler(f, g, start, YEARS, generator=np.random.default_rng(1))
    assert np.all(np.isfinite(path))
    noisy = [k for k in range(len(start)) if np.any(np.diff(path[:, k]) != 0.0) and start[k] == 0.0]
    names = {model.state_names[k] for k in noisy}
    assert {"demand shock", "export shock"} <= names


@pytest.mark.slow  # as those of a small model have it, in test_ensemble
def test_shocks_have_the_variance_of_theory(model: Model) -> None:
    """A mean-reverting stock has the variance volatility ** 2 * time / 2 in the long run."""
    runs = model.ensemble(draws=400, seed=3, years=(1960, 1980), save_every=1.0, variables=["export shock"])
    last = runs["export shock"].sel(time=1980.0).to_numpy()
    volatility, time = (model.parameters[name] for name in ("export shock volatility", "export shock time"))
    expected = volatility * np.sqrt(time / 2.0)
    assert last.std() == pytest.approx(expected, rel=0.15)
    assert abs(last.mean()) < 4.0 * expected / np.sqrt(400)


def test_a_run_without_noise_has_no_shock(model: Model) -> None:
    run = model.run(years=(1960, 1970), backend="numpy")
    assert float(np.abs(run["demand shock"]).max()) == float(np.abs(run["export shock"]).max()) == 0.0
