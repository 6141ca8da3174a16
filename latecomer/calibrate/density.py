"""A posterior density over standard normals: what is approximated and sampled, whatever its model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from latecomer.faults import refuse
from latecomer.solve.arrays import Array
from latecomer.solve.settings import loop_options

Floats = NDArray[np.float64]
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
    latecomer.faults.InputError: posterior: got no package 'no_such_sampler'; expected the packages of the
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
