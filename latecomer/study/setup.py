"""What a run of a country starts from: parameters, tables, years, and what of it is assumed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from latecomer.study.assumptions import Assumed, Assumption, carried_beyond
from latecomer.study.drivers import Points
from latecomer.study.fits import Fit
from latecomer.study.levers import TABLE
from latecomer.study.scenarios import Scenario, scenario_tables
from latecomer.study.span import checked_span
from latecomer.study.values import values_of, variant_of

if TYPE_CHECKING:
    from latecomer.study.rooms import Rooms

NONE = "none"


@dataclass(frozen=True)
class Setup:
    """A run before it is made; `variant`: the name of the one whose switches it has, or "none"."""

    parameters: Mapping[str, float]
    tables: Mapping[str, Points]
    years: tuple[float, float]
    variant: str
    assumed: tuple[Assumed, ...] = ()


def run_setup(
    rooms: Rooms,
    iso3: str,
    fit: Fit | str | None = None,
    overrides: Mapping[str, float] | None = None,
    years: tuple[float, float] | None = None,
    scenario: Scenario | str | None = None,
    variant: str | None = None,
    dt: float | None = None,
) -> Setup:
    """The setup of a run of a country: of its record, or of a scenario beyond it.

    `years`: first and last, by default the first of the country's window and the horizon of the scenario, or
    the end of the window; beyond the window drivers go on by the assumptions of the study after their last
    figures. `dt`: the step of the run, by default that of the text. Raises InputError for what the study does
    not know, as `values_of`, `checked_span`, `Drivers.tables`, `carried_beyond` and `scenario_tables` do.
    """
    chosen, asked = rooms.fit(fit), rooms.scenario(scenario)
    window = rooms.countries[iso3].window
    horizon = None if asked is None else asked.horizon
    span = (float(window.start), float(horizon or window.end)) if years is None else years
    span = checked_span(rooms, iso3, span, dt)
    until = None if chosen is None else chosen.until
    changed = {} if asked is None else asked.parameters(iso3)
    values = values_of(rooms, iso3, chosen, variant_of(rooms, chosen, variant), changed, overrides or {})
    assert rooms.agreed
    used = rooms.variants.of_values(values)
    name = NONE if used is None else used.name
    drivers = rooms.drivers
    if asked is None:
        recorded = rooms.tables(iso3, until)
        if span[1] <= window.end:
            return Setup(values, recorded, span, name, tuple(_held(recorded, drivers.sources, span[1])))
        known = drivers.tables(iso3, until, whole=True)
        further, carried = carried_beyond(known, drivers.sources, rooms.assumptions, iso3, span[1])
        return Setup(values, further, span, name, tuple(carried))
    tables, assumed = scenario_tables(
        drivers.tables(iso3, until, whole=True), asked, iso3, span, rooms.assumptions, drivers.sources
    )
    return Setup(values, tables, span, name, tuple(assumed))


def _held(tables: Mapping[str, Points], sources: Iterable[str], until: float) -> Iterator[Assumed]:
    """The drivers whose figures end before the window does: they stay where they are for the rest of it."""
    for table in sources:
        last = float(tables[table][0][-1])
        if last < until:
            rule = Assumption(rule="hold", unit="Dmnl", source="no figure yet to the end of the window")
            yield Assumed(table.removesuffix(TABLE), last, rule)
