"""A model, ready to run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.language import ModelText, Program, drained_stocks, read_text, write_program
from latecomer.language.read import DataFiles
from latecomer.language.syntax import Number
from latecomer.simulate import inputs
from latecomer.simulate.events import Event
from latecomer.simulate.grid import Grid, make_grid
from latecomer.simulate.members import Case

if TYPE_CHECKING:
    from latecomer.simulate.ensemble import Chunked
    from latecomer.simulate.gradient import Gradient, Scalar
    from latecomer.simulate.summary import Summary

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
ACCURACY = 2.5e-4


class Model:
    """The equations of a model text, ready to run; see `load_model`.

    What is compiled stays with the model: a second call of the same shape does not compile again.
    """

    def __init__(self, text: ModelText) -> None:
        self.text: ModelText = text
        self.program: Program = write_program(text)
        self._compiled: dict[Any, Any] = {}

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
        step = controls["time_step"] if dt is None else dt
        grid = make_grid(t0, t1, step, save_every, controls["saveper"])
        grid.check_size(len(self.state_names) + len(self.program.driver_indices))
        return grid

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
        initial: Mapping[str, float] | None = None,
    ) -> xr.Dataset:
        """One path: d stocks = net flows dt, with `noise` + volatility dW, from the text's initial values.

        `method`: euler, heun, rk4 or adaptive, the text's own unless given; with noise euler (Euler-Maruyama,
        unless given), milstein or sra1. Noise depends on (seed, draw) only. `initial`: {stock: value} instead
        of the text's.
        `backend`: "jax" compiles and is quick from the second run on, "numpy" starts at once.

        Returns every variable by its model name over `time`, with units and long_name; raises `InputError`.
        """
        from latecomer.simulate import run

        options = run.RunOptions(backend, noise, seed, draw)
        grid = self.grid(years, dt, save_every)
        note = grid.note(self._controls["saveper"]) if save_every is None else {}
        found = run.run(
            self.text,
            self.program,
            grid,
            self._method(noise) if method is None else method,
            self.parameter_vector(parameters),
            inputs.table_points(self.text, self.program, drivers),
            inputs.start_values(self.text, initial),
            options,
            self._compiled,
        )
        found.attrs |= note
        return found

    def _method(self, noise: bool) -> str:
        return "euler" if noise else self.text.method

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
        cases: Mapping[str, Case] | None = None,
        memory: float = 4.0,
        workers: int | None = None,
    ) -> xr.Dataset:
        """Many paths over ([case,] draw, time), parameters given as numbers or one number a draw.

        `variables` are the stocks unless given. `cases`: {name: {"parameters": ..., "drivers": ...}}, such as
        countries, each run `draws` times. The noise of a path depends on (seed, draw) only: on no case, and
        not on how many paths, blocks or `workers` (threads; every core unless given) there are. `memory`: the
        most that the result may take, GiB. A path that leaves the finite numbers stays as it is; the
        coordinate `failed` says when. Raises `InputError`.
        """
        from latecomer.simulate import ensemble

        options = ensemble.EnsembleOptions(
            self.text, self.program, self.grid(years, dt, save_every), self._compiled
        )
        scheme = options.scheme(self._method(noise) if method is None else method, noise)
        members = options.members(draws, parameters, drivers, cases)
        return ensemble.paths(options, scheme, members, variables, seed, memory, workers)

    def summarise(
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
        cases: Mapping[str, Case] | None = None,
        workers: int | None = None,
        quantiles: Sequence[float] = QUANTILES,
        events: Mapping[str, Event] | None = None,
        accuracy: float = ACCURACY,
    ) -> Summary:
        """What many runs come to, of which no path is kept: arguments as for `ensemble`.

        Moments, quantiles (each within a part `accuracy` of the value of a run), the share of runs in which
        each of the `events` has happened by each time, and every run that failed; see `Summary`. The same to
        the last bit for any number of workers. Raises `InputError`.
        """
        from latecomer.simulate import ensemble

        runs: dict[str, Any] = {"parameters": parameters, "drivers": drivers, "cases": cases, "noise": noise}
        grid: dict[str, Any] = {"years": years, "dt": dt, "save_every": save_every, "method": method}
        wanted: dict[str, Any] = {"quantiles": quantiles, "events": events, "accuracy": accuracy}
        parts = self.chunked(draws, seed, variables=variables, **runs, **grid, **wanted)
        return ensemble.summary(parts, workers)

    def chunked(
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
        cases: Mapping[str, Case] | None = None,
        quantiles: Sequence[float] = QUANTILES,
        events: Mapping[str, Event] | None = None,
        accuracy: float = ACCURACY,
        blocks: int | None = None,
    ) -> Chunked:
        """The runs of `summarise` in chunks of so many `blocks`, to be run anywhere and gathered.

        The summary is the same to the last bit however the runs are cut; see `Chunked`. Raises `InputError`.
        """
        from latecomer.simulate import ensemble
        from latecomer.simulate.ensemble import BLOCKS

        options = ensemble.EnsembleOptions(
            self.text, self.program, self.grid(years, dt, save_every), self._compiled
        )
        scheme = options.scheme(self._method(noise) if method is None else method, noise)
        members = options.members(draws, parameters, drivers, cases)
        wanted = ensemble.Wanted(tuple(quantiles), dict(events or {}), accuracy)
        size = BLOCKS if blocks is None else inputs.whole("blocks", blocks, 1, inputs.DRAWS[1])
        return ensemble.chunked(options, scheme, members, variables, seed, wanted, size)

    def gradient(
        self,
        scalar: Scalar,
        by: Sequence[str],
        variables: Sequence[str] | None = None,
        parameters: Mapping[str, float] | None = None,
        drivers: Mapping[str, Any] | None = None,
        years: tuple[float, float] | None = None,
        dt: float | None = None,
        method: str | None = None,
        save_every: float | None = None,
        smooth: float = 0.0,
    ) -> Gradient:
        """A number made from a run, and its exact derivative by some constants and initial values of stocks.

        `scalar` takes {"time": ..., variable: its path} for the `variables` (the stocks unless given) and
        returns one number, by functions of `jax.numpy`; `by` names constants, and stocks for their initial
        values. At a kink (MIN, MAX, a condition, a point of a table) the derivative is that of one side;
        `smooth` rounds the first three, see `smooth_namespace`. Raises `InputError`.
        """
        from latecomer.simulate import gradient

        grid = self.grid(years, dt, save_every)
        p = self.parameter_vector(parameters)
        tables = inputs.table_points(self.text, self.program, drivers)
        method = self._method(noise=False) if method is None else method
        chosen = self.state_names if variables is None else variables
        return gradient.run(self.text, self.program, grid, method, p, tables, chosen, scalar, by, smooth)

    def simulator(
        self,
        dt: float,
        t0: float,
        t1: float,
        save_every: float,
        outputs: Sequence[str],
        scheme: str = "heun",
        table_grids: Mapping[str, Any] | None = None,
        smooth: float = 0.0,
    ) -> Callable[..., Any]:
        """A pure JAX function (p, tables, noise=None, start=None) -> paths: see `make_simulator`."""
        from latecomer.simulate.noise import check_steps
        from latecomer.simulate.schemes import FIXED_STEP
        from latecomer.simulate.simulator import make_simulator

        inputs.choose("scheme", scheme, FIXED_STEP)
        check_steps(self.text, scheme)
        grid = make_grid(t0, t1, dt, save_every, save_every)
        return make_simulator(self.text, FIXED_STEP[scheme], grid, outputs, table_grids or {}, smooth)


class Signed(NamedTuple):
    """Stocks that may be negative: those whose note has these `words`, and others by their names."""

    words: str
    names: tuple[str, ...] = ()


# models read in this process, by their name and content: a study is opened many times
_READ: dict[str, Model] = {}
KEPT: Final = 4


def load_model(path: str | Path, data: DataFiles = None, signed: Signed | None = None) -> Model:
    """The model of a Vensim (.mdl) or XMILE file within the supported language; otherwise `InputError`.

    `data`: one CSV file or several, with the series of data variables: a column Time and one column for each.
    `signed`: which stocks may be negative; no more can then leave any other within a step than is there.
    """
    path = Path(path)
    if data is not None or not path.is_file():
        return Model(_kept(read_text(path, data), signed))
    mark = f"{path.name} {sha256(path.read_bytes()).hexdigest()} {signed}"
    if mark not in _READ:
        model = Model(_kept(read_text(path), signed))
        if len(_READ) >= KEPT:
            del _READ[next(iter(_READ))]
        _READ[mark] = model
    # the same file elsewhere is the same model: what is compiled for one serves the other
    found = copy(_READ[mark])
    found.text = replace(found.text, path=path)
    return found


def _kept(text: ModelText, signed: Signed | None) -> ModelText:
    return text if signed is None else drained_stocks(text, signed.words, signed.names)
