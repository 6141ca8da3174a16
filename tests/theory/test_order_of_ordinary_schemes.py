"""The order of convergence of each scheme without noise, measured on problems with known solutions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from latecomer.simulate import Model, load_model
from latecomer.simulate.schemes import FIXED_STEP, Scheme
from tests.simulate import texts
from tests.theory.orders import integrate, slope

END = 4.0
STEPS = (32, 64, 128, 256, 512)

# rates(t, y), state at 0, state at END
PROBLEMS: dict[str, tuple[Callable, np.ndarray, np.ndarray]] = {
    "exponential": (lambda t, y: 0.3 * y, np.array([2.0]), np.array([2 * np.exp(0.3 * END)])),
    "logistic": (lambda t, y: y * (1 - y), np.array([0.1]), np.array([1 / (1 + 9 * np.exp(-END))])),
    "oscillator": (
        lambda t, y: np.array([y[1], -y[0]]),
        np.array([1.0, 0.0]),
        np.array([np.cos(END), -np.sin(END)]),
    ),
    "driven": (lambda t, y: np.cos(t) * y, np.array([1.0]), np.array([np.exp(np.sin(END))])),
}
# the same four as one model text
TEXT = texts.text(
    """
Exponential = INTEG(0.3 * Exponential, 2) ~ w ~ Grows. |
Logistic = INTEG(Logistic * (1 - Logistic), 0.1) ~ w ~ Saturates. |
Place = INTEG(Speed, 1) ~ w ~ Swings. |
Speed = INTEG(-Place, 0) ~ w/year ~ Swings. |
Driven = INTEG(COS(Time) * Driven, 1) ~ w ~ Its coefficient changes with time. |
""",
    t1=END,
)
STOCKS = ("Exponential", "Logistic", "Place", "Speed", "Driven")
EXACT = np.concatenate([exact for _, _, exact in PROBLEMS.values()])


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    path: Path = tmp_path_factory.mktemp("order") / "problems.mdl"
    path.write_text(TEXT, encoding="utf-8")
    return load_model(path)


def errors(model: Model, scheme: str, backend: str) -> np.ndarray:
    """The error of each problem at the end, shape (steps, problems); that of the oscillator is a length."""
    runs = [model.run(method=scheme, dt=END / n, save_every=END, backend=backend) for n in STEPS]
    found = np.array([[float(run[name][-1]) for name in STOCKS] for run in runs]) - EXACT
    swing = np.hypot(found[:, 2], found[:, 3])
    return np.abs(np.stack([found[:, 0], found[:, 1], swing, found[:, 4]], axis=1))


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("scheme", FIXED_STEP.values(), ids=FIXED_STEP)
def test_the_scheme_has_its_order(scheme: Scheme, name: str) -> None:
    rates, start, exact = PROBLEMS[name]
    found = [np.abs(integrate(scheme, rates, start, END, n) - exact).max() for n in STEPS]
    assert slope([END / n for n in STEPS], found) == pytest.approx(scheme.order, abs=0.2)
    # the finest two show the limit
    assert np.log2(found[-2] / found[-1]) == pytest.approx(scheme.order, abs=0.1)


@pytest.mark.parametrize(("scheme", "backend"), [*((name, "numpy") for name in FIXED_STEP), ("rk4", "jax")])
def test_a_run_has_the_order_of_its_scheme(model: Model, scheme: str, backend: str) -> None:
    found = errors(model, scheme, backend)
    orders = [slope([END / n for n in STEPS], column) for column in found.T]
    np.testing.assert_allclose(orders, FIXED_STEP[scheme].order, atol=0.2)


def test_the_adaptive_scheme_keeps_its_tolerance_whatever_the_step(model: Model) -> None:
    for dt in (END, END / 16):
        run = model.run(method="adaptive", dt=dt, save_every=END)
        found = np.array([float(run[name][-1]) for name in STOCKS])
        # errors of single steps add up, over some twenty of them
        np.testing.assert_allclose(found, EXACT, rtol=2e-7)


def test_the_adaptive_scheme_sees_the_corners_of_a_driver(tmp_path: Path) -> None:
    text = texts.text(
        """
S = INTEG(rate, 0) ~ w ~ Stock. |
rate = points(Time) ~ w/year ~ Driver. |
points((0,0),(1.23,0),(1.24,100),(1.25,0),(4,0)) ~ w/year ~ A needle. |
""",
        t1=END,
        dt=2,
    )
    path = tmp_path / "needle.mdl"
    path.write_text(text, encoding="utf-8")
    assert float(load_model(path).run(method="adaptive")["S"][-1]) == pytest.approx(1.0, rel=1e-7)
