"""One run, compiled or at once.

Also here:
- From a trajectory of states to a labelled data set of every variable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from latecomer.errors import refuse
from latecomer.language import ModelText, Program, Variable
from latecomer.language.builtins import gap_of
from latecomer.language.codegen.namespace import NUMPY
from latecomer.simulate import backend_numpy, inputs
from latecomer.simulate.backend_numpy import continuous
from latecomer.simulate.grid import Array, Grid, Number, Tables
from latecomer.simulate.jit_cache import loop_options
from latecomer.simulate.noise import choose_scheme
from latecomer.simulate.schemes import EitherScheme, NoisyScheme, adaptive


def every_variable(
    program: Program,
    grid: Grid,
    p: Array,
    tables: Tables,
    states: NDArray[np.float64],
    one_by_one: bool = False,
) -> dict[str, NDArray[np.float64]]:
    """All variables at the saved times from the states there, shape (saved, states).

    `one_by_one`: with the arithmetic of a run that was stepped on Python's own numbers.
    """
    c, times, tables = grid.controls, grid.saved(), program.placed(tables)
    with np.errstate(all="ignore"):
        f = program.fixed(p, c, tables, NUMPY)
        d = backend_numpy.timed(program, times, p, c, f, tables)
        found = backend_numpy.auxiliaries(program, times, states, p, c, f, d, tables) if one_by_one else None
        a = program.auxiliaries(times, states.T, p, c, f, d, tables, NUMPY) if found is None else found
    named = program.named(p, f, d, states.T, a)
    # one array with a row for each: quicker to fill and to check than hundreds of small ones
    table = np.empty((len(named), times.size))
    for row, (_, value) in enumerate(named):
        table[row] = value
    return {name: row for (name, _), row in zip(named, table, strict=True)}


def check_finite(text: ModelText, values: dict[str, NDArray[np.float64]], times: NDArray[np.float64]) -> None:
    """Raise `InputError` where a run left the finite numbers, with the first variable and time."""
    if not values or np.isfinite(np.stack(list(values.values()))).all():
        return
    names = [text.by_key[k].name for k in text.order if text.by_key[k].name in values]
    first = {name: int(bad[0]) for name in names if (bad := np.flatnonzero(~np.isfinite(values[name]))).size}
    if first:
        row = min(first.values())
        name = next(n for n in names if first.get(n) == row)
        cure = "look at its equation, the parameters and drivers handed over, or choose a smaller dt"
        gap = gap_of(text, name) if np.isnan(values[name][row]) else ""
        raise refuse(
            f"run of {text.path.name}",
            f"'{name}' = {values[name][row]} at {times[row]:g}",
            "finite numbers throughout",
            f"{cure}; {gap}" if gap else cure,
        )


def dataset(
    text: ModelText, values: dict[str, NDArray[np.float64]], times: NDArray[np.float64]
) -> xr.Dataset:
    """The variables under their model names, arrays over (time, ranges), with units and long_name."""
    columns, coordinates = assemble(text, values, ("time",))
    unit = text.by_key["initial_time"].unit
    # a ready index: making one of an array, xarray imports pint, which takes a tenth of a second
    time = ("time", pd.Index(times), {"units": unit, "long_name": "time"})
    return xr.Dataset(columns, coords={"time": time, **coordinates})


def assemble(
    text: ModelText, values: Mapping[str, NDArray[np.float64]], leading: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Variables (dims, array, attributes) and coordinates from values of element variables, by their names.

    Every array has the dimensions `leading`. The elements of one variable become one array over (leading,
    ranges), NaN where an element is not defined; where not all of them are there, each stays on its own.
    Hidden variables are left out.
    """
    columns: dict[str, Any] = {}
    coordinates: dict[str, list[str]] = {}
    for variable in text.variables:
        if variable.hidden or variable.name not in values:
            continue
        attributes = {"units": variable.unit, "long_name": variable.note}
        elements = text.elements(variable.base) if variable.ranges else ()
        if not elements or any(element.name not in values for element in elements):
            # a copy of what is read-only; what is large is not held twice
            own = np.require(values[variable.name], requirements="W")
            columns[variable.name] = (leading, own, attributes)
        elif elements[0] is variable:
            dims, names = _dimensions(text, variable.ranges)
            coordinates.update(zip(dims, names, strict=True))
            columns[variable.base] = ((*leading, *dims), _stacked(elements, names, values), attributes)
    return columns, coordinates


