"""Noisy free runs of some countries of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from latecomer.faults import refuse
from latecomer.study.fits import Fit
from latecomer.study.rooms import Rooms
from latecomer.study.scenarios import Scenario
from latecomer.study.setup import Setup, run_setup

if TYPE_CHECKING:
    import xarray as xr

    from latecomer.solve.members import Case
    from latecomer.solve.summary import Summary


def ensemble(
    rooms: Rooms,
    countries: Sequence[str],
    draws: int,
    seed: int = 0,
    fit: Fit | str | None = None,
    overrides: Mapping[str, float] | None = None,
    scenario: Scenario | str | None = None,
    variant: str | None = None,
    **asked: Any,
) -> xr.Dataset:
    """The paths of `draws` runs of each country, over (case, draw, time): a case is a country.

    The draws differ by the shocks of the model text and by nothing else; draw k has the same shocks in every
    country. `asked`: years, dt, variables, save_every, memory, workers, as for `Model.ensemble`. Raises
    InputError as `run_setup` and `Model.ensemble` do, and for different years of the countries.
    """
    given = (fit, overrides, asked.pop("years", None), scenario, variant, asked.get("dt"))
    setups = {iso3: run_setup(rooms, iso3, *given) for iso3 in countries}
    return rooms.model.ensemble(draws, seed, cases=_cases(setups), years=_years(setups), **asked)


def summarise(
    rooms: Rooms,
    countries: Sequence[str],
    draws: int,
    seed: int = 0,
    fit: Fit | str | None = None,
    overrides: Mapping[str, float] | None = None,
    scenario: Scenario | str | None = None,
    variant: str | None = None,
    **asked: Any,
) -> Summary:
    """What `draws` runs of each country come to; arguments as for `ensemble` and `Model.summarise`."""
    given = (fit, overrides, asked.pop("years", None), scenario, variant, asked.get("dt"))
    setups = {iso3: run_setup(rooms, iso3, *given) for iso3 in countries}
    return rooms.model.summarise(draws, seed, cases=_cases(setups), years=_years(setups), **asked)


def _cases(setups: Mapping[str, Setup]) -> dict[str, Case]:
    return {iso3: {"parameters": one.parameters, "drivers": one.tables} for iso3, one in setups.items()}


def _years(setups: Mapping[str, Setup]) -> tuple[float, float]:
    spans = {one.years for one in setups.values()}
    if len(spans) != 1:
        got = ", ".join(f"{start:g} to {end:g}" for start, end in sorted(spans)) or "no country"
        raise refuse("years", got, "one window for all countries", "give years that all of them cover")
    return spans.pop()
