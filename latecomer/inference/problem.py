"""A joint fit as one differentiable function: priors, free runs of every country, figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from latecomer.errors import refuse
from latecomer.inference.likelihood import (
    EventArrays,
    ObservationArrays,
    event_arrays,
    negative_log_events,
    negative_log_likelihood,
    negative_log_prior,
)
from latecomer.inference.observed import entries_of_errors, observation_arrays, places_of_errors
from latecomer.inference.parameters import ParameterVector, make_parameter_vector, of_populations
from latecomer.language.model_text import CONTROLS, TIME, Kind, ModelText
from latecomer.language.syntax import Lookup, Reference, walk
from latecomer.simulate.grid import Array
from latecomer.simulate.jit_cache import cached_program, loop_options, prepare_gradients

if TYPE_CHECKING:
    from latecomer.study.fits import Fit
    from latecomer.study.study import Study

STEP = 0.25
SCHEME = "heun"
"""Heun's scheme with four steps a year: twice the evaluations of Euler, a quarter of those of RK4 with eight
steps, from which it differs by less than the figures can tell."""


@dataclass(frozen=True, slots=True)
class Group:
    """Countries that run side by side, for as many years; `given` is handed over at each call.

    `sizes` and `shifts`: where those of the figures stand among the entries, or -1; `events`: None where the
    targets have none or give them no weight.
    """

    rows: NDArray[np.int64]
    axis: tuple[float, float]
    simulate: Callable[[Any, Any], Any]
    tables: dict[str, NDArray[np.float64]]
    observed: ObservationArrays
    sizes: NDArray[np.int64]
    shifts: NDArray[np.int64]
    events: EventArrays | None

    @property
    def given(self) -> tuple[Any, ...]:
        """Its arrays, as a tree that JAX takes."""
        observed, events = astuple(self.observed), None if self.events is None else astuple(self.events)
        return self.tables, observed, self.sizes, self.shifts, events

    def loss(self, vectors: Array, values: Array, given: tuple[Any, ...]) -> Any:
        """Minus the logarithm of the density of its figures; `vectors`, `values`: of the layout at z."""
        tables, arrays, size_places, shift_places, events = given
        observed = ObservationArrays(*arrays)
        simulated = jnp.moveaxis(self.simulate(vectors[self.rows], tables), 0, -1)
        sizes = jnp.where(size_places >= 0, values[size_places] / observed.scale[0], 1.0)
        shifts = jnp.where(shift_places >= 0, values[shift_places], 0.0)
        figures = simulated[:, : observed.figures.shape[1]]
        total = negative_log_likelihood(observed, figures, sizes, shifts)
        return (
            total if events is None else total + negative_log_events(EventArrays(*events), simulated[:, -1])
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """What is minimised: `loss` and `value_and_gradient` take the vector of standard normals, (entries,).

    `traced(z, given)` is the loss as JAX traces it, `given` what it is handed over; `alone` and `both`: its
    compiled programs; `mark`: a digest of what these were made from, beside `given`.
    """

    layout: ParameterVector
    groups: tuple[Group, ...]
    traced: Callable[[Any, Any], Any]
    given: tuple[Any, ...]
    alone: Callable[[Any, Any], Any]
    both: Callable[[Any, Any], tuple[Any, Any]]
    mark: str = ""

    def loss(self, z: Array) -> Any:
        """Minus the logarithm of the posterior density at z, up to a constant."""
        return self.alone(z, self.given)

    def value_and_gradient(self, z: Array) -> tuple[Any, Any]:
        """The loss at z and its gradient, (entries,)."""
        return self.both(z, self.given)

    def with_centres(self, centres: Mapping[str, float]) -> Problem:
        """The problem with other centres of some priors, by the names of their entries."""
        moved = [replace(one, centre=centres.get(str(one), one.centre)) for one in self.layout.entries]
        layout = replace(self.layout, entries=tuple(moved))
        return replace(self, layout=layout, given=(layout.numbers, self.given[1]))

    def without_figures(self, iso3: str) -> Problem:
        """The problem without the figures of one country, whose own numbers its priors then hold.

        The shared numbers are those of the joint fit of the others, and the compiled program is the same one.
        Raises InputError for a country that is none of its own.
        """
        if iso3 not in self.layout.countries:
            expected = f"one of {', '.join(self.layout.countries)}"
            raise refuse("left out", f"the country '{iso3}'", expected, "name a country of the fit")
        row, groups = self.layout.countries.index(iso3), []
        for group in self.groups:
            mask = group.observed.mask & (group.rows != row)
            groups.append(replace(group, observed=replace(group.observed, mask=mask)))
        given = (self.given[0], tuple(group.given for group in groups))
        return replace(self, groups=tuple(groups), given=given)


def make_problem(
    study: Study,
    countries: Sequence[str],
    until: int | None = None,
    smooth: float = 0.0,
    variant: str | None = None,
    within: Fit | Mapping[str, Fit] | None = None,
    through: int | None = None,
) -> Problem:
    """The joint fit of some countries on figures up to `until` (all figures of their windows when None).

    `smooth`: the width of rounded kinks, see `latecomer.simulate.smooth`; 0 for the exact model. `variant`:
    the one whose switches are set, by default those of the tables. `within`: a fit whose shared parameters
    and populations are held, or one for each country. `through`: the last year of runs that go on after the
    figures, with drivers of the country itself prolonged from before `until`.
    """
    prepare_gradients()
    spans = {iso3: span(study, iso3, until) for iso3 in countries}
    layout = country_parameter_vector(study, countries, variant, spans, within)
    groups = tuple(
        _group(study, layout, spans, rows, smooth, through)
        for rows in side_by_side(study.model.text, list(spans.values()))
    )
    traced = partial(joint_loss, layout, groups)
    # figures, drivers and priors are handed over: one compiled program serves every variant and every vintage
    given = (layout.numbers, tuple(group.given for group in groups))
    made_from = trace_key(study, layout, groups, smooth)
    both = cached_program(jax.value_and_grad(traced), made_from)
    alone = jax.jit(traced, compiler_options=loop_options())
    return Problem(layout, groups, traced, given, alone, both, sha256(made_from).hexdigest())


def trace_key(study: Study, layout: ParameterVector, groups: Sequence[Group], smooth: float) -> bytes:
    """All that the trace of a problem's loss depends on beside what it is given and the package itself."""
    entries = [(one.family, one.role.value) for one in layout.entries]
    arrays = [layout.rows, layout.columns, layout.source, layout.centres, layout.spreads]
    arrays += [group.rows for group in groups]
    outputs = [target.variable for target in study.targets.targets]
    events = None if study.targets.events is None else study.targets.events.variable
    years = [sorted(group.tables) for group in groups], [group.axis for group in groups]
    tables = {name: (x.tolist(), y.tolist()) for name, (x, y) in study.model.tables.items()}
    words = repr((study.model.program.mark, tables, entries, outputs, events, years, smooth, STEP, SCHEME))
    return words.encode() + b"".join(str(one.shape).encode() + one.tobytes() for one in arrays)


