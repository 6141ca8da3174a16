"""What a caller hands to a run: parameters, drivers, method, each checked and refused with its cure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latecomer.errors import Fault, InputError, nearest, refuse
from latecomer.language import Kind, ModelText, Program
from latecomer.language.codegen.program import Points

# what the generator of noise takes
SEEDS = (0, 2**63 - 1)
DRAWS = (0, 2**32 - 1)


def parameter_vector(text: ModelText, program: Program, parameters: Mapping[str, Any] | None) -> Any:
    """The constants of the model in the order of `parameter_names`, with some of them replaced."""
    values = np.array(program.parameter_values, dtype=np.float64)
    index = {name: i for i, name in enumerate(program.parameter_names)}
    faults = []
    for name, value in by_element(text, parameters or {}, "parameter").items():
        variable = text.find(name)
        if variable is not None and variable.key in text.structural:
            faults.append(_structural(name))
            continue
        if variable is None or variable.name not in index:
            faults.append(_no_parameter(text, name, index))
            continue
        number = _number(value)
        if number is None or not np.isfinite(number):
            faults.append(
                Fault(
                    f"parameter '{name}'",
                    f"{number if number is not None else value!r}",
                    "a finite number",
                    "correct the value",
                )
            )
            continue
        values[index[variable.name]] = number
    if faults:
        raise InputError(faults)
    return values


def by_element(text: ModelText, given: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Values under the names of elements, where some are given for a whole array.

    An array takes one value for all its elements, or, of a parameter, a list with one for each. Raises
    `InputError` where the number of values is another.
    """
    found: dict[str, Any] = {}
    faults = []
    for name, value in given.items():
        elements = text.elements(name)
        if not elements:
            found[name] = value
            continue
        listed = [value] * len(elements)
        if what == "parameter" and np.ndim(value) > 0:
            listed = list(np.ravel(np.asarray(value)))
        if len(listed) != len(elements):
            expected = f"one value, or {len(elements)}: one for each element"
            faults.append(Fault(f"{what} '{name}'", f"{len(listed)} values", expected, "match the elements"))
            continue
        found |= {element.name: one for element, one in zip(elements, listed, strict=True)}
    if faults:
        raise InputError(faults)
    return found


def _structural(name: str) -> Fault:
    return Fault(
        f"parameter '{name}'",
        "a constant that shapes the equations (an order, or a control variable)",
        "a constant of the equations",
        "change it in the model text, or years and dt in the call",
    )


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _no_parameter(text: ModelText, name: str, index: Mapping[str, int]) -> Fault:
    variable = text.find(name)
    if variable is not None:
        return Fault(
            f"parameter '{name}'",
            kind_of(text, name),
            "the name of a constant",
            "replace a table or its variable under drivers"
            if text.table_behind(variable)
            else "change its constants",
        )
    return Fault(f"parameter '{name}'", "an unknown name", "the name of a constant", nearest(name, index))


def table_points(text: ModelText, program: Program, drivers: Mapping[str, Any] | None) -> dict[str, Points]:
    """The tables of the model, some replaced; a driver goes by the name of its table or of its variable."""
    tables = dict(program.tables)
    faults: list[Fault] = []
    for name, value in by_element(text, drivers or {}, "driver").items():
        table = table_name(text, name)
        if table is None:
            names = [
                *tables,
                *(v.name for v in text.variables if v.kind is not Kind.TABLE and text.table_behind(v)),
            ]
            faults.append(
                Fault(
                    f"driver '{name}'",
                    kind_of(text, name),
                    "a table or a variable that reads a table at Time",
                    nearest(name, names),
                )
            )
            continue
        points = _points(name, value)
        if isinstance(points, Fault):
            faults.append(points)
        else:
            tables[table] = points
    if faults:
        raise InputError(faults)
    return tables


