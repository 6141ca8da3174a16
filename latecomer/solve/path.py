"""States of a run over a grid of fixed steps, on JAX: of one run, or of many side by side (lanes)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from latecomer.language.program import Program
from latecomer.solve.arrays import Array, Number, Tables
from latecomer.solve.functions import JAX
from latecomer.solve.grid import Grid
from latecomer.solve.rows import Rows
from latecomer.solve.schemes import EitherScheme, NoisyScheme, Scheme

Stage = tuple[Array, Array, Array]
"""Within a step of several stages: the state, the last slope, and the change so far."""


@dataclass(frozen=True)
class Ready:
    """What is known before the first step.

    p, f: constants and what depends on constants only, one number each or one a lane; d: timed variables,
    (points,) or (points, lanes); y0: states at the initial time, (states,) or (states, lanes).
    """

    p: Sequence[Any] | Array
    f: Sequence[Any]
    d: Sequence[Any]
    y0: Array


def ready(
    program: Program,
    grid: Grid,
    points: int,
    p: Sequence[Any] | Array,
    tables: Tables,
    start: Mapping[str, Any] | None = None,
    lanes: int | None = None,
    ns: SimpleNamespace = JAX,
    module: ModuleType = jnp,
) -> Ready:
    """What is known before the first step, on `ns` and the array module that it is built on.

    With `lanes` a value of p is one number or one a lane. tables: {name: (x, y)}. start: initial
    values that replace the text's.
    """
    c, times, tables = grid.controls, grid.times(points), program.placed(tables)
    column = times if lanes is None else times[:, None]
    f = program.fixed(p, c, tables, ns)
    d = [_timed(v, times.size, lanes, module) for v in program.timed(column, p, c, f, tables, ns)]
    y0 = program.initial(times[0], p, c, f, [v[0] for v in d], tables, ns, program.starting(start))
    return Ready(p, f, d, _stack(y0, () if lanes is None else (lanes,), module))


def _timed(number: Number, points: int, lanes: int | None, module: ModuleType) -> Any:
    value = module.asarray(number, float)
    if lanes is None:
        return module.broadcast_to(value, (points,))
    wide = module.broadcast_to(value, (points, value.shape[-1] if value.ndim else 1))
    return wide[:, 0] if wide.shape[1] == 1 else wide


def path(
    program: Program,
    scheme: EitherScheme,
    grid: Grid,
    before: Ready,
    tables: Tables,
    normals: Array | None = None,
    keep: int = 1,
    ns: SimpleNamespace = JAX,
) -> Any:
    """States after every `keep` steps, shape (kept, states[, lanes]).

    normals: for a noisy scheme the standard normal numbers, shape (steps, normals, stocks with noise[,
    lanes]).
    """
    c, count, tables = grid.controls, len(before.p), program.placed(tables)
    rows = pack([grid.times(scheme.points), *(before.d[i] for i in program.driver_indices)], 1, jnp)
    constants = pack([*before.p, *before.f], 0, jnp)

    def components(function: Callable[..., Any], row: Sequence[Array], y: Rows) -> Rows:
        now, known = rows.unpack(row), constants.unpack(constants.banks)
        values = function(now[0], y.items, known[:count], c, known[count:], now[1:], tables, ns)
        return Rows(None if isinstance(value, float) and value == 0.0 else value for value in values)

    def at(function: Callable[..., Any], row: Sequence[Array], y: Array) -> Any:
        return _stack(components(function, row, Rows(_split(y))).items, y.shape[1:], jnp)

    if isinstance(scheme, NoisyScheme):
        carry, step, inputs, each = _noisy_steps(
            program, scheme, grid, rows.banks, before.y0, components, normals
        )
    elif len(scheme.nodes) == 1:
        carry, step, inputs, each = _plain_steps(program, grid, rows.banks, before.y0, at)
    else:
        carry, step, inputs, each = _stages(program, scheme, grid, rows.banks, before.y0, at)
    return jnp.concatenate([jnp.asarray(before.y0)[None], _scan(carry, step, inputs, each, keep)])


def _plain_steps(
    program: Program, grid: Grid, rows: Sequence[Array], y0: Array, at: Callable[..., Any]
) -> tuple[Any, Callable[..., Any], Any, int]:
    def step(y: Array, row: Sequence[Array]) -> Any:
        y = y + grid.dt * at(program.derivatives, row, y)
        return y, y

    return y0, step, [bank[:-1] for bank in rows], 1


def _stages(
    program: Program, scheme: Scheme, grid: Grid, rows: Sequence[Array], y0: Array, at: Callable[..., Any]
) -> tuple[Any, Callable[..., Any], Any, int]:
    """A loop over stages, not steps, that keeps only its state for the gradient: quick to compile."""

    def stage(carry: Stage, now: tuple[Sequence[Array], Number, Number, Number]) -> tuple[Stage, Array]:
        y, slope, change = carry
        row, reach, weight, last = now
        slope = at(program.derivatives, row, y + reach * slope)
        change = change + weight * slope
        y = y + last * change
        return (y, slope, (1 - last) * change), y

    offsets = [round(node * scheme.points) for node in scheme.nodes]
    looked_at = jax.tree.map(lambda bank: _in_order(bank, offsets, scheme.points), rows)
    still = jnp.zeros_like(y0)
    return (y0, still, still), stage, (looked_at, *_tableau(scheme, grid)), len(offsets)


def _in_order(bank: Array, offsets: Sequence[int], points: int) -> Any:
    last = bank.shape[0] - points
    looked_at = [bank[offset : last + offset : points] for offset in offsets]
    return jnp.stack(looked_at, axis=1).reshape(-1, *bank.shape[1:])


def _tableau(scheme: Scheme, grid: Grid) -> tuple[NDArray[np.float64], ...]:
    last = np.zeros(len(scheme.nodes))
    last[-1] = 1.0
    columns = (np.array(scheme.reach) * grid.dt, np.array(scheme.weights) * grid.dt, last)
    return tuple(np.tile(column, grid.steps) for column in columns)


def _noisy_steps(
    program: Program,
    scheme: NoisyScheme,
    grid: Grid,
    rows: Sequence[Array],
    y0: Array,
    at: Callable[..., Any],
    normals: Array | None,
) -> tuple[Any, Callable[..., Any], Any, int]:
    index_of = {name: i for i, name in enumerate(program.noisy_names)}
    noisy = [index_of.get(name) for name in program.state_names]

    def step(y: Array, now: tuple[Sequence[Array], Array]) -> tuple[Array, Array]:
        here, z = now

        def field(function: Callable[..., Any]) -> Callable[[float, Rows], Rows]:
            return lambda node, y: at(function, [bank[round(node * scheme.points)] for bank in here], y)

        shocks = [Rows(None if i is None else z[which, i] for i in noisy) for which in range(scheme.normals)]
        fields = field(program.derivatives), field(program.diffusion)
        y = _stack(scheme.step(*fields, Rows(_split(y)), grid.dt, shocks).items, y.shape[1:], jnp)
        return y, y

    index = np.arange(grid.steps)[:, None] * scheme.points + np.arange(scheme.points + 1)
    windows = [bank[:-1, None] if scheme.points == 1 else bank[index] for bank in rows]
    return y0, step, (windows, normals), 1


def _scan(carry: Array | Stage, step: Callable[..., Any], inputs: object, each: int, keep: int) -> Any:
    """The states after every `keep` steps, a step being `each` turns of the loop."""
    if keep == 1:
        states = jax.lax.scan(jax.checkpoint(step, prevent_cse=False), carry, inputs)[1]
        return states[each - 1 :: each]
    turns = each * keep
    kept = jax.tree.leaves(inputs)[0].shape[0] // turns
    groups = jax.tree.map(lambda bank: bank[: kept * turns].reshape(kept, turns, *bank.shape[1:]), inputs)

    def stretch(carry: Array | Stage, group: object) -> tuple[Array | Stage, Array]:
        carry = jax.lax.scan(lambda held, now: (step(held, now)[0], None), carry, group)[0]
        return carry, carry[0] if isinstance(carry, tuple) else carry

    return jax.lax.scan(stretch, carry, groups)[1]


@dataclass(frozen=True)
class Packed:
    """Values in two banks, of all lanes and of each; `own` says which value lies in the second."""

    banks: list[Any]
    own: tuple[bool, ...]

    def unpack(self, banks: Sequence[Any]) -> list[Any]:
        """The values out of banks of this form, of which a leading axis may have been taken."""
        parts = iter([_split(bank) for bank in banks])
        by_kind = [iter(next(parts)) if kind in self.own else iter(()) for kind in (False, True)]
        return [next(by_kind[of_lane]) for of_lane in self.own]


def pack(values: Sequence[Any], lead: int, module: ModuleType) -> Packed:
    """Values with `lead` leading axes, packed."""
    values = [module.asarray(v, float) for v in values]
    own = tuple(v.ndim > lead for v in values)
    groups = [
        [v for v, of_lane in zip(values, own, strict=True) if of_lane is kind] for kind in (False, True)
    ]
    return Packed([module.stack(group, axis=lead) for group in groups if group], own)


def _stack(values: Sequence[Any], shape: tuple[int, ...], module: ModuleType) -> Any:
    if not len(values):  # a model without stocks
        return module.zeros((0, *shape))
    filled = [0.0 if v is None else v for v in values]
    return module.stack([module.broadcast_to(module.asarray(v, float), shape) for v in filled])


def _split(bank: Array) -> list[Any]:
    # the gradient of a split is one concatenation, that of indexing a sum of padded vectors
    parts = jax.lax.split(bank, (1,) * bank.shape[0]) if bank.shape[0] else []
    return [part.reshape(bank.shape[1:]) for part in parts]
