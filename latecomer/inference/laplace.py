"""A posterior density over standard normals: what is approximated and sampled, whatever its model.

Also here:
- The fast approximation of a posterior: a normal distribution at its mode, and how far to trust it.
- How sure a fit is: its posterior density, the fast approximation, what is identified, draws by name.
- The information expected over the posterior instead of at its mode: a Gaussian that fits a bent valley.
- The information of the figures on the estimated numbers: Fisher's, by forward derivatives of the runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache, lru_cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from latecomer.errors import refuse
from latecomer.inference.error_models import information
from latecomer.inference.likelihood import SMALLEST, innovations
from latecomer.inference.parameters import ParameterVector, Role, error_entries
from latecomer.inference.problem import Group, Problem
from latecomer.simulate.grid import Array
from latecomer.simulate.jit_cache import loop_options

if TYPE_CHECKING:
    from latecomer.study.fits import Fit
    from latecomer.study.targets import Targets


Floats = NDArray[np.float64]


def fisher_information(problem: Problem, z: Floats) -> Floats:
    """What the figures say about each number, the prior left out; shape (entries, entries).

    I = sum over figures of weight * place * J' J / (scale * size) ** 2, J = d innovation / d z
    the logarithm of a size has weight * scale information of its own, and none together with the rest.

    `z`: where it is taken. The Hessian of the loss without prior where runs and errors are right.
    Source: Schervish (1995), Theory of Statistics, section 2.3.1.
    """
    size = len(problem.layout)
    slopes = np.asarray(jax.jacfwd(problem.layout.values)(jnp.asarray(z)))
    values = np.asarray(problem.layout.values(jnp.asarray(z)))
    vectors = np.asarray(problem.layout.vectors(jnp.asarray(z)))
    total = np.zeros((size, size))
    for group in problem.groups:
        derivative, most = _derivative(group.simulate), int(np.max(np.bincount(problem.layout.rows)))
        for k, row in enumerate(group.rows):
            mine = problem.layout.rows == row
            columns, sources = problem.layout.columns[mine], problem.layout.source[mine]
            tables = {name: table[k] for name, table in group.tables.items()}
            figures, directions = group.observed.figures.shape[1], np.zeros((most, vectors.shape[1]))
            directions[np.arange(len(columns)), columns] = 1.0  # the rest idle: one program serves all
            run, moved = derivative(vectors[row], tables, directions)
            run, moved = np.asarray(run)[:, :figures], np.asarray(moved)[: len(columns), :, :figures]
            total += _of_country(group, k, run, moved, slopes[sources], slopes, values)
    return total


@lru_cache(maxsize=4)
def _derivative(simulate: Callable[[Any, Any], Any]) -> Any:
    def alone(vector: Array, tables: Mapping[str, Array]) -> Any:
        return simulate(vector[None], {name: table[None] for name, table in tables.items()})[0]

    def along(vector: Array, tables: Mapping[str, Array], directions: Array) -> Any:
        def one(direction: Array) -> Any:
            return jax.jvp(lambda v: alone(v, tables), (vector,), (direction,))[1]

        return alone(vector, tables), jax.vmap(one)(directions)

    return jax.jit(along, compiler_options=loop_options())


def _of_country(
    group: Group, k: int, run: Floats, moved: Floats, own: Floats, slopes: Floats, values: Floats
) -> Floats:
    """The information of one country's figures; `moved`: (parameters, years, targets)."""
    observed = group.observed
    mask = observed.mask[:, :, k]
    on_log = observed.logarithmic[:, :, k]
    change = np.where(on_log, moved / np.maximum(run, SMALLEST), moved)
    change = np.tensordot(np.where(mask, change, 0.0), own, axes=(0, 0))
    shift = group.shifts[:, :, k]
    change += np.where((mask & (shift >= 0))[..., None], slopes[shift], 0.0)
    parts, factor = (np.asarray(part) for part in innovations(observed.of_country(k), change))
    place, scale = information(observed.codes[:, :, k], observed.degrees[:, :, k])
    size = np.where(group.sizes[:, k] >= 0, values[group.sizes[:, k]], observed.scale[0, :, k])
    weight = np.where(mask, observed.weight[:, :, k], 0.0)
    scaled = parts * (np.sqrt(weight * place) / (size * factor[..., 0]))[..., None]
    flat = scaled.reshape(-1, scaled.shape[-1])
    total: Floats = flat.T @ flat
    for j, entry in enumerate(group.sizes[:, k]):
        if entry >= 0:
            relative = slopes[entry, entry] / values[entry]
            total[entry, entry] += relative**2 * float(scale[0, j] * weight[:, j].sum())
    return total


Loss = Callable[[Any, Any], Any]

BLOCK = 8
"""Points, or directions of a Hessian, that run side by side: more gain little, and need their memory."""


