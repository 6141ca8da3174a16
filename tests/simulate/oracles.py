"""Foreign programs that run the same model text."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.language import key
from latecomer.simulate import Model
from latecomer.simulate.backend_numpy import continuous
from latecomer.simulate.inputs import table_points
from tests.language.flat import series

Points = tuple[NDArray[np.float64], NDArray[np.float64]]
Field = Callable[[Any, float], NDArray[np.float64]]
Values = dict[str, NDArray[np.float64]]


def pysd_euler(path: Path, folder: Path, until: float | None = None) -> Values:
    """Every variable of a text as PySD runs it; `until`: the last year, where PySD is slow."""
    import pysd

    # PySD writes its translation beside the model
    copy = shutil.copy(path, folder / f"copy_{path.name}")
    frame = pysd.read_vensim(copy).run(final_time=until)
    return {key(name): np.asarray(frame[name], dtype=float) for name in frame.columns}


def as_pysd_reads(tables: Mapping[str, Points]) -> dict[str, Points]:
    """The tables as PySD's builder hands them on: it prints them with NumPy, to eight decimals."""

    def printed(values: NDArray[np.float64]) -> NDArray[np.float64]:
        words = np.array2string(values, separator=",", threshold=len(values) + 1)
        return np.array([float(word) for word in words.strip("[]").split(",")])

    return {name: (printed(x), printed(y)) for name, (x, y) in tables.items()}


def simlin_run(path: Path, method: str, t0: float, t1: float, dt: float, save: float) -> Values:
    import simlin

    model = simlin.load(path)
    model.project.set_sim_specs(start=t0, stop=t1, dt=dt, save_step=save, sim_method=method)
    frame = model.run({}, analyze_loops=False).results
    return {key(name): np.asarray(frame[name], dtype=float) for name in frame.columns}


def drift_and_diffusion(
    model: Model, parameters: Mapping[str, float] | None = None, drivers: Mapping[str, Any] | None = None
) -> tuple[Field, Field]:
    """f(y, t), shape (states,), and G(y, t), shape (states, states), of dy = f dt + G dW, for `sdeint`.

    y follows `model.state_names`; G is diagonal, zero where a stock has no volatility; its unit is that of
    the stock per square root of the time unit.
    """
    p = model.parameter_vector(parameters)
    tables = table_points(model.text, model.program, drivers)
    rates = continuous(model.program, model.grid(), p, tables)
    return (lambda y, t: rates.drift(t, y)), (lambda y, t: np.diag(rates.diffusion(t, y)))


def differences(ours: xr.Dataset, theirs: Values, tolerance: float = 1e-9) -> dict[str, float]:
    """The relative difference of each variable above the tolerance; infinite for unknown ones."""
    found = {}
    for name, own in series(ours).items():
        other = theirs.get(name)
        if other is None:
            found[name] = np.inf
            continue
        # residuals of identities are zero but for rounding
        beyond_rounding = np.maximum(np.abs(own - other) - 1e-13, 0.0)
        difference = float(np.max(beyond_rounding / np.maximum(np.abs(other), 1e-300)))
        if not difference <= tolerance:
            found[name] = difference
    return found
