"""One run, compiled or at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.faults import refuse
from latecomer.language import ModelText, Program
from latecomer.language.namespace import NUMPY
from latecomer.solve import inputs, results, stepping
from latecomer.solve.arrays import Array, Number, Tables
from latecomer.solve.continuous import continuous
from latecomer.solve.grid import Grid
from latecomer.solve.methods import choose_scheme
from latecomer.solve.schemes import EitherScheme, NoisyScheme, adaptive
from latecomer.solve.settings import loop_options

BACKENDS = ("jax", "numpy")


@dataclass(frozen=True)
class Asked:
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
    asked: Asked,
    compiled: dict[Any, Any],
) -> xr.Dataset:
    """Every variable over time; `compiled` keeps what is compiled. Raises `InputError`."""
    inputs.choose("backend", asked.backend, BACKENDS)
    inputs.whole("seed", asked.seed, *inputs.SEEDS)
    inputs.whole("draw", asked.draw, *inputs.DRAWS)
    scheme = choose_scheme(text, method, asked.noise, adaptive=True)
    try:
        if scheme is None:
            states = _adaptive(program, grid, p, tables, start)
        elif asked.backend == "numpy":
            shocks = _shocks(program, scheme, grid, asked)
            states = stepping.states(program, scheme, grid, p, tables, shocks, start)[:: grid.stride]
        else:
            states = _compiled(program, scheme, grid, p, tables, start, asked, compiled)
        values = results.every_variable(program, grid, p, tables, states, asked.backend == "numpy")
    except ZeroDivisionError:
        place, cure = text.path.name, "look for a division by 0 among the equations without variables"
        raise refuse(place, "a division of a number by 0", "finite numbers throughout", cure) from None
    results.check_finite(text, values, grid.saved())
    return results.dataset(text, values, grid.saved())


def _shocks(program: Program, scheme: EitherScheme, grid: Grid, asked: Asked) -> NDArray[np.float64] | None:
    if not isinstance(scheme, NoisyScheme):
        return None
    from latecomer.solve.noise import normals

    return np.asarray(normals(program, scheme, grid, asked.seed, asked.draw))


def _compiled(
    program: Program,
    scheme: EitherScheme,
    grid: Grid,
    p: Array,
    tables: Tables,
    start: Mapping[str, float],
    asked: Asked,
    compiled: dict[Any, Any],
) -> NDArray[np.float64]:
    import jax

    from latecomer.solve.noise import normals
    from latecomer.solve.path import Ready, path, ready

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
    return np.asarray(compiled[known](banks, tables, asked.seed, asked.draw))


def _adaptive(
    program: Program, grid: Grid, p: Array, tables: Tables, start: Mapping[str, float]
) -> NDArray[np.float64]:
    with np.errstate(all="ignore"):
        rates = continuous(program, grid, p, tables, start)
        kinks = [x for name, (x, _) in tables.items() if name in program.time_tables]
        return adaptive.integrate(
            rates.drift, rates.y0, grid.saved(), np.concatenate([[grid.t0], *kinks]), max_step=grid.dt
        )
