"""A joint fit as one differentiable function: priors, free runs of every country, figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from latecomer.calibrate.layout import Layout, make_layout
from latecomer.calibrate.likelihood import ObservationArrays, negative_log_likelihood, negative_log_prior
from latecomer.faults import refuse
from latecomer.solve.settings import loop_options

if TYPE_CHECKING:
    from latecomer.study.rooms import Rooms

STEP = 0.25
SCHEME = "heun"
"""Heun's scheme with four steps a year: twice the evaluations of Euler, a quarter of those of RK4 with eight
steps, from which it differs by less than the figures can tell."""


@dataclass(frozen=True, slots=True)
class Group:
    """Countries whose runs begin and end in the same years, and so run side by side."""

    rows: NDArray[np.int64]
    simulate: Callable[[Any, Any], Any]
    tables: dict[str, NDArray[np.float64]]
    observed: ObservationArrays


@dataclass(frozen=True, slots=True)
class Problem:
    """What is minimised; both functions take the vector of standard normals, shape (entries,)."""

    layout: Layout
    groups: tuple[Group, ...]
    loss: Callable[[Any], Any]
    value_and_gradient: Callable[[Any], tuple[Any, Any]]


def make_problem(
    rooms: Rooms, countries: Sequence[str], until: int | None = None, smooth: float = 0.0
) -> Problem:
    """The joint fit of some countries on figures up to `until` (all figures of their windows when None).

    `smooth`: the width of rounded kinks, see `latecomer.solve.smooth`; 0 for the exact model.
    """
    layout = country_layout(rooms, countries)
    spans = [span(rooms, iso3, until) for iso3 in countries]
    groups = tuple(_group(rooms, countries, spans, one, smooth) for one in sorted(set(spans)))

    def loss(z: Any) -> Any:
        vectors = layout.vectors(z)
        total = negative_log_prior(z)
        for group in groups:
            simulated = group.simulate(vectors[group.rows], group.tables)
            total = total + negative_log_likelihood(group.observed, jnp.moveaxis(simulated, 0, -1))
        return total

    options = loop_options()
    both = jax.jit(jax.value_and_grad(loss), compiler_options=options)
    return Problem(layout, groups, jax.jit(loss, compiler_options=options), both)


def span(rooms: Rooms, iso3: str, until: int | None) -> tuple[int, int]:
    """First and last year of a country's run in a fit; raises `InputError` when `until` leaves no year."""
    window = rooms.countries[iso3].window
    end = window.end if until is None else min(until, window.end)
    if end <= window.start:
        raise refuse(
            "--until", str(until), f"a year after {window.start}, where {iso3} begins", "choose a later year"
        )
    return window.start, end


def country_layout(rooms: Rooms, countries: Sequence[str]) -> Layout:
    """The layout of a joint fit of some countries of a study."""
    own = {iso3: rooms.countries[iso3].parameters.priors for iso3 in countries}
    base = {iso3: rooms.parameter_values(iso3) for iso3 in countries}
    return make_layout(rooms.model.parameter_names, base, rooms.parameters.priors, own)


def _group(
    rooms: Rooms,
    countries: Sequence[str],
    spans: Sequence[tuple[int, int]],
    years: tuple[int, int],
    smooth: float,
) -> Group:
    rows = np.array([i for i, one in enumerate(spans) if one == years], dtype=np.int64)
    members = [countries[i] for i in rows]
    axis = np.arange(years[0], years[1] + 1, dtype=np.float64)
    tables = annual_tables(rooms, members, axis)
    outputs = [target.variable for target in rooms.targets.targets]
    first, last = float(years[0]), float(years[1])
    grids = dict.fromkeys(tables, axis)
    simulate = rooms.model.simulator(STEP, first, last, 1.0, outputs, SCHEME, grids, smooth)
    return Group(rows, jax.vmap(simulate), tables, observation_arrays(rooms, members, axis))


def annual_tables(
    rooms: Rooms, countries: Sequence[str], axis: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Drivers and policy levers on one grid of years, shape (countries, years) each."""
    until = int(axis[-1])
    points = {iso3: rooms.tables(iso3, until) for iso3 in countries}
    names = points[countries[0]]
    return {name: np.stack([np.interp(axis, *points[iso3][name]) for iso3 in countries]) for name in names}


def observation_arrays(
    rooms: Rooms, countries: Sequence[str], axis: NDArray[np.float64]
) -> ObservationArrays:
    """The figures of the targets on a grid of years; what is missing is masked, never filled."""
    targets = rooms.targets.targets
    figures = np.full((len(axis), len(targets), len(countries)), np.nan)
    for k, iso3 in enumerate(countries):
        known = rooms.observations.variables(iso3)
        for j, target in enumerate(targets):
            if target.weight > 0 and target.observation in known:
                series = rooms.observations.series(iso3, target.observation)
                figures[:, j, k] = series.reindex(axis.astype(int)).to_numpy(dtype=float)
    column = (1, len(targets), 1)
    on_log = np.array([target.error.on == "log" for target in targets]).reshape(column)
    scale = np.array([target.error.scale for target in targets]).reshape(column)
    degrees = np.array([target.error.degrees for target in targets]).reshape(column)
    weight = np.array([target.weight for target in targets], dtype=np.float64).reshape(column)
    return ObservationArrays(figures, np.isfinite(figures), on_log, scale, degrees, weight)
