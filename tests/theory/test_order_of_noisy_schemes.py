"""The strong and the weak order of each scheme with noise, measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from latecomer.simulate.schemes import NOISY, NoisyScheme
from tests.theory.orders import coarser, follow, slope

Vector = NDArray[np.float64]
EULER, MILSTEIN, SRA1 = NOISY["euler-maruyama"], NOISY["milstein"], NOISY["sra1"]
PATHS, FINEST = 4000, 1024


@pytest.fixture(scope="module")
def normals() -> dict[int, Vector]:
    """Normal numbers of the same Brownian paths over one year, by the number of steps."""
    found = {FINEST: np.random.default_rng(1).standard_normal((FINEST, 2, PATHS))}
    steps = FINEST
    while steps > 4:
        found[steps // 2] = coarser(found[steps], 1 / steps)
        steps //= 2
    return found


def ends(scheme: NoisyScheme, drift: Any, diffusion: Any, start: float, normals: Vector) -> Vector:
    steps = normals.shape[0]
    return follow(scheme, drift, diffusion, np.full(PATHS, start), 1 / steps, normals[:, : scheme.normals])


def strong_order(
    scheme: NoisyScheme,
    drift: Any,
    diffusion: Any,
    exact: Vector,
    normals: dict[int, Vector],
    steps: tuple[int, ...],
) -> float:
    errors = [np.abs(ends(scheme, drift, diffusion, 1.0, normals[n]) - exact).mean() for n in steps]
    return slope([1 / n for n in steps], errors)


def test_coarse_steps_are_brownian_motion_too(normals: dict[int, Vector]) -> None:
    coarse = normals[8].reshape(8, 2, -1)
    count = coarse[:, 0].size
    covariance = np.cov(coarse[:, 0].ravel(), coarse[:, 1].ravel())
    np.testing.assert_allclose(covariance, np.eye(2), atol=4 * np.sqrt(2 / count))
    both = [np.sqrt(1 / n) * normals[n][:, 0].sum(axis=0) for n in (4, FINEST)]
    np.testing.assert_allclose(both[0], both[1], atol=1e-12)


@pytest.mark.parametrize(
    ("scheme", "order"), [(EULER, 0.5), (MILSTEIN, 1.0)], ids=["euler-maruyama", "milstein"]
)
def test_strong_order_on_geometric_brownian_motion(
    normals: dict[int, Vector], scheme: NoisyScheme, order: float
) -> None:
    growth, size = 0.5, 0.8
    exact = np.exp(growth - size**2 / 2 + size * normals[4][:, 0].sum(axis=0) / 2)
    assert scheme.strong_order == order
    found = strong_order(
        scheme, lambda t, y: growth * y, lambda t, y: size * y, exact, normals, (16, 32, 64, 128, 256)
    )
    assert found == pytest.approx(order, abs=0.1)


def reverting(t: float, y: Vector) -> Vector:
    return 2.0 * (np.cos(t) - y)


def double_well(t: float, y: Vector) -> Vector:
    return y - y**3


@pytest.mark.parametrize(
    ("scheme", "drift", "order"),
    [
        (EULER, reverting, 1.0),
        (MILSTEIN, reverting, 1.0),
        # a linear drift has no term of order 3/2
        (SRA1, reverting, 2.0),
        (EULER, double_well, 1.0),
        (MILSTEIN, double_well, 1.0),
        (SRA1, double_well, 1.5),
    ],
)
def test_strong_order_with_additive_noise_that_changes_in_time(
    normals: dict[int, Vector], scheme: NoisyScheme, drift: Callable, order: float
) -> None:
    def size(t: float, y: Vector) -> Vector:
        return (0.4 + 0.3 * np.sin(3 * t)) * np.ones_like(y)

    # steps a quarter of the finest measured: an eighth of its error at most
    exact = ends(SRA1, drift, size, 1.0, normals[FINEST])
    found = strong_order(scheme, drift, size, exact, normals, (32, 64, 128, 256))
    assert found == pytest.approx(order, abs=0.12)


def test_the_additive_scheme_is_exact_where_the_integrals_are_known(normals: dict[int, Vector]) -> None:
    """The integral of t dW is T W - integral of W dt; a stock with net flow W is that last integral."""
    fine = normals[FINEST]
    w = np.cumsum(np.sqrt(1 / FINEST) * fine[:, 0], axis=0)
    before = np.concatenate([np.zeros((1, PATHS)), w[:-1]])
    area = ((1 / FINEST) ** 1.5 * (fine[:, 0] + fine[:, 1] / np.sqrt(3)) / 2 + before / FINEST).sum(axis=0)
    by_time = ends(SRA1, lambda t, y: 0 * y, lambda t, y: t * np.ones_like(y), 0.0, normals[8])
    np.testing.assert_allclose(by_time, w[-1] - area, atol=1e-12)

    def flow(t: float, y: Vector) -> Vector:
        return np.stack([np.zeros(PATHS), y[0]])

    def noise(t: float, y: Vector) -> Vector:
        return np.stack([np.ones(PATHS), np.zeros(PATHS)])

    z = np.repeat(normals[8][:, :, None], 2, axis=2)
    found = follow(SRA1, flow, noise, np.zeros((2, PATHS)), 1 / 8, z)
    np.testing.assert_allclose(found, np.stack([w[-1], area]), atol=1e-12)


# ---- weak order: moments by recursion and quadrature, without any sampling ----

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(20)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("scheme", [EULER, MILSTEIN])
def test_weak_order_on_geometric_brownian_motion(scheme: NoisyScheme, power: int) -> None:
    """Each step multiplies the state by an independent factor: the mean of a power is that of a factor's."""
    growth, size = 0.5, 0.4
    exact = np.exp(power * growth + power * (power - 1) * size**2 / 2)
    counts, errors = (8, 16, 32, 64, 128), []
    for n in counts:
        factors = scheme.step(
            lambda node, y: growth * y, lambda node, y: size * y, np.ones(20), 1 / n, [NODES]
        )
        errors.append(abs((WEIGHTS @ factors**power) ** n - exact))
    assert slope([1 / n for n in counts], errors) == pytest.approx(scheme.weak_order, abs=0.1)


@pytest.mark.parametrize("moment", ["mean", "variance"])
@pytest.mark.parametrize("scheme", [EULER, SRA1])
def test_weak_order_on_the_ornstein_uhlenbeck_process(scheme: NoisyScheme, moment: str) -> None:
    """Each step is y A + B with A a number and B independent of y: mean and variance follow a recursion."""
    back, size = 2.0, 0.5
    exact = np.exp(-back) if moment == "mean" else size**2 * (1 - np.exp(-2 * back)) / (2 * back)
    z = np.stack([grid.ravel() for grid in np.meshgrid(NODES, NODES)])[: scheme.normals]
    weights = np.outer(WEIGHTS, WEIGHTS).ravel()
    counts, errors = (16, 32, 64, 128, 256), []
    for n in counts:

        def step(y: float, z: Vector, dt: float = 1 / n) -> Vector:
            state = np.full(z.shape[1], y)
            return scheme.step(lambda node, y: -back * y, lambda node, y: size + 0 * y, state, dt, z)

        still = np.zeros((scheme.normals, 1))
        factor = float((step(1.0, still) - step(0.0, still))[0])
        shock = weights @ step(0.0, z) ** 2
        found = factor**n if moment == "mean" else shock * (1 - factor ** (2 * n)) / (1 - factor**2)
        errors.append(abs(found - exact))
    assert slope([1 / n for n in counts], errors) == pytest.approx(scheme.weak_order, abs=0.15)
