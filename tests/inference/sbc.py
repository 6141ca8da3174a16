"""Simulation-based calibration: whether draws of a posterior are as wide and where they should be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, chi2

from latecomer.errors import refuse
from latecomer.inference.hmc import ACCEPTANCE, State, finite, first_step, iterate
from latecomer.inference.laplace import Floats, Loss
from latecomer.simulate.grid import Array

Ranks = NDArray[np.int64]
Simulate = Callable[[np.random.Generator, Floats], Any]
Fit = Callable[[Any, Any], Any]


def ranks(simulate: Simulate, fit: Fit, prior_draws: Floats, seed: int) -> Ranks:
    """The rank of each true value among draws of its posterior, shape (replications, n), from 0 to draws.

    rank = sum over draws of (draw < truth)

    `simulate`: (generator, truth (n,)) -> figures, a pytree of arrays of one shape; `fit`: traceable, (key,
    figures) -> draws of the posterior, (draws, n), nearly independent ones; `prior_draws`: the truths,
    (replications, n), drawn from the prior. All fits run side by side in one program, compiled once for a
    `fit`. Where the fit is right the ranks are uniform. Source: Talts, Betancourt, Simpson, Vehtari and
    Gelman (2018), arXiv 1804.06788, theorem 1.
    """
    sets = [simulate(np.random.default_rng([seed, r]), truth) for r, truth in enumerate(prior_draws)]
    figures = jax.tree.map(lambda *parts: jnp.stack([jnp.asarray(part) for part in parts]), *sets)
    keys = jax.random.split(jax.random.key(seed), len(prior_draws))
    return np.asarray(_ranked(fit, keys, figures, jnp.asarray(prior_draws)), dtype=np.int64)


@partial(jax.jit, static_argnums=0)
def _ranked(fit: Fit, keys: Array, figures: Array, truths: Array) -> Any:
    def one(key: Array, data: Array, truth: Array) -> Any:
        return jnp.sum(fit(key, data) < truth, axis=0)

    return jax.vmap(one)(keys, figures, truths)


def sampler_fit(
    loss: Loss, n: int, draws: int = 99, warm_up: int = 100, thin: int = 2, scale: float = 1.0
) -> Fit:
    """A fit for `ranks` by one chain of the sampler itself, begun at the prior's centre.

    `loss`: (z of shape (n,), figures) -> minus log posterior; `thin`: iterations a draw; `scale`: of the
    posterior in units of the prior, about, by which z is whitened.
    """

    def whitened(u: Array, figures: Array) -> Any:
        return loss(scale * u, figures)

    def fit(key: Array, figures: Array) -> Any:
        start = jnp.zeros(n)
        value, slope = jax.value_and_grad(whitened)(start, figures)
        state = State(start, -value, -slope, first_step(n))

        def body(state: State, k: Array) -> tuple[State, Any]:
            state, move = iterate(lambda u: finite(whitened(u, figures)), key, state, k, warm_up, ACCEPTANCE)
            return state, move.draw

        _, path = jax.lax.scan(body, state, jnp.arange(warm_up + thin * draws))
        return scale * path[warm_up + thin - 1 :: thin]

    return fit


@dataclass(frozen=True)
class Uniformity:
    """Whether ranks are uniform: the probability of ones at least as uneven, by two tests.

    `chi_square`: of the counts in `bins` bins; `by_chi_square`, `by_ecdf`: the probabilities.
    """

    chi_square: float
    bins: int
    by_chi_square: float
    by_ecdf: float

    def holds(self, level: float = 0.01) -> bool:
        """Whether neither test refuses uniform ranks at a level, half of it spent on each."""
        return min(self.by_chi_square, self.by_ecdf) >= level / 2.0

    def as_dict(self) -> dict[str, Any]:
        """The tests as plain data."""
        return asdict(self)


def uniformity(
    found: Ranks, draws: int, bins: int = 20, seed: int = 0, simulations: int = 4999
) -> Uniformity:
    """Whether the ranks of one coordinate, shape (replications,), are uniform on 0 to `draws`.

    chi_square = sum((count - expected) ** 2 / expected), with bins - 1 degrees of freedom

    By the empirical distribution function: the least, over its points, of the two-sided binomial probability
    of as many ranks up to there, among that of `simulations` sets of uniform ranks. Raises InputError where
    bins do not divide draws + 1, or expect fewer than five ranks. Source: Talts and others (2018), arXiv
    1804.06788, section 4; Säilynoja, Bürkner and Vehtari (2022), Statistics and Computing 32 (32).

    >>> even = uniformity(np.repeat(np.arange(20), 10), 19)
    >>> even.chi_square, even.by_chi_square
    (0.0, 1.0)
    """
    if (draws + 1) % bins:
        raise refuse("bins", str(bins), f"a divisor of draws + 1 = {draws + 1}", "choose another number")
    expected = len(found) / bins
    if expected < 5.0:
        raise refuse("bins", f"{expected:g} ranks a bin", "five at least", "more replications, or fewer bins")
    counts = np.bincount(found * bins // (draws + 1), minlength=bins)
    statistic = float(np.sum((counts - expected) ** 2) / expected)
    even = np.random.default_rng(seed).integers(0, draws + 1, (simulations, len(found)))
    table = _tails(len(found), draws)
    least = np.array([_least(row, table) for row in even])
    extreme = 1 + int(np.sum(least <= _least(found, table)))
    by_ecdf = extreme / (simulations + 1)
    return Uniformity(statistic, bins, float(chi2.sf(statistic, bins - 1)), by_ecdf)


def ecdf_band(replications: int, draws: int, level: float = 0.95, seed: int = 0) -> tuple[Floats, Floats]:
    """The band in which the whole distribution function of uniform ranks lies with probability `level`.

    Lower and upper bounds at ranks 0 to draws - 1, shape (draws,) each. Source: Säilynoja, Bürkner and
    Vehtari (2022), Statistics and Computing 32 (32), by simulation.
    """
    even = np.random.default_rng(seed).integers(0, draws + 1, (4999, replications))
    table = _tails(replications, draws)
    gamma = float(np.quantile([_least(row, table) for row in even], 1.0 - level))
    inside = table >= gamma
    counts = np.arange(replications + 1)
    lower = np.array([counts[row].min() for row in inside])
    upper = np.array([counts[row].max() for row in inside])
    return lower / replications, upper / replications


def _tails(replications: int, draws: int) -> Floats:
    """Two-sided probability of each count of ranks up to each point, shape (draws, replications + 1)."""
    counts = np.arange(replications + 1)
    chance = (np.arange(draws)[:, None] + 1.0) / (draws + 1.0)
    below, above = binom.cdf(counts, replications, chance), binom.sf(counts - 1, replications, chance)
    return np.minimum(1.0, 2.0 * np.minimum(below, above))


def _least(found: Ranks, table: Floats) -> float:
    points = np.arange(len(table))
    up_to = np.cumsum(np.bincount(found, minlength=len(table) + 1))[:-1]
    return float(table[points, up_to].min())
