"""Smooth forms of MIN, MAX, ABS and conditions, for gradients across their kinks.

A kink has no derivative, and a search that stands on one goes astray. `width` is the part of the size of
the two sides over which a kink is rounded: 0.01 means that MIN(a, b) departs from the smaller one by at most
half a per cent of (|a| + |b|), where a = b, and by less elsewhere. Where one side is 0, as in MAX(a, 0), the
only size is that of the other, 0 at the kink: it is rounded over 1e-12 only, and so is ABS. A condition on
Time is rounded over a part of the year's number. STEP, PULSE and RAMP keep their edges, tables their kinks,
= and <> their jumps. The smooth model is another model: use it to search, the exact one for results.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp

from latecomer.errors import refuse
from latecomer.simulate.backend_jax import JAX
from latecomer.simulate.grid import Array

# keeps the derivative finite where both sides are 0
TINY = 1e-12
# a share below it is none
ROUNDING = 1e-16


def smooth_namespace(width: float) -> SimpleNamespace:
    """The functions of the model language with their kinks rounded; the exact ones for width 0.

    Raises InputError for a width below 0 or above 1.

    >>> functions = smooth_namespace(0.1)
    >>> round(float(functions.minimum(1.0, 1.0)), 3), round(float(functions.minimum(1.0, 9.0)), 2)
    (0.9, 0.97)
    """
    if not 0.0 <= width <= 1.0:
        raise refuse("smooth", f"{width:g}", "a width from 0 to 1", "take 0.01, or 0 for the exact model")
    if width == 0.0:
        return JAX
    functions = SimpleNamespace(**vars(JAX))

    def distance(gap: Array, size: Array) -> Any:
        return jnp.sqrt(gap * gap + (width * size) ** 2 + TINY**2)

    def size(left: Array, right: Array) -> Any:
        return jnp.abs(left) + jnp.abs(right)

    def share(left: Array, right: Array) -> Any:
        """Near 1 where left is below right, 1/2 where they are equal."""
        return jax.nn.sigmoid((right - left) / (0.25 * width * size(left, right) + TINY))

    functions.minimum = lambda a, b: 0.5 * (a + b - distance(a - b, size(a, b)))
    functions.maximum = lambda a, b: 0.5 * (a + b + distance(a - b, size(a, b)))
    functions.absolute = lambda x: jnp.sqrt(x * x + TINY**2)
    functions.less = functions.less_equal = share
    functions.greater = functions.greater_equal = lambda a, b: share(b, a)
    functions.logical_and = lambda a, b: _share(a) * _share(b)
    functions.logical_or = lambda a, b: 1.0 - (1.0 - _share(a)) * (1.0 - _share(b))
    functions.logical_not = lambda a: 1.0 - _share(a)
    functions.where = lambda condition, yes, no: _chosen(_share(condition), yes, no)
    functions.truth = lambda number: _truth(number, width)
    return functions


def _share(condition: Array) -> Any:
    return jnp.asarray(condition, float)


def _truth(number: Array, width: float) -> Any:
    """A number as a condition: 0 does not hold, what is beyond `width` does, with a smooth rise between."""
    near = jnp.clip(jnp.abs(number) / width, 0.0, 1.0)
    return near * near * (3.0 - 2.0 * near)


def _chosen(share: Array, yes: Array, no: Array) -> Any:
    # a branch that is not taken, but for rounding, may be no number
    rest = 1.0 - share
    return share * jnp.where(share > ROUNDING, yes, 0.0) + rest * jnp.where(rest > ROUNDING, no, 0.0)
