"""What a free run says of a figure: the draws of the run, and the error of the figure about each.

Also here:
- Runs of draws of a posterior: what the fit's own program makes of each, year by year.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import special, stats

from latecomer.errors import refuse
from latecomer.inference.baselines import FEWEST as FEWEST_KNOWN
from latecomer.inference.baselines import History
from latecomer.inference.likelihood import SMALLEST
from latecomer.inference.problem import Group, Problem
from latecomer.simulate.grid import Array
from latecomer.simulate.jit_cache import loop_options

if TYPE_CHECKING:
    from latecomer.data.observations import Observations
    from latecomer.study.targets import Target


Floats = NDArray[np.float64]

DRAWS = 2000
"""Fewer draws of runs than this are met by several draws of the error each."""


@dataclass(frozen=True, slots=True)
class ErrorLaw:
    """How the error of a figure is distributed about the run, before it is multiplied by its size.

    `family`: standard normal, Student's t with `degrees` of freedom, or Laplace's of mean absolute value one.
    `autocorrelation`: of the errors of neighbouring years, as that of the normals that they are made of.
    Raises InputError for an unknown family, Student's without positive degrees, and an autocorrelation of
    one and beyond.
    """

    family: Literal["normal", "student", "laplace"] = "normal"
    degrees: float = 0.0
    autocorrelation: float = 0.0

    def __post_init__(self) -> None:
        if self.family not in ("normal", "student", "laplace"):
            raise refuse(
                "error", f"the family '{self.family}'", "normal, student or laplace", "mend the name"
            )
        if self.family == "student" and not self.degrees > 0.0:
            raise refuse("error", f"{self.degrees} degrees of freedom", "more than none", "name them")
        if not -1.0 < self.autocorrelation < 1.0:
            got = f"an autocorrelation of {self.autocorrelation}"
            raise refuse("error", got, "one between -1 and 1", "take the differences of the figures")

    def probability(self, error: Floats) -> Floats:
        """The probability of an error below a standardised one; any shape."""
        if self.family == "normal":
            return np.asarray(special.ndtr(error))
        if self.family == "student":
            return np.asarray(special.stdtr(self.degrees, error), dtype=np.float64)
        return np.asarray(
            np.where(error < 0.0, 0.5 * np.exp(-np.abs(error)), 1 - 0.5 * np.exp(-np.abs(error)))
        )

    def log_density(self, error: Floats) -> Floats:
        """The logarithm of the density of a standardised error, constants included; any shape."""
        if self.family == "student":
            return np.asarray(stats.t.logpdf(error, self.degrees))
        return np.asarray((stats.norm if self.family == "normal" else stats.laplace).logpdf(error))

    def quantile(self, probability: Floats) -> Floats:
        """The standardised error below which lies a probability; any shape.

        >>> ErrorLaw("laplace").quantile(np.array([0.5 * np.exp(-2.0)])).round(9).tolist()
        [-2.0]
        """
        if self.family == "normal":
            return np.asarray(special.ndtri(probability))
        if self.family == "student":
            return np.asarray(special.stdtrit(self.degrees, probability), dtype=np.float64)
        tail = np.log(2.0 * np.minimum(probability, 1.0 - probability))
        return np.asarray(np.where(probability < 0.5, tail, -tail))


def predictive_probability(figures: Floats, runs: Floats, sizes: float | Floats, law: ErrorLaw) -> Floats:
    """The probability that the forecast gives to what is below each figure.

    p[t] = mean over draws d of F((figures[t] - runs[d, t]) / sizes[d]);  F: the distribution of the error

    Uniform over the figures of a calibrated forecast. `figures`: shape (years,); `runs`: (draws, years);
    `sizes`: one, one a draw, or (draws, years), on the same scale. Source: Dawid (1984), Journal of the
    Royal Statistical Society A 147, section 5.

    >>> predictive_probability(np.array([1.0]), np.array([[0.0], [2.0]]), 1.0, ErrorLaw()).tolist()
    [0.5]
    """
    return np.asarray(law.probability((figures - runs) / _column(sizes, len(runs))).mean(axis=0))


def predictive_log_density(figures: Floats, runs: Floats, sizes: float | Floats, law: ErrorLaw) -> Floats:
    """The log score of each figure, higher is better, shape (years,).

    log p[t] = log(mean over draws d of f((figures[t] - runs[d, t]) / sizes[d]) / sizes[d])

    f: the density of the error. Arguments as for `predictive_probability`. Source: Gelman, Hwang and Vehtari
    (2014), Statistics and Computing 24, equation 5.

    >>> two = np.array([[0.0], [9e9]])  # half the density of a normal at its mean: - log(2 pi) / 2 - log 2
    >>> predictive_log_density(np.array([0.0]), two, 1.0, ErrorLaw()).round(6).tolist()
    [-1.612086]
    """
    column = _column(sizes, len(runs))
    each = law.log_density((figures - runs) / column) - np.log(column)
    return np.asarray(special.logsumexp(each, axis=0) - np.log(len(runs)))


def predictive_paths(
    runs: Floats, sizes: float | Floats, law: ErrorLaw, years: Floats, repeats: int = 1, seed: int = 0
) -> Floats:
    """Whole paths of run and error, shape (draws * repeats, years).

    path[d, t] = runs[d, t] + sizes[d] * F^-1(Phi(u[d, t]))
    u[t] = r * u[t-] + sqrt(1 - r**2) * v[t];  r = autocorrelation ** (years since t-);  u, v: standard normal

    Each year's error has the distribution of the law, whatever the autocorrelation: with a normal law this is
    the first-order autoregression, with the others its copula. `runs`, `sizes`: as for
    `predictive_probability`; `years`: whole and rising, shape (years,).

    >>> predictive_paths(np.ones((1, 2)), 0.0, ErrorLaw(), np.array([1970.0, 1971.0])).tolist()
    [[1.0, 1.0]]
    """
    runs = np.repeat(runs, repeats, axis=0)
    sizes = np.repeat(_column(sizes, len(runs) // repeats), repeats, axis=0)
    normals = np.random.default_rng(seed).standard_normal(runs.shape)
    for t, step in enumerate(np.diff(years), start=1):
        r = law.autocorrelation**step
        normals[:, t] = r * normals[:, t - 1] + np.sqrt(1.0 - r**2) * normals[:, t]
    return np.asarray(runs + sizes * law.quantile(special.ndtr(normals)))


def on_scale(values: Floats, scale: str) -> Floats:
    """Values on the scale "log", floored as in the likelihood, or as they are.

    >>> on_scale(np.array([1.0]), "log").tolist(), on_scale(np.array([1.0]), "none").tolist()
    ([0.0], [1.0])
    """
    return np.asarray(np.log(np.maximum(values, SMALLEST)) if scale == "log" else values)


def figures_of(
    observations: Observations, iso3: str, target: Target, runs: xr.Dataset, first: int, last: int
) -> tuple[Floats, Floats]:
    """Years and figures of a target from `first` to `last`, as published, in the years that runs have.

    Both are empty where the country has no such series. Raises InputError for a `last` after a cut.
    """
    if target.observation not in observations.variables(iso3):
        return np.zeros(0), np.zeros(0)
    series = observations.series(iso3, target.observation, last)
    held = series[series.index.isin(runs["time"].to_numpy()) & (series.index >= first)]
    return np.asarray(held.index, dtype=np.float64), np.asarray(held, dtype=np.float64)


def history_of(known: Observations, iso3: str, target: Target, cut_off: int) -> History | None:
    """The figures up to a cut-off on the scale of the target; None where they are too few for a forecast.

    `known`: the observations cut there, which hold nothing later.
    """
    if iso3 not in known.countries() or target.observation not in known.variables(iso3):
        return None
    series = known.series(iso3, target.observation)
    if len(series) < FEWEST_KNOWN:
        return None
    figures = on_scale(np.asarray(series, dtype=np.float64), target.transformation)
    return History(np.asarray(series.index, dtype=np.float64), figures, cut_off)


def runs_of(runs: xr.Dataset, target: Target, years: Floats) -> Floats:
    """The variable of a target as the model has it, shape (draws, years); one draw where runs has none.

    Raises InputError for runs without the variable.
    """
    if target.variable not in runs:
        got = f"runs without '{target.variable}'"
        raise refuse(f"targets.toml, {target.series}", got, "runs that hold it", "save this variable too")
    values = runs[target.variable].sel(time=years)
    values = values.transpose("draw", "time") if "draw" in values.dims else values.expand_dims("draw")
    return values.to_numpy().astype(np.float64)


def law_of(target: Target) -> ErrorLaw:
    """How the error of a target is distributed."""
    return ErrorLaw(target.error.family, target.error.degrees, target.error.autocorrelation)


def paths_of(runs: xr.Dataset, target: Target, years: Floats, sizes: float | Floats, seed: int) -> Floats:
    """Paths of run and error on the scale of the target, drawn on the scale of its error."""
    on_error = on_scale(runs_of(runs, target, years), target.error.on)
    repeats = -(-DRAWS // len(on_error))
    paths = predictive_paths(on_error, sizes, law_of(target), years, repeats, seed)
    if target.error.on == target.transformation:
        return paths
    return on_scale(np.exp(paths) if target.error.on == "log" else paths, target.transformation)


def _column(sizes: float | Floats, draws: int) -> Floats:
    held = np.asarray(sizes, dtype=np.float64)
    return held if held.ndim == 2 else np.broadcast_to(held, (draws,)).reshape(draws, 1)


BLOCK = 8


def paths(
    problem: Problem, variables: list[str], first: dict[str, int], draws: Floats
) -> dict[str, xr.Dataset]:
    """The runs of each country for draws of standard normals, shape (draws, entries), over (draw, time).

    `variables`: names of the targets' variables in their order; `first`: the first year of each country. By
    the scheme and step of the fit. A country that runs beside ones of longer windows goes on after its own,
    with its last drivers: those years are not to be told.
    """
    vectors = np.asarray(jax.vmap(problem.layout.vectors)(jnp.asarray(draws)))
    found: dict[str, xr.Dataset] = {}
    for group in problem.groups:
        runs = _of_group(group, vectors[:, group.rows])
        for k, row in enumerate(group.rows):
            iso3 = problem.layout.countries[row]
            years = first[iso3] + np.arange(runs.shape[2])
            of = {name: (("draw", "time"), runs[:, k, :, j]) for j, name in enumerate(variables)}
            found[iso3] = xr.Dataset(of, {"draw": np.arange(len(draws)), "time": years.astype(float)})
    return {iso3: found[iso3] for iso3 in problem.layout.countries}


def _of_group(group: Group, vectors: Floats) -> Floats:
    """Runs of a group, (draws, countries, years, targets), for `vectors` (draws, countries, parameters)."""
    compiled, parts = _blocks(group.simulate), []
    for start in range(0, len(vectors), BLOCK):
        block = vectors[start : start + BLOCK]
        filled = np.concatenate([block, np.repeat(block[:1], BLOCK - len(block), axis=0)])
        parts.append(np.asarray(compiled(filled, group.tables))[: len(block)])
    return np.concatenate(parts)


@lru_cache(maxsize=4)
def _blocks(simulate: Callable[[Any, Any], Any]) -> Any:
    """The compiled runs of a block of draws, one program for all problems that share a simulator."""

    def run(block: Array, tables: Array) -> Any:
        return jax.vmap(lambda one: simulate(one, tables))(block)

    return jax.jit(run, compiler_options=loop_options())
