"""States over a grid of fixed steps, on NumPy or on JAX."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from latecomer.language.namespace import NUMPY
from latecomer.language.program import Program
from latecomer.solve.functions import JAX
from latecomer.solve.grid import Grid
from latecomer.solve.schemes import Scheme


def with_jax(program: Program, scheme: Scheme, grid: Grid, p: Any, tables: Any, normals: Any = None) -> Any:
    """States after every step, shape (steps + 1, states), and the drivers, shape (fine times,) each.

    `normals`, shape (steps, states), adds the noise sqrt(dt) * diffusion * normal to every Euler step.
    """
    c, times = grid.controls, grid.times(scheme.points)
    p = tuple(p[i] for i in range(len(program.parameter_names)))
    f = program.fixed(p, c, tables, JAX)
    d = [jnp.broadcast_to(v, times.shape) for v in program.timed(times, p, c, f, tables, JAX)]
    y0 = jnp.stack([jnp.asarray(v, float) for v in program.initial(times[0], p, c, f, [v[0] for v in d], tables, JAX)])
    rows = jnp.stack([jnp.asarray(times), *(d[i] for i in program.driver_indices)], axis=1)
    offsets = [round(node * scheme.points) for node in scheme.nodes]
    last = rows.shape[0] - scheme.points
    nodes = tuple(rows[offset : last + offset : scheme.points] for offset in offsets)

    def at(function: Any, row: Any, y: Any) -> Any:
        values = function(row[0], y, p, c, f, row[1:], tables, JAX)
        return jnp.stack([jnp.asarray(v, float) for v in values])

    def step(y: Any, now: Any) -> Any:
        rows_now, normal = now
        new = scheme.step(lambda j, state: at(program.derivatives, rows_now[j], state), y, grid.dt)
        if normal is not None:
            new = new + np.sqrt(grid.dt) * at(program.diffusion, rows_now[0], y) * normal
        return new, new

    _, later = jax.lax.scan(step, y0, (nodes, normals))
    return jnp.concatenate([y0[None], later]), d, f


def with_numpy(program: Program, scheme: Scheme, grid: Grid, p: NDArray[np.float64], tables: Any) -> NDArray[np.float64]:
    """States after every step, shape (steps + 1, states), one step after another on NumPy."""
    c, times, ns = grid.controls, grid.times(scheme.points), NUMPY
    f = program.fixed(p, c, tables, ns)
    d = drivers(program, times, p, c, f, tables, ns)
    rows = np.empty((grid.steps + 1, len(program.state_names)))
    rows[0] = program.initial(times[0], p, c, f, [v[0] for v in d], tables, ns)
    used = np.stack([times, *(d[i] for i in program.driver_indices)], axis=1)
    offsets = [round(node * scheme.points) for node in scheme.nodes]
    for i in range(grid.steps):

        def rates(j: int, y: Any, i: int = i) -> Any:
            row = used[i * scheme.points + offsets[j]]
            return np.array(program.derivatives(row[0], y, p, c, f, row[1:], tables, ns), dtype=float)

        rows[i + 1] = scheme.step(rates, rows[i], grid.dt)
    return rows


def drivers(
    program: Program, times: Any, p: Any, c: Any, f: Any, tables: Any, ns: SimpleNamespace
) -> list[NDArray[np.float64]]:
    """Every timed variable at every time."""
    return [np.broadcast_to(v, np.shape(times)) for v in program.timed(times, p, c, f, tables, ns)]
