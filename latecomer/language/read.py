"""Read a model text, check it, and refuse it with all its faults at once.

Also here:
- Checks of a whole model text: names, control variables, loops, delays whose time must stay.
- Data variables: series over time, read from CSV files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from latecomer.errors import Fault, InputError, nearest, refuse
from latecomer.files import LARGEST_TEXT, plain_number, read_bytes, read_rows
from latecomer.language import analysis, vensim
from latecomer.language.assemble import Draft, build
from latecomer.language.builtins import OF_TIME
from latecomer.language.limits import deep_expressions, too_deep
from latecomer.language.model_text import CONTROLS, TIME, Kind, ModelText, Variable
from latecomer.language.source import BrokenEntry, Item, place_of
from latecomer.language.syntax import (
    Call,
    Held,
    Number,
    Reference,
    Starting,
    Stock,
    Table,
    key,
    references,
    walk,
)
from latecomer.language.xmile import reader


def check(draft: Draft, faults: list[Fault]) -> ModelText:
    """The text with its orders of evaluation; raises `InputError` with `faults` and those found here."""
    text = draft.text
    known = {variable.key for variable in text.variables} | draft.broken
    faults = [*faults, *_undefined(text, known), *_controls(text, known)]
    order, initial_order = _orders(text, known, faults)
    if not faults:
        faults += _changing_delays(draft)
    if faults:
        raise InputError(faults)
    return replace(text, order=order, initial_order=initial_order)


def _place(text: ModelText, variable: Variable) -> str:
    return place_of(text.path.name, variable.line, variable.name)


def _undefined(text: ModelText, known: set[str]) -> list[Fault]:
    names = [variable.name for variable in text.variables if not variable.hidden]
    faults: list[Fault] = []
    for variable in text.variables:
        for need in variable.dependencies:
            if need == TIME or need in known:
                continue
            # the nearest name takes long to find where there are many
            near = nearest(need.replace("_", " "), names) if len(faults) < 20 else "define it"
            faults.append(
                Fault(
                    _place(text, variable),
                    f"a reference to '{need.replace('_', ' ')}', which is not defined",
                    "the name of a variable of this file",
                    f"define it, or {near}" if near.startswith("write") else "define it",
                )
            )
    return faults


def _controls(text: ModelText, known: set[str]) -> list[Fault]:
    faults = [
        Fault(
            text.path.name,
            f"no {name}",
            "the control variables " + ", ".join(CONTROLS.values()),
            f"add {name} = number",
        )
        for control, name in CONTROLS.items()
        if control not in known
    ]
    for variable in text.variables:
        same_as_step = variable.key == "saveper" and variable.definition == Reference("time_step")
        if variable.kind is Kind.CONTROL and not isinstance(variable.definition, Number) and not same_as_step:
            faults.append(
                Fault(
                    _place(text, variable),
                    "an equation whose value may change",
                    "a number, or constants with + - * / between them",
                    "write the number",
                )
            )
    return faults


def _orders(text: ModelText, known: set[str], faults: list[Fault]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    running = {v.key: _needs(v, at_start=False, known=known) for v in text.variables}
    starting = {v.key: _needs(v, at_start=True, known=known) for v in text.variables}
    names = {v.key: v.name for v in text.variables}
    for found, what, cure in (
        (analysis.loops(running), "an algebraic loop", "let the loop pass through a stock (INTEG)"),
        (
            analysis.loops(starting),
            "a loop among initial values",
            "give one of the stocks an initial value of its own",
        ),
    ):
        for loop in found:
            shown = " -> ".join(names[name] for name in (*loop, loop[0]))
            expected = "equations that can be computed one after another"
            at = next((one for name in loop if not (one := text.by_key[name]).hidden), text.by_key[loop[0]])
            faults.append(Fault(_place(text, at), f"{what}: {shown}", expected, cure))
        if found:
            return (), ()
    return analysis.ordered(running), analysis.ordered(starting)


def _needs(variable: Variable, at_start: bool, known: set[str]) -> tuple[str, ...]:
    """What must be computed before a variable; before a stock or a held value, nothing but at the start."""
    match variable.definition:
        case Stock(_, initial) | Held(initial):
            needs = references(initial) if at_start else ()
        case Starting(active, initial):
            needs = references(initial if at_start else active)
        case other:
            needs = references(other)
    return tuple(need for need in needs if need in known and need != TIME)


def _changing_delays(draft: Draft) -> list[Fault]:
    """DELAY N, in Vensim, keeps the times at which material came in: the same only where time is constant."""
    faults: list[Fault] = []
    if not draft.fixed:
        return faults
    changing = _changing(draft.text)
    for owner, function, time in draft.fixed:
        over_time = any(isinstance(node, Call) and node.function in OF_TIME for node in walk(time))
        if over_time or any(need == TIME or need in changing for need in references(time)):
            faults.append(
                Fault(
                    _place(draft.text, owner),
                    f"{function} with a delay time that changes during the run",
                    "a constant delay time",
                    "write DELAY1 or DELAY3",
                )
            )
    return faults


def _changing(text: ModelText) -> set[str]:
    """What may change during a run: itself, or by what it reads."""
    readers: dict[str, list[str]] = {}
    for variable in text.variables:
        if not isinstance(variable.definition, Held):
            for need in references(variable.definition):
                readers.setdefault(need, []).append(variable.key)
    waiting = [TIME, *(variable.key for variable in text.variables if _changes(variable))]
    changing: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in changing:
            changing.add(name)
            waiting += readers.get(name, ())
    return changing


def _changes(variable: Variable) -> bool:
    node = variable.definition
    if isinstance(node, Stock | Starting):
        return True
    return not isinstance(node, Held) and any(
        isinstance(inner, Call) and inner.function in OF_TIME for inner in walk(node)
    )


DataFiles = str | Path | Iterable[str | Path] | None

SEPARATORS = {".csv": ",", ".tab": "\t", ".tsv": "\t"}


def read_data(files: DataFiles) -> Mapping[str, Table]:
    """The series of some files under the keys of their names.

    A file has a column named Time, or time in its first row and one series a row below. Empty cells are left
    out. Raises `InputError` for anything that is no number, and for a name in two files.
    """
    if files is None:
        return {}
    paths = [files] if isinstance(files, str | Path) else list(files)
    found: dict[str, Table] = {}
    for path in map(Path, paths):
        for name, table in _series(path).items():
            if name in found:
                raise refuse(path.name, f"'{name}' a second time", "each series in one file", "remove one")
            found[name] = table
    return found


def _series(path: Path) -> dict[str, Table]:
    separator = SEPARATORS.get(path.suffix.lower())
    if separator is None:
        raise refuse(path.name, f"a file ending with '{path.suffix}'", ".csv or .tab", "save it as CSV")
    read = read_rows(path, "a CSV file of figures", "correct the path", path.name, separator)
    rows = [row for row in read if any(cell.strip() for cell in row)]
    if not rows or key(rows[0][0]) != "time":
        got = rows[0][0] if rows else "an empty file"
        raise refuse(path.name, f"'{got}' in the first cell", "Time", "write Time above the times")
    wide = max(len(row) for row in rows)
    cells = [[*(cell.strip() for cell in row), *[""] * (wide - len(row))] for row in rows]
    if all(plain_number(cell) is not None for cell in cells[0][1:]):
        cells = [list(column) for column in zip(*cells, strict=True)]
    return _columns(path, cells)


def _columns(path: Path, cells: list[list[str]]) -> dict[str, Table]:
    faults: list[Fault] = []
    found: dict[str, Table] = {}
    for column, name in enumerate(cells[0][1:], 1):
        pairs = []
        if key(name) in found or key(name) == "time":
            faults.append(
                Fault(
                    f"{path.name}, {name}", "a second column of that name", "each series once", "remove one"
                )
            )
            continue
        for row, line in enumerate(cells[1:], 2):
            if not line[column]:
                continue
            x, y = plain_number(line[0]), plain_number(line[column])
            if x is None or y is None:
                place = f"{path.name}, row {row}, {name}"
                got = f"'{line[column] if y is None else line[0]}'"
                faults.append(Fault(place, got, "a finite number", "mend the figure or leave it empty"))
                continue
            pairs.append((x, y))
        if any(b[0] <= a[0] for a, b in pairwise(pairs)):
            faults.append(
                Fault(f"{path.name}, {name}", "times out of order", "each time once", "sort the rows")
            )
        elif len(pairs) < 2:
            faults.append(
                Fault(f"{path.name}, {name}", f"{len(pairs)} figures", "two or more", "add figures")
            )
        found[key(name)] = Table(tuple(x for x, _ in pairs), tuple(y for _, y in pairs))
    if faults:
        raise InputError(faults)
    return found


SUFFIXES = (".mdl", *reader.SUFFIXES)

METHODS = ("euler", "rk4")


@dataclass(frozen=True)
class Source:
    """A file taken apart: its elements, how its equations are spelled, and its integration method."""

    path: Path
    dialect: str
    items: tuple[Item, ...]
    method: str
    # where the method is named
    line: int = 0


def read_text(path: str | Path, data: DataFiles = None) -> ModelText:
    """The checked model text of a Vensim (.mdl) or XMILE file, `data` being CSV files of its data variables.

    Raises `InputError` with every fault of the file: unreadable elements, unsupported constructs, names
    defined twice or not at all, loops without a stock, missing control variables.
    """
    with deep_expressions():
        try:
            return _read_text(Path(path), data)
        except RecursionError:
            problem = too_deep()
            raise refuse(Path(path).name, problem.got, problem.expected, problem.cure) from None


def _read_text(path: Path, data: DataFiles) -> ModelText:
    source = _source(path)
    faults: list[Fault] = []
    if not any(not isinstance(item, BrokenEntry) for item in source.items):
        faults += [item.fault for item in source.items if isinstance(item, BrokenEntry)]
        raise InputError(faults) if faults else _empty(source.path)
    if source.method not in METHODS:
        faults.append(
            Fault(
                place_of(source.path.name, source.line, "settings"),
                source.method,
                "Euler or RK4 with fixed steps",
                "choose one of them in the program that wrote the file",
            )
        )
    text = build(source.path, source.dialect, source.items, source.method, read_data(data), faults)
    return check(text, faults)


def _source(path: Path) -> Source:
    if path.suffix.lower() not in SUFFIXES:
        raise refuse(
            str(path),
            f"a file ending with '{path.suffix}'",
            "a model text ending with " + ", ".join(SUFFIXES),
            "name the model file",
        )
    raw = read_bytes(path, "a model text", "correct the path", largest=LARGEST_TEXT)
    if path.suffix.lower() in reader.SUFFIXES:
        file = reader.read(raw, path.name)
        return Source(path, "xmile", file.items, file.method, file.line)
    try:
        text = vensim.decode(raw)
    except (UnicodeError, LookupError):
        raise refuse(
            path.name, "bytes that are no text", "a model text in UTF-8", "save the model as text in UTF-8"
        ) from None
    return Source(path, "vensim", tuple(vensim.entries(text, path.name)), vensim.method_of(text))


def _empty(path: Path) -> InputError:
    cure = "write name = equation ~ unit ~ note |"
    return refuse(path.name, "a file without any element", "a model text", cure)
