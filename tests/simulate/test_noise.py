"""Ito noise: against sdeint, against theory, and without noise against the plain path."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.simulate import Model
from tests.simulate import texts
from tests.simulate.oracles import drift_and_diffusion

Make = Callable[[str], Model]
STILL = {"size": 0.0, "correlation time": 2.0}


def test_without_volatility_the_noisy_path_is_eulers(model_of: Make) -> None:
    model = model_of(texts.NOISY)
    noisy = model.run((0, 10), noise=True, parameters=STILL)
    assert noisy.equals(model.run((0, 10), method="euler", parameters=STILL))


def test_sdeint_runs_the_same_rates(model_of: Make) -> None:
    sdeint = pytest.importorskip("sdeint")
    model = model_of(texts.NOISY.replace("time, 0)", "time, 1)"))
    f, g = drift_and_diffusion(model, parameters=STILL)
    times = np.linspace(0, 4, 257)
    path = sdeint.itoEuler(f, g, np.array([1.0, 1.0]), times, generator=np.random.default_rng(0))
    run = model.run((0, 4), method="euler", parameters=STILL)
    np.testing.assert_allclose(path, np.stack([run["Shock"], run["Quiet"]], axis=1), rtol=1e-12)


def test_the_stationary_variance_is_that_of_theory(model_of: Make) -> None:
    model = model_of(texts.NOISY)
    shock = model.run(noise=True, seed=1)["Shock"].sel(time=slice(5, None)).to_numpy()
    dt, tau, size = 1 / 64, 0.5, 0.3
    exact = size**2 * dt / (1 - (1 - dt / tau) ** 2)
    # 395 years hold about 395 / tau independent squares, each with relative variance 2
    spread = exact * np.sqrt(2 * tau / 395)
    assert shock.var() == pytest.approx(exact, abs=4 * spread)
    lag = round(tau / dt)
    correlation = np.corrcoef(shock[:-lag], shock[lag:])[0, 1]
    assert correlation == pytest.approx((1 - dt / tau) ** lag, abs=4 * np.sqrt(tau / 395))


def test_sdeint_finds_the_same_variance(model_of: Make) -> None:
    sdeint = pytest.importorskip("sdeint")
    f, g = drift_and_diffusion(model_of(texts.NOISY))
    path = sdeint.itoint(
        f, g, np.array([0.0, 1.0]), np.arange(0, 60, 1 / 32), generator=np.random.default_rng(3)
    )
    exact = 0.3**2 * 0.5 / 2
    assert path[64:, 0].var() == pytest.approx(exact, abs=4 * exact * np.sqrt(2 * 0.5 / 58))


@pytest.mark.slow
def test_noise_depends_on_seed_and_draw_only(model_of: Make) -> None:
    model = model_of(texts.NOISY)
    kinds = [(0, 0), (0, 1), (1, 0)]
    paths = [model.run((0, 2), noise=True, seed=seed, draw=draw)["Shock"].to_numpy() for seed, draw in kinds]
    again = model.run((0, 2), noise=True, seed=0, draw=1, backend="numpy")["Shock"]
    np.testing.assert_allclose(paths[1], again, rtol=1e-12, atol=1e-14)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        assert abs(np.corrcoef(np.diff(paths[i]), np.diff(paths[j]))[0, 1]) < 0.4


def test_a_further_noisy_stock_leaves_the_others_alone(model_of: Make) -> None:
    before = model_of(texts.NOISY).run((0, 2), noise=True)["Shock"]
    text = texts.NOISY + "Another = INTEG(0, 0) ~ w ~ x |  Another volatility = 1 ~ w ~ x |"
    after = model_of(text).run((0, 2), noise=True)
    np.testing.assert_array_equal(before, after["Shock"])
    assert after["Another"].std() > 0.1


def test_noise_needs_eulers_scheme(model_of: Make) -> None:
    with pytest.raises(InputError, match="method: got 'rk4' with noise; expected 'euler'"):
        model_of(texts.NOISY).run(noise=True, method="rk4")
