"""The runs of a swap: parameters of every draw, and one ensemble for each country whose state they have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from latecomer.explain.counterfactuals import Setting, parameters_of, sizes_of_noise, tables_of
from latecomer.faults import refuse
from latecomer.study.levers import TABLE
from latecomer.study.run_spec import CountrySetup, RunSpec, needed_fit
from latecomer.study.study import Study

if TYPE_CHECKING:
    import xarray as xr

    from latecomer.solve.members import Case

METHOD: Final = "sra1"
"""Heun's scheme where there is no noise, of strong order 1.5 where noise does not depend on the state."""
Drawn = Mapping[str, Mapping[str, Any]]


def refuse_outside(study: Study, iso3: str, year: int) -> None:
    """Raise InputError where the run of a country does not hold what a swap tells of."""
    first, last = study.outcomes.needed_swap("a swap").needs
    window, place = study.countries[iso3].window, f"country '{iso3}'"
    got = f"a run of {window.start} to {window.end}"
    if window.end < last or window.start + 1 >= first:
        expected = f"one from before {first - 1} to {last} at least"
        raise refuse(place, got, expected, "name another country")
    if not window.start + 2 <= year <= first:
        expected = f"a year from {window.start + 2} to {first}"
        raise refuse(f"--year {year}, {place}", got, expected, "choose such a year")


def drawn_parameters(
    study: Study, spec: RunSpec, draws: int, seed: int, uncertain: bool
) -> dict[str, dict[str, Any]]:
    """The parameters of each country, one number a draw where draws differ; the first is the fit itself.

    `uncertain`: whether the others are draws of the fast approximation of the fit. Raises InputError for a
    request without a fit and for a stale one.
    """
    fit = needed_fit(study, spec.fit)
    plain = {iso3: one.parameters for iso3, one in spec.setups.items()}
    if not uncertain or draws < 2:
        return {iso3: dict(values) for iso3, values in plain.items()}
    from latecomer.calibrate.uncertainty import approximate, coordinates, named_draws
    from latecomer.session.estimation import problem_of

    problem = problem_of(study, fit)
    points = approximate(problem, coordinates(problem.layout, fit)).draws(seed, draws - 1)
    return with_fit(plain, named_draws(problem.layout, study.targets, points).parameters)


def with_fit(plain: Mapping[str, Mapping[str, float]], drawn: Drawn) -> dict[str, dict[str, Any]]:
    """Parameters of countries with draws, the number of the fit before those of the draws.

    >>> found = with_fit({"KOR": {"a": 1.0, "b": 2.0}}, {"KOR": {"a": np.array([1.1, 0.9])}})
    >>> found["KOR"]["a"].tolist(), found["KOR"]["b"]
    ([1.0, 1.1, 0.9], 2.0)
    """
    return {
        iso3: {
            **values,
            **{name: np.concatenate([[values[name]], each]) for name, each in drawn[iso3].items()},
        }
        for iso3, values in plain.items()
    }


def runs_of(
    study: Study,
    setups: Mapping[str, CountrySetup],
    drawn: Drawn,
    settings: Sequence[Setting],
    year: int,
    draws: int,
    seed: int,
) -> dict[Setting, xr.Dataset]:
    """The runs of each setting over (draw, time), saved once a year; draw k has the same shocks in all.

    `setups`: of each country, for its tables and years; `drawn`: its parameters.
    """
    swap = study.outcomes.needed_swap("a swap")
    levers = [name + TABLE for name in study.levers]
    quiet = sizes_of_noise(study.model.text)
    tables = {iso3: one.tables for iso3, one in setups.items()}
    found: dict[Setting, xr.Dataset] = {}
    for iso3 in dict.fromkeys(one.state for one in settings):
        mine = [one for one in dict.fromkeys(settings) if one.state == iso3]
        cases: dict[str, Case] = {
            str(k): {
                "parameters": parameters_of(one, drawn, quiet, swap),
                "drivers": tables_of(one, tables, levers, year, swap),
            }
            for k, one in enumerate(mine)
        }
        asked: dict[str, Any] = {"variables": swap.variables, "years": setups[iso3].years, "method": METHOD}
        runs = study.model.ensemble(draws, seed, cases=cases, save_every=1.0, **asked)
        found |= {one: runs.sel(case=str(k), drop=True) for k, one in enumerate(mine)}
    return found
