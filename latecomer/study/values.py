"""The parameters of a run: set ones go before the scenario, this before variant, fit and tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from numbers import Real
from typing import TYPE_CHECKING

from latecomer.faults import Fault, InputError, nearest, refuse
from latecomer.language import key
from latecomer.study.fits import Fit
from latecomer.study.parameters import Parameter
from latecomer.study.schema import shown
from latecomer.study.variants import Variant

if TYPE_CHECKING:
    from latecomer.study.study import Study


def find_parameter(study: Study, name: str, iso3: str) -> Parameter:
    """A parameter of a country, shared or its own. Raises InputError for an unknown name."""
    own = study.countries[iso3].parameters
    for table in (own, study.parameters):
        if name in table:
            return table[name]
    tables = {**study.parameters, **own}
    by_key = {key(known): known for known in tables}
    if key(name) not in by_key:
        got = "an unknown name"
        variable = study.model.text.find(name)
        if variable is not None:
            got = f"the name of {variable.kind.with_article}"
        raise refuse(f"parameter '{name}'", got, "the name of a parameter", nearest(name, tables))
    return tables[by_key[key(name)]]


def variant_of(study: Study, fit: Fit | None, variant: str | None) -> Variant | None:
    """The variant asked for, else the one that the fit was made with; None where there is none."""
    if variant is not None:
        return study.variants[variant]
    if fit is None:
        return None
    made = str(fit.manifest.get("variant"))
    return study.variants[made] if made in study.variants else study.variants.of_fit(fit.name)


def values_of(
    study: Study,
    iso3: str,
    fit: Fit | None,
    variant: Variant | None,
    scenario: Mapping[str, float],
    overrides: Mapping[str, float],
) -> dict[str, float]:
    """Every parameter of a run of a country by its name, in the unit of the model text.

    Raises InputError for an unknown country or parameter and for a value outside its range, all at once.
    """
    own = study.countries[iso3].parameters.values_by_name
    values = study.parameters.values_by_name | own
    faults: list[Fault] = []
    if fit is not None:
        again = f"{fit.again}, or run without a fit (--fit none)"
        values |= _allowed(study, iso3, f"fit '{fit.name}', ", fit.values(iso3), faults, again)
    if variant is not None:
        values |= variant.switches
    values |= _allowed(study, iso3, "scenario, ", scenario, faults)
    values |= _allowed(study, iso3, "", overrides, faults)
    if faults:
        raise InputError(faults)
    return values


def _allowed(
    study: Study,
    iso3: str,
    place: str,
    given: Mapping[str, float],
    faults: list[Fault],
    cure: str | None = None,
) -> dict[str, float]:
    """The values given, under the names of the text; what is not allowed goes to `faults`.

    `cure`: of an unknown name, by default the nearest.
    """
    found = {}
    for name, value in given.items():
        try:
            parameter = find_parameter(study, name, iso3)
        except InputError as error:
            faults.extend(
                replace(one, place=f"{place}{one.place}", cure=cure or one.cure) for one in error.faults
            )
            continue
        if _is_number(value) and parameter.allows(float(value)):
            found[parameter.name] = float(value)
        else:
            where = f"{place}parameter '{name}'"
            faults.append(Fault(where, shown(value), parameter.allowed, "choose such a value"))
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
