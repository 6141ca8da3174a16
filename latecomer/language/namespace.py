"""The functions that an emitted text calls, built on NumPy or on a module that looks like it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

# below this size Vensim takes a divisor for zero
SMALL = 1e-6
# half a step, less a hair: the middle of a step must not reach an event at its end by rounding
LEAD = 0.5 * (1 - 1e-6)


def namespace(module: Any, interp: Callable[[Any, Any, Any], Any], lead: float = LEAD) -> SimpleNamespace:
    """The functions of the model language on an array module (`numpy` or `jax.numpy`).

    STEP and PULSE set in `lead` time steps early: half a step, as in Vensim, so that rounding of the time
    cannot delay them by a whole one, or 0 for a solver that chooses its own steps.

    >>> functions = namespace(np, np.interp)
    >>> float(functions.xidz(1.0, 0.0, 5.0)), float(functions.ramp(3.0, 0.5, 2.0, 1.0, 10.0))
    (5.0, 4.0)
    """
    direct = (
        "absolute exp log sqrt sin cos tan arcsin arccos arctan sinh cosh tanh trunc minimum maximum power "
        "fmod where logical_and logical_or logical_not"
    )
    functions = SimpleNamespace(**{name: getattr(module, name) for name in direct.split()}, interp=interp)
    where, absolute, trunc, minimum, maximum = (
        module.where,
        module.absolute,
        module.trunc,
        module.minimum,
        module.maximum,
    )

    def xidz(numerator: Any, denominator: Any, otherwise: Any) -> Any:
        # the inner where keeps the unused branch, and its gradient, finite
        small = absolute(denominator) < SMALL
        return where(small, otherwise, numerator / where(small, 1.0, denominator))

    def quantum(x: Any, size: Any) -> Any:
        whole = size < SMALL
        divisor = where(whole, 1.0, size)
        return where(whole, x, divisor * trunc(x / divisor))

    def step(t: Any, dt: Any, height: Any, start: Any) -> Any:
        return where(t + lead * dt > start, height, 0.0)

    def pulse(t: Any, dt: Any, start: Any, width: Any) -> Any:
        now = t + lead * dt
        return where(module.logical_and(now > start, now < start + maximum(width, dt)), 1.0, 0.0)

    def ramp(t: Any, dt: Any, slope: Any, start: Any, finish: Any) -> Any:
        end = where(finish < start, t, minimum(t, finish))
        return slope * maximum(0.0, end - start)

    functions.xidz = xidz
    functions.zidz = lambda numerator, denominator: xidz(numerator, denominator, 0.0)
    functions.quantum = quantum
    functions.log_to_base = lambda x, base: module.log(x) / module.log(base)
    functions.step, functions.pulse, functions.ramp = step, pulse, ramp
    return functions


NUMPY = namespace(np, np.interp)