def _dimensions(text: ModelText, ranges: tuple[str, ...]) -> tuple[list[str], list[list[str]]]:
    dims: list[str] = []
    for name in ranges:
        # a range that stands for two subscripts needs two names
        dims.append(name if name not in dims else f"{name} {dims.count(name) + 1}")
    return dims, [list(text.ranges[name]) for name in ranges]


def _stacked(
    elements: tuple[Variable, ...], names: list[list[str]], values: Mapping[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    shape = np.shape(values[elements[0].name])
    array = np.full((*shape, *(len(range_) for range_ in names)), np.nan)
    for element in elements:
        at = [range_.index(word) for range_, word in zip(names, element.subscripts, strict=True)]
        place: Any = (..., *at)
        array[place] = values[element.name]
    return array


BACKENDS = ("jax", "numpy")


@dataclass(frozen=True)
class RunOptions:
    """By what means a run is made, and with which noise."""

    backend: str
    noise: bool
    seed: int
    draw: int


def run(
    text: ModelText,
    program: Program,
    grid: Grid,
    method: str,
    p: NDArray[np.float64],
    tables: Tables,
    start: Mapping[str, float],
    options: RunOptions,
    compiled: dict[Any, Any],
) -> xr.Dataset:
    """Every variable over time; `compiled` keeps what is compiled. Raises `InputError`."""
    inputs.choose("backend", options.backend, BACKENDS)
    inputs.whole("seed", options.seed, *inputs.SEEDS)
    inputs.whole("draw", options.draw, *inputs.DRAWS)
    scheme = choose_scheme(text, method, options.noise, adaptive=True)
    try:
        if scheme is None:
            states = _adaptive(program, grid, p, tables, start)
        elif options.backend == "numpy":
            shocks = _shocks(program, scheme, grid, options)
            states = backend_numpy.states(program, scheme, grid, p, tables, shocks, start)[:: grid.stride]
        else:
            states = _compiled(program, scheme, grid, p, tables, start, options, compiled)
        values = every_variable(program, grid, p, tables, states, options.backend == "numpy")
    except ZeroDivisionError:
        place, cure = text.path.name, "look for a division by 0 among the equations without variables"
        raise refuse(place, "a division of a number by 0", "finite numbers throughout", cure) from None
    check_finite(text, values, grid.saved())
    return dataset(text, values, grid.saved())


def _shocks(
    program: Program, scheme: EitherScheme, grid: Grid, options: RunOptions
) -> NDArray[np.float64] | None:
    if not isinstance(scheme, NoisyScheme):
        return None
    from latecomer.simulate.noise import normals

    return np.asarray(normals(program, scheme, grid, options.seed, options.draw))


def _compiled(
    program: Program,
    scheme: EitherScheme,
    grid: Grid,
    p: Array,
    tables: Tables,
    start: Mapping[str, float],
    options: RunOptions,
    compiled: dict[Any, Any],
) -> NDArray[np.float64]:
    import jax

    from latecomer.simulate.backend_jax import Ready, path, ready
    from latecomer.simulate.noise import normals

    known = (scheme.name, grid)
    if known not in compiled:

        def states(before: tuple[Any, ...], tables: Tables, seed: Number, draw: Number) -> Any:
            noisy = scheme if isinstance(scheme, NoisyScheme) else None
            shocks = None if noisy is None else normals(program, noisy, grid, seed, draw)
            return path(program, scheme, grid, Ready(*before), tables, shocks, keep=grid.stride)

        compiled[known] = jax.jit(states, compiler_options=loop_options())
    with np.errstate(all="ignore"):
        before = ready(program, grid, scheme.points, p, tables, start, ns=NUMPY, module=np)
    banks = (np.array(before.p), np.array(before.f), before.d, before.y0)
    return np.asarray(compiled[known](banks, tables, options.seed, options.draw))


def _adaptive(
    program: Program, grid: Grid, p: Array, tables: Tables, start: Mapping[str, float]
) -> NDArray[np.float64]:
    with np.errstate(all="ignore"):
        rates = continuous(program, grid, p, tables, start)
        kinks = [x for name, (x, _) in tables.items() if name in program.time_tables]
        return adaptive.integrate(
            rates.drift, rates.y0, grid.saved(), np.concatenate([[grid.t0], *kinks]), max_step=grid.dt
        )
