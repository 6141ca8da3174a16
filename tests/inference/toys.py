"""Posteriors with known answers, over standard normals as every fit is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy import stats
from scipy.optimize import minimize

from latecomer.inference.error_models import code, mixed_log_density
from latecomer.inference.laplace import Density
from latecomer.inference.parameters import natural


@dataclass(frozen=True)
class Toy:
    """A density and what is known of it: posterior mean and covariance of z, logarithm of the evidence."""

    density: Density
    mean: np.ndarray
    covariance: np.ndarray
    log_evidence: float

    @property
    def deviations(self) -> np.ndarray:
        return np.sqrt(np.diag(self.covariance))


def mode_of(density: Density) -> np.ndarray:
    loss = jax.jit(jax.value_and_grad(lambda z: density.loss(z, density.given)))

    def both(z: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = loss(z)
        return float(value), np.asarray(slope)

    start = np.zeros(len(density))
    return minimize(both, start, jac=True, method="BFGS", options={"gtol": 1e-9}).x


def error_loss(residuals: Any, scale: float, family: str = "normal", degrees: float = 1.0) -> Any:
    """Minus log-likelihood of independent errors, constants included."""
    return -jnp.sum(mixed_log_density(code(family), residuals / scale, degrees) - jnp.log(scale))


def line_loss(z: Any, given: Any) -> Any:
    """y = X (centre + spread z) + errors."""
    design, figures, centre, spread, scale = given
    fitted = design @ natural("normal", centre, spread, z)
    return error_loss(figures - fitted, scale) + 0.5 * jnp.sum(z**2)


def growth_loss(z: Any, given: Any) -> Any:
    """y = y0 exp(g t), lognormal errors; y0 lognormal and g normal a priori."""
    years, figures, scale = given
    fitted = natural("lognormal", 2.0, 0.5, z[0]) * jnp.exp(natural("normal", 0.03, 0.02, z[1]) * years)
    return error_loss(jnp.log(figures) - jnp.log(fitted), scale) + 0.5 * jnp.sum(z**2)


def logistic_loss(z: Any, given: Any) -> Any:
    """Logistic growth from 1 with lognormal errors; ceiling and rate lognormal a priori."""
    years, figures, scale = given
    ceiling, rate = natural("lognormal", 6.0, 0.4, z[0]), natural("lognormal", 0.12, 0.4, z[1])
    fitted = ceiling / (1.0 + (ceiling - 1.0) * jnp.exp(-rate * years))
    return error_loss(jnp.log(figures) - jnp.log(fitted), scale) + 0.5 * jnp.sum(z**2)


def gaussian(density: Density, design: Any, figures: Any, centre: Any, spread: Any, scale: float) -> Toy:
    """The answer of a linear model by conditioning the joint normal distribution of z and the figures."""
    slope = design * spread
    joint = slope @ slope.T + scale**2 * np.eye(len(figures))
    gain = np.linalg.solve(joint, slope).T
    expected = design @ centre
    evidence = stats.multivariate_normal(expected, joint).logpdf(figures)
    return Toy(density, gain @ (figures - expected), np.eye(len(spread)) - gain @ slope, float(evidence))


def linear(design: Any, centre: Any, spread: Any, scale: float, names: tuple[str, ...], seed: int) -> Toy:
    generator = np.random.default_rng(seed)
    truth = centre + spread * generator.standard_normal(len(centre))
    figures = design @ truth + scale * generator.standard_normal(len(design))
    density = Density(names, line_loss, (design, figures, centre, spread, scale))
    return gaussian(density, design, figures, centre, spread, scale)


def normal_mean() -> Toy:
    return linear(np.ones((8, 1)), np.array([1.0]), np.array([2.0]), 1.5, ("mean",), 1)


def straight_line() -> Toy:
    years = np.linspace(0.0, 20.0, 15)
    design = np.column_stack([np.ones(15), years])
    return linear(design, np.array([0.0, 0.5]), np.array([3.0, 0.4]), 2.0, ("level", "slope"), 2)


def exponential_growth() -> Toy:
    years = np.arange(0.0, 30.0)
    design = np.column_stack([np.ones(30), years])
    centre, spread, scale = np.array([np.log(2.0), 0.03]), np.array([0.5, 0.02]), 0.1
    generator = np.random.default_rng(3)
    logs = np.log(1.5) + 0.045 * years + scale * generator.standard_normal(30)
    density = Density(("start", "growth rate"), growth_loss, (years, np.exp(logs), scale))
    return gaussian(density, design, logs, centre, spread, scale)


def logistic_growth() -> Toy:
    """Its answer by quadrature on a grid that reaches six posterior deviations and more."""
    years, scale = np.arange(0.0, 31.0), 0.2
    generator = np.random.default_rng(4)
    curve = 8.0 / (1.0 + 7.0 * np.exp(-0.15 * years))
    figures = curve * np.exp(scale * generator.standard_normal(31))
    density = Density(("ceiling", "rate"), logistic_loss, (years, figures, scale))
    axis = np.linspace(-3.0, 3.0, 601)
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    losses = np.asarray(jax.jit(jax.vmap(lambda z: logistic_loss(z, density.given)))(grid))
    weights = np.exp(losses.min() - losses)
    area = (axis[1] - axis[0]) ** 2
    # the loss holds the constants of the figures, not the prior's 2 pi
    evidence = float(np.log(weights.sum() * area / (2.0 * np.pi)) - losses.min())
    weights /= weights.sum()
    mean = weights @ grid
    return Toy(density, mean, (grid - mean).T @ ((grid - mean) * weights[:, None]), evidence)


def ridge(n: int = 40) -> Toy:
    """Sums of neighbouring coordinates are known a hundred times better than these themselves."""
    generator = np.random.default_rng(5)
    design = np.eye(n) + np.eye(n, k=1)
    design = np.concatenate([design, generator.standard_normal((n, n)) / 20.0])
    names = tuple(f"c{k}" for k in range(n))
    return linear(design, np.zeros(n), np.ones(n), 0.01, names, 6)


EXACT = (normal_mean, straight_line, exponential_growth)