def start_values(text: ModelText, initial: Mapping[str, float] | None) -> dict[str, float]:
    """Initial values that go before those of the text, by the names of their stocks."""
    faults, found = [], {}
    stocks = [v.name for v in text.of_kind(Kind.STOCK)]
    for name, value in (initial or {}).items():
        variable, number = text.find(name), _number(value)
        place = f"initial value '{name}'"
        if variable is None or variable.kind is not Kind.STOCK:
            faults.append(Fault(place, kind_of(text, name), "the name of a stock", nearest(name, stocks)))
        elif number is None or not np.isfinite(number):
            got = f"{number if number is not None else value!r}"
            faults.append(Fault(place, got, "a finite number", "correct the value"))
        else:
            found[variable.name] = number
    if faults:
        raise InputError(faults)
    return found


def kind_of(text: ModelText, name: str) -> str:
    """What a name stands for, in words."""
    variable = text.find(name)
    return "an unknown name" if variable is None else f"the name of {variable.kind.with_article}"


def table_name(text: ModelText, name: str) -> str | None:
    """The name of the table that a driver's name stands for, or None."""
    variable = text.find(name)
    if variable is None:
        return None
    behind = text.table_behind(variable)
    return None if behind is None else text.by_key[behind].name


def _points(name: str, value: object) -> Points | Fault:
    place = f"driver '{name}'"
    expected = "a pandas Series indexed by year or two lists (x, y)"
    columns = _two_columns(value)
    if columns is None:
        got = f"a {type(value).__name__}{_shape_words(value)}"
        return Fault(place, got, expected, "hand over years and values")
    x, y = (_numbers(column) for column in columns)
    if x is None or y is None:
        got = f"{'years' if x is None else 'values'} that are no list of numbers"
        return Fault(place, got, expected, "hand over years and values")
    if x.size == y.size == 2 and _looks_like_pairs(value):
        got = "two pairs, of which nobody knows whether they are points or columns"
        cure = "hand over all years and then all values, as in ([1960, 1970], [5, 8])"
        return Fault(place, got, expected, cure)
    if x.shape != y.shape or x.size < 2:
        return Fault(
            place, f"{x.size} years and {y.size} values", "as many values as years, at least two", "mend it"
        )
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        bad = np.flatnonzero(~(np.isfinite(x) & np.isfinite(y)))[0]
        return Fault(place, f"value {y[bad]:g} at {x[bad]:g}", "finite numbers", "fill or drop the gap")
    if not (np.diff(x) > 0).all():
        return Fault(place, "years that do not increase", "each year once, in order", "sort the years")
    return x, y


def _two_columns(value: object) -> tuple[Any, Any] | None:
    """The years and the values of a driver as they were handed over; None for what has no such two."""
    if isinstance(value, pd.Series):
        return value.index, value.array
    if not isinstance(value, tuple | list | np.ndarray) or len(value) != 2:
        return None
    return value[0], value[1]


def _looks_like_pairs(value: object) -> bool:
    """Whether two points may be meant as (year, value) pairs: two columns are a tuple of lists or arrays."""
    if isinstance(value, pd.Series):
        return False
    return not isinstance(value, tuple) or any(isinstance(one, tuple) for one in value)


def _numbers(column: object) -> NDArray[np.float64] | None:
    """A list of numbers; None for words, dates, truth values and what is no list."""
    try:
        found = np.asarray(column)
        if found.ndim != 1 or found.dtype.kind not in "iufO":
            # an empty list has no kind of its own
            return np.array([]) if found.size == 0 and found.ndim == 1 else None
        if found.dtype.kind == "O" and not all(isinstance(one, Real) for one in found):
            return None
        return found.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        return None


def _shape_words(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f" of shape {value.shape}"
    return f" of {len(value)}" if isinstance(value, tuple | list) else ""


def whole(what: str, got: object, low: int, high: int) -> int:
    """`got` as a whole number from `low` to `high`; otherwise an `InputError`."""
    if not isinstance(got, int | np.integer) or not low <= got <= high:
        raise refuse(what, f"{got!r}", f"a whole number from {low} to {high}", "choose such a number")
    return int(got)


def choose(what: str, got: str, allowed: Iterable[str]) -> str:
    """`got` if it is allowed; otherwise an `InputError`."""
    allowed = list(allowed)
    if got not in allowed:
        raise refuse(what, f"'{got}'", " or ".join(f"'{a}'" for a in allowed), nearest(got, allowed))
    return got
