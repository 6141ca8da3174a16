"""The rates of a model at any time and state, on NumPy: for SciPy's solvers and for sdeint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latecomer.language import Program
from latecomer.language.namespace import namespace
from latecomer.solve.arrays import Array, Tables
from latecomer.solve.grid import Grid

Vector = NDArray[np.float64]
# a solver that chooses its own steps must meet STEP and PULSE at their own time
NUMPY_ANY_TIME = namespace(np, np.interp, lead=0.0)


@dataclass(frozen=True)
class Continuous:
    """dy = drift(t, y) dt + diffusion(t, y) dW, one noise for each state, from y0 at the initial time."""

    y0: Vector
    drift: Callable[[float, Any], Vector]
    diffusion: Callable[[float, Any], Vector]


def continuous(
    program: Program, grid: Grid, p: Array, tables: Tables, start: Mapping[str, float] | None = None
) -> Continuous:
    """The rates of a program under parameters p and tables; `start`: initial values of some stocks."""
    c, ns, tables = grid.controls, NUMPY_ANY_TIME, program.placed(tables)
    f = program.fixed(p, c, tables, ns)
    t0 = np.float64(grid.t0)
    d0 = program.timed(t0, p, c, f, tables, ns)
    y0 = program.initial(t0, p, c, f, d0, tables, ns, program.starting(start))

    def at(function: Callable[..., tuple[Any, ...]]) -> Callable[[float, Any], Vector]:
        def value(t: float, y: Array) -> Vector:
            now = np.float64(t)
            d = program.timed(now, p, c, f, tables, ns)
            used = [d[i] for i in program.driver_indices]
            return np.array(function(now, np.asarray(y), p, c, f, used, tables, ns), dtype=np.float64)

        return value

    return Continuous(np.array(y0, dtype=np.float64), at(program.derivatives), at(program.diffusion))
