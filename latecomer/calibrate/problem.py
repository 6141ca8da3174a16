"""A joint fit as one differentiable function: priors, free runs of every country, figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from latecomer.calibrate.layout import Layout, make_layout
from latecomer.calibrate.likelihood import ObservationArrays, negative_log_likelihood, negative_log_prior
from latecomer.faults import refuse
from latecomer.language.syntax import Lookup, Reference, walk
from latecomer.language.text import CONTROLS, TIME, Kind, ModelText
from latecomer.solve.settings import loop_options

if TYPE_CHECKING:
    from latecomer.study.rooms import Rooms

STEP = 0.25
SCHEME = "heun"
"""Heun's scheme with four steps a year: twice the evaluations of Euler, a quarter of those of RK4 with eight
steps, from which it differs by less than the figures can tell."""


@dataclass(frozen=True, slots=True)
class Group:
    """Countries that run side by side, for as many years."""

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
    rooms: Rooms,
    countries: Sequence[str],
    until: int | None = None,
    smooth: float = 0.0,
    variant: str | None = None,
) -> Problem:
    """The joint fit of some countries on figures up to `until` (all figures of their windows when None).

    `smooth`: the width of rounded kinks, see `latecomer.solve.smooth`; 0 for the exact model. `variant`: the
    one whose switches are set, by default those of the tables.
    """
    layout = country_layout(rooms, countries, variant)
    spans = [span(rooms, iso3, until) for iso3 in countries]
    groups = tuple(
        _group(rooms, countries, spans, rows, smooth) for rows in side_by_side(rooms.model.text, spans)
    )

    def loss(z: Any, numbers: Any, given: Any) -> Any:
        vectors = layout.vectors(z, numbers)
        total = negative_log_prior(z)
        for group, (tables, arrays) in zip(groups, given, strict=True):
            simulated = jnp.moveaxis(group.simulate(vectors[group.rows], tables), 0, -1)
            total = total + negative_log_likelihood(ObservationArrays(*arrays), simulated)
        return total

    # figures, drivers and priors are handed over: one compiled program serves every variant and every vintage
    given = tuple((group.tables, astuple(group.observed)) for group in groups)
    options, numbers = loop_options(), layout.numbers
    both = jax.jit(jax.value_and_grad(loss), compiler_options=options)
    alone = jax.jit(loss, compiler_options=options)
    return Problem(layout, groups, lambda z: alone(z, numbers, given), lambda z: both(z, numbers, given))


def span(rooms: Rooms, iso3: str, until: int | None) -> tuple[int, int]:
    """First and last year of a country's run in a fit; raises `InputError` when `until` leaves no year."""
    window = rooms.countries[iso3].window
    end = window.end if until is None else min(until, window.end)
    if end <= window.start:
        raise refuse(
            "--until", str(until), f"a year after {window.start}, where {iso3} begins", "choose a later year"
        )
    return window.start, end


def country_layout(rooms: Rooms, countries: Sequence[str], variant: str | None = None) -> Layout:
    """The layout of a joint fit of some countries of a study."""
    asked: dict[str, Any] = {} if variant is None else {"variant": variant}
    own = {iso3: rooms.countries[iso3].parameters.priors for iso3 in countries}
    base = {iso3: rooms.parameter_values(iso3, **asked) for iso3 in countries}
    return make_layout(rooms.model.parameter_names, base, rooms.parameters.priors, own)


def side_by_side(text: ModelText, spans: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Which countries run side by side: all, or those of the same years where the text reads Time itself.

    Where Time is but the place in a table, a run depends on the years since its start, and one compiled
    program serves windows of every length: the shorter ones go on, unseen by the likelihood.
    """
    if time_in_tables_only(text):
        return [list(range(len(spans)))]
    return [[i for i, one in enumerate(spans) if one == years] for years in sorted(set(spans))]


def time_in_tables_only(text: ModelText) -> bool:
    """Whether no equation reads Time or a control but as the place in a table."""
    clock = {Reference(name) for name in (TIME, *CONTROLS)}
    for variable in text.variables:
        nodes = list(walk(variable.definition))
        placed = sum(node.argument in clock for node in nodes if isinstance(node, Lookup))
        if variable.kind is not Kind.CONTROL and sum(node in clock for node in nodes) > placed:
            return False
    return True


def _group(
    rooms: Rooms,
    countries: Sequence[str],
    spans: Sequence[tuple[int, int]],
    rows: Sequence[int],
    smooth: float,
) -> Group:
    members = {countries[i]: spans[i] for i in rows}
    length = max(end - start for start, end in members.values())
    starts = {start for start, _ in members.values()}
    first = starts.pop() if len(starts) == 1 else 0
    axis = np.arange(first, first + length + 1, dtype=np.float64)
    tables = annual_tables(rooms, members, length)
    outputs = [target.variable for target in rooms.targets.targets]
    grids = dict.fromkeys(tables, axis)
    simulate = rooms.model.simulator(STEP, axis[0], axis[-1], 1.0, outputs, SCHEME, grids, smooth)
    observed = observation_arrays(rooms, members, length)
    return Group(np.array(rows, dtype=np.int64), jax.vmap(simulate), tables, observed)


def annual_tables(
    rooms: Rooms, spans: Mapping[str, tuple[int, int]], length: int
) -> dict[str, NDArray[np.float64]]:
    """Drivers and policy levers in the years since each country's start, shape (countries, years) each."""
    points = {iso3: rooms.tables(iso3, end) for iso3, (_, end) in spans.items()}
    axes = {iso3: np.arange(start, start + length + 1.0) for iso3, (start, _) in spans.items()}
    names = next(iter(points.values()))
    return {name: np.stack([np.interp(axes[iso3], *points[iso3][name]) for iso3 in spans]) for name in names}


def observation_arrays(rooms: Rooms, spans: Mapping[str, tuple[int, int]], length: int) -> ObservationArrays:
    """The figures in the years since each country's start; what is missing is masked, never filled."""
    targets = rooms.targets.targets
    figures = np.full((length + 1, len(targets), len(spans)), np.nan)
    for k, (iso3, (start, end)) in enumerate(spans.items()):
        known = rooms.observations.variables(iso3)
        for j, target in enumerate(targets):
            if target.weight > 0 and target.observation in known:
                series = rooms.observations.series(iso3, target.observation)
                figures[: end - start + 1, j, k] = series.reindex(range(start, end + 1)).to_numpy(dtype=float)
    column = (1, len(targets), 1)
    on_log = np.array([target.error.on == "log" for target in targets]).reshape(column)
    scale = np.array([target.error.scale for target in targets]).reshape(column)
    degrees = np.array([target.error.degrees for target in targets]).reshape(column)
    weight = np.array([target.weight for target in targets], dtype=np.float64).reshape(column)
    return ObservationArrays(figures, np.isfinite(figures), on_log, scale, degrees, weight)
