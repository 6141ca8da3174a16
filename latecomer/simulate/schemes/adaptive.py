"""Steps chosen by the local error, with SciPy."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
RELATIVE = 1e-8
ABSOLUTE = 1e-10


def integrate(
    rates: Callable[[float, Any], Any], y0: Vector, times: Vector, kinks: Vector, max_step: float
) -> Vector:
    """States at `times`, one a row; NaN from where the solver gave up.

    The span is cut at `kinks` (the points of tables read at Time) so that no step crosses one; no step is
    longer than `max_step`, so that none jumps over a pulse.
    """
    # imported here: it takes half a second, and other schemes do without
    from scipy.integrate import solve_ivp

    inner = kinks[(kinks > times[0]) & (kinks < times[-1])]
    ends = np.unique(np.concatenate([[times[0]], inner, [times[-1]]]))
    rows = np.full((times.size, y0.size), np.nan)
    rows[0], y = y0, y0
    for start, end in pairwise(ends):
        options = np.flatnonzero((times > start) & (times <= end))
        points = np.union1d(times[options], [end])
        found = solve_ivp(
            rates,
            (start, end),
            y,
            method="RK45",
            t_eval=points,
            rtol=RELATIVE,
            atol=ABSOLUTE,
            max_step=max_step,
        )
        if not found.success:
            return rows
        rows[options] = found.y.T[: options.size]
        y = found.y[:, -1]
    return rows
