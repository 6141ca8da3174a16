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
    """States after every step, shape (steps + 1, states); every timed variable at every time; the fixed ones.

    `normals`, shape (steps, states), adds the noise sqrt(dt) * diffusion * normal to every Euler step.
    The loop runs over stages, not steps, and keeps only its state for the gradient: both make it quick to
    compile.
    """
    c, times = grid.controls, grid.times(scheme.points)
    p = tuple(p[i] for i in range(len(program.parameter_names)))
    f = program.fixed(p, c, tables, JAX)
    d = [
        jnp.broadcast_to(jnp.asarray(v, float), times.shape)
        for v in program.timed(times, p, c, f, tables, JAX)
    ]
    y0 = _stack(program.initial(times[0], p, c, f, [v[0] for v in d], tables, JAX))
    rows = jnp.stack([jnp.asarray(times), *(d[i] for i in program.driver_indices)], axis=1)
    constants = _stack((*p, *f)) if p or f else jnp.zeros(0)

    def at(function: Any, row: Any, y: Any) -> Any:
        now, known = _split(row), _split(constants)
        return _stack(function(now[0], _split(y), known[: len(p)], c, known[len(p) :], now[1:], tables, JAX))

    def stage(state: Any, now: Any) -> Any:
        y, slope, change = state
        row, reach, weight, last, normal = now
        slope = at(program.derivatives, row, y + reach * slope)
        change = change + weight * slope
        if normal is not None:
            change = change + np.sqrt(grid.dt) * at(program.diffusion, row, y) * normal
        y = y + last * change
        return (y, slope, (1 - last) * change), y

    still = jnp.zeros_like(y0)
    stages = (_stages(rows, scheme), *_tableau(scheme, grid), normals)
    _, states = jax.lax.scan(jax.checkpoint(stage, prevent_cse=False), (y0, still, still), stages)
    return jnp.concatenate([y0[None], states[len(scheme.nodes) - 1 :: len(scheme.nodes)]]), d, f


def _stack(values: Any) -> Any:
    return jnp.stack([jnp.asarray(v, float) for v in values])


def _split(vector: Any) -> list[Any]:
    # the gradient of a split is one concatenation, that of indexing a sum of padded vectors
    return (
        [part.reshape(()) for part in jax.lax.split(vector, (1,) * vector.shape[0])]
        if vector.shape[0]
        else []
    )


def _stages(rows: Any, scheme: Scheme) -> Any:
    """The rows of a time grid in the order of the stages, shape (steps * stages, columns)."""
    last = rows.shape[0] - scheme.points
    offsets = [round(node * scheme.points) for node in scheme.nodes]
    looked_at = [rows[offset : last + offset : scheme.points] for offset in offsets]
    return jnp.stack(looked_at, axis=1).reshape(-1, rows.shape[1])


def _tableau(scheme: Scheme, grid: Grid) -> tuple[NDArray[np.float64], ...]:
    last = np.zeros(len(scheme.nodes))
    last[-1] = 1.0
    columns = (np.array(scheme.reach) * grid.dt, np.array(scheme.weights) * grid.dt, last)
    return tuple(np.tile(column, grid.steps) for column in columns)


def with_numpy(
    program: Program,
    scheme: Scheme,
    grid: Grid,
    p: NDArray[np.float64],
    tables: Any,
    normals: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """States after every step, shape (steps + 1, states), one step after another on NumPy."""
    c, times, ns = grid.controls, grid.times(scheme.points), NUMPY
    f = program.fixed(p, c, tables, ns)
    d = drivers(program, times, p, c, f, tables, ns)
    states = np.empty((grid.steps + 1, len(program.state_names)))
    states[0] = program.initial(times[0], p, c, f, [v[0] for v in d], tables, ns)
    rows = np.stack([times, *(d[i] for i in program.driver_indices)], axis=1)
    offsets = [round(node * scheme.points) for node in scheme.nodes]

    def at(function: Any, row: Any, y: Any) -> NDArray[np.float64]:
        return np.array(function(row[0], y, p, c, f, row[1:], tables, ns), dtype=np.float64)

    for i in range(grid.steps):
        here = [rows[i * scheme.points + offset] for offset in offsets]

        def rates(stage: int, y: Any, here: Any = here) -> NDArray[np.float64]:
            return at(program.derivatives, here[stage], y)

        new = scheme.step(rates, states[i], grid.dt)
        if normals is not None:
            new = new + np.sqrt(grid.dt) * at(program.diffusion, here[0], states[i]) * normals[i]
        states[i + 1] = new
    return states


def drivers(
    program: Program, times: Any, p: Any, c: Any, f: Any, tables: Any, ns: SimpleNamespace
) -> list[NDArray[np.float64]]:
    """Every timed variable at every time."""
    return [np.broadcast_to(v, np.shape(times)) for v in program.timed(times, p, c, f, tables, ns)]
