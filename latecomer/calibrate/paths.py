"""Runs of draws of a posterior: what the fit's own program makes of each, year by year."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.calibrate.problem import Group, Problem
from latecomer.solve.arrays import Array
from latecomer.solve.settings import loop_options

Floats = NDArray[np.float64]
BLOCK = 8


def paths(
    problem: Problem, variables: list[str], first: dict[str, int], draws: Floats
) -> dict[str, xr.Dataset]:
    """The runs of each country for draws of standard normals, shape (draws, entries), over (draw, time).

    `variables`: names of the targets' variables in their order; `first`: the first year of each country. By
    the scheme and step of the fit. A country that runs beside ones of longer windows goes on after its own,
    with its last drivers: those years are not to be told.
    """
    vectors = np.asarray(jax.vmap(problem.layout.vectors)(jnp.asarray(draws)))
    found: dict[str, xr.Dataset] = {}
    for group in problem.groups:
        runs = _of_group(group, vectors[:, group.rows])
        for k, row in enumerate(group.rows):
            iso3 = problem.layout.countries[row]
            years = first[iso3] + np.arange(runs.shape[2])
            of = {name: (("draw", "time"), runs[:, k, :, j]) for j, name in enumerate(variables)}
            found[iso3] = xr.Dataset(of, {"draw": np.arange(len(draws)), "time": years.astype(float)})
    return {iso3: found[iso3] for iso3 in problem.layout.countries}


def _of_group(group: Group, vectors: Floats) -> Floats:
    """Runs of a group, (draws, countries, years, targets), for `vectors` (draws, countries, parameters)."""
    compiled, parts = _blocks(group.simulate), []
    for start in range(0, len(vectors), BLOCK):
        block = vectors[start : start + BLOCK]
        filled = np.concatenate([block, np.repeat(block[:1], BLOCK - len(block), axis=0)])
        parts.append(np.asarray(compiled(filled, group.tables))[: len(block)])
    return np.concatenate(parts)


@lru_cache(maxsize=4)
def _blocks(simulate: Callable[[Any, Any], Any]) -> Any:
    """The compiled runs of a block of draws, one program for all problems that share a simulator."""

    def run(block: Array, tables: Array) -> Any:
        return jax.vmap(lambda one: simulate(one, tables))(block)

    return jax.jit(run, compiler_options=loop_options())
