"""Many paths of one model at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.faults import Fault, InputError, refuse
from latecomer.language import ModelText, Program
from latecomer.solve import inputs
from latecomer.solve.grid import Grid
from latecomer.solve.schemes import Scheme
from latecomer.solve.simulator import make_simulator

# paths computed side by side: enough to fill the vector units, few enough to stay in the cache
BATCH = 64


def ensemble(
    text: ModelText,
    program: Program,
    scheme: Scheme,
    grid: Grid,
    draws: int,
    seed: int | None,
    parameters: Mapping[str, Any],
    drivers: Mapping[str, Any],
    variables: Sequence[str],
) -> xr.Dataset:
    """`variables` of `draws` paths over (draw, time); with a seed, each has the noise of (seed, draw).

    A path that leaves the finite numbers stays in the result as it is.
    """
    p = parameter_rows(text, program, draws, parameters)
    points = inputs.table_points(text, program, drivers)
    simulate = make_simulator(text, scheme, grid, variables, {name: x for name, (x, _) in points.items()})
    tables = {name: jnp.asarray(y) for name, (_, y) in points.items()}

    def path(row: Any) -> Any:
        values, draw = row
        return simulate(values, tables, None if seed is None else (seed, draw))

    every = jax.jit(lambda rows: jax.lax.map(path, rows, batch_size=min(BATCH, draws)))
    values = np.asarray(every((jnp.asarray(p), jnp.arange(draws))))
    result = xr.Dataset(coords={"draw": np.arange(draws), "time": grid.saved()})
    for i, name in enumerate(variables):
        variable = text.find(name)
        if variable is not None:
            attributes = {"units": variable.unit, "long_name": variable.note}
            result[variable.name] = (("draw", "time"), values[:, :, i], attributes)
    return result


def parameter_rows(
    text: ModelText, program: Program, draws: int, parameters: Mapping[str, Any]
) -> NDArray[np.float64]:
    """The constants of every draw, shape (draws, constants), from numbers and arrays of one number a draw."""
    if draws < 1:
        raise refuse("draws", str(draws), "at least 1", "ask for one path or more")
    faults = []
    columns: dict[str, NDArray[np.float64]] = {}
    for name, value in parameters.items():
        try:
            column = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            column = np.array(np.nan)
        if column.shape not in ((), (draws,)):
            shape = f"values of shape {column.shape}"
            faults.append(Fault(f"parameter '{name}'", shape, f"one number or {draws}", "match the draws"))
        columns[name] = column
    if faults:
        raise InputError(faults)
    # a column is checked by its worst entry
    worst = {name: c.flat[int(np.argmin(np.isfinite(c)))] for name, c in columns.items()}
    rows = np.tile(inputs.parameter_vector(text, program, worst), (draws, 1))
    for name, column in columns.items():
        variable = text.find(name)
        if variable is not None:
            rows[:, program.parameter_names.index(variable.name)] = column
    return rows
