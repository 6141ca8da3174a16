"""Ito noise: a stock S beside a variable `S volatility` moves by dS = net flow dt + volatility dW."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from numpy.typing import NDArray

from latecomer.language import Program
from latecomer.solve import inputs
from latecomer.solve.continuous import continuous
from latecomer.solve.grid import Grid

if TYPE_CHECKING:
    from latecomer.solve.model import Model

Field = Callable[[Any, float], NDArray[np.float64]]


def drift_and_diffusion(
    model: Model, parameters: Mapping[str, float] | None = None, drivers: Mapping[str, Any] | None = None
) -> tuple[Field, Field]:
    """f(y, t), shape (states,), and G(y, t), shape (states, states), of dy = f dt + G dW, for `sdeint`.

    y follows `model.state_names`; G is diagonal, zero where a stock has no volatility; its unit is that of
    the stock per square root of the time unit. Raises `InputError` for unknown names and bad values.
    """
    p = model.parameter_vector(parameters)
    tables = inputs.table_points(model.text, model.program, drivers)
    rates = continuous(model.program, model.grid(), p, tables)
    return (lambda y, t: rates.drift(t, y)), (lambda y, t: np.diag(rates.diffusion(t, y)))


def normals(program: Program, grid: Grid, seed: Any, run: Any) -> Any:
    """Standard normal draws, shape (steps, states), that depend on seed, run and the states with noise only.

    The draws of a stock follow its name, so that a further noisy stock does not change them.
    """
    key = jax.random.fold_in(jax.random.PRNGKey(seed), run)
    columns = []
    for name in program.state_names:
        if name in program.noisy_names:
            columns.append(jax.random.normal(jax.random.fold_in(key, _number(name)), (grid.steps,)))
        else:
            columns.append(jax.numpy.zeros(grid.steps))
    return jax.numpy.stack(columns, axis=1)


def _number(name: str) -> int:
    # Python's own hash differs from one process to the next
    number = 0
    for character in name.lower():
        number = (number * 1_000_003 + ord(character)) % 2**31
    return number
