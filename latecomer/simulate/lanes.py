"""Many runs side by side in one compiled block: a run in each lane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from latecomer.language import Program
from latecomer.language.codegen.namespace import NUMPY
from latecomer.language.codegen.program import Points
from latecomer.simulate.backend_jax import JAX, Packed, Ready, pack, path, ready
from latecomer.simulate.grid import Array, Grid, Number, Tables
from latecomer.simulate.jit_cache import vector_options
from latecomer.simulate.noise import normals
from latecomer.simulate.schemes import EitherScheme, NoisyScheme

# enough to fill the vector units, few enough to stay in the cache of one core
LANES_OF_A_CORE = 256

LANES_OF_AN_ACCELERATOR = 131_072


def lanes_here() -> int:
    """The runs of one block on this machine; fixed, so that no result depends on how the work was cut."""
    return LANES_OF_A_CORE if jax.default_backend() == "cpu" else LANES_OF_AN_ACCELERATOR


# constants, timed variables and the first states
Banks = tuple[list[Any], list[Any], Array]


class Outcome(NamedTuple):
    """What a block gives: values (variables, saved times, lanes), each lane's first row that is not finite.

    `failed` is the number of saved times where a run stays finite throughout.
    """

    values: NDArray[np.float64]
    failed: NDArray[np.int64]


@dataclass(frozen=True)
class Plan:
    """What is the same in every block: equations, scheme, times, variables, and which constants vary."""

    program: Program
    scheme: EitherScheme
    grid: Grid
    variables: tuple[str, ...]
    varied: tuple[int, ...]
    lanes: int


class Block:
    """A block of runs, compiled; what does not change from step to step is worked out by NumPy before."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._inside = _tables_inside(plan.program)

        @partial(jax.jit, static_argnums=0, compiler_options=vector_options())
        def compiled(form: _Form, banks: Banks, heights: list[Any], seed: Number, first: Number) -> Any:
            constants = Packed(banks[0], form.constants).unpack(banks[0])
            d = Packed(banks[1], form.timed).unpack([jnp.moveaxis(bank, 1, 0) for bank in banks[1]])
            grids = zip(form.grids, heights, strict=True)
            points = {name: (np.frombuffer(grid), y) for (name, grid), y in grids}
            count = len(plan.program.parameter_names)
            before = Ready(constants[:count], constants[count:], d, banks[2])
            return _block(plan, before, points, seed, first)

        self._compiled = compiled

    def prepare(self, p: Array, rows: Array, tables: Mapping[str, Points]) -> Prepared:
        """What is known before the first step.

        p: every constant; rows: those that vary, shape (varied, lanes); tables: {name: (x, y)}.
        """
        plan, values = self._plan, list(p)
        for row, i in enumerate(plan.varied):
            values[i] = rows[row]
        points, lanes = plan.scheme.points, plan.lanes
        with np.errstate(all="ignore"):
            before = ready(plan.program, plan.grid, points, values, tables, None, lanes, NUMPY, np)
        constants, timed = pack([*before.p, *before.f], 0, np), pack(before.d, 1, np)
        grids = tuple((name, tables[name][0].tobytes()) for name in self._inside)
        form = _Form(constants.own, timed.own, grids)
        heights = [tables[name][1] for name in self._inside]
        return Prepared(form, (constants.banks, timed.banks, before.y0), heights)

    def run(self, prepared: Prepared, seed: int, first: int) -> Outcome:
        """The runs from number `first` on, whose noise depends on seed and number and on nothing else."""
        found, failed = self._compiled(*prepared, seed, first)
        return Outcome(np.asarray(found), np.asarray(failed))


class Prepared(NamedTuple):
    """What a block is given: its form, for which it is compiled, and the numbers."""

    form: _Form
    banks: Banks
    heights: list[Any]


class _Form(NamedTuple):
    """What a block is compiled for: which values differ between lanes, and the grids of its tables."""

    constants: tuple[bool, ...]
    timed: tuple[bool, ...]
    grids: tuple[tuple[str, bytes], ...]


def _tables_inside(program: Program) -> tuple[str, ...]:
    """The tables that are read in the loop over steps or behind it, not before it."""
    body = program.source[program.source.index("def derivatives(") :]
    return tuple(name for place, name in enumerate(program.tables) if f"tables[{place}]" in body)


def _block(plan: Plan, before: Ready, points: Mapping[str, Any], seed: Number, first: Number) -> Any:
    scheme = plan.scheme
    shocks = None
    if isinstance(scheme, NoisyScheme):
        runs = first + jnp.arange(plan.lanes)
        shocks = jax.vmap(lambda run: normals(plan.program, scheme, plan.grid, seed, run), out_axes=-1)(runs)
    states = path(plan.program, scheme, plan.grid, before, points, shocks, keep=plan.grid.stride)
    return _outcome(plan, before, points, states)


def _outcome(plan: Plan, before: Ready, tables: Tables, states: Array) -> tuple[Any, Any]:
    program, times = plan.program, plan.grid.saved()
    saved = [v[:: plan.scheme.points * plan.grid.stride] for v in before.d]
    columns = [v if v.ndim == 2 else v[:, None] for v in saved]
    y = [states[:, i] for i in range(states.shape[1])]
    placed = program.placed(tables)
    a = program.auxiliaries(times[:, None], y, before.p, plan.grid.controls, before.f, columns, placed, JAX)
    known = dict(program.named(before.p, before.f, columns, y, a))
    shape = (times.size, plan.lanes)
    values = jnp.stack([jnp.broadcast_to(known[name], shape) for name in plan.variables])
    finite = jnp.isfinite(states).all(axis=1) & jnp.isfinite(values).all(axis=0)
    return values, jnp.where(finite.all(axis=0), times.size, jnp.argmin(finite, axis=0))
