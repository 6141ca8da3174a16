"""The exact derivative of a number made from a run.

Also here:
- Gradients of one model: what is asked for, checked, and handed to the machinery.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from latecomer.errors import Fault, InputError, nearest, refuse
from latecomer.language import Kind, ModelText, Program
from latecomer.language.codegen.namespace import NUMPY
from latecomer.simulate.backend_jax import ready
from latecomer.simulate.grid import Array, Grid, Tables
from latecomer.simulate.jit_cache import loop_options
from latecomer.simulate.noise import choose_scheme
from latecomer.simulate.schemes import Scheme
from latecomer.simulate.simulator import make_simulator

Scalar = Callable[[dict[str, Any]], Any]


class Gradient(NamedTuple):
    """A number made from a run, and its derivative by each name asked for."""

    value: float
    by: dict[str, float]


def places(text: ModelText, program: Program, names: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    """The constants among some names with their places, and the stocks; raises `InputError` for others."""
    index = {name: i for i, name in enumerate(program.parameter_names)}
    stocks = [v.name for v in text.of_kind(Kind.STOCK)]
    constants: dict[str, int] = {}
    initial: list[str] = []
    faults = []
    for name in names:
        variable = text.find(name)
        if variable is not None and variable.name in index:
            constants[variable.name] = index[variable.name]
        elif variable is not None and variable.name in stocks:
            initial.append(variable.name)
        else:
            got = "an unknown name" if variable is None else f"the name of {variable.kind.with_article}"
            expected = "the name of a constant, or of a stock for its initial value"
            faults.append(Fault(f"gradient by '{name}'", got, expected, nearest(name, [*index, *stocks])))
    if faults:
        raise InputError(faults)
    if not constants and not initial:
        raise refuse("gradient", "no name", "constants or stocks", "name what to differentiate by")
    return constants, initial


def gradient(
    simulate: Callable[..., Any],
    scalar: Scalar,
    variables: Sequence[str],
    times: Array,
    p: Array,
    tables: Mapping[str, Any],
    constants: Mapping[str, int],
    start: Mapping[str, float],
) -> Gradient:
    """The value of `scalar` on a run and its derivatives, in one pass backwards through the run.

    simulate(p, tables, None, start) -> (times, variables); start: the stocks to differentiate by with their
    initial values. Raises `InputError` where the result is no single number or is not finite.
    """

    def value(given: dict[str, Any], held: dict[str, Any], p: Array, tables: Tables) -> Any:
        for name, place in constants.items():
            p = jnp.asarray(p).at[place].set(given[name])
        paths = simulate(p, tables, None, held)
        named = {name: paths[:, i] for i, name in enumerate(variables)}
        result = jnp.asarray(scalar({"time": jnp.asarray(times), **named}), float)
        if result.shape != ():
            raise refuse("gradient", f"a result of shape {result.shape}", "one number", "sum or select")
        return result

    given = {name: jnp.asarray(p[place]) for name, place in constants.items()}
    held = {name: jnp.asarray(number, float) for name, number in start.items()}
    both = jax.jit(jax.value_and_grad(value, argnums=(0, 1)), compiler_options=loop_options())
    found, (by_constant, by_stock) = both(given, held, jnp.asarray(p), dict(tables))
    derivatives = {name: float(slope) for name, slope in (by_constant | by_stock).items()}
    bad = [name for name, slope in derivatives.items() if not np.isfinite(slope)]
    if bad or not np.isfinite(float(found)):
        what = f"a derivative by '{bad[0]}' that is not finite" if bad else f"the value {float(found)}"
        cure = "look for a logarithm or a power at 0 in the run or in the scalar"
        raise refuse("gradient", what, "finite numbers throughout", cure)
    return Gradient(float(found), derivatives)


def run(
    text: ModelText,
    program: Program,
    grid: Grid,
    method: str,
    p: Array,
    tables: Tables,
    variables: Sequence[str],
    scalar: Scalar,
    by: Sequence[str],
    smooth: float,
) -> Gradient:
    """The gradient of `scalar`; see `Model.gradient`."""
    scheme = choose_scheme(text, method, noise=False)
    assert isinstance(scheme, Scheme)
    constants, stocks = places(text, program, by)
    grids = {name: x for name, (x, _) in tables.items()}
    simulate = make_simulator(text, scheme, grid, variables, grids, smooth)
    values = {name: y for name, (_, y) in tables.items()}
    first = ready(program, grid, scheme.points, p, tables, ns=NUMPY, module=np).y0
    start = {name: float(first[program.state_names.index(name)]) for name in stocks}
    value, slopes = gradient(simulate, scalar, variables, grid.saved(), p, values, constants, start)
    options = [variable.name for name in by if (variable := text.find(name)) is not None]
    return Gradient(value, {name: slopes[name] for name in options})
