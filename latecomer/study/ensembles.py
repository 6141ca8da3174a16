"""Noisy free runs of some countries of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from latecomer.faults import refuse
from latecomer.study.fits import Fit
from latecomer.study.rooms import Rooms

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
    **asked: Any,
) -> xr.Dataset:
    """The paths of `draws` runs of each country, over (case, draw, time): a case is a country.

    The draws differ by the shocks of the model text and by nothing else; draw k has the same shocks in every
    country. `asked`: years, dt, variables, save_every, memory, workers, as for `Model.ensemble`. Raises
    InputError as `Rooms.simulate` and `Model.ensemble` do, and for different windows without years.
    """
    cases = _cases(rooms, countries, fit, overrides)
    return rooms.model.ensemble(draws, seed, cases=cases, **_with_years(rooms, countries, asked))


def summarise(
    rooms: Rooms,
    countries: Sequence[str],
    draws: int,
    seed: int = 0,
    fit: Fit | str | None = None,
    overrides: Mapping[str, float] | None = None,
    **asked: Any,
) -> Summary:
    """What `draws` runs of each country come to; arguments as for `ensemble` and `Model.summarise`."""
    cases = _cases(rooms, countries, fit, overrides)
    return rooms.model.summarise(draws, seed, cases=cases, **_with_years(rooms, countries, asked))


def _cases(
    rooms: Rooms, countries: Sequence[str], fit: Fit | str | None, overrides: Mapping[str, float] | None
) -> dict[str, Case]:
    chosen = rooms.fit(fit)
    until = None if chosen is None else chosen.until
    return {
        iso3: {
            "parameters": rooms.parameter_values(iso3, chosen, overrides),
            "drivers": rooms.tables(iso3, until),
        }
        for iso3 in countries
    }


def _with_years(rooms: Rooms, countries: Sequence[str], asked: Mapping[str, Any]) -> dict[str, Any]:
    if asked.get("years") is not None:
        return dict(asked)
    windows = {(rooms.countries[iso3].window.start, rooms.countries[iso3].window.end) for iso3 in countries}
    if len(windows) != 1:
        got = ", ".join(f"{start} to {end}" for start, end in sorted(windows)) or "no country"
        raise refuse("years", got, "one window for all countries", "give years that all of them cover")
    return {**asked, "years": windows.pop()}
