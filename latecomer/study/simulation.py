"""Runs as they were asked for: one path of a country, many of several with shocks, and their audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from latecomer.errors import InputError, refuse
from latecomer.study.accounting import LARGEST, audit, negative_stocks
from latecomer.study.fits import NONE, Fit
from latecomer.study.run_spec import METHOD, CountrySetup, RunSpec, resolve
from latecomer.study.scenarios import Scenario

if TYPE_CHECKING:
    import xarray as xr

    from latecomer.simulate import Event
    from latecomer.simulate.members import Case
    from latecomer.simulate.summary import Summary
    from latecomer.study.content import StudyContent


def simulate(study: StudyContent, spec: RunSpec, iso3: str) -> xr.Dataset:
    """The path of a country without shocks: every variable. Raises InputError as `Model.run` does."""
    setup = spec.setups[iso3]
    return study.model.run(
        years=setup.years,
        dt=spec.dt,
        method=METHOD if spec.method is None else spec.method,
        parameters=setup.parameters,
        drivers=setup.tables,
        save_every=spec.save_every,
        backend="numpy",  # one run is over before JAX has compiled it
    )


def run_country(study: StudyContent, spec: RunSpec) -> xr.Dataset:
    """The run of one country, or its runs over draws, with its names and its books audited.

    Raises InputError for several countries, for books that do not close, and as `simulate` and `ensemble` do.
    """
    iso3 = spec.iso3
    names: dict[str, str | float] = {**spec.called(iso3), "method": spec.used_method}
    names["dt"] = spec.dt or study.model.grid().dt
    if spec.draws is None:
        run = simulate(study, spec, iso3).assign_attrs(names)
    else:
        whole = spec if spec.variables else replace(spec, variables=study.variables)
        run = ensemble(study, whole).sel(case=iso3, drop=True).assign_attrs(names, seed=spec.seed)
    return audited(run, study, books_of(iso3, run.attrs))


def ensemble(
    study: StudyContent, spec: RunSpec, memory: float = 4.0, workers: int | None = None
) -> xr.Dataset:
    """The paths of the draws of each country, over (case, draw, time): a case is a country.

    The draws differ by the shocks of the model text and by nothing else; draw k has the same shocks in every
    country. `memory`: the most that the result may take, GiB. Raises InputError as `Model.ensemble` does, for
    no draws, and for different years of the countries.
    """
    return study.model.ensemble(
        drawn(spec),
        spec.seed,
        cases=_cases(spec.setups),
        years=_years(spec.setups),
        dt=spec.dt,
        method=spec.method,
        save_every=spec.save_every,
        variables=spec.variables,
        memory=memory,
        workers=workers,
    )


def summarise(
    study: StudyContent,
    spec: RunSpec,
    quantiles: Sequence[float] | None = None,
    events: Mapping[str, Event] | None = None,
    accuracy: float | None = None,
    workers: int | None = None,
) -> Summary:
    """What the draws of each country come to; arguments as for `ensemble` and `Model.summarise`."""
    from latecomer.simulate.model import ACCURACY, QUANTILES

    return study.model.summarise(
        drawn(spec),
        spec.seed,
        cases=_cases(spec.setups),
        years=_years(spec.setups),
        dt=spec.dt,
        method=spec.method,
        save_every=spec.save_every,
        variables=spec.variables,
        quantiles=QUANTILES if quantiles is None else quantiles,
        events=events,
        accuracy=ACCURACY if accuracy is None else accuracy,
        workers=workers,
    )


def drawn(spec: RunSpec) -> int:
    """The number of draws. Raises InputError for a request of a run without shocks."""
    if spec.draws is None:
        raise refuse("draws", "none", "at least one run with shocks", "ask for some, such as 1000")
    return spec.draws


def _cases(setups: Mapping[str, CountrySetup]) -> dict[str, Case]:
    return {iso3: {"parameters": one.parameters, "drivers": one.tables} for iso3, one in setups.items()}


def _years(setups: Mapping[str, CountrySetup]) -> tuple[float, float]:
    spans = {one.years for one in setups.values()}
    if len(spans) != 1:
        got = ", ".join(f"{start:g} to {end:g}" for start, end in sorted(spans)) or "no country"
        raise refuse("years", got, "one window for all countries", "give years that all of them cover")
    return spans.pop()


def audited(run: xr.Dataset, study: StudyContent, place: str) -> xr.Dataset:
    """The run with its largest residual as an attribute.

    Raises InputError with every identity that is off by more than the tolerance, and every stock of the books
    that fell below nought though its note does not say that it may.
    """
    text, accounts = study.model.text, study.accounts
    found = audit(run, accounts, text)
    faults = [*found.faults(place), *negative_stocks(run, accounts, text, place)]
    if faults:
        raise InputError(faults)
    return run if found.largest is None else run.assign_attrs({LARGEST: found.largest})


def books_of(iso3: str, details: Mapping[str, object]) -> str:
    """The books of a run in words, from what it is called.

    >>> books_of("KOR", {"scenario": "zones-first"}), books_of("KOR", {"scenario": "none"})
    ('books of KOR, scenario zones-first', 'books of KOR')
    """
    scenario = str(details.get("scenario", NONE))
    return f"books of {iso3}" if scenario == NONE else f"books of {iso3}, scenario {scenario}"


def simulated(
    study: StudyContent, iso3: str, fit: Fit | None, scenario: Scenario | None = None
) -> xr.Dataset:
    """A free run of a country whose books close; raises InputError as `Study.simulate` and `audited` do."""
    run = simulate(study, resolve(study, iso3, fit, scenario), iso3)
    details = {} if scenario is None else {"scenario": scenario.name}
    return audited(run, study, books_of(iso3, details))
