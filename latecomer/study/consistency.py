"""The model text and the tables of a study say the same: names, units and values, to nine digits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from latecomer.errors import Fault, InputError, nearest, refuse
from latecomer.language import Kind, ModelText
from latecomer.language.analysis import sector_file
from latecomer.language.syntax import Number, Table
from latecomer.study.countries import Countries
from latecomer.study.drivers import Drivers, Points, lever_tables
from latecomer.study.levers import TABLE
from latecomer.study.parameters import FOLDER, SINGLE, Parameter, ParameterTable
from latecomer.study.schema import Strict, read_toml, validated

DIGITS = 1e-9
FILE = "text.toml"


class Stated(Strict):
    """What model/text.toml states of the model text: the country whose values stand in it."""

    country: str


def constants(text: ModelText) -> dict[str, float]:
    """The constants of a model text with their values."""
    return {
        variable.name: variable.definition.value
        for variable in text.of_kind(Kind.CONSTANT)
        if isinstance(variable.definition, Number)
    }


def reference_country(path: Path, countries: Countries) -> str:
    """The country whose values stand in the text: the one that model/text.toml names, or the only one.

    Raises InputError for a file that names none of the countries, and for none where there are several.
    """
    if not path.exists() and len(countries) == 1:
        return next(iter(countries))
    cure = f'write it with one line, such as country = "{next(iter(countries))}"; then: latecomer document'
    expected = "the country whose values stand in the model text"
    if not path.exists():
        raise refuse(f"model/{path.name}", f"no such file, and {len(countries)} countries", expected, cure)
    faults: list[Fault] = []
    stated = validated(Stated, read_toml(path, expected), path.name, faults)
    if stated is None:
        raise InputError(faults)
    if stated.country not in countries:
        got, place = f"'{stated.country}'", f"{path.name}, country"
        raise refuse(place, got, "the code of a country file", nearest(stated.country, countries))
    return stated.country


def alike(one: float, other: float) -> bool:
    """Whether two values agree to nine digits.

    >>> alike(1.0, 1.0 + 1e-10), alike(1.0, 1.0 + 1e-8), alike(0.0, 0.0)
    (True, False, True)
    """
    return abs(one - other) <= DIGITS * max(abs(one), abs(other))


def name_faults(
    text: ModelText, shared: Mapping[str, ParameterTable], countries: Countries
) -> Iterator[Fault]:
    """Names: each constant of the text has a shared value, or one in every country file, never both.

    `shared`: the tables by the name of their file, each with the parameters of its own sector.
    """
    held = constants(text)
    file_of = {name: file for file, table in shared.items() for name in table}
    for name, file in file_of.items():
        if name not in held:
            yield _unknown(f"{file}, {name}", name, held)
    yield from _misplaced(text, shared)
    own = {name for country in countries.values() for name in country.parameters}
    for iso3, country in countries.items():
        for name in country.parameters:
            place = f"{iso3}.toml, parameters, {name}"
            if name not in held:
                yield _unknown(place, name, held)
            elif name in file_of:
                got, expected = f"a parameter of {file_of[name]} too", "a parameter in one place"
                yield Fault(place, got, expected, "remove one of the two")
        for name in held:
            if name in own and name not in country.parameters and name not in file_of:
                expected, cure = "it in every country file, as others have it", "add it"
                yield Fault(f"{iso3}.toml, parameters", f"no '{name}'", expected, cure)
    for name in held:
        if name not in file_of and name not in own:
            got = f"no value of the constant '{name}'"
            expected = f"it in {_home(text, name, shared)} or in every country file"
            yield Fault(text.path.name, got, expected, "add it with unit, range and source")


def _misplaced(text: ModelText, shared: Mapping[str, ParameterTable]) -> Iterator[Fault]:
    """Parameters in the file of another sector than that of their constant."""
    for file, table in shared.items():
        for name in table:
            home = _home(text, name, shared)
            if text.find(name) is not None and home != file:
                got, expected = "a constant of another sector", f"it in {home}, the file of its sector"
                yield Fault(f"{file}, {name}", got, expected, "move it there")


def _home(text: ModelText, name: str, shared: Mapping[str, ParameterTable]) -> str:
    """The file in which a shared parameter of this name belongs."""
    variable = text.find(name)
    if variable is None or SINGLE in shared:
        return SINGLE
    return f"{FOLDER}/{sector_file(variable.sector)}"


def unit_faults(text: ModelText, tables: Mapping[str, ParameterTable]) -> Iterator[Fault]:
    """Units: each parameter has the unit of the constant; `tables` by the name of their file."""
    for file, table in tables.items():
        for name, parameter in table.items():
            variable = text.find(name)
            if variable is not None and variable.unit != parameter.unit:
                got, expected = f"the unit '{parameter.unit}'", f"'{variable.unit}' as in {text.path.name}"
                yield Fault(f"{file}, {name}", got, expected, "mend the unit and the value")


def apart(text: ModelText, tables: Mapping[str, ParameterTable]) -> Iterator[tuple[str, Parameter]]:
    """The parameters whose constant has another value in the text, each with its file.

    `tables`: by the name of their file, of the country whose values stand in the text too.
    """
    held = constants(text)
    for file, table in tables.items():
        for name, parameter in table.items():
            if name in held and not alike(held[name], parameter.value):
                yield file, parameter


def value_faults(text: ModelText, tables: Mapping[str, ParameterTable]) -> Iterator[Fault]:
    """Values: those of the text are those of the tables; see `apart`."""
    held = constants(text)
    for file, parameter in apart(text, tables):
        variable = text.find(parameter.name)
        line = "" if variable is None else f", line {variable.line}"
        got, expected = f"the value {held[parameter.name]:.10g}", f"{parameter.value:.10g} as in {file}"
        place = f"{text.path.name}{line}, {parameter.name}"
        yield Fault(place, got, expected, "write the values of the tables into it: latecomer document")


def table_faults(text: ModelText, drivers: Drivers, iso3: str) -> Iterator[Fault]:
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
