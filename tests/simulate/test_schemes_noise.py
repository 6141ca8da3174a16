"""Noise: sdeint on the same increments, what each scheme can follow, arrays, and the words of refusals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.simulate import Model
from latecomer.simulate.noise import normals
from latecomer.simulate.schemes import NOISY
from tests.simulate import texts
from tests.simulate.oracles import drift_and_diffusion

Make = Callable[[str], Model]

# noise that grows with its own stock, and a second stock that the first one drives
GEOMETRIC = texts.text(
    """
Price = INTEG(drift * Price, 1) ~ coin ~ Geometric Brownian motion. |
Price volatility = size * Price ~ coin/year^0.5 ~ Grows with the price. |
Follower = INTEG((Price - Follower) / lag, 0.5) ~ coin ~ Follows the price. |
Follower volatility = spread ~ coin/year^0.5 ~ The same at all times. |
drift = 0.3 ~ 1/year ~ Growth. |
size = 0.5 ~ 1/year^0.5 ~ Spread. |
lag = 0.7 ~ year ~ Delay. |
spread = 0.2 ~ coin/year^0.5 ~ Spread. |
""",
    t1=2,
    dt=1 / 32,
)
# the noise of one stock depends on the other, by a chain of auxiliaries
CROSSED = GEOMETRIC.replace("Follower volatility = spread", "Follower volatility = spread * share").replace(
    "drift = 0.3", "share = half ~ Dmnl ~ x. | half = Price / 2 ~ Dmnl ~ x. | drift = 0.3"
)
ARRAY = texts.text(
    """
Region: north, south, west ~~|
Level[Region] = INTEG(0, 1) ~ w ~ One a region. |
Level volatility[Region] = 0.1, 0.2, 0.4 ~ w/year^0.5 ~ One a region. |
Wave[Region] = INTEG(0, 0) ~ w ~ One a region. |
Wave volatility = 0.3 ~ w/year^0.5 ~ One for all. |
"""
)


def increments(model: Model, scheme: str, dt: float) -> np.ndarray:
    grid = model.grid(dt=dt)
    return np.sqrt(dt) * np.asarray(normals(model.program, NOISY[scheme], grid, 5, 3))[:, 0]


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "numpy"])
def test_sdeint_given_the_same_increments_takes_the_same_steps(model_of: Make, backend: str) -> None:
    sdeint = pytest.importorskip("sdeint")
    model = model_of(GEOMETRIC)
    run = model.run(noise=True, seed=5, draw=3, backend=backend)
    f, g = drift_and_diffusion(model)
    steps = increments(model, "euler-maruyama", 1 / 32)
    theirs = sdeint.itoEuler(f, g, np.array([1.0, 0.5]), run["time"].to_numpy(), dW=steps)
    ours = np.stack([run[name] for name in model.state_names], axis=1)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


@pytest.mark.slow
def test_milstein_nears_the_scheme_of_sdeint_of_the_same_order(model_of: Make) -> None:
    """Two schemes of order 1 on the same path come together as fast as the step falls, far from Euler's."""
    sdeint = pytest.importorskip("sdeint")
    model = model_of(GEOMETRIC)
    f, g = drift_and_diffusion(model)
    gaps: dict[str, list[float]] = {"euler": [], "milstein": []}
    for dt in (1 / 16, 1 / 256):
        steps = increments(model, "euler-maruyama", dt)
        double = np.zeros((len(steps), 2, 2))
        double[:, 0, 0], double[:, 1, 1] = ((steps**2 - dt) / 2).T
        times = model.grid(dt=dt).times()
        theirs = sdeint.itoSRI2(f, g, np.array([1.0, 0.5]), times, dW=steps, I=double)[:, 0]
        for method, found in gaps.items():
            run = model.run(noise=True, seed=5, draw=3, dt=dt, save_every=dt, method=method, backend="numpy")
            found.append(float(np.abs(run["Price"].to_numpy() - theirs).mean()))
    assert gaps["milstein"][0] / gaps["milstein"][1] > 8
    assert gaps["milstein"][1] < gaps["euler"][1] / 5


@pytest.mark.slow
@pytest.mark.parametrize("method", ["euler", "milstein"])
def test_geometric_brownian_motion_is_its_formula(model_of: Make, method: str) -> None:
    model, dt = model_of(GEOMETRIC), 1 / 1024
    run = model.run(noise=True, seed=5, draw=3, dt=dt, save_every=0.25, method=method, backend="numpy")
    moved = np.concatenate([[0], increments(model, "milstein", dt)[:, 0].cumsum()])[:: round(0.25 / dt)]
    exact = np.exp((0.3 - 0.125) * run["time"] + 0.5 * moved)
    np.testing.assert_allclose(run["Price"], exact, rtol={"euler": 4e-2, "milstein": 2e-3}[method])


