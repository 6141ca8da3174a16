"""The naive forecasts that a model is held against: a mean and a standard deviation for each later year."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from latecomer.errors import refuse

Floats = NDArray[np.float64]
FEWEST = 4
"""Fewer figures than this leave no degree of freedom to an autoregression."""

EXPLOSIVE = 1.5
"""How far above one the persistence is sought, to tell an explosive estimate from one at the unit root."""


@dataclass(frozen=True, slots=True)
class History:
    """The figures of one series up to a cut-off, on the scale that is forecast.

    `years`: whole and rising, gaps as they are, shape (n,); `figures`: shape (n,); `cut_off`: no figure is
    later. Raises InputError for anything else, and for fewer than four figures.
    """

    years: Floats
    figures: Floats
    cut_off: int

    def __post_init__(self) -> None:
        n = len(self.years)
        if n != len(self.figures) or n < FEWEST:
            got = f"{n} years and {len(self.figures)} figures"
            raise refuse(
                "naive forecast", got, f"as many of both, {FEWEST} at least", "add the early figures"
            )
        if not np.isfinite(self.figures).all():
            raise refuse("naive forecast", "a figure that is not finite", "finite ones", "leave the year out")
        if np.any(self.years != np.round(self.years)) or np.any(np.diff(self.years) <= 0):
            raise refuse("naive forecast", "years out of order", "whole years that rise", "sort the figures")
        if self.years[-1] > self.cut_off:
            got = f"a figure of {self.years[-1]:.0f}"
            raise refuse("naive forecast", got, f"figures up to {self.cut_off}", "cut the figures")

    @property
    def steps(self) -> Floats:
        """Years from each figure to the next, shape (n - 1,)."""
        return np.diff(self.years)

    def horizon(self, ahead: Floats) -> Floats:
        """Years from the last figure to each year `ahead`; raises InputError for one up to the cut-off."""
        if len(ahead) and np.min(ahead) <= self.cut_off:
            got = f"the year {np.min(ahead):.0f}"
            raise refuse("naive forecast", got, f"years after {self.cut_off}", "ask for later ones")
        return np.asarray(ahead - self.years[-1], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Forecast:
    """A normal forecast on the scale of the figures; `note` tells what was limited, "" where nothing was."""

    years: Floats
    mean: Floats
    sd: Floats
    note: str = ""


def random_walk_with_drift(history: History, ahead: Floats) -> Forecast:
    """The random walk with its own drift, whose uncertainty counts.

    drift = (y[n] - y[1]) / T;  s**2 = sum((dy - drift * dt)**2 / dt) / (n - 2);  T = t[n] - t[1]
    mean = y[n] + drift * h;  var = s**2 * h + h**2 * s**2 / T

    dy, dt: changes and years between one figure and the next. `ahead`: years, shape (m,). Raises InputError
    for a year up to the cut-off.

    >>> four = History(np.arange(1970.0, 1974.0), np.arange(4.0), 1973)
    >>> random_walk_with_drift(four, np.array([1974.0, 1975.0])).mean.tolist()
    [4.0, 5.0]
    """
    return _walk(history, ahead, 1.0)


def half_drift(history: History, ahead: Floats) -> Forecast:
    """The random walk with half its drift: growth is expected to fall back half way.

    mean = y[n] + drift / 2 * h;  var = s**2 * h + h**2 * s**2 / T / 4

    Symbols, arguments and errors as for `random_walk_with_drift`.

    >>> four = History(np.arange(1970.0, 1974.0), np.arange(4.0), 1973)
    >>> half_drift(four, np.array([1974.0, 1975.0])).mean.tolist()
    [3.5, 4.0]
    """
    return _walk(history, ahead, 0.5)


def no_change(history: History, ahead: Floats) -> Forecast:
    """The last figure for ever: a random walk that has no drift.

    mean = y[n];  var = s**2 * h;  s**2 = sum(dy**2 / dt) / (n - 1)

    Symbols, arguments and errors as for `random_walk_with_drift`.

    >>> four = History(np.arange(1970.0, 1974.0), np.array([0.0, 2.0, 0.0, 2.0]), 1973)
    >>> no_change(four, np.array([1974.0, 1977.0])).sd.tolist()  # every change is 2
    [2.0, 4.0]
    """
    h = history.horizon(ahead)
    variance = float(np.mean(np.diff(history.figures) ** 2 / history.steps))
    return Forecast(ahead, np.full(len(h), history.figures[-1]), np.sqrt(variance * h))


def autoregression(history: History, ahead: Floats) -> Forecast:
    """A first-order autoregression with intercept by least squares, never explosive.

    y[t+1] = a + b * y[t] + e;  |b| <= 1
    mean = a * S(h) + b**h * y[n];  S(k) = 1 + b + ... + b**(k-1);  V(k) = 1 + b**2 + ... + b**(2*(k-1))
    var = s**2 * V(h) + g(h) @ cov(a, b) @ g(h);  g: the gradient of the mean in (a, b)

    Over a gap of k years the error has the variance s**2 * V(k), and the conditional likelihood takes the
    place of least squares, with which it agrees where no year is missing. An estimate beyond one is limited
    to it, which `note` tells: the forecast is then the random walk with drift. Arguments and errors as for
    `random_walk_with_drift`. Source: Hamilton (1994), Time Series Analysis, sections 4.2 and 5.2.

    >>> halves = History(np.arange(1970.0, 1975.0), np.array([16.0, 8.0, 4.0, 2.0, 1.0]), 1974)
    >>> autoregression(halves, np.array([1975.0, 1976.0])).mean.round(9).tolist()
    [0.5, 0.25]
    """
    h = history.horizon(ahead)
    if np.ptp(history.figures[:-1]) == 0.0:  # figures that do not move say nothing of persistence
        found, b, note, free = 0.0, 0.0, "persistence taken as 0: the figures do not move", False
    else:
        found = _persistence(history)
        b = float(np.clip(found, -1.0, 1.0))
        free = found == b
        note = "" if free else f"persistence {found:.3f} limited to {b:.0f}"
    a, errors = _intercept(history, b)
    variance = float(np.sum(errors**2)) / (len(errors) - (2 if free else 1))
    design, weight = _gradient(a, b, history.steps, history.figures[:-1])
    slopes, growth = _gradient(a, b, h, np.full(len(h), history.figures[-1]))
    taken = slice(0, 2 if free else 1)
    design = design[:, taken] / np.sqrt(weight)[:, None]
    covariance = variance * np.linalg.pinv(design.T @ design)
    estimated = np.einsum("hi,ij,hj->h", slopes[:, taken], covariance, slopes[:, taken])
    mean = a * slopes[:, 0] + b**h * history.figures[-1]
    return Forecast(ahead, mean, np.sqrt(np.maximum(variance * growth + estimated, 0.0)), note)


NAIVE: Mapping[str, Callable[[History, Floats], Forecast]] = {
    "random walk with drift": random_walk_with_drift,
    "AR(1)": autoregression,
    "no change": no_change,
    "half drift": half_drift,
}


def naive_forecasts(history: History, ahead: Floats) -> dict[str, Forecast]:
    """Every naive forecast of the years `ahead` by its name; raises InputError as each of them does."""
    return {name: forecast(history, ahead) for name, forecast in NAIVE.items()}


def _walk(history: History, ahead: Floats, share: float) -> Forecast:
    h, span = history.horizon(ahead), float(history.years[-1] - history.years[0])
    drift = float(history.figures[-1] - history.figures[0]) / span
    errors = (np.diff(history.figures) - drift * history.steps) ** 2 / history.steps
    variance = float(np.sum(errors)) / (len(errors) - 1)
    sd = np.sqrt(variance * h + (share * h) ** 2 * variance / span)
    return Forecast(ahead, history.figures[-1] + share * drift * h, sd)


def _persistence(history: History) -> float:
    before, after = history.figures[:-1], history.figures[1:]
    if np.all(history.steps == 1.0):
        apart = before - before.mean()
        return float(apart @ (after - after.mean()) / (apart @ apart))
    # steps of two years, four years and so on do not tell the sign
    lowest = -EXPLOSIVE if np.any(history.steps % 2 == 1) else 0.0
    grid = np.linspace(lowest, EXPLOSIVE, 301)
    losses = [_loss(b, history) for b in grid]
    best = int(np.argmin(losses))
    near = (grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)])
    found = minimize_scalar(_loss, bounds=near, args=(history,), method="bounded", options={"xatol": 1e-10})
    return float(found.x) if found.fun < losses[best] else float(grid[best])


def _loss(b: float, history: History) -> float:
    _, errors = _intercept(history, b)
    _, weight = _gradient(0.0, b, history.steps, history.figures[:-1])
    least = np.finfo(float).tiny  # a line without error has a sum of nought
    return float(len(errors) * np.log(max(np.sum(errors**2), least)) + np.sum(np.log(weight)))


def _intercept(history: History, b: float) -> tuple[float, Floats]:
    slopes, weight = _gradient(0.0, b, history.steps, history.figures[:-1])
    left = (history.figures[1:] - b**history.steps * history.figures[:-1]) / np.sqrt(weight)
    regressor = slopes[:, 0] / np.sqrt(weight)
    size = float(regressor @ regressor)
    a = float(regressor @ left) / size if size > 0.0 else 0.0
    return a, left - a * regressor


def _gradient(a: float, b: float, steps: Floats, figures: Floats) -> tuple[Floats, Floats]:
    """Gradient of the mean after some steps in (a, b), shape (n, 2), and V: see `autoregression`."""
    j = np.arange(int(np.max(steps, initial=1.0)))
    live = j < steps[:, None]
    powers = b ** j.astype(np.float64)
    slope = j * b ** np.maximum(j - 1, 0).astype(np.float64)
    of_b = a * (live * slope).sum(axis=1) + steps * b ** (steps - 1.0) * figures
    return np.column_stack([(live * powers).sum(axis=1), of_b]), np.asarray((live * powers**2).sum(axis=1))