@dataclass(frozen=True)
class Density:
    """Coordinates that are standard normal a priori, and what the figures make of them.

    `names`: of the n coordinates; `loss`: traceable, (z of shape (n,), given) -> minus the logarithm of the
    posterior density up to a constant, the prior's z . z / 2 included; `given`: all arrays that it reads, an
    argument of the compiled program, so that one serves every data set; `curvature`: z -> Gauss-Newton
    Hessian of the whole loss, shape (n, n), prior included; None: it is taken from second derivatives;
    `both`: z -> loss and gradient, by a program that is compiled already; None: one is compiled here.

    >>> one = Density(("a",), lambda z, given: jnp.sum(z**2) / 2 + given * jnp.sum(z**2), 1.5)
    >>> len(one), [float(loss) for loss in one.losses(np.array([[1.0], [2.0]]))]
    (1, [2.0, 8.0])
    """

    names: tuple[str, ...]
    loss: Loss
    given: tuple[Any, ...]
    curvature: Callable[[Any], Any] | None = None
    both: Callable[[Any], tuple[Any, Any]] | None = None

    def __len__(self) -> int:
        return len(self.names)

    def losses(self, points: Floats) -> Floats:
        """The loss at each of some points, shape (points, n) -> (points,)."""
        blocks = _blocks(points)
        found = [np.asarray(_programs()[0](self.loss, block, self.given)) for block in blocks]
        return np.concatenate(found)[: len(points)]

    def loss_and_slope(self, z: Floats) -> tuple[float, Floats]:
        """The loss at one point and its gradient, shape (n,)."""
        own = self.both
        value, slope = _programs()[1](self.loss, jnp.asarray(z), self.given) if own is None else own(z)
        return float(value), np.asarray(slope)

    def whitened_loss_and_slope(self, mode: Array, cholesky: Array, u: Array) -> tuple[float, Floats]:
        """The loss at z = mode + L u and its gradient by u, L' dloss / dz; `u`: shape (n,)."""
        value, slope = self.loss_and_slope(np.asarray(mode + cholesky @ u))
        return value, np.asarray(cholesky.T @ slope)

    def hessian(self, z: Floats) -> Floats:
        """The curvature of the loss at one point, (n, n): that of the problem, or second derivatives."""
        if self.curvature is not None:
            found = np.asarray(self.curvature(z), dtype=np.float64)
        else:
            blocks = _blocks(np.eye(len(z)))
            rows = [_programs()[2](self.loss, jnp.asarray(z), self.given, block) for block in blocks]
            found = np.concatenate([np.asarray(row) for row in rows])[: len(z)]
        return np.asarray((found + found.T) / 2.0)

    def whitened(self, mode: Array, cholesky: Array) -> Density:
        """The same density over u, with z = mode + L u and L the Cholesky factor of a covariance.

        `mode`: (n,); `cholesky`: L, lower triangular, (n, n). Where the covariance is the posterior's, u is
        nearly standard normal a posteriori.
        """
        own = self.curvature

        def curvature(u: Array) -> Any:
            return cholesky.T @ np.asarray(own(mode + cholesky @ u) if own else 0.0) @ cholesky

        given = (jnp.asarray(mode), jnp.asarray(cholesky), self.given)
        return Density(self.names, WhitenedLoss(self.loss), given, None if own is None else curvature)


@dataclass(frozen=True)
class WhitenedLoss:
    """The loss over whitened coordinates; equal for equal losses, so that its programs are compiled once."""

    loss: Loss

    def __call__(self, u: Array, given: tuple[Any, ...]) -> Any:
        """The loss at z = mode + L u; `given`: (mode, L, what the loss itself is given)."""
        mode, cholesky, own = given
        return self.loss(mode + cholesky @ u, own)


