"""The information of the figures on the estimated numbers: Fisher's, by forward derivatives of the runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from latecomer.inference.error_models import information
from latecomer.inference.likelihood import SMALLEST, innovations
from latecomer.inference.problem import Group, Problem
from latecomer.simulate.grid import Array
from latecomer.simulate.jit_cache import loop_options

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
