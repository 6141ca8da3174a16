"""Coordinates in which a posterior of populations is straight: each country's deviation, not its noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from latecomer.inference.laplace import Density, Floats, Loss
from latecomer.inference.parameters import ParameterVector
from latecomer.simulate.grid import Array


@dataclass(frozen=True)
class Centring:
    """From standard normals to deviations of populations and back.

    y[k] = a * z[c] + exp(b * z[s]) * z[k] for a member k of a population; y = z for all else

    `members`: their places k, (members,); `centres`, `spreads`: c and s; `reach`, `width`: a and b, the prior
    spreads of common centre and common spread. Where figures tell a member well, z[k] depends on s as 1 / s
    does, a valley that bends; y[k] does not. Source: Papaspiliopoulos, Roberts and Skold (2007), Statistical
    Science 22, section 2: the centred form.

    >>> one = Centring(*(np.array([k]) for k in (0, 1, 2)), np.array([0.5]), np.array([1.0]))
    >>> y = one.centred(np.array([3.0, 2.0, 0.0]))
    >>> y.tolist(), one.standard(y).tolist()  # .5 * 2 + 1 * 3
    ([4.0, 2.0, 0.0], [3.0, 2.0, 0.0])
    """

    members: NDArray[np.int64]
    centres: NDArray[np.int64]
    spreads: NDArray[np.int64]
    reach: Floats
    width: Floats

    def centred(self, z: Array) -> Any:
        """Deviations of standard normals, shape (..., n)."""
        common = self.reach * z[..., self.centres]
        moved = common + jnp.exp(self.width * z[..., self.spreads]) * z[..., self.members]
        return jnp.asarray(z).at[..., self.members].set(moved)

    def standard(self, y: Array) -> Any:
        """Standard normals of deviations, shape (..., n)."""
        away = y[..., self.members] - self.reach * y[..., self.centres]
        moved = away / jnp.exp(self.width * y[..., self.spreads])
        return jnp.asarray(y).at[..., self.members].set(moved)

    def log_jacobian(self, y: Array) -> Any:
        """log |dy / dz|: the sum of the logarithms of the common spreads of all members."""
        return jnp.sum(self.width * y[self.spreads])

    def pulled_back(self, y: Floats, slope: Floats) -> Floats:
        """The gradient by y of loss(z(y)) + log |dy / dz|, from that of the loss by z, shape (n,)."""
        spread = np.exp(self.width * y[self.spreads])
        pull = slope[self.members] / spread
        away = y[self.members] - self.reach * y[self.centres]
        found = slope.copy()
        found[self.members] = pull
        np.add.at(found, self.centres, -self.reach * pull)
        np.add.at(found, self.spreads, self.width * (1.0 - away * pull))
        return found


def centring(layout: ParameterVector) -> Centring:
    """The centring of a layout: its parameters of countries that are drawn from populations."""
    members = np.flatnonzero(layout.centres >= 0)
    spread = np.array([entry.spread for entry in layout.entries])
    centres, spreads = layout.centres[members], layout.spreads[members]
    return Centring(members, centres, spreads, spread[centres], spread[spreads])


@dataclass(frozen=True)
class CentredLoss:
    """The loss over centred coordinates; equal for equal losses, so that its programs are compiled once."""

    loss: Loss

    def __call__(self, y: Array, given: tuple[Any, ...]) -> Any:
        """The loss of y: that of z, and the logarithm of how much wider y is; `given`: (centring, own)."""
        parts, own = given
        by = Centring(*parts)
        return self.loss(by.standard(y), own) + by.log_jacobian(y)


def centred_density(density: Density, by: Centring) -> Density:
    """The same posterior over centred coordinates.

    loss(y) = loss(z(y)) + log |dy / dz|;  curvature(y) = J' curvature(z(y)) J, J = dz / dy
    """
    own = density.curvature

    def curvature(y: Array) -> Any:
        slopes = np.asarray(jax.jacfwd(by.standard)(jnp.asarray(y)))
        return slopes.T @ np.asarray(own(np.asarray(by.standard(jnp.asarray(y)))) if own else 0.0) @ slopes

    def both(y: Array) -> tuple[float, Floats]:
        value, slope = density.loss_and_slope(np.asarray(by.standard(jnp.asarray(y))))
        return value + float(by.log_jacobian(np.asarray(y))), by.pulled_back(np.asarray(y), slope)

    given = ((by.members, by.centres, by.spreads, by.reach, by.width), density.given)
    return Density(
        density.names, CentredLoss(density.loss), given,
        None if own is None else curvature, None if density.both is None else both,
    )  # fmt: skip