@pytest.mark.parametrize("method", ["euler", "milstein"])
def test_both_backends_follow_the_same_noise(model_of: Make, method: str) -> None:
    runs = [
        model_of(GEOMETRIC).run(noise=True, seed=1, draw=2, method=method, backend=backend)
        for backend in ("jax", "numpy")
    ]
    for name in runs[0].data_vars:
        np.testing.assert_allclose(runs[0][name], runs[1][name], rtol=1e-12, err_msg=str(name))


@pytest.mark.slow
def test_the_stocks_of_an_array_have_noise_each_its_own(model_of: Make) -> None:
    model = model_of(ARRAY)
    assert model.program.noisy_names == tuple(
        f"{name}[{region}]" for name in ("Level", "Wave") for region in ("north", "south", "west")
    )
    run = model.run((0, 50), noise=True, backend="numpy")
    level, wave = run["Level"].diff("time").to_numpy(), run["Wave"].diff("time").to_numpy()
    # each step of a year's quarter has the standard deviation volatility / 2; 200 steps tell it within 15 %
    np.testing.assert_allclose(level.std(axis=0), [0.05, 0.1, 0.2], rtol=0.2)
    np.testing.assert_allclose(wave.std(axis=0), 0.15, rtol=0.2)
    together = np.corrcoef(np.concatenate([level, wave], axis=1).T)
    assert np.abs(together - np.eye(6)).max() < 4 / np.sqrt(200)


def test_milstein_refuses_noise_that_depends_on_another_stock(model_of: Make) -> None:
    with pytest.raises(InputError) as caught:
        model_of(CROSSED).run(noise=True, method="milstein")
    assert str(caught.value) == (
        "'Follower volatility' with the method milstein: got noise that depends on 'Price'; "
        "expected noise that depends on its own stock and on no other. Cure: choose the method euler."
    )
    assert np.isfinite(model_of(CROSSED).run(noise=True, backend="numpy")["Follower"]).all()


def test_the_additive_scheme_refuses_noise_that_depends_on_any_stock(model_of: Make) -> None:
    with pytest.raises(InputError) as caught:
        model_of(CROSSED).ensemble(2, method="sra1")
    assert str(caught.value).splitlines() == [
        f"'{name} volatility' with the method sra1: got noise that depends on 'Price'; "
        "expected noise that depends on time and constants, on no stock. Cure: choose the method euler."
        for name in ("Price", "Follower")
    ]


def test_noise_by_an_initial_value_depends_on_no_stock(model_of: Make) -> None:
    text = GEOMETRIC.replace("size * Price ~", "size * first price ~") + (
        "first price = INITIAL(Price) ~ coin ~ Held. |"
    )
    assert model_of(text).run(noise=True, method="sra1", backend="numpy")["Price"].std() > 0


NOISY_ONES = "'euler' or 'euler-maruyama' or 'milstein' or 'sra1'"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            {"noise": True, "method": "adaptive"},
            f"method: got 'adaptive' with noise; expected {NOISY_ONES}. Cure: leave method out.",
        ),
        (
            {"noise": True, "method": "heun"},
            f"method: got 'heun' with noise; expected {NOISY_ONES}. Cure: leave method out.",
        ),
        (
            {"noise": True, "method": "milstien"},
            (f"method: got 'milstien'; expected {NOISY_ONES}. Cure: write the nearest name: 'milstein'."),
        ),
        (
            {"method": "sra1"},
            (
                "method: got 'sra1' without noise; expected 'euler' or 'heun' or 'rk4' or 'adaptive'. "
                "Cure: leave method out."
            ),
        ),
    ],
)
def test_a_method_that_does_not_fit_is_refused(
    model_of: Make, arguments: dict[str, object], words: str
) -> None:
    with pytest.raises(InputError) as caught:
        model_of(GEOMETRIC).run(**arguments)
    assert str(caught.value) == words


def test_an_ensemble_has_no_adaptive_method(model_of: Make) -> None:
    with pytest.raises(InputError) as caught:
        model_of(GEOMETRIC).ensemble(2, noise=False, method="adaptive")
    assert str(caught.value) == (
        "method: got 'adaptive' without noise; expected 'euler' or 'heun' or 'rk4'. Cure: leave method out."
    )
