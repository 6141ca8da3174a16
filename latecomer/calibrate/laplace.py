"""The fast approximation of a posterior: a normal distribution at its mode, and how far to trust it."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from latecomer.calibrate.density import Density, Floats, required
from latecomer.faults import refuse

PRIOR_CURVATURE = 1.0
"""Of z . z / 2: figures that pull a coordinate less than the prior are not believed to loosen it."""
LEVEL = 1e-6
"""Spread of logarithmic weights below which they are rounding, and have no tail."""


@dataclass(frozen=True)
class Laplace:
    """A normal approximation of a posterior.

    `mode`: (n,); `covariance` and its lower `cholesky` factor: (n, n); `eigenvalues`: of the Hessian as it
    was, rising, (n,); `floored`: how many of them were under the prior's curvature; `decrement`: how far the
    mode lies from the bottom of the quadratic, in posterior standard deviations: near nought at a true mode.
    """

    names: tuple[str, ...]
    mode: Floats
    covariance: Floats
    cholesky: Floats
    log_evidence: float
    eigenvalues: Floats
    floored: int
    decrement: float

    @property
    def deviations(self) -> Floats:
        """Posterior standard deviation of each coordinate, in those of the prior, shape (n,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def negative(self) -> int:
        """How many directions curve downwards: at a true mode, none."""
        return int(np.sum(self.eigenvalues < 0.0))

    def draws(self, seed: int, n: int) -> Floats:
        """Draws of the approximation, shape (n, coordinates), told by the seed: z = mode + L u."""
        return self.mode + np.random.default_rng(seed).standard_normal((n, len(self.mode))) @ self.cholesky.T


def laplace(density: Density, mode: Floats) -> Laplace:
    """The normal approximation at a mode.

    H = Q diag(e) Q';  covariance = Q diag(1 / max(e, 1)) Q'
    log_evidence = -loss(mode) - sum(log(max(e, 1))) / 2

    `mode`: z, shape (n,). The evidence is that of a loss of minus log-likelihood + z . z / 2, whose prior is
    a standard normal: its constant and that of the integral cancel. Eigenvalues under the prior's curvature
    1, negative ones among them, are floored there and counted, so the covariance is positive definite
    whatever the loss. Raises InputError where loss, gradient or Hessian are not finite at the mode.
    Source: Tierney and Kadane (1986), Journal of the American Statistical Association 81, section 2.

    >>> one = Density(("a",), lambda z, given: (z**2).sum() / 2 + given * ((z - 2.0) ** 2).sum() / 2, 3.0)
    >>> there = laplace(one, np.array([1.5]))
    >>> float(there.covariance[0, 0]), round(there.log_evidence, 6)  # 1 / 4; - 9 / 8 - 3 / 8 - log 2
    (0.25, -2.193147)
    """
    mode = np.asarray(mode, dtype=np.float64)
    loss, slope = density.loss_and_slope(mode)
    _check(np.isfinite(loss) and bool(np.all(np.isfinite(slope))), "a loss or a gradient that is not finite")
    hessian = density.hessian(mode)
    _check(bool(np.all(np.isfinite(hessian))), "second derivatives that are not finite")
    eigenvalues, vectors = np.linalg.eigh(hessian)
    curvatures = np.maximum(eigenvalues, PRIOR_CURVATURE)
    # The factor from a QR decomposition of a square root, not from the covariance: it cannot fail
    _, upper = np.linalg.qr((vectors / np.sqrt(curvatures)).T)
    cholesky = (upper * np.where(np.diag(upper) < 0.0, -1.0, 1.0)[:, None]).T
    return Laplace(
        names=density.names,
        mode=mode,
        covariance=cholesky @ cholesky.T,
        cholesky=cholesky,
        log_evidence=float(-loss - 0.5 * np.sum(np.log(curvatures))),
        eigenvalues=eigenvalues,
        # a flat direction has the prior's curvature but for rounding
        floored=int(np.sum(eigenvalues < PRIOR_CURVATURE - 1e-9 * max(1.0, float(eigenvalues[-1])))),
        decrement=float(np.linalg.norm(cholesky.T @ slope)),
    )


def _check(sound: bool, got: str) -> None:
    if not sound:
        raise refuse("posterior", f"{got} at the mode", "a smooth loss there", "fit again from other starts")


@dataclass(frozen=True)
class Importance:
    """How far a normal approximation may be trusted.

    `draws`: asked; `effective`: as how many draws of the posterior they serve; `khat`: shape of the tail of
    their weights; `outside`: draws whose loss is not finite, of weight nought.
    """

    draws: int
    effective: float
    khat: float
    outside: int

    @property
    def most(self) -> float:
        """The largest shape of the tail with which weights are of use: min(1 - 1 / log10(draws), 0.7)."""
        return min(1.0 - 1.0 / math.log10(self.draws), 0.7)

    @property
    def holds(self) -> bool:
        """Whether weighted draws of the approximation stand for the posterior."""
        return self.khat < self.most

    def as_dict(self) -> dict[str, Any]:
        """The check as plain data."""
        return asdict(self) | {"most": self.most, "holds": self.holds}


def importance(density: Density, approximation: Laplace, draws: int = 500, seed: int = 0) -> Importance:
    """The weights of draws of a normal approximation against the density itself.

    log w = -loss(z) + u . u / 2, z = mode + L u;  effective = 1 / sum(w**2), smoothed w with sum one
    khat: the shape of the generalised Pareto distribution of the largest weights

    Raises InputError where `arviz_stats` is missing, or fewer than 100 draws are asked or have a finite loss.
    Source: Vehtari, Simpson, Gelman, Yao and Gabry (2024), Journal of Machine Learning Research 25 (72).
    """
    array_stats = required("arviz_stats.base").array_stats
    u = np.random.default_rng(seed).standard_normal((draws, len(density)))
    losses = density.losses(approximation.mode + u @ approximation.cholesky.T)
    finite = np.isfinite(losses)
    if finite.sum() < 100:
        raise refuse(
            "posterior", f"{finite.sum()} of {draws} draws of the approximation with a finite loss",
            "100 at least", "ask for more draws, or use the long run",
        )  # fmt: skip
    weights = 0.5 * np.sum(u[finite] ** 2, axis=1) - losses[finite]
    outside = int(np.sum(~finite))
    if np.ptp(weights) < LEVEL:
        return Importance(draws, float(finite.sum()), 0.0, outside)
    smoothed, khat = array_stats.psislw(-weights)  # it takes them with the sign of a likelihood
    return Importance(draws, float(np.exp(-np.logaddexp.reduce(2.0 * smoothed))), float(khat), outside)
