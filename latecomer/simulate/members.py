"""The runs of an ensemble: parameters of every draw and drivers of every case, checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from latecomer.errors import Fault, InputError, refuse
from latecomer.language import ModelText, Program
from latecomer.language.codegen.program import Points
from latecomer.simulate import inputs

Vector = NDArray[np.float64]


class Case(TypedDict, total=False):
    """What one case, such as a country, has of its own; it goes before what all cases share."""

    parameters: Mapping[str, Any]
    drivers: Mapping[str, Any]


@dataclass(frozen=True)
class Members:
    """Every run of an ensemble: `draws` runs of each case, numbered case by case.

    constants: (cases, constants); varied: the places of the constants that differ from draw to draw, and
    rows: their values, (cases, varied, draws) or, where no case differs, (1, varied, draws); tables: those of
    each case, {name: (x, y)}.
    """

    cases: tuple[str, ...]
    draws: int
    constants: Vector
    varied: tuple[int, ...]
    rows: Vector
    tables: tuple[Mapping[str, Points], ...]

    @property
    def number(self) -> int:
        """The number of cases, 1 where none is named."""
        return max(1, len(self.cases))

    def blocks(self, lanes: int) -> Iterator[tuple[int, int]]:
        """(case, first draw) of every block of runs."""
        for case in range(self.number):
            for first in range(0, self.draws, lanes):
                yield case, first

    def block_rows(self, case: int, first: int, lanes: int) -> Vector:
        """The varied constants of one block, (varied, lanes); the last draw fills what lanes are left."""
        rows = self.rows[case if self.rows.shape[0] > 1 else 0]
        found: Vector = rows[:, np.minimum(np.arange(first, first + lanes), self.draws - 1)]
        return found


def make_members(
    text: ModelText,
    program: Program,
    draws: int,
    parameters: Mapping[str, Any] | None,
    drivers: Mapping[str, Any] | None,
    cases: Mapping[str, Case] | None,
) -> Members:
    """The checked members of an ensemble; raises `InputError` with every fault."""
    inputs.whole("draws", draws, 1, inputs.DRAWS[1] + 1)
    own = _checked_cases(cases)
    # what all cases share is checked by itself, so that its faults are said once
    shared = _by_name(text, draws, parameters)
    _columns(text, program, draws, shared)
    inputs.table_points(text, program, drivers)
    columns, points = [], []
    with _Faults() as faults:
        for name, case in own.items():
            with faults.of(name):
                given = {**shared, **_by_name(text, draws, case.get("parameters"))}
                columns.append(_columns(text, program, draws, given))
            with faults.of(name):
                tables = {**(drivers or {}), **(case.get("drivers") or {})}
                points.append(inputs.table_points(text, program, tables))
    varied = tuple(sorted({i for each in columns for i, column in each[1].items()}))
    same = len(own) == 1
    rows = np.stack(
        [
            np.stack([_column(each, i, draws) for i in varied]) if varied else np.empty((0, draws))
            for each in columns[: 1 if same else None]
        ]
    )
    constants = np.stack([each[0] for each in columns])
    return Members(() if cases is None else tuple(own), draws, constants, varied, rows, tuple(points))


def _checked_cases(cases: object) -> dict[str, Case]:
    """The cases by name, one without a name where there are none."""
    if cases is None:
        return {"": Case()}
    form = "{name: {'parameters': ..., 'drivers': ...}}"
    if not isinstance(cases, Mapping):
        raise refuse("cases", f"a {type(cases).__name__}", form, "name each case")
    if not cases:
        raise refuse("cases", "no case", "at least one case, or none at all", "leave cases out")
    faults = []
    for name, case in cases.items():
        place, unknown = f"case '{name}'", set(case) - {"parameters", "drivers"} if case else set()
        if not isinstance(case, Mapping):
            faults.append(Fault(place, f"a {type(case).__name__}", form, "give {} for a case of no changes"))
        elif unknown:
            words = "'parameters' and 'drivers'"
            faults.append(Fault(place, f"'{min(unknown)}'", words, "leave it out or rename it"))
    if faults:
        raise InputError(faults)
    return dict(cases)


class _Faults:
    """The faults of all cases, raised together."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def __enter__(self) -> _Faults:
        return self

    def __exit__(self, *error: object) -> None:
        if self.found:
            raise InputError(self.found)

    @contextmanager
    def of(self, case: str) -> Iterator[None]:
        """Keep the faults of one case, with its name before their place."""
        try:
            yield
        except InputError as error:
            before = f"case '{case}', " if case else ""
            self.found += [replace(fault, place=before + fault.place) for fault in error.faults]


def _by_name(text: ModelText, draws: int, parameters: Mapping[str, Any] | None) -> dict[str, Any]:
    """Parameters under the names of the text, those of a whole array under its elements."""
    found: dict[str, Any] = {}
    faults = []
    for name, value in (parameters or {}).items():
        variable, elements = text.find(name), text.elements(name)
        if not elements:
            found[name if variable is None else variable.name] = value
            continue
        shape, count = _shape(value), len(elements)
        if shape in ((count,), (draws, count)) and draws != count:
            columns: list[Any] | NDArray[Any] = np.moveaxis(np.asarray(value), -1, 0)
        elif shape == (draws, count):
            columns = np.asarray(value).T
        elif shape == () or (shape == (draws,) and draws != count):
            columns = [value] * count
        else:
            either = f"{count} for the elements, or" if draws != count else "or"
            expected = f"one number, {either} rows of {count} for each of {draws} draws"
            got = "rows that differ in length" if shape is None else f"values of shape {shape}"
            faults.append(Fault(f"parameter '{name}'", got, expected, "match the elements and the draws"))
            continue
        found |= {element.name: one for element, one in zip(elements, columns, strict=True)}
    if faults:
        raise InputError(faults)
    return found


def _shape(value: ArrayLike) -> tuple[int, ...] | None:
    try:
        return tuple(np.shape(value))
    except ValueError:
        return None


def _columns(
    text: ModelText, program: Program, draws: int, parameters: Mapping[str, Any]
) -> tuple[Vector, dict[int, Vector]]:
    faults = []
    columns: dict[str, Vector] = {}
    for name, value in parameters.items():
        try:
            column = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            column = np.array(np.nan)
        if column.shape not in ((), (draws,)):
            got = f"values of shape {column.shape}"
            faults.append(Fault(f"parameter '{name}'", got, f"one number or {draws}", "match the draws"))
        columns[name] = column
    if faults:
        raise InputError(faults)
    # a column is checked by its worst entry
    worst = {name: c.flat[int(np.argmin(np.isfinite(c)))] for name, c in columns.items()}
    constants: Vector = inputs.parameter_vector(text, program, worst)
    places = {name: i for i, name in enumerate(program.parameter_names)}
    return constants, {places[name]: c for name, c in columns.items() if c.ndim and name in places}


def _column(each: tuple[Vector, dict[int, Vector]], place: int, draws: int) -> Vector:
    constants, columns = each
    return columns[place] if place in columns else np.full(draws, constants[place])