def required(module: str) -> Any:
    """A module of the extra `posterior`; raises InputError where it is not installed.

    >>> required("no_such_sampler")
    Traceback (most recent call last):
    ...
    latecomer.errors.InputError: posterior: got no package 'no_such_sampler'; expected the packages of the
    extra 'posterior'. Cure: install latecomer[posterior].
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = module.split(".")[0]
        raise refuse(
            "posterior", f"no package '{package}'", "the packages of the extra 'posterior'",
            "install latecomer[posterior]",
        ) from error  # fmt: skip


def _blocks(rows: Floats) -> list[Any]:
    """The rows in blocks of one size, the last one filled up with its first row: one program serves all."""
    size = min(BLOCK, max(len(rows), 1))
    parts = [rows[i : i + size] for i in range(0, len(rows), size)]
    return [np.concatenate([part, np.repeat(part[:1], size - len(part), axis=0)]) for part in parts]


@cache
def _programs() -> tuple[Any, Any, Any]:
    compiled = partial(jax.jit, static_argnums=0, compiler_options=loop_options())

    def losses(loss: Loss, points: Array, given: tuple[Any, ...]) -> Any:
        return jax.vmap(lambda z: loss(z, given))(points)

    def both(loss: Loss, z: Array, given: tuple[Any, ...]) -> Any:
        return jax.value_and_grad(loss)(z, given)

    def rows(loss: Loss, z: Array, given: tuple[Any, ...], directions: Array) -> Any:
        slope = jax.grad(loss)
        return jax.vmap(lambda v: jax.jvp(lambda x: slope(x, given), (z,), (v,))[1])(directions)

    return compiled(losses), compiled(both), compiled(rows)


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


WIDTHS = (0.3, 0.7, 1.0)
"""How far the draws of each round go, in standard deviations: the first rounds only feel their way."""

DRAWS = 4


def expected_information(
    information: Callable[[Floats], Floats],
    mode: Floats,
    widths: tuple[float, ...] = WIDTHS,
    draws: int = DRAWS,
    seed: int = 0,
) -> Floats:
    """The information of the figures, averaged over draws of the normal distribution that it makes itself.

    I[0] = I(mode);  I[k + 1] = mean of I(mode + width[k] * L[k] u), L L' = (I[k] + identity)**-1

    `information`: of the figures at z, (n, n), prior left out; `mode`: z, (n,); `draws`: of a round, in pairs
    of opposite sign, told by the seed. At a fixed point with width 1 the precision is the expected one, as in
    the normal distribution nearest to the posterior in the sense of Kullback and Leibler: where a valley
    bends, its walls are met by the draws and not at the mode. Points where the information is not finite are
    left out; raises InputError where no point of a round has one. Source: Opper and Archambeau (2009),
    Neural Computation 21, equation 7.

    >>> flat = expected_information(lambda z: 3.0 * np.eye(2), np.zeros(2))
    >>> flat.tolist()  # the same everywhere: a normal posterior
    [[3.0, 0.0], [0.0, 3.0]]
    """
    generator, n = np.random.default_rng(seed), len(mode)
    found = np.asarray(information(mode), dtype=np.float64)
    for width in widths:
        factor = np.linalg.inv(np.linalg.cholesky(found + np.eye(n))).T
        half = generator.standard_normal(((draws + 1) // 2, n))
        steps = np.concatenate([half, -half])[:draws]
        each = [np.asarray(information(mode + width * (factor @ u)), dtype=np.float64) for u in steps]
        sound = [one for one in each if np.all(np.isfinite(one))]
        if not sound:
            raise refuse(
                "posterior", f"no finite information in {draws} draws about the mode",
                "a model that is finite there", "fit again from other starts",
            )  # fmt: skip
        mean = np.mean(sound, axis=0)
        found = (mean + mean.T) / 2.0
    return found


COORDINATES = "coordinates"


def density_of(problem: Problem) -> Density:
    """The posterior density of a problem over its standard normals, with its Gauss-Newton curvature."""
    names = tuple(str(entry) for entry in problem.layout.entries)

    def curvature(z: Floats) -> Floats:
        return fisher_information(problem, z) + np.eye(len(z))

    return Density(names, problem.traced, problem.given, curvature, problem.value_and_gradient)


def approximate(problem: Problem, z: Floats) -> Laplace:
    """The normal approximation of a posterior about its mode, by the information expected over it."""
    information = expected_information(lambda point: fisher_information(problem, point), z)
    return _normal_about(problem, z, information)


def _normal_about(problem: Problem, z: Floats, information: Floats) -> Laplace:
    return laplace(replace(density_of(problem), curvature=lambda _: information + np.eye(len(z))), z)


def coordinates(layout: ParameterVector, fit: Fit) -> Floats:
    """The vector of standard normals of a fit, by the names of its numbers; nought for what it has not."""
    held: Mapping[str, float] = fit.manifest.get(COORDINATES, {})
    return np.array([float(held.get(str(entry), 0.0)) for entry in layout.entries])


@dataclass(frozen=True)
class Draws:
    """Draws of what a fit estimates, shape (draws,) each.

    `parameters`: by iso3 and name; `sizes`: of errors, by (iso3, series).
    """

    parameters: dict[str, dict[str, Floats]]
    sizes: dict[tuple[str, str], Floats]


def named_draws(layout: ParameterVector, targets: Targets, draws: Floats) -> Draws:
    """Draws of standard normals, shape (draws, entries), as parameters of countries and sizes of errors.

    The size of an error that is not estimated is its stated scale in every draw.
    """
    values = np.asarray(jax.vmap(layout.values)(draws))
    place = {str(entry): k for k, entry in enumerate(layout.entries)}
    parameters: dict[str, dict[str, Floats]] = {iso3: {} for iso3 in layout.countries}
    for k, entry in enumerate(layout.entries):
        if entry.role is Role.PARAMETER:
            for iso3 in layout.countries if entry.iso3 is None else [entry.iso3]:
                parameters[iso3][entry.name] = values[:, k]
    sizes = {}
    for iso3 in layout.countries:
        for target in targets.targets:
            name = str(error_entries({(iso3, target.series): (1.0, 1.0)}, {})[0])
            stated = np.full(len(draws), target.scale(iso3))
            sizes[iso3, target.series] = values[:, place[name]] if name in place else stated
    return Draws(parameters, sizes)
