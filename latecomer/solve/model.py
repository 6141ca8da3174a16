"""A model, ready to run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.faults import refuse
from latecomer.language import ModelText, Program, read_text, write_program
from latecomer.language.data import DataFiles
from latecomer.language.syntax import Number
from latecomer.solve import inputs, results, trajectory
from latecomer.solve.continuous import continuous
from latecomer.solve.ensemble import ensemble
from latecomer.solve.grid import Grid, make_grid
from latecomer.solve.noise import normals
from latecomer.solve.schemes import FIXED_STEP, adaptive
from latecomer.solve.simulator import make_simulator

ADAPTIVE = "adaptive"
METHODS = (*FIXED_STEP, ADAPTIVE)


class Model:
    """The equations of a model text, compiled; see `load_model`."""

    def __init__(self, text: ModelText) -> None:
        self.text: ModelText = text
        self.program: Program = write_program(text)
        self._compiled: dict[tuple[Any, ...], Callable[..., Any]] = {}

    def __repr__(self) -> str:
        p = self.program
        return (
            f"<Model {self.text.path.name}: {len(p.state_names)} stocks, {len(p.parameter_names)} constants>"
        )

    @property
    def source(self) -> str:
        """The emitted Python text."""
        return self.program.source

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """The names of the constants, in the order of the parameter vector."""
        return self.program.parameter_names

    @property
    def state_names(self) -> tuple[str, ...]:
        """The names of the stocks, then of the variables held at their initial value (INITIAL)."""
        return self.program.state_names

    @property
    def parameters(self) -> dict[str, float]:
        """The constants with the values of the model text."""
        return dict(zip(self.program.parameter_names, self.program.parameter_values, strict=True))

    @property
    def tables(self) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """The tables with the points (x, y) of the model text."""
        return dict(self.program.tables)

    @cached_property
    def _controls(self) -> dict[str, float]:
        def value(key: str) -> float:
            definition = self.text.by_key[key].definition
            return definition.value if isinstance(definition, Number) else value("time_step")

        return {key: value(key) for key in ("initial_time", "final_time", "time_step", "saveper")}

    def parameter_vector(self, parameters: Mapping[str, float] | None = None) -> NDArray[np.float64]:
        """The constants in order, some replaced; raises `InputError` for unknown names and bad values."""
        vector: NDArray[np.float64] = inputs.parameter_vector(self.text, self.program, parameters)
        return vector

    def grid(
        self,
        years: tuple[float, float] | None = None,
        dt: float | None = None,
        save_every: float | None = None,
    ) -> Grid:
        """The times of a run; what is not given comes from the control variables of the model text."""
        controls = self._controls
        t0, t1 = years if years is not None else (controls["initial_time"], controls["final_time"])
        return make_grid(t0, t1, controls["time_step"] if dt is None else dt, save_every, controls["saveper"])

    def run(
        self,
        years: tuple[float, float] | None = None,
        dt: float | None = None,
        method: str | None = None,
        parameters: Mapping[str, float] | None = None,
        drivers: Mapping[str, Any] | None = None,
        save_every: float | None = None,
        backend: str = "jax",
        noise: bool = False,
        seed: int = 0,
        draw: int = 0,
    ) -> xr.Dataset:
        """One path: d stocks = net flows dt, with `noise` + volatility dW, from the text's initial values.

        `method` is that of the model text unless given, with noise euler (Euler-Maruyama); noise depends on
        (seed, draw) only.

        Returns every variable by its model name over `time`, with units and long_name; raises `InputError`.
        """
        method = inputs.choose("method", method or ("euler" if noise else self.text.method), METHODS)
        if noise and method != "euler":
            raise refuse(
                "method", f"'{method}' with noise", "'euler', which is Euler-Maruyama", "leave method out"
            )
        inputs.choose("backend", backend, ("jax", "numpy"))
        grid = self.grid(years, dt, save_every)
        p = self.parameter_vector(parameters)
        tables = inputs.table_points(self.text, self.program, drivers)
        try:
            states = self._states(method, backend, grid, p, tables, (seed, draw) if noise else None)
            values = results.every_variable(self.program, grid, p, tables, states)
        except ZeroDivisionError:
            place, cure = (
                self.text.path.name,
                "look for a division by 0 among the equations without variables",
            )
            raise refuse(place, "a division of a number by 0", "finite numbers throughout", cure) from None
        results.check_finite(self.text, values, grid.saved())
        return results.dataset(self.text, values, grid.saved())

    def _states(
        self, method: str, backend: str, grid: Grid, p: Any, tables: Any, draw: Any
    ) -> NDArray[np.float64]:
        if method == ADAPTIVE:
            with np.errstate(all="ignore"):
                return self._adaptive(grid, p, tables)
        scheme = FIXED_STEP[method]
        if backend == "numpy":
            shocks = None if draw is None else np.asarray(normals(self.program, grid, *draw))
            with np.errstate(all="ignore"):
                return trajectory.with_numpy(self.program, scheme, grid, p, tables, shocks)[:: grid.stride]
        known = (method, grid, draw is None)
        if known not in self._compiled:

            def path(p: Any, tables: Any, draw: Any) -> Any:
                shocks = None if draw is None else normals(self.program, grid, *draw)
                return trajectory.with_jax(self.program, scheme, grid, p, tables, shocks)[0][:: grid.stride]

            self._compiled[known] = jax.jit(path)
        return np.asarray(self._compiled[known](jnp.asarray(p), tables, draw))

    def _adaptive(self, grid: Grid, p: Any, tables: Any) -> NDArray[np.float64]:
        rates = continuous(self.program, grid, p, tables)
        kinks = [x for name, (x, _) in tables.items() if name in self.program.time_tables]
        return adaptive.integrate(
            rates.drift, rates.y0, grid.saved(), np.concatenate([[grid.t0], *kinks]), max_step=grid.dt
        )

    def ensemble(
        self,
        draws: int,
        seed: int = 0,
        parameters: Mapping[str, Any] | None = None,
        drivers: Mapping[str, Any] | None = None,
        noise: bool = True,
        save_every: float | None = None,
        variables: Sequence[str] | None = None,
        years: tuple[float, float] | None = None,
        dt: float | None = None,
        method: str | None = None,
    ) -> xr.Dataset:
        """Many paths, parameters given as numbers or one number a draw: variables over (draw, time).

        The noise of a path depends on (seed, draw) only; `variables` are the stocks unless given.
        """
        method = inputs.choose("method", method or ("euler" if noise else self.text.method), FIXED_STEP)
        grid = self.grid(years, dt, save_every)
        names = self.program.state_names if variables is None else variables
        given = (parameters or {}, drivers or {}, names)
        return ensemble(
            self.text, self.program, FIXED_STEP[method], grid, draws, seed if noise else None, *given
        )

    def simulator(
        self,
        dt: float,
        t0: float,
        t1: float,
        save_every: float,
        outputs: Sequence[str],
        scheme: str = "heun",
        table_grids: Mapping[str, Any] | None = None,
    ) -> Callable[..., Any]:
        """A pure JAX function (p, tables, noise=None) -> (saved times, outputs): see `make_simulator`."""
        inputs.choose("scheme", scheme, FIXED_STEP)
        grid = make_grid(t0, t1, dt, save_every, save_every)
        return make_simulator(self.text, FIXED_STEP[scheme], grid, outputs, table_grids or {})


def load_model(path: str | Path, data: DataFiles = None) -> Model:
    """The model of a Vensim (.mdl) or XMILE file within the supported language; otherwise `InputError`.

    `data`: one CSV file or several, with the series of data variables: a column Time and one column for each.
    """
    return Model(read_text(path, data))
