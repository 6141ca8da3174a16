"""A model as one pure JAX function of its parameters and tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from latecomer.faults import Fault, InputError, nearest, refuse
from latecomer.language import Kind, ModelText, Program, write_program
from latecomer.solve.functions import JAX
from latecomer.solve.grid import Grid
from latecomer.solve.inputs import kind_of, table_name
from latecomer.solve.noise import normals
from latecomer.solve.schemes import Scheme
from latecomer.solve.trajectory import with_jax


def make_simulator(
    text: ModelText, scheme: Scheme, grid: Grid, outputs: Sequence[str], table_grids: Mapping[str, Any]
) -> Callable[..., Any]:
    """fn(p, tables, noise=None) -> values of `outputs`, shape (saved times, outputs).

    p: the constants in the order of `parameter_names`; tables: {name: y} on grids given once in `table_grids`
    ({name: x}; a table without one keeps the x of the model text, a table not handed over its y too).
    noise: (seed, draw) for Euler-Maruyama paths, both may be traced; needs the Euler scheme.
    Pure: to be put under jit, vmap and grad by the caller. Raises `InputError` for unknown names.
    """
    names = _output_names(text, outputs)
    program = write_program(text, outputs=[v.key for v in text.variables if v.name in names])
    grids = {**{name: x for name, (x, _) in program.tables.items()}, **_grids(text, program, table_grids)}

    def simulate(
        p: Any, tables: Mapping[str, Any] | None = None, noise: tuple[Any, Any] | None = None
    ) -> Any:
        if noise is not None and scheme.name != "euler":
            raise refuse(
                "scheme", f"'{scheme.name}' with noise", "'euler', which is Euler-Maruyama", "choose it"
            )
        points = _tables(text, program, grids, tables or {})
        shocks = None if noise is None else normals(program, grid, *noise)
        states, d, f = with_jax(program, scheme, grid, p, points, shocks)
        return _outputs(program, grid, scheme, names, p, points, states[:: grid.stride], d, f)

    return simulate


def _outputs(
    program: Program,
    grid: Grid,
    scheme: Scheme,
    names: Sequence[str],
    p: Any,
    tables: Any,
    states: Any,
    d: Any,
    f: Any,
) -> Any:
    times = grid.saved()
    every = scheme.points * grid.stride
    d = [v[::every] for v in d]
    a = program.auxiliaries(times, states.T, p, grid.controls, f, d, tables, JAX)
    values = dict(
        [
            *((name, p[i]) for i, name in enumerate(program.parameter_names) if name in names),
            *zip(program.fixed_names, f, strict=True),
            *zip(program.timed_names, d, strict=True),
            *zip(program.state_names, states.T, strict=True),
            *zip(program.auxiliary_names, a, strict=True),
        ]
    )
    return jnp.stack([jnp.broadcast_to(values[name], times.shape) for name in names], axis=1)


def _output_names(text: ModelText, outputs: Sequence[str]) -> tuple[str, ...]:
    allowed = {v.name for v in text.variables if v.kind not in (Kind.TABLE, Kind.CONTROL)}
    found = [text.find(name) for name in outputs]
    faults = [
        Fault(f"output '{name}'", kind_of(text, name), "the name of a variable", nearest(name, allowed))
        for name, variable in zip(outputs, found, strict=True)
        if variable is None or variable.name not in allowed
    ]
    if faults:
        raise InputError(faults)
    return tuple(variable.name for variable in found if variable is not None)


def _grids(text: ModelText, program: Program, table_grids: Mapping[str, Any]) -> dict[str, Any]:
    faults, grids = [], {}
    for name, x in table_grids.items():
        table = table_name(text, name)
        if table is None:
            faults.append(
                Fault(f"table grid '{name}'", "an unknown name", "a table", nearest(name, program.tables))
            )
        else:
            grids[table] = np.asarray(x, dtype=np.float64)
    if faults:
        raise InputError(faults)
    return grids


def _tables(
    text: ModelText, program: Program, grids: Mapping[str, Any], tables: Mapping[str, Any]
) -> dict[str, Any]:
    points: dict[str, Any] = {name: (grids[name], y) for name, (_, y) in program.tables.items()}
    for name, y in tables.items():
        table = table_name(text, name)
        if table is None:
            raise InputError(
                Fault(f"table '{name}'", "an unknown name", "a table", nearest(name, program.tables))
            )
        points[table] = (grids[table], y)
    for name, (x, y) in points.items():
        if np.shape(x) != np.shape(y):
            raise InputError(
                Fault(
                    f"table '{name}'",
                    f"{np.shape(y)} values",
                    f"{np.shape(x)} values",
                    "match the grid given",
                )
            )
    return points
