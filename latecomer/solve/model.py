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
from latecomer.language.namespace import namespace
from latecomer.language.syntax import Number
from latecomer.solve import inputs, results, trajectory
from latecomer.solve.grid import Grid, make_grid
from latecomer.solve.schemes import FIXED_STEP, adaptive
from latecomer.solve.simulator import make_simulator

ADAPTIVE = "adaptive"
METHODS = (*FIXED_STEP, ADAPTIVE)
UNHURRIED = namespace(np, np.interp, lead=0.0)


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
        """The constants in order, with some replaced; raises `InputError` for unknown names and bad values."""
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
        method: str = "rk4",
        parameters: Mapping[str, float] | None = None,
        drivers: Mapping[str, Any] | None = None,
        save_every: float | None = None,
        backend: str = "jax",
    ) -> xr.Dataset:
        """One path: d stocks / dt = net flows, from the initial values of the model text.

        Returns every variable by its model name over `time`, with units and long_name; raises `InputError`.
        """
        inputs.choose("method", method, METHODS)
        inputs.choose("backend", backend, ("jax", "numpy"))
        grid = self.grid(years, dt, save_every)
        p = self.parameter_vector(parameters)
        tables = inputs.table_points(self.text, self.program, drivers)
        try:
            with np.errstate(all="ignore"):
                states = self._states(method, backend, grid, p, tables)
            values = results.every_variable(self.program, grid, p, tables, states)
        except ZeroDivisionError:
            raise refuse(
                self.text.path.name, "a division of numbers by zero", "a divisor other than 0", "mend it"
            ) from None
        results.check_finite(self.text, values, grid.saved())
        return results.dataset(self.text, values, grid.saved())

    def _states(self, method: str, backend: str, grid: Grid, p: Any, tables: Any) -> NDArray[np.float64]:
        if method == ADAPTIVE:
            return self._adaptive(grid, p, tables)
        if backend == "numpy":
            return trajectory.with_numpy(self.program, FIXED_STEP[method], grid, p, tables)[:: grid.stride]
        compiled = self._compiled.get(("run", method, grid))
        if compiled is None:
            compiled = self._compiled["run", method, grid] = jax.jit(
                lambda p, tables: trajectory.with_jax(self.program, FIXED_STEP[method], grid, p, tables)[0][
                    :: grid.stride
                ]
            )
        return np.asarray(compiled(jnp.asarray(p), {name: (x, y) for name, (x, y) in tables.items()}))

    def _adaptive(self, grid: Grid, p: Any, tables: Any) -> NDArray[np.float64]:
        c, ns, program = grid.controls, UNHURRIED, self.program
        f = program.fixed(p, c, tables, ns)
        t0 = np.float64(grid.t0)
        y0 = np.array(
            program.initial(t0, p, c, f, program.timed(t0, p, c, f, tables, ns), tables, ns), dtype=float
        )

        def rates(t: float, y: Any) -> Any:
            now = np.float64(t)
            d = program.timed(now, p, c, f, tables, ns)
            used = [d[i] for i in program.driver_indices]
            return np.array(program.derivatives(now, y, p, c, f, used, tables, ns), dtype=float)

        kinks = [x for name, (x, _) in tables.items() if name in program.time_tables]
        rows, _ = adaptive.integrate(
            rates, y0, grid.saved(), np.concatenate([[t0], *kinks]), max_step=grid.dt
        )
        return rows

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
        """A pure JAX function (p, tables) -> outputs, shape (saved times, outputs); see `make_simulator`."""
        inputs.choose("scheme", scheme, FIXED_STEP)
        grid = make_grid(t0, t1, dt, save_every, save_every)
        return make_simulator(self.text, FIXED_STEP[scheme], grid, outputs, table_grids or {})


def load_model(path: str | Path) -> Model:
    """The model of a Vensim (.mdl) or XMILE file within the supported language; otherwise `InputError`."""
    return Model(read_text(path))
