"""The functions that an emitted text calls, built on NumPy or on a module that looks like it."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Module: TypeAlias = ModuleType | SimpleNamespace
Value: TypeAlias = float | NDArray[Any]
"""A number or an array of NumPy; an array of JAX, which is no type of this layer, is taken for one."""
# below this size Vensim takes a divisor for zero
SMALL = 1e-6
# half a step, less a hair: the middle of a step must not reach an event at its end by rounding
LEAD = 0.5 * (1 - 1e-6)
# a hair of a step, by which rounding may miss a time
HAIR = 1e-6


def namespace(module: Module, interp: Callable[[Any, Any, Any], Any], lead: float = LEAD) -> SimpleNamespace:
    """The functions of the model language on an array module (`numpy` or `jax.numpy`).

    STEP and PULSE set in `lead` time steps early: half a step, as in Vensim, so that rounding of the time
    cannot delay them by a whole one, or 0 for a solver that chooses its own steps.

    >>> functions = namespace(np, np.interp)
    >>> float(functions.xidz(1.0, 0.0, 5.0)), float(functions.ramp(3.0, 0.5, 2.0, 1.0, 10.0))
    (5.0, 4.0)
    """
    direct = (
        "absolute exp log sqrt sin cos tan arcsin arccos arctan sinh cosh tanh trunc minimum maximum power "
        "fmod where logical_and logical_or logical_not equal not_equal less less_equal greater greater_equal"
    )
    functions = SimpleNamespace(**{name: getattr(module, name) for name in direct.split()}, interp=interp)
    functions.floor = _floor(module)
    functions.truth = lambda number: module.not_equal(number, 0.0)
    functions.log_to_base = lambda x, base: module.log(x) / module.log(base)
    _add_division(functions, module)
    _add_events(functions, module, lead)
    return functions


def _floor(module: Module) -> Callable[[Any], Any]:
    def floor(x: Value) -> Any:
        whole = module.trunc(x)
        return module.where(module.less(x, whole), whole - 1.0, whole)

    return floor


def _add_division(functions: SimpleNamespace, module: Module) -> None:
    where, absolute, trunc = module.where, module.absolute, module.trunc

    def guarded(numerator: Value, denominator: Value, zero: Value, otherwise: Value) -> Any:
        # the inner where keeps the unused branch, and its gradient, finite
        return where(zero, otherwise, numerator / where(zero, 1.0, denominator))

    def xidz(numerator: Value, denominator: Value, otherwise: Value) -> Any:
        return guarded(numerator, denominator, absolute(denominator) < SMALL, otherwise)

    def quantum(x: Value, size: Value) -> Any:
        whole = size < SMALL
        divisor = where(whole, 1.0, size)
        return where(whole, x, divisor * trunc(x / divisor))

    def modulo(x: Value, size: Value) -> Any:
        # programs differ for a divisor that is not positive
        positive = size >= SMALL
        return where(positive, functions.fmod(x, where(positive, size, 1.0)), np.nan)

    def mod(x: Value, size: Value) -> Any:
        return where(module.less(x, 0.0), np.nan, modulo(x, size))

    functions.mod = mod
    functions.xidz, functions.quantum, functions.modulo = xidz, quantum, modulo
    functions.zidz = lambda numerator, denominator: xidz(numerator, denominator, 0.0)
    functions.safediv = lambda a, b, otherwise: guarded(a, b, module.equal(b, 0.0), otherwise)
    functions.within = lambda x, limit: where(x > limit, np.nan, x)
    functions.lag = lambda time, dt: where(time < dt * (1 - 1e-9), np.nan, time)
    # a choice, not a maximum: where both sides are nought, the derivative is that of the flow alone
    functions.drained = lambda flow, stock, dt: where(flow * dt < -stock, -stock / dt, flow)
    # next to nothing, not nought: a stock that was there when the step began has a logarithm
    functions.unsigned = lambda stock: where(stock < 0.0, SMALL, stock)


def _add_events(functions: SimpleNamespace, module: Module, lead: float) -> None:
    where, minimum, maximum, logical_and = module.where, module.minimum, module.maximum, module.logical_and

    def step(t: Value, dt: Value, height: Value, start: Value) -> Any:
        return where(t + lead * dt > start, height, 0.0)

    def pulse(t: Value, dt: Value, start: Value, width: Value) -> Any:
        now = t + lead * dt
        return where(logical_and(now > start, now < start + maximum(width, dt)), 1.0, 0.0)

    def pulse_train(t: Value, dt: Value, start: Value, width: Value, interval: Value, end: Value) -> Any:
        now = t + lead * dt
        # how far the current pulse, or the gap behind it, has come
        since = (now - start) - interval * functions.floor((now - start) / interval)
        inside = logical_and(now > start, logical_and(since > 0, since < maximum(width, dt)))
        # programs differ on whether a pulse still holds at the end itself
        unsure = logical_and(inside, module.absolute(t - end) < HAIR * dt)
        return where(unsure, np.nan, where(logical_and(inside, t < end), 1.0, 0.0))

    def ramp(t: Value, dt: Value, slope: Value, start: Value, finish: Value) -> Any:
        end = where(finish < start, t, minimum(t, finish))
        return slope * maximum(0.0, end - start)

    def step_at(t: Value, dt: Value, height: Value, start: Value) -> Any:
        return where(t + HAIR * dt >= start, height, 0.0)

    def pulse_of(t: Value, dt: Value, volume: Value, first: Value, interval: Value) -> Any:
        since = t + HAIR * dt - first
        repeated = where(interval > 0, interval, 1.0)
        since = where(interval > 0, since - repeated * maximum(functions.floor(since / repeated), 0.0), since)
        return where(logical_and(since >= 0, since < dt), volume / dt, 0.0)

    functions.step, functions.pulse, functions.ramp = step, pulse, ramp
    functions.pulse_train = pulse_train
    functions.step_at, functions.pulse_of = step_at, pulse_of


NUMPY = namespace(np, np.interp)
