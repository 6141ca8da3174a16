"""From a trajectory of states to a labelled data set of every variable."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.faults import refuse
from latecomer.language import ModelText, Program
from latecomer.language.namespace import NUMPY
from latecomer.solve.grid import Grid
from latecomer.solve.trajectory import drivers


def every_variable(
    program: Program, grid: Grid, p: Any, tables: Any, states: NDArray[np.float64], ns: Any = NUMPY
) -> dict[str, NDArray[np.float64]]:
    """All variables at the saved times from the states there, shape (saved, states)."""
    c, times = grid.controls, grid.saved()
    with np.errstate(all="ignore"):
        f = program.fixed(p, c, tables, ns)
        d = drivers(program, times, p, c, f, tables, ns)
        a = program.auxiliaries(times, states.T, p, c, f, d, tables, ns)
    named = [
        *zip(program.parameter_names, p, strict=True),
        *zip(program.fixed_names, f, strict=True),
        *zip(program.timed_names, d, strict=True),
        *zip(program.state_names, states.T, strict=True),
        *zip(program.auxiliary_names, a, strict=True),
    ]
    return {name: np.broadcast_to(np.asarray(value, dtype=np.float64), times.shape) for name, value in named}


def check_finite(text: ModelText, values: dict[str, NDArray[np.float64]], times: NDArray[np.float64]) -> None:
    """Raise `InputError` where a run left the finite numbers, with the first variable and time."""
    names = [text.by_key[k].name for k in text.order if text.by_key[k].name in values]
    first = {name: int(bad[0]) for name in names if (bad := np.flatnonzero(~np.isfinite(values[name]))).size}
    if first:
        row = min(first.values())
        name = next(n for n in names if first.get(n) == row)
        raise refuse(
            f"run of {text.path.name}",
            f"'{name}' = {values[name][row]} at {times[row]:g}",
            "finite numbers throughout",
            "look at its equation, the parameters and drivers handed over, or choose a smaller dt",
        )


def dataset(
    text: ModelText, values: dict[str, NDArray[np.float64]], times: NDArray[np.float64]
) -> xr.Dataset:
    """The variables under their model names, with units and long_name."""
    columns = {
        variable.name: (
            "time",
            np.array(values[variable.name]),
            {"units": variable.unit, "long_name": variable.note},
        )
        for variable in text.variables
        if variable.name in values
    }
    unit = text.by_key["initial_time"].unit
    return xr.Dataset(columns, coords={"time": ("time", times, {"units": unit, "long_name": "time"})})
