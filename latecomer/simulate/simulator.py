"""A run as a pure function of its constants and tables, for calibration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np

from latecomer.errors import Fault, InputError, nearest, refuse
from latecomer.language import Kind, ModelText, Program, write_program
from latecomer.simulate.backend_jax import Ready, path, ready
from latecomer.simulate.grid import Array, Grid, Tables
from latecomer.simulate.inputs import kind_of, table_name
from latecomer.simulate.noise import normals
from latecomer.simulate.schemes import NOISY, Scheme
from latecomer.simulate.smooth import smooth_namespace

EULER_MARUYAMA = NOISY["euler-maruyama"]


def make_simulator(
    text: ModelText,
    scheme: Scheme,
    grid: Grid,
    outputs: Sequence[str],
    table_grids: Mapping[str, Any],
    smooth: float = 0.0,
) -> Callable[..., Any]:
    """fn(p, tables, noise=None, start=None) -> values of `outputs`, shape (saved times, outputs).

    p: the constants in the order of `parameter_names`; tables: {name: y} on grids given once in `table_grids`
    ({name: x}; a table without one keeps the x of the model text, a table not handed over its y too).
    noise: (seed, draw) for Euler-Maruyama paths, both may be traced; needs the Euler scheme. start: {stock:
    initial value}. smooth: the width of rounded kinks, see `smooth_namespace`.
    Pure: to be put under jit, vmap and grad by the caller. Raises `InputError` for unknown names.
    """
    names = output_names(text, outputs)
    program = write_program(text, outputs=[v.key for v in text.variables if v.name in names])
    grids = {
        **{name: x for name, (x, _) in program.tables.items()},
        **grids_by_table(text, program, table_grids),
    }
    ns = smooth_namespace(smooth)

    def simulate(
        p: Array,
        tables: Mapping[str, Any] | None = None,
        noise: tuple[Any, Any] | None = None,
        start: Mapping[str, Any] | None = None,
    ) -> Any:
        if noise is not None and scheme.name != "euler":
            raise refuse(
                "scheme", f"'{scheme.name}' with noise", "'euler', which is Euler-Maruyama", "choose it"
            )
        points = tables_by_name(text, program, grids, tables or {})
        constants = [p[i] for i in range(len(program.parameter_names))]
        shocks = None if noise is None else normals(program, EULER_MARUYAMA, grid, *noise)
        chosen = scheme if noise is None else EULER_MARUYAMA
        before = ready(program, grid, chosen.points, constants, points, start, ns=ns)
        states = path(program, chosen, grid, before, points, shocks, ns=ns)[:: grid.stride]
        return _outputs(program, grid, chosen.points, names, before, points, states, ns)

    return simulate


def _outputs(
    program: Program,
    grid: Grid,
    in_a_step: int,
    names: Sequence[str],
    before: Ready,
    tables: Tables,
    states: Array,
    ns: SimpleNamespace,
) -> Any:
    times = grid.saved()
    p, f, d = before.p, before.f, [v[:: in_a_step * grid.stride] for v in before.d]
    a = program.auxiliaries(times, states.T, p, grid.controls, f, d, program.placed(tables), ns)
    values = dict(program.named(p, f, d, states.T, a))
    return jnp.stack([jnp.broadcast_to(values[name], times.shape) for name in names], axis=1)


def output_names(text: ModelText, outputs: Sequence[str]) -> tuple[str, ...]:
    """Outputs by the names of the text. Raises `InputError` for unknown ones, tables and controls."""
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


def grids_by_table(text: ModelText, program: Program, table_grids: Mapping[str, Any]) -> dict[str, Any]:
    """{name: x} by the names of the tables. Raises `InputError` for unknown ones."""
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


def tables_by_name(
    text: ModelText, program: Program, grids: Mapping[str, Any], tables: Mapping[str, Any]
) -> dict[str, Any]:
    """{name: (x, y)} of every table, some with other y. Raises `InputError` for wrong names and lengths."""
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
