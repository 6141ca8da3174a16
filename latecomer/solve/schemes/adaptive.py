"""Steps chosen by the local error, with SciPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

Vector = NDArray[np.float64]
RELATIVE = 1e-8
ABSOLUTE = 1e-10


def integrate(
    rates: Callable[[float, Any], Any], y0: Vector, times: Vector, kinks: Vector, max_step: float
) -> tuple[Vector, str | None]:
    """States at `times` (rows) and, where the solver gave up, its words.

    The span is cut at `kinks` (the points of the tables read at Time), so that no step crosses one, and no step is
    longer than `max_step`, so that none jumps over a pulse.
    """
    inner = kinks[(kinks > times[0]) & (kinks < times[-1])]
    ends = np.unique(np.concatenate([[times[0]], inner, [times[-1]]]))
    rows = np.full((times.size, y0.size), np.nan)
    rows[0], y = y0, y0
    for start, end in zip(ends, ends[1:], strict=False):
        asked = (times > start) & (times <= end)
        points = np.union1d(times[asked], [end])
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
        count = found.y.shape[1]
        wanted = np.isin(found.t, times[asked])
        rows[np.flatnonzero(asked)[: wanted.sum()]] = found.y.T[wanted]
        if not found.success or count < points.size:
            return rows, str(found.message)
        y = found.y[:, -1]
    return rows, None
