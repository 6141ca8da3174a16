"""States over a grid of fixed steps, one step after another, without JAX.

Also here:
- The rates of a model at any time and state, on NumPy: for SciPy's solvers and for sdeint.
- The functions of the model language on Python's own numbers: a single run without compiling anything.
"""

from __future__ import annotations

import math
import operator
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from latecomer.language.codegen.namespace import LEAD, NUMPY, namespace
from latecomer.language.codegen.program import Program
from latecomer.simulate.grid import Array, Grid, Tables
from latecomer.simulate.schemes import NoisyScheme, Scheme

DIRECT = ["exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "trunc", "fmod"]

COMPARISONS = {
    "equal": operator.eq,
    "not_equal": operator.ne,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
}


def interp(x: float, grid: Sequence[float], values: Sequence[float]) -> float:
    """The table (grid, values) at x: linear between points, constant beyond the ends.

    >>> interp(1.5, [0.0, 1.0, 2.0], [0.0, 10.0, 30.0]), interp(9.0, [0.0, 1.0], [2.0, 4.0])
    (20.0, 4.0)
    """
    if not x < grid[-1]:
        # what is no number compares with nothing
        return values[-1] if x == x else x
    right = bisect_right(grid, x)
    if right == 0:
        return values[0]
    left = right - 1
    slope = (values[right] - values[left]) / (grid[right] - grid[left])
    return values[left] + slope * (x - grid[left])


def _where(condition: bool, yes: float, no: float) -> float:
    return yes if condition else no


def _minimum(a: float, b: float) -> float:
    # Python's own drops what is no number where it comes second
    return a if a < b or a != a else b


def _maximum(a: float, b: float) -> float:
    return a if a > b or a != a else b


def _module() -> SimpleNamespace:
    module = SimpleNamespace(**{name: getattr(math, name) for name in DIRECT})
    module.absolute, module.power = abs, math.pow
    module.arcsin, module.arccos, module.arctan = math.asin, math.acos, math.atan
    module.minimum, module.maximum = _minimum, _maximum
    module.where = _where
    module.logical_and = lambda a, b: bool(a and b)
    module.logical_or = lambda a, b: bool(a or b)
    module.logical_not = lambda a: not a
    module.floor = math.floor
    for name, function in COMPARISONS.items():
        setattr(module, name, function)
    return module


def plain(values: Iterable[Any] | Array) -> list[float]:
    """Numbers as Python's own, which are several times as quick as NumPy's one by one."""
    return [float(value) for value in values]


# unlike NumPy these raise ArithmeticError or ValueError where a result is not finite
SCALAR = namespace(_module(), interp, LEAD)

Vector = NDArray[np.float64]


def states(
    program: Program,
    scheme: Scheme | NoisyScheme,
    grid: Grid,
    p: Array,
    tables: Tables,
    normals: Vector | None = None,
    start: Mapping[str, float] | None = None,
) -> Vector:
    """States after every step, shape (steps + 1, states); normals: (steps, normals, noisy stocks).

    tables: {name: (x, y)}; start: {stock: value}, both by name.

    Python's own numbers first; where one of them fails, NumPy's, which go on with nan and inf.
    """
    placed, given = program.placed(tables), program.starting(start)
    walk = _walk(scheme) if isinstance(scheme, Scheme) else _noisy_walk(scheme)
    before = _ready(program, scheme.points, grid, p, placed, given)
    z = _full(program, scheme, grid, normals)
    try:
        # a product beyond the largest number is infinite in silence here, and then NumPy would warn
        with np.errstate(all="ignore"):
            found = walk(grid, before, z, _scalar_fields(program, grid, p, before.f, placed))
    except (ArithmeticError, ValueError):
        found = None
    if found is not None and np.isfinite(found).all():
        return found
    with np.errstate(all="ignore"):
        return walk(grid, before, z, _numpy_fields(program, grid, p, before.f, placed))


def auxiliaries(
    program: Program,
    times: Vector,
    states: Vector,
    p: Array,
    c: Sequence[float],
    f: Fixed,
    d: Sequence[Any],
    tables: Tables,
) -> list[Vector] | None:
    """The auxiliaries at some times on Python's own numbers; None where one of them fails."""
    lists, given, fixed, controls = _lists(tables), plain(p), plain(f), plain(c)
    columns = [np.broadcast_to(v, times.shape).tolist() for v in d]
    rows = []
    try:
        for i, (t, y) in enumerate(zip(times.tolist(), states.tolist(), strict=True)):
            now = [column[i] for column in columns]
            rows.append(program.auxiliaries(t, y, given, controls, fixed, now, lists, SCALAR))
    except (ArithmeticError, ValueError):
        return None
    return list(np.array(rows, dtype=np.float64).reshape(times.size, -1).T)


def timed(
    program: Program, times: Array, p: Array, c: Sequence[float], f: Fixed, tables: Tables
) -> list[Vector]:
    """Every timed variable at every time."""
    with np.errstate(all="ignore"):
        return [np.broadcast_to(v, np.shape(times)) for v in program.timed(times, p, c, f, tables, NUMPY)]


Field = Callable[[Any, Any], Vector]

Fields = tuple[Field, Field]

Fixed = Sequence[Any] | Vector


class _Before(NamedTuple):
    f: Vector
    y0: Vector
    rows: list[list[float]]


def _ready(
    program: Program, points: int, grid: Grid, p: Array, tables: Tables, start: Mapping[int, float]
) -> _Before:
    c, times = grid.controls, grid.times(points)
    with np.errstate(all="ignore"):
        f = program.fixed(p, c, tables, NUMPY)
        d = timed(program, times, p, c, f, tables)
        y0 = program.initial(times[0], p, c, f, [v[0] for v in d], tables, NUMPY, start)
    rows = np.stack([times, *(d[i] for i in program.driver_indices)], axis=1)
    return _Before(np.array(f, dtype=np.float64), np.array(y0, dtype=np.float64), rows.tolist())


def _full(program: Program, scheme: Scheme | NoisyScheme, grid: Grid, normals: Vector | None) -> Vector:
    count = scheme.normals if isinstance(scheme, NoisyScheme) else 0
    z = np.zeros((grid.steps, count, len(program.state_names)))
    if normals is not None:
        z[:, :, [program.state_names.index(name) for name in program.noisy_names]] = normals
    return z


def _lists(tables: Tables) -> dict[int, tuple[list[float], list[float]]]:
    return {place: (plain(x), plain(y)) for place, (x, y) in tables.items()}


def _scalar_fields(program: Program, grid: Grid, p: Array, f: Fixed, tables: Tables) -> Fields:
    given, fixed, controls, lists = plain(p), plain(f), plain(grid.controls), _lists(tables)

    def field(function: Callable[..., Any]) -> Field:
        return lambda row, y: np.array(
            function(row[0], y.tolist(), given, controls, fixed, row[1:], lists, SCALAR), dtype=np.float64
        )

    return field(program.derivatives), field(program.diffusion)


def _numpy_fields(program: Program, grid: Grid, p: Array, f: Fixed, tables: Tables) -> Fields:
    def field(function: Callable[..., Any]) -> Field:
        return lambda row, y: np.array(
            function(np.float64(row[0]), y, p, grid.controls, f, np.asarray(row[1:]), tables, NUMPY),
            dtype=np.float64,
        )

    return field(program.derivatives), field(program.diffusion)


Walk = Callable[[Grid, _Before, Vector, Fields], Vector]


def _walk(scheme: Scheme) -> Walk:
    offsets = [round(node * scheme.points) for node in scheme.nodes]

    def walk(grid: Grid, before: _Before, z: Vector, fields: Fields) -> Vector:
        found = np.empty((grid.steps + 1, before.y0.size))
        found[0] = y = before.y0
        for i in range(grid.steps):
            here = [before.rows[i * scheme.points + offset] for offset in offsets]

            def rates(stage: int, state: Vector, here: list[list[float]] = here) -> Vector:
                return fields[0](here[stage], state)

            found[i + 1] = y = scheme.step(rates, y, grid.dt)
        return found

    return walk


def _noisy_walk(scheme: NoisyScheme) -> Walk:
    def walk(grid: Grid, before: _Before, z: Vector, fields: Fields) -> Vector:
        found = np.empty((grid.steps + 1, before.y0.size))
        found[0] = y = before.y0
        for i in range(grid.steps):

            def at(field: Field, first: int = i * scheme.points) -> Callable[[float, Any], Vector]:
                return lambda node, state: field(before.rows[first + round(node * scheme.points)], state)

            found[i + 1] = y = scheme.step(at(fields[0]), at(fields[1]), y, grid.dt, z[i])
        return found

    return walk


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
