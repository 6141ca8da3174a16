"""Gradients of one model: what is asked for, checked, and handed to the machinery."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from latecomer.language import ModelText, Program
from latecomer.language.namespace import NUMPY
from latecomer.solve.arrays import Array, Tables
from latecomer.solve.gradient import Gradient, Scalar, gradient, places
from latecomer.solve.grid import Grid
from latecomer.solve.methods import choose_scheme
from latecomer.solve.path import ready
from latecomer.solve.schemes import Scheme
from latecomer.solve.simulator import make_simulator


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
    asked = [variable.name for name in by if (variable := text.find(name)) is not None]
    return Gradient(value, {name: slopes[name] for name in asked})
