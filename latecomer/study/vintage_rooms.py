"""A study as it would be on another vintage of its figures: their drivers, initial stocks and targets."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from latecomer.study.countries import Countries, Country
from latecomer.study.drivers import Drivers, load_drivers, table_spans
from latecomer.study.fits import Fit
from latecomer.study.observations import Observations
from latecomer.study.parameters import Parameter, ParameterTable
from latecomer.study.study import Study
from latecomer.study.targets import Targets, load_targets
from latecomer.study.values import find_parameter

INITIAL = "initial "
Ratios = Mapping[str, Mapping[str, float]]


def stock_ratios(
    targets: Targets, countries: Mapping[str, Country], old: Observations, new: Observations
) -> dict[str, dict[str, float]]:
    """How far the initial values of each country move with its figures, by parameter.

    ratio = new(t0) / old(t0), t0 = first year of the country's window

    The parameter "initial X" goes with the target whose variable is X. What has no figure then, has one of
    another sign, or has not moved is left out. Result: Dmnl.
    """
    found: dict[str, dict[str, float]] = {}
    for iso3, country in countries.items():
        for target in targets.targets:
            name, year = INITIAL + target.variable, country.window.start
            was, now = (figure(one, iso3, target.observation, year) for one in (old, new))
            if name in country.parameters and was and now and now / was > 0 and now != was:
                found.setdefault(iso3, {}).setdefault(name, now / was)
    return found


def figure(observations: Observations, iso3: str, variable: str, year: int) -> float | None:
    """One figure; None where there is none."""
    if iso3 not in observations.countries() or variable not in observations.variables(iso3):
        return None
    series = observations.series(iso3, variable)
    return float(series.loc[year]) if year in series.index else None


def study_of_vintage(
    study: Study, fit: Fit, observations: Observations, ratios: Ratios | None = None
) -> Study:
    """A study whose figures are `observations` and whose tables hold the values of a fit.

    `ratios`: see `stock_ratios`; value, range and centre of the prior move together. Targets and drivers are
    taken as they stand: what these figures lack shows when a country is run. Nothing is written. Raises
    InputError for a parameter or a country of the fit that the study does not know.
    """
    text, countries = study.model.text, dict(study.countries)
    for iso3 in fit.countries:
        own = held(study, iso3, fit.by_country.get(iso3, {}))
        country, moved = study.countries[iso3], (ratios or {}).get(iso3, {})
        table = {
            name: scaled(one, moved.get(name, 1.0)) for name, one in put(country.parameters, own).items()
        }
        countries[iso3] = country.model_copy(update={"parameters": ParameterTable(table)})
    other = Study(study.root)
    first = next(iter(fit.countries), study.reference)
    sources = load_drivers(study.root / "model" / "drivers.toml")
    vars(other).update(
        observations=observations,
        model=study.model,
        parameters=ParameterTable(put(study.parameters, held(study, first, fit.shared))),
        countries=Countries(countries),
        targets=load_targets(study.root / "calibration" / "targets.toml"),
        drivers=Drivers(sources, Countries(countries), observations, table_spans(text), study.levers),
        agreed=True,  # the model text is written for the figures of the study, not for these
    )
    return other


def held(study: Study, iso3: str, values: Mapping[str, float]) -> dict[str, float]:
    """Values under the names of the tables. Raises InputError for an unknown name."""
    return {find_parameter(study, name, iso3).name: value for name, value in values.items()}


def put(table: Mapping[str, Parameter], values: Mapping[str, float]) -> dict[str, Parameter]:
    """A table of parameters with other values where there are any."""
    return {
        name: one.model_copy(update={"value": values.get(name, one.value)}) for name, one in table.items()
    }


def scaled(one: Parameter, ratio: float) -> Parameter:
    """A parameter times a positive ratio: its value, its range, the centre of its prior, all in its unit.

    On the scale of a normal prior the spread moves along; the centre of one on log-odds stays.

    >>> wide = Parameter(name="initial capital", value=2.0, unit="", range=(1.0, 4.0), note="", source="")
    >>> scaled(wide, 1.5).value, scaled(wide, 1.5).range
    (3.0, (1.5, 6.0))
    """
    if ratio == 1.0 or one.range is None or (one.prior is not None and one.prior.family == "logit"):
        return one
    prior = one.prior
    if prior is not None:
        spread = prior.spread * (ratio if prior.family == "normal" else 1.0)
        prior = prior.model_copy(update={"centre": prior.centre * ratio, "spread": spread})
    ends = tuple(float(end) for end in np.asarray(one.range) * ratio)
    return one.model_copy(update={"value": one.value * ratio, "range": ends, "prior": prior})
