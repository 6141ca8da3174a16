"""The likelihood of the model with noise: figures met year by year by a Kalman filter.

The free run is held against figures with all of its distance from them put down to their errors. Here the
stocks with a volatility move by noise too, and each figure corrects the stocks before the next is predicted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from numpy.typing import NDArray

from latecomer.calibrate.figures import figures_within, has_figures
from latecomer.calibrate.filter_inputs import (
    SPREAD,
    Series,
    initial_spread,
    make_draws,
    make_figures,
    stock_places,
)
from latecomer.calibrate.filters import Filtered, ensemble_filter, extended_filter
from latecomer.calibrate.layout import Layout, make_layout
from latecomer.calibrate.problem import SCHEME, STEP, annual_tables, span
from latecomer.faults import refuse
from latecomer.language import Kind
from latecomer.solve.inputs import SEEDS, choose, whole
from latecomer.solve.settings import loop_options
from latecomer.solve.transition import Transition, make_transition

if TYPE_CHECKING:
    import xarray as xr

    from latecomer.language import Variable
    from latecomer.solve.model import Model
    from latecomer.study.rooms import Rooms

FILTERS = ("extended", "ensemble")
MEMBERS = 64
WHOLE_YEARS = 1.0

Likelihood = Callable[..., Filtered]
"""(p, tables=None, start=None) -> `Filtered`: pure, to be put under jit and grad by the caller."""


@dataclass(frozen=True, slots=True)
class StateSpace:
    """The likelihood of one country: called with standard normals (entries,) it gives minus its logarithm.

    `traced(z)` is all that the filter finds, as JAX traces it; `filtered(z)` the same, compiled;
    `value_and_gradient(z)` minus the log likelihood and its derivative by z, compiled.
    """

    layout: Layout
    transition: Transition
    traced: Callable[[Any], Filtered]
    filtered: Callable[[Any], Filtered]
    value_and_gradient: Callable[[Any], tuple[Any, Any]]

    def __call__(self, z: Any) -> Any:
        """Minus the log likelihood of the figures, constants included, Dmnl."""
        # what is compiled with options of its own cannot stand inside another compiled function
        return (self.traced if isinstance(z, jax.core.Tracer) else self.filtered)(z).loss


def extended_likelihood(
    transition: Transition,
    series: Sequence[Series],
    spread: float | Mapping[str, float] = SPREAD,
    positive: Sequence[str] = (),
) -> Likelihood:
    """The extended Kalman filter of a model on some series: the outputs of `transition`, in order.

    `spread`: standard deviation of initial stocks over their absolute values, of all or {stock: spread} with
    the default for the others; `positive`: stocks that no update may bring to nought. An update of n stocks
    by K v shrinks a positive stock y that is to fall by w to y exp(-w / y). Raises `InputError`.
    """
    figures, wide = make_figures(transition, series), initial_spread(transition, spread)
    kept = _marked(transition, positive)

    def likelihood(p: Any, tables: Any = None, start: Any = None) -> Filtered:
        return extended_filter(transition, transition.prepare(p, tables, start), figures, wide, kept)

    return likelihood


def ensemble_likelihood(
    transition: Transition,
    series: Sequence[Series],
    spread: float | Mapping[str, float] = SPREAD,
    positive: Sequence[str] = (),
    members: int = MEMBERS,
    seed: int = 0,
) -> Likelihood:
    """The ensemble Kalman filter with perturbed figures; arguments as for `extended_likelihood`.

    Draws are told by (seed, member, year), so that the likelihood is a function of its arguments only and can
    be differentiated. Raises `InputError`, for fewer than two members too.
    """
    figures, wide = make_figures(transition, series), initial_spread(transition, spread)
    kept = _marked(transition, positive)
    if members < 2:
        raise refuse("members", str(members), "two at least", "a covariance needs two; 64 is the default")
    draws = make_draws(transition, series, members, whole("seed", seed, *SEEDS))

    def likelihood(p: Any, tables: Any = None, start: Any = None) -> Filtered:
        return ensemble_filter(transition, transition.prepare(p, tables, start), figures, wide, kept, draws)

    return likelihood


def state_space_likelihood(
    rooms: Rooms,
    iso3: str,
    until: int | None = None,
    filter: str = "extended",  # noqa: A002 - the field's own word
    variant: str | None = None,
    spread: float | Mapping[str, float] = SPREAD,
    positive: Sequence[str] | None = None,
    members: int = MEMBERS,
    seed: int = 0,
    smooth: float = 0.0,
) -> StateSpace:
    """Minus the log likelihood of a country's figures up to `until`, as a function of standard normals.

    `filter`: "extended", or "ensemble" with `members` told by `seed`; `positive`: by default `stay_positive`.
    Targets of weight 0 are left out; a weight w divides the variance of an error. Raises `InputError`.
    """
    choose("filter", filter, FILTERS)
    start, end = span(rooms, iso3, until)
    layout = _layout(rooms, iso3, variant)
    axis = np.arange(start, end + 1.0)
    tables = {name: y[0] for name, y in annual_tables(rooms, {iso3: (start, end)}, end - start).items()}
    series = country_series(rooms, iso3)
    grids = dict.fromkeys(tables, axis)
    outputs = [one.variable for one in series]
    transition = make_transition(
        rooms.model.text, (axis[0], axis[-1]), outputs, STEP, WHOLE_YEARS, SCHEME, grids, smooth
    )
    if positive is None:
        values = dict(zip(rooms.model.parameter_names, layout.base[0], strict=True))
        drivers = {name: (axis, y) for name, y in tables.items()}
        positive = stay_positive(rooms.model, (axis[0], axis[-1]), values, drivers)
    if filter == "extended":
        likelihood = extended_likelihood(transition, series, spread, positive)
    else:
        likelihood = ensemble_likelihood(transition, series, spread, positive, members, seed)

    def traced(z: Any) -> Filtered:
        return likelihood(layout.vectors(z)[0], tables)

    options = loop_options()
    both = jax.jit(jax.value_and_grad(lambda z: traced(z).loss), compiler_options=options)
    return StateSpace(layout, transition, traced, jax.jit(traced, compiler_options=options), both)


def country_series(rooms: Rooms, iso3: str) -> list[Series]:
    """The series of the targets that a country has figures of, within their windows, on their errors' scale.

    Errors count as independent from year to year: what lasts is for the shocks of the model to explain.
    """
    found = []
    for target in rooms.targets.targets:
        if not has_figures(rooms, iso3, target):
            continue
        inside = dict(figures_within(rooms, iso3, target))
        size = target.scale(iso3) / float(np.sqrt(target.weight))
        if inside:
            found.append(Series(target.variable, inside, size, target.error.on == "log", target.series))
    return found


def stay_positive(
    model: Model, years: tuple[float, float], parameters: Mapping[str, float], drivers: Mapping[str, Any]
) -> tuple[str, ...]:
    """The stocks whose text allows nothing below nought, and those without noise that a free run keeps there.

    The text seldom states limits; a stock above nought all along, by the values of the tables, is taken for
    one that cannot be negative. A stock with noise of its own is so only where its text says it.
    """
    stocks = model.text.of_kind(Kind.STOCK)
    run = model.run(years, STEP, SCHEME, parameters, drivers, save_every=WHOLE_YEARS, backend="numpy")
    said = {v.name for v in stocks if v.limits[0] is not None and v.limits[0] >= 0.0}
    own = [v for v in stocks if v.name not in (*said, *model.program.noisy_names)]
    return tuple(v.name for v in stocks if v.name in said or (v in own and _lowest(run, v) >= 0.0))


def _lowest(run: xr.Dataset, stock: Variable) -> float:
    # an array counts as a whole; a part of SMOOTH and the like, which no one wrote, is not in a result
    name = stock.base if stock.base in run else stock.name
    return float(np.nanmin(run[name])) if name in run else -np.inf


def _layout(rooms: Rooms, iso3: str, variant: str | None) -> Layout:
    asked: dict[str, Any] = {} if variant is None else {"variant": variant}
    base = {iso3: rooms.parameter_values(iso3, **asked)}
    own = {iso3: rooms.countries[iso3].parameters.priors}
    return make_layout(rooms.model.parameter_names, base, rooms.parameters.priors, own)


def _marked(transition: Transition, positive: Sequence[str]) -> NDArray[np.bool_]:
    found = np.zeros(len(transition.state_names), dtype=bool)
    found[stock_places(transition, "positive", positive)] = True
    return found
