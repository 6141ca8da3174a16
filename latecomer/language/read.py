"""Read a model text, check it, and refuse it with all its faults at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

from latecomer.faults import Fault, InputError, refuse
from latecomer.language import graph, vensim, xmile
from latecomer.language.syntax import (
    Arithmetic,
    Definition,
    Expression,
    Held,
    Lookup,
    Negative,
    Number,
    Reference,
    Stock,
    Table,
    key,
    references,
    walk,
)
from latecomer.language.text import CONTROLS, TIME, Kind, ModelText, Variable
from latecomer.language.translate import Unsupported, definition
from latecomer.language.vensim import Broken, Entry

SUFFIXES = (".mdl", *xmile.SUFFIXES)


def read_text(path: str | Path) -> ModelText:
    """The checked model text of a Vensim (.mdl) or XMILE file.

    Raises `InputError` with every fault of the file: unreadable elements, unsupported constructs, names
    defined twice or not at all, loops without a stock, missing control variables.
    """
    path = Path(path)
    faults: list[Fault] = []
    good: list[Entry] = []
    broken_names: set[str] = set()
    for item in _items(path):
        if isinstance(item, Broken):
            faults.append(item.fault)
            broken_names.add(key(item.name))
        else:
            good.append(item)
    if not good and not faults:
        raise refuse(
            path.name, "a file without any element", "a model text", "write name = equation ~ unit ~ note |"
        )
    variables = _variables(good, path.name, faults, broken_names)
    known = {variable.key for variable in variables} | broken_names
    faults += _undefined(variables, known, path.name)
    faults += _controls(variables, known, path.name)
    order, initial_order = _orders(variables, known, path.name, faults)
    if faults:
        raise InputError(faults)
    return ModelText(path, tuple(variables), order, initial_order)


def _items(path: Path) -> Iterable[Entry | Broken]:
    if path.suffix.lower() not in SUFFIXES:
        raise refuse(
            str(path),
            f"a file ending with '{path.suffix}'",
            "a model text ending with " + ", ".join(SUFFIXES),
            "name the model file",
        )
    try:
        raw = path.read_bytes()
    except OSError as problem:
        reason = (problem.strerror or "unreadable").lower()
        raise refuse(
            str(path), f"a file that cannot be opened ({reason})", "a model text", "correct the path"
        ) from None
    if path.suffix.lower() in xmile.SUFFIXES:
        return xmile.entries(path)
    try:
        text = vensim.decode(raw)
    except (UnicodeDecodeError, LookupError):
        raise refuse(
            path.name, "bytes that are no text", "a model text in UTF-8", "save the model as text in UTF-8"
        ) from None
    return vensim.entries(text, path.name)


def _place(file: str, line: int, name: str) -> str:
    return f"{file}, line {line}, {name}" if line else f"{file}, {name}"


def _variables(entries: list[Entry], file: str, faults: list[Fault], broken: set[str]) -> list[Variable]:
    tables = frozenset(key(entry.name) for entry in entries if _is_table(entry))
    first: dict[str, Entry] = {}
    found: list[tuple[Entry, Definition]] = []
    for entry in entries:
        place = _place(file, entry.line, entry.name)
        same = first.setdefault(key(entry.name), entry)
        if same is not entry or len(entry.nodes) > 1 or key(entry.name) == TIME:
            where = f" (first in line {same.line} as '{same.name}')" if same is not entry else ""
            faults.append(
                Fault(
                    place,
                    f"a second definition{where}",
                    "one definition of each name",
                    "rename or remove one",
                )
            )
            continue
        try:
            found.append((entry, definition(entry.nodes[0], tables)))
        except Unsupported as problem:
            faults.append(Fault(place, problem.got, problem.expected, problem.cure))
            broken.add(key(entry.name))
    flows = _flows(meaning for _, meaning in found)
    return [_variable(entry, meaning, flows) for entry, meaning in found]


def _is_table(entry: Entry) -> bool:
    return type(entry.nodes[0]).__name__ == "LookupsStructure"


def _flows(definitions: Iterable[Definition]) -> frozenset[str]:
    return frozenset(
        name for meaning in definitions if isinstance(meaning, Stock) for name in _terms(meaning.flow)
    )


def _terms(node: Expression) -> list[str]:
    match node:
        case Reference(name):
            return [name]
        case Negative(operand):
            return _terms(operand)
        case Arithmetic("+" | "-", left, right):
            return _terms(left) + _terms(right)
        case _:
            return []


def _variable(entry: Entry, meaning: Definition, flows: frozenset[str]) -> Variable:
    name = key(entry.name)
    kind = Kind.AUXILIARY
    match meaning:
        case _ if name in CONTROLS:
            kind = Kind.CONTROL
        case Stock():
            kind = Kind.STOCK
        case Table():
            kind = Kind.TABLE
        case Number():
            kind = Kind.CONSTANT
        case _ if name in flows and not isinstance(meaning, Held):
            kind = Kind.FLOW
    needs = dict.fromkeys(references(meaning)) | dict.fromkeys(_tables(meaning))
    return Variable(
        entry.name,
        name,
        kind,
        entry.unit,
        entry.note,
        entry.limits,
        entry.sector,
        meaning,
        tuple(needs),
        entry.line,
    )


def _tables(meaning: Definition) -> list[str]:
    return [node.table for node in walk(meaning) if isinstance(node, Lookup)]


def _undefined(variables: list[Variable], known: set[str], file: str) -> list[Fault]:
    names = [variable.name for variable in variables]
    faults = []
    for variable in variables:
        for need in variable.dependencies:
            if need == TIME or need in known:
                continue
            near = difflib.get_close_matches(need.replace("_", " "), names, n=1, cutoff=0.0)
            faults.append(
                Fault(
                    _place(file, variable.line, variable.name),
                    f"a reference to '{need.replace('_', ' ')}', which is not defined",
                    "the name of a variable of this file",
                    f"define it, or write the nearest name: '{near[0]}'" if near else "define it",
                )
            )
    return faults


def _controls(variables: list[Variable], known: set[str], file: str) -> list[Fault]:
    faults = [
        Fault(
            file,
            f"no {name}",
            "the control variables " + ", ".join(CONTROLS.values()),
            f"add {name} = number",
        )
        for control, name in CONTROLS.items()
        if control not in known
    ]
    for variable in variables:
        same_as_step = variable.key == "saveper" and variable.definition == Reference("time_step")
        if variable.kind is Kind.CONTROL and not isinstance(variable.definition, Number) and not same_as_step:
            faults.append(
                Fault(
                    _place(file, variable.line, variable.name),
                    "an equation",
                    "a number (SAVEPER may also be TIME STEP)",
                    "write the number",
                )
            )
    return faults


def _orders(
    variables: list[Variable], known: set[str], file: str, faults: list[Fault]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    running = {v.key: _needs(v, at_start=False, known=known) for v in variables}
    starting = {v.key: _needs(v, at_start=True, known=known) for v in variables}
    names = {v.key: v.name for v in variables}
    for found, what, cure in (
        (graph.loops(running), "an algebraic loop", "let the loop pass through a stock (INTEG)"),
        (
            graph.loops(starting),
            "a loop among initial values",
            "give one of the stocks an initial value of its own",
        ),
    ):
        for loop in found:
            shown = " -> ".join(names[name] for name in (*loop, loop[0]))
            faults.append(
                Fault(file, f"{what}: {shown}", "equations that can be computed one after another", cure)
            )
        if found:
            return (), ()
    return graph.ordered(running), graph.ordered(starting)


def _needs(variable: Variable, at_start: bool, known: set[str]) -> tuple[str, ...]:
    """What must be computed before a variable; before a stock or a held value, nothing but at the start."""
    match variable.definition:
        case Stock(_, initial) | Held(initial):
            needs = references(initial) if at_start else ()
        case other:
            needs = references(other)
    return tuple(need for need in needs if need in known and need != TIME)