def joint_loss(layout: ParameterVector, groups: Sequence[Group], z: Array, given: tuple[Any, ...]) -> Any:
    """Minus the logarithm of the posterior density, up to a constant.

    loss = z . z / 2 - sum over groups of log p(figures | parameters(z), sizes(z), shifts(z))
    """
    numbers, of_groups = given
    vectors, values = layout.vectors(z, numbers), layout.values(z, numbers)
    losses = [group.loss(vectors, values, own) for group, own in zip(groups, of_groups, strict=True)]
    return sum(losses, negative_log_prior(z))


def span(study: Study, iso3: str, until: int | None) -> tuple[int, int]:
    """First and last year of a country's run in a fit; raises `InputError` when `until` leaves no year."""
    window = study.countries[iso3].window
    end = window.end if until is None else min(until, window.end)
    if end <= window.start:
        raise refuse(
            "--until", str(until), f"a year after {window.start}, where {iso3} begins", "choose a later year"
        )
    return window.start, end


def country_parameter_vector(
    study: Study,
    countries: Sequence[str],
    variant: str | None = None,
    spans: Mapping[str, tuple[int, int]] | None = None,
    within: Fit | Mapping[str, Fit] | None = None,
) -> ParameterVector:
    """The layout of a joint fit of some countries of a study; `spans`: the years of each one's figures.

    `within`: a fit whose shared parameters hold, and whose populations are the priors of the countries' own;
    or one for each country.
    """
    held = within if within is None or isinstance(within, Mapping) else dict.fromkeys(countries, within)
    request: dict[str, Any] = {} if variant is None else {"variant": variant}
    shared: dict[str, Any] = {
        iso3: {} if held is None else {"overrides": held[iso3].shared} for iso3 in countries
    }
    base = {iso3: study.parameter_values(iso3, **request, **shared[iso3]) for iso3 in countries}
    used = study.variants.of_values(base[countries[0]])
    idle = () if used is None else used.idle
    own = {iso3: without(study.countries[iso3].parameters.priors, idle) for iso3 in countries}
    years = {iso3: span(study, iso3, None) for iso3 in countries} if spans is None else spans
    names, errors = study.model.parameter_names, entries_of_errors(study, years)
    if held is None:
        return make_parameter_vector(
            names, base, without(study.parameters.priors, idle), own, study.populations, errors
        )
    drawn = {iso3: of_populations(priors, study.populations, held[iso3]) for iso3, priors in own.items()}
    return make_parameter_vector(names, base, {}, drawn, None, errors)


