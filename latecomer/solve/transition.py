"""A run cut into its steps, for a filter that looks at the state between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from latecomer.language import Kind, ModelText, Program, write_program
from latecomer.solve.grid import make_grid
from latecomer.solve.inputs import choose
from latecomer.solve.methods import check_steps
from latecomer.solve.path import ready
from latecomer.solve.schemes import FIXED_STEP, Scheme
from latecomer.solve.simulator import grids_by_table, output_names, tables_by_name
from latecomer.solve.smooth import smooth_namespace


class Prepared(NamedTuple):
    """What is known before the first step.

    y0: (states,); windows: Time and drivers in the points of each step, (steps, points, columns); saved: Time
    and timed variables at the saved times, (times, columns); held: constants and tables.
    """

    y0: Any
    windows: Any
    saved: Any
    held: Any


@dataclass(frozen=True)
class Transition:
    """One step of a run, the noise in it, and what is seen after it, as pure JAX functions.

    prepare(p, tables=None, start=None) -> `Prepared`, as a simulator takes them
    advance(held, window, y, h)         -> the state one step h later, without noise, (states,)
    sizes(held, row, y)                 -> volatility of the stocks with noise, (noisy,), at a row of a window
    observe(held, row, y)               -> the outputs, (outputs,), at a row of the saved times
    `stocks`, `noisy`: the places among the states of all stocks, and of those with noise; `times`: saved.
    """

    text: ModelText
    state_names: tuple[str, ...]
    outputs: tuple[str, ...]
    stocks: NDArray[np.int64]
    noisy: NDArray[np.int64]
    times: NDArray[np.float64]
    steps: int
    step: float
    prepare: Callable[..., Prepared]
    advance: Callable[[Any, Any, Any, Any], Any]
    sizes: Callable[[Any, Any, Any], Any]
    observe: Callable[[Any, Any, Any], Any]


def make_transition(
    text: ModelText,
    years: tuple[float, float],
    outputs: Sequence[str],
    dt: float,
    save_every: float = 1.0,
    scheme: str = "heun",
    table_grids: Mapping[str, Any] | None = None,
    smooth: float = 0.0,
) -> Transition:
    """The steps of a run of a model text; `steps` of them from one saved time to the next.

    Arguments as for `Model.simulator`. Raises `InputError` for unknown names and steps that do not fit.
    """
    chosen = FIXED_STEP[choose("scheme", scheme, FIXED_STEP)]
    check_steps(text, scheme)
    grid = make_grid(*years, dt, save_every, save_every)
    names = output_names(text, outputs)
    program = write_program(text, outputs=[v.key for v in text.variables if v.name in names])
    tables = {name: x for name, (x, _) in program.tables.items()}
    grids = {**tables, **grids_by_table(text, program, table_grids or {})}
    ns = smooth_namespace(smooth)
    points, count = chosen.points, len(program.parameter_names)
    index = np.arange(grid.steps)[:, None] * points + np.arange(points + 1)

    def prepare(p: Any, tables: Any = None, start: Any = None) -> Prepared:
        values = tables_by_name(text, program, grids, tables or {})
        before = ready(program, grid, points, [p[i] for i in range(count)], values, start, ns=ns)
        times = jnp.asarray(grid.times(points))
        rows = jnp.stack([times, *(before.d[i] for i in program.driver_indices)], axis=1)
        saved = jnp.stack([times, *before.d], axis=1)[:: points * grid.stride]
        constants = jnp.stack([jnp.asarray(v, float) for v in (*before.p, *before.f)])
        return Prepared(before.y0, rows[index], saved, (constants, values))

    def evaluate(function: Callable[..., Any], held: Any, row: Any, y: Any) -> Any:
        constants, now, state = (_parts(bank) for bank in (held[0], row, y))
        tables = program.placed(held[1])
        return function(
            now[0], state, constants[:count], grid.controls, constants[count:], now[1:], tables, ns
        )

    def rates(held: Any, row: Any, y: Any) -> Any:
        return _vector(evaluate(program.derivatives, held, row, y))

    noisy = [program.state_names.index(name) for name in program.noisy_names]

    def sizes(held: Any, row: Any, y: Any) -> Any:
        found = evaluate(program.diffusion, held, row, y)
        return _vector([found[i] for i in noisy])

    def observe(held: Any, row: Any, y: Any) -> Any:
        found = evaluate(program.auxiliaries, held, row, y)
        known = _named(program, held, row, y, found)
        return _vector([known[name] for name in names])

    stocks = [program.state_names.index(v.name) for v in text.of_kind(Kind.STOCK)]
    return Transition(
        text,
        program.state_names,
        names,
        np.array(stocks, dtype=np.int64),
        np.array(noisy, dtype=np.int64),
        grid.saved(),
        grid.stride,
        grid.dt,
        prepare,
        _advance(chosen, rates),
        sizes,
        observe,
    )


def _advance(scheme: Scheme, rates: Callable[[Any, Any, Any], Any]) -> Callable[[Any, Any, Any, Any], Any]:
    """One step as a loop over stages: the rates are compiled once, whatever the order of the scheme."""
    offsets = np.array([round(node * scheme.points) for node in scheme.nodes])
    reach, weights = np.array(scheme.reach), np.array(scheme.weights)

    def advance(held: Any, window: Any, y: Any, h: Any) -> Any:
        def stage(carry: Any, now: Any) -> Any:
            slope, change = carry
            row, far, weight = now
            slope = rates(held, row, y + far * h * slope)
            return (slope, change + weight * h * slope), None

        still = jnp.zeros_like(y)
        return y + jax.lax.scan(stage, (still, still), (window[offsets], reach, weights))[0][1]

    return advance


def _named(program: Program, held: Any, row: Any, y: Any, a: Any) -> dict[str, Any]:
    constants, count = _parts(held[0]), len(program.parameter_names)
    return dict(program.named(constants[:count], constants[count:], _parts(row)[1:], _parts(y), a))


def _parts(bank: Any) -> list[Any]:
    # the gradient of a split is one concatenation, that of indexing a sum of padded vectors
    parts = jax.lax.split(bank, (1,) * bank.shape[0]) if bank.shape[0] else []
    return [part.reshape(()) for part in parts]


def _vector(values: Sequence[Any]) -> Any:
    return jnp.stack([jnp.asarray(v, float) for v in values]) if len(values) else jnp.zeros(0)
