"""What a filter is given: series of figures, initial spreads, stocks that stay positive, draws."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from latecomer.calibrate.filters import SMALLEST, Draws, Figures
from latecomer.faults import Fault, InputError, nearest, refuse
from latecomer.solve.normal import standard_normal
from latecomer.solve.transition import Transition

SPREAD = 0.01
"""Standard deviation of initial stocks over their values, where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Series:
    """Figures of one variable by whole year; what is not finite is missing.

    `scale`: standard deviation of a figure's error, of its logarithm where `logarithmic`; `name` tells the
    series' draws in an ensemble, the variable's unless given.
    """

    variable: str
    figures: Mapping[int, float]
    scale: float
    logarithmic: bool = False
    name: str = ""


def make_figures(transition: Transition, series: Sequence[Series]) -> Figures:
    """The figures at the saved times of a run, on the scale of their errors; other years are left out.

    Raises `InputError` for series that are not the outputs of the transition, scales that are not above
    nought, figures at or below nought under a logarithm, and no figure at all.
    """
    names = tuple(one.variable for one in series)
    if names != transition.outputs:
        raise refuse(
            "series", ", ".join(names) or "none", ", ".join(transition.outputs), "name the outputs in order"
        )
    faults = [fault for one in series for fault in _series_faults(one)]
    if faults:
        raise InputError(faults)
    plain = np.array([[one.figures.get(year, np.nan) for one in series] for year in transition.times])
    plain = plain.reshape(len(transition.times), len(series)).astype(np.float64)
    mask = np.isfinite(plain)
    if not mask.any():
        years = f"{transition.times[0]:g} to {transition.times[-1]:g}"
        raise refuse(
            "series", f"no figure from {years}", "one at least", "choose other years or another country"
        )
    logarithmic = np.array([one.logarithmic for one in series])
    safe = np.where(mask, plain, 1.0)
    values = np.where(logarithmic, np.log(np.where(logarithmic, np.maximum(safe, SMALLEST), 1.0)), safe)
    variance = np.broadcast_to(np.array([one.scale for one in series]) ** 2, plain.shape)
    return Figures(values, mask, variance, logarithmic)


def _series_faults(one: Series) -> list[Fault]:
    place, faults = f"series '{one.name or one.variable}'", []
    if not (np.isfinite(one.scale) and one.scale > 0.0):
        got = f"the scale {one.scale:g}"
        faults.append(Fault(place, got, "a standard deviation above 0", "state the error of a figure"))
    low = [year for year, figure in one.figures.items() if figure <= 0.0] if one.logarithmic else []
    if low:
        got = f"{one.figures[min(low)]:g} in {min(low)}"
        faults.append(Fault(place, got, "figures above 0 for their logarithm", "state the error on a level"))
    return faults


def initial_spread(transition: Transition, spread: float | Mapping[str, float]) -> NDArray[np.float64]:
    """Relative standard deviation of each initial state, shape (states,), nought for what is no stock.

    `spread`: of all stocks, or {stock: spread} with `SPREAD` for the others. Raises `InputError`.
    """
    given = dict(spread) if isinstance(spread, Mapping) else {}
    every = SPREAD if isinstance(spread, Mapping) else spread
    found = np.zeros(len(transition.state_names))
    found[transition.stocks] = every
    for name, place in zip(given, stock_places(transition, "spread", list(given)), strict=True):
        found[place] = given[name]
    bad = found[~(np.isfinite(found) & (found >= 0.0))]
    if bad.size:
        raise refuse(
            "spread", f"{bad[0]:g}", "a part of a stock's value, 0 or more", "0.01 is one in a hundred"
        )
    return found


def stock_places(transition: Transition, what: str, names: Sequence[str]) -> list[int]:
    """The places of some stocks among the states. Raises `InputError` for unknown names."""
    known = {transition.state_names[i]: int(i) for i in transition.stocks}
    found = [transition.text.find(name) for name in names]
    faults = [
        Fault(f"{what} '{name}'", "no stock of that name", "the name of a stock", nearest(name, known))
        for name, variable in zip(names, found, strict=True)
        if variable is None or variable.name not in known
    ]
    if faults:
        raise InputError(faults)
    return [known[variable.name] for variable in found if variable is not None]


def make_draws(transition: Transition, series: Sequence[Series], members: int, seed: int) -> Draws:
    """Fixed standard normals, each told by seed, member, year and the name of the stock or series.

    A further member, year, stock or series changes none of the others.
    """
    years = transition.times.astype(np.int64) % 2**31
    names = {
        "noise": [transition.state_names[i] for i in transition.noisy],
        "figures": [one.name or one.variable for one in series],
        "start": list(transition.state_names),
    }

    def told(what: str, when: NDArray[np.int64], count: int) -> Any:
        words = [zlib.crc32(f"{what} of {name}".encode()) for name in names[what]]
        if not words:
            return jnp.zeros((len(when), members, count, 0))
        found = _told(seed, np.arange(members), when, np.array(words, dtype=np.uint32), count)
        return jnp.moveaxis(found, 2, 3)

    noise = told("noise", years, 2 * transition.steps)
    shape = (len(years), members, transition.steps, 2, noise.shape[-1])
    return Draws(
        told("start", years[:1], 1)[0, :, 0], noise.reshape(shape), told("figures", years, 1)[:, :, 0]
    )


@partial(jax.jit, static_argnames="count")
def _told(seed: Any, members: Any, years: Any, words: Any, count: int) -> Any:
    """Standard normals told by each of the arguments, shape (years, members, words, count)."""

    def one(year: Any, member: Any, word: Any) -> Any:
        key: Any = jax.random.PRNGKey(seed)
        for part in (member, year, word):
            key = jax.random.fold_in(key, part)
        return standard_normal(key, count)

    by_word = jax.vmap(one, in_axes=(None, None, 0))
    return jax.vmap(jax.vmap(by_word, in_axes=(None, 0, None)), in_axes=(0, None, None))(
        years, members, words
    )
