"""What a run of a country starts from: parameters, tables, years, and what of it is assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from latecomer.study.assumptions import Assumed
from latecomer.study.drivers import Points
from latecomer.study.fits import Fit
from latecomer.study.scenarios import Scenario, scenario_tables
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
) -> Setup:
    """The setup of a run of a country: of its record, or of a scenario beyond it.

    `years`: first and last, by default the first of the country's window and the horizon of the scenario, or
    the end of the window. Raises InputError for what the study does not know, as `values_of`,
    `Drivers.tables` and `scenario_tables` do.
    """
    chosen, asked = rooms.fit(fit), rooms.scenario(scenario)
    window = rooms.countries[iso3].window
    horizon = None if asked is None else asked.horizon
    span = (float(window.start), float(horizon or window.end)) if years is None else years
    until = None if chosen is None else chosen.until
    changed = {} if asked is None else asked.parameters(iso3)
    values = values_of(rooms, iso3, chosen, variant_of(rooms, chosen, variant), changed, overrides or {})
    assert rooms.agreed
    used = rooms.variants.of_values(values)
    name = NONE if used is None else used.name
    if asked is None:
        return Setup(values, rooms.tables(iso3, until), span, name)
    drivers = rooms.drivers
    tables, assumed = scenario_tables(
        drivers.tables(iso3, until, whole=True), asked, iso3, span, rooms.assumptions, drivers.sources
    )
    return Setup(values, tables, span, name, tuple(assumed))
