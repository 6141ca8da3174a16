"""The model text and the tables of a study say the same: names, units and values, to nine digits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from latecomer.faults import Fault, nearest
from latecomer.language import Kind, ModelText
from latecomer.language.syntax import Number, Table
from latecomer.study.countries import Countries
from latecomer.study.drivers import Drivers, Points, lever_tables
from latecomer.study.levers import TABLE
from latecomer.study.parameters import ParameterTable

DIGITS = 1e-9


def constants(text: ModelText) -> dict[str, float]:
    """The constants of a model text with their values."""
    return {
        variable.name: variable.definition.value
        for variable in text.of_kind(Kind.CONSTANT)
        if isinstance(variable.definition, Number)
    }


def reference_country(text: ModelText, countries: Countries) -> str:
    """The country that the text is written for: the one with most of the text's own values.

    The first in the order of the files where several have as many.
    """
    held = constants(text)

    def met(iso3: str) -> int:
        values = countries[iso3].parameters.values_by_name
        return sum(alike(held.get(name, math.nan), value) for name, value in values.items())

    return max(countries, key=met)


def alike(one: float, other: float) -> bool:
    """Whether two values agree to nine digits.

    >>> alike(1.0, 1.0 + 1e-10), alike(1.0, 1.0 + 1e-8), alike(0.0, 0.0)
    (True, False, True)
    """
    return abs(one - other) <= DIGITS * max(abs(one), abs(other))


def name_faults(text: ModelText, parameters: ParameterTable, countries: Countries) -> Iterable[Fault]:
    """Names: each constant of the text is in parameters.toml, or in every country file, never in both."""
    held = constants(text)
    for name in parameters:
        if name not in held:
            yield _unknown(f"parameters.toml, {name}", name, held)
    own = {name for country in countries.values() for name in country.parameters}
    for iso3, country in countries.items():
        for name in country.parameters:
            place = f"{iso3}.toml, parameters, {name}"
            if name not in held:
                yield _unknown(place, name, held)
            elif name in parameters:
                expected = "a parameter in one place"
                yield Fault(place, "a parameter of parameters.toml too", expected, "remove one of the two")
        for name in held:
            if name in own and name not in country.parameters and name not in parameters:
                expected, cure = "it in every country file, as others have it", "add it"
                yield Fault(f"{iso3}.toml, parameters", f"no '{name}'", expected, cure)
    for name in held:
        if name not in parameters and name not in own:
            got = f"no value of the constant '{name}'"
            expected = "it in parameters.toml or in every country file"
            yield Fault(text.path.name, got, expected, "add it with unit, range and source")


def unit_faults(text: ModelText, tables: Mapping[str, ParameterTable]) -> Iterable[Fault]:
    """Units: each parameter has the unit of the constant; `tables` by the name of their file."""
    for file, table in tables.items():
        for name, parameter in table.items():
            variable = text.find(name)
            if variable is not None and variable.unit != parameter.unit:
                got, expected = f"the unit '{parameter.unit}'", f"'{variable.unit}' as in {text.path.name}"
                yield Fault(f"{file}, {name}", got, expected, "mend the unit and the value")


def value_faults(text: ModelText, tables: Mapping[str, ParameterTable]) -> Iterable[Fault]:
    """Values: those of the text are those of parameters.toml and of the country it is written for."""
    held = constants(text)
    for file, table in tables.items():
        for name, parameter in table.items():
            if name in held and not alike(held[name], parameter.value):
                variable = text.find(name)
                line = "" if variable is None else f", line {variable.line}"
                got, expected = f"the value {held[name]:.10g}", f"{parameter.value:.10g} as in {file}"
                yield Fault(f"{text.path.name}{line}, {name}", got, expected, "correct one of the two")


def table_faults(text: ModelText, drivers: Drivers, iso3: str) -> Iterable[Fault]:
    """Tables: those of the text are the observations and the regimes of the country it is written for."""
    held = {
        variable.name: (np.array(variable.definition.x), np.array(variable.definition.y))
        for variable in text.of_kind(Kind.TABLE)
        if isinstance(variable.definition, Table)
    }
    used = lever_tables(drivers.countries[iso3])
    unused = [lever + TABLE for lever in drivers.levers.levels]
    for name, points in drivers.tables(iso3).items():
        if name in held and (difference := _difference(held[name], points)):
            file = "levers.toml" if name in unused else "the observation tables"
            file = f"{iso3}.toml" if name in used else file
            got, expected = difference
            cure = f"write the text anew with latecomer text {iso3} --fit none"
            yield Fault(f"{text.path.name}, {name}", got, f"{expected} as in {file}", cure)


def _difference(held: Points, points: Points) -> tuple[str, str] | None:
    if held[0].tolist() != points[0].tolist():
        apart = sorted(set(held[0].tolist()) ^ set(points[0].tolist()))
        shown = ", ".join(f"{year:g}" for year in apart[:4]) + (" ..." if len(apart) > 4 else "")
        return f"{held[0].size} years", f"{points[0].size} years (they differ in {shown})"
    for year, one, other in zip(held[0], held[1], points[1], strict=True):
        if not alike(float(one), float(other)):
            return f"{one:.10g} in {year:g}", f"{other:.10g}"
    return None


def _unknown(place: str, name: str, held: Iterable[str]) -> Fault:
    return Fault(place, "a name that the model text lacks", "the name of a constant", nearest(name, held))
