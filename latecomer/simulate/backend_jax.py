"""States of a run over a grid of fixed steps, on JAX: of one run, or of many side by side (lanes).

Also here:
- The functions of the model language on JAX.
- The natural logarithm in a form that the compiler turns into vector instructions.
- Standard normal numbers from random bits, in a form that the compiler turns into vector instructions.
- A vector whose components are arrays of their own, and in which a zero costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any, Self, final

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from latecomer.language.codegen.namespace import namespace
from latecomer.language.codegen.program import Program
from latecomer.simulate.grid import Array, Grid, Number, Tables
from latecomer.simulate.jit_cache import use_compilation_cache
from latecomer.simulate.schemes import EitherScheme, NoisyScheme, Scheme


@final
class Rows:
    """The arithmetic that the schemes need, component by component; None stands for a zero.

    Stocks without noise have a zero for the size of theirs: what is multiplied with it is never computed.

    >>> (2.0 * Rows([1.0, None]) * Rows([3.0, 5.0]) + Rows([None, 7.0])).items
    [6.0, 7.0]
    """

    # NumPy's numbers leave the arithmetic to this class
    __array_ufunc__ = None

    def __init__(self, items: Iterable[Any]) -> None:
        self.items = list(items)

    def __add__(self, other: Rows | Number) -> Self:
        return self._with(other, lambda a, b: b if a is None else a if b is None else a + b)

    def __sub__(self, other: Rows | Number) -> Self:
        return self.__add__((-1.0) * other)

    def __mul__(self, other: Rows | Number) -> Self:
        return self._with(other, lambda a, b: None if a is None or b is None else a * b)

    def __truediv__(self, number: float) -> Self:
        return self * (1.0 / number)

    __radd__, __rmul__ = __add__, __mul__

    def _with(self, other: Rows | Number, combine: Callable[[Any, Any], Any]) -> Self:
        others = other.items if isinstance(other, Rows) else [other] * len(self.items)
        return type(self)(combine(a, b) for a, b in zip(self.items, others, strict=True))


# ln 2 in two parts: a whole number times the first is exact
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10

# (ln(1 + s) - ln(1 - s) - 2 s) / s as a polynomial in s^2, by Remez' algorithm on [0, 0.1716]
SERIES = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
)

# the bits of sqrt(1/2): below it a mantissa is doubled
ROOT = 0x3FE6A09E667F3BCD

MANTISSA = 52


@jax.custom_jvp
def log(x: Array) -> Any:
    """ln x, off by at most one unit in the last place; -inf at 0 and below 2.2e-308, NaN below 0.

    x = 2^k m with m in [sqrt(1/2), sqrt(2)), f = m - 1, s = f / (2 + f): ln x = k ln 2 + f - f^2/2 +
    s (f^2/2 + R(s^2)). The library's own calls a scalar function for each number, four times as slow.
    Source: Ng (1993), FDLIBM, e_log.c, for the reduction and the coefficients.

    >>> float(log(np.e)), float(log(0.0))
    (1.0, -inf)
    """
    x = jnp.asarray(x, float)
    if jax.default_backend() != "cpu":
        return jnp.log(x)
    bits = jax.lax.bitcast_convert_type(x, jnp.int64)
    power = (bits - ROOT) >> MANTISSA
    f = jax.lax.bitcast_convert_type(bits - (power << MANTISSA), jnp.float64) - 1.0
    k = power.astype(jnp.float64)
    s = f / (2.0 + f)
    half = 0.5 * f * f
    value = k * LN2_HIGH - ((half - (s * (half + _series(s * s)) + k * LN2_LOW)) - f)
    value = jnp.where(x < np.finfo(float).tiny, jnp.where(x < 0.0, jnp.nan, -jnp.inf), value)
    return jnp.where(x < jnp.inf, value, x)


def _series(z: Array) -> Any:
    w = z * z
    odd = w * (SERIES[1] + w * (SERIES[3] + w * SERIES[5]))
    return z * (SERIES[0] + w * (SERIES[2] + w * (SERIES[4] + w * SERIES[6]))) + odd


@log.defjvp
def _log_jvp(primals: tuple[Any], tangents: tuple[Any]) -> tuple[Any, Any]:
    (x,), (slope,) = primals, tangents
    return log(x), slope / x


use_compilation_cache()

# an exponent written in the text and no larger than this is worked out by multiplication
LARGEST_WHOLE = 16


def interp(x: Array, grid: Array, values: Array) -> Any:
    """The table (grid, values) at x: linear between points, constant beyond the ends.

    Where x and grid are known before compilation, so are the weights; the values may still be traced.
    """
    known = not isinstance(x, jax.core.Tracer) and not isinstance(grid, jax.core.Tracer)
    module: ModuleType = np if known else jnp
    inside = module.clip(x, grid[0], grid[-1])
    # comparing with every point is cheaper to compile, and for short tables to run, than a search
    left = module.sum(module.expand_dims(inside, -1) >= grid[1:-1], axis=-1)
    grid = module.asarray(grid)
    weight = (inside - grid[left]) / (grid[left + 1] - grid[left])
    values = jnp.asarray(values)
    return values[left] + weight * (values[left + 1] - values[left])


def power(base: Number, exponent: Number) -> Any:
    """base ^ exponent, by exp(exponent * log(base)): twice as fast as the library's own, which is scalar.

    A negative base has a power for whole exponents only. The derivative at base 0 is taken for 0.

    >>> [float(power(x, a)) for x, a in ((2.0, 3.0), (0.0, 0.5), (0.0, 0.0))]
    [8.0, 0.0, 1.0]
    """
    if isinstance(exponent, float) and exponent.is_integer() and abs(exponent) <= LARGEST_WHOLE:
        return jax.lax.integer_pow(jnp.asarray(base, float), int(exponent))
    zero = base == 0.0
    if isinstance(exponent, float) and exponent == 0.5:
        return jnp.where(zero, 0.0, jnp.sqrt(jnp.where(zero, 1.0, base)))
    magnitude = jnp.exp(exponent * log(jnp.where(zero, 1.0, jnp.abs(base))))
    at_zero = jnp.where(exponent > 0.0, 0.0, jnp.where(exponent == 0.0, 1.0, jnp.inf))
    odd = jnp.where(2.0 * jnp.trunc(0.5 * exponent) == exponent, 1.0, -1.0)
    # a factor that is no number would make the derivative none either, even where it is not chosen
    below = jnp.where(jnp.trunc(exponent) == exponent, odd * magnitude, jnp.nan)
    return jnp.where(base < 0.0, below, jnp.where(zero, at_zero, magnitude))


JAX = namespace(jnp, interp)

JAX.power, JAX.log = power, log

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


# numerators and denominators of the three parts of the line, lowest power first
MIDDLE = (
    (
        3.3871328727963666080e0,
        1.3314166789178437745e2,
        1.9715909503065514427e3,
        1.3731693765509461125e4,
        4.5921953931549871457e4,
        6.7265770927008700853e4,
        3.3430575583588128105e4,
        2.5090809287301226727e3,
    ),
    (
        1.0,
        4.2313330701600911252e1,
        6.8718700749205790830e2,
        5.3941960214247511077e3,
        2.1213794301586595867e4,
        3.9307895800092710610e4,
        2.8729085735721942674e4,
        5.2264952788528545610e3,
    ),
)

SIDE = (
    (
        1.42343711074968357734e0,
        4.63033784615654529590e0,
        5.76949722146069140550e0,
        3.64784832476320460504e0,
        1.27045825245236838258e0,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4,
    ),
    (
        1.0,
        2.05319162663775882187e0,
        1.67638483018380384940e0,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ),
)

TAIL = (
    (
        6.65790464350110377720e0,
        5.46378491116411436990e0,
        1.78482653991729133580e0,
        2.96560571828504891230e-1,
        2.65321895265761230930e-2,
        1.24266094738807843860e-3,
        2.71155556874348757815e-5,
        2.01033439929228813265e-7,
    ),
    (
        1.0,
        5.99832206555887937690e-1,
        1.36929880922735805310e-1,
        1.48753612908506148525e-2,
        7.86869131145613259100e-4,
        1.84631831751005468180e-5,
        1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ),
)


def standard_normal(key: Array, count: int) -> Any:
    """Independent standard normal numbers, shape (count,), from the random bits of a key.

    The i-th depends on the key and on i only.
    """
    bits = jax.random.bits(key, (count,), dtype=jnp.uint64)
    return quantile(((bits >> 11).astype(jnp.float64) + 0.5) * 2.0**-53)


def quantile(share: Array) -> Any:
    """The value that a standard normal number does not exceed with this probability, between 0 and 1.

    Source: Wichura (1988), algorithm AS 241, PPND16: exact to about 1 part in 10^16.

    >>> round(float(quantile(0.975)), 6), float(quantile(0.5))
    (1.959964, 0.0)
    """
    share = jnp.asarray(share, float)
    off = share - 0.5
    outside = jnp.sqrt(-log(jnp.minimum(share, 1.0 - share)))
    near, far = jnp.abs(off) <= 0.425, outside > 5.0
    top, bottom = (
        jnp.where(
            near,
            _polynomial(MIDDLE[part], 0.180625 - off * off),
            jnp.where(far, _polynomial(TAIL[part], outside - 5.0), _polynomial(SIDE[part], outside - 1.6)),
        )
        for part in (0, 1)
    )
    return jnp.where(near, off, jnp.sign(off)) * (top / bottom)


def _polynomial(coefficients: Sequence[float], x: Array) -> Any:
    value = jnp.full_like(x, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        value = value * x + coefficient
    return value