def without(priors: Mapping[str, Any], idle: Sequence[str]) -> dict[str, Any]:
    """Priors but those of parameters that nothing depends on in a variant.

    >>> without({"a": 1, "b": 2}, ["b"])
    {'a': 1}
    """
    return {name: prior for name, prior in priors.items() if name not in idle}


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
    study: Study,
    layout: ParameterVector,
    spans: Mapping[str, tuple[int, int]],
    rows: Sequence[int],
    smooth: float,
    through: int | None = None,
) -> Group:
    members = {list(spans)[i]: list(spans.values())[i] for i in rows}
    length = max(max(end, through or end) - start for start, end in members.values())
    starts = {start for start, _ in members.values()}
    first = starts.pop() if len(starts) == 1 else 0
    axis = np.arange(first, first + length + 1, dtype=np.float64)
    tables = annual_tables(study, members, length)
    outputs, events = [target.variable for target in study.targets.targets], None
    if study.targets.events is not None and study.targets.events.weight > 0:
        outputs, events = [*outputs, study.targets.events.variable], event_arrays(study, members, length)
    grids = dict.fromkeys(tables, axis)
    simulate = study.model.simulator(STEP, axis[0], axis[-1], 1.0, outputs, SCHEME, grids, smooth)
    return Group(
        np.array(rows, dtype=np.int64), (axis[0], axis[-1]), jax.vmap(simulate), tables,
        observation_arrays(study, members, length),
        *places_of_errors(study, layout.entries, members, length), events,
    )  # fmt: skip


def annual_tables(
    study: Study, spans: Mapping[str, tuple[int, int]], length: int
) -> dict[str, NDArray[np.float64]]:
    """Drivers and policy levers in the years since each country's start, shape (countries, years) each."""
    points = {iso3: study.tables(iso3, end) for iso3, (_, end) in spans.items()}
    axes = {iso3: np.arange(start, start + length + 1.0) for iso3, (start, _) in spans.items()}
    names = next(iter(points.values()))
    return {name: np.stack([np.interp(axes[iso3], *points[iso3][name]) for iso3 in spans]) for name in names}
