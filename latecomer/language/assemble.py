"""From the elements of a file to variables: arrays taken apart, names resolved, equations translated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from latecomer.faults import Fault
from latecomer.language.arrays import Element, Names, expand
from latecomer.language.dimensions import dimensions
from latecomer.language.entry import BrokenEntry, Entry, Item, RangeEntry, place_of
from latecomer.language.hidden import Hidden
from latecomer.language.ranges import Ranges, resolve
from latecomer.language.syntax import (
    Arithmetic,
    Definition,
    Expression,
    Held,
    InlineLookup,
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
from latecomer.language.translate import Scope, definition
from latecomer.language.written import Apply, Literal, Points, Unsupported


@dataclass(frozen=True)
class Meaning:
    """An element with its definition."""

    element: Element
    meaning: Definition
    hidden: Hidden


@dataclass(frozen=True)
class Draft:
    """A model text before its checks; `broken` are keys whose elements have been refused."""

    text: ModelText
    broken: frozenset[str]
    # times of delays that must not change during a run: owner, function, time
    fixed: tuple[tuple[Variable, str, Expression], ...]


def build(
    path: Path,
    dialect: str,
    items: Iterable[Item],
    method: str,
    data: Mapping[str, Table],
    faults: list[Fault],
) -> Draft:
    """The variables of a file; what is refused is added to `faults`."""
    items = list(items)
    faults += [item.fault for item in items if isinstance(item, BrokenEntry)]
    broken = {key(item.name) for item in items if isinstance(item, BrokenEntry)}
    ranges, problems = resolve(item for item in items if isinstance(item, RangeEntry))
    faults += [_fault(path, entry.name, entry.line, problem) for entry, problem in problems]
    elements = _elements(path, [item for item in items if isinstance(item, Entry)], ranges, faults, broken)
    names = _names(elements, ranges, broken)
    found = _meanings(path, dialect, elements, names, data, faults, broken)
    variables = _variables(found, ranges)
    by_key = {variable.key: variable for variable in variables}
    structural: set[str] = set().union(*(meaning.hidden.structural for meaning in found))
    variables = [_folded(variable, by_key, structural) for variable in variables]
    shown = {
        found.name: tuple(ranges.shown[element] for element in found.elements)
        for found in ranges.by_key.values()
    }
    text = ModelText(path, tuple(variables), (), (), shown, method, frozenset(structural))
    fixed = [
        (by_key[meaning.element.key], function, time)
        for meaning in found
        for function, time in meaning.hidden.fixed
    ]
    return Draft(text, frozenset(broken), tuple(fixed))


def _fault(path: Path, name: str, line: int, problem: Unsupported) -> Fault:
    return Fault(place_of(path.name, line, name), problem.got, problem.expected, problem.cure)


def _elements(
    path: Path, entries: list[Entry], ranges: Ranges, faults: list[Fault], broken: set[str]
) -> list[Element]:
    first: dict[str, Entry] = {}
    found: list[Element] = []
    for entry in entries:
        base = key(entry.name)
        try:
            elements = expand(entry, ranges)
            alone = first.setdefault(base, entry)
            if len(alone.subscripts) != len(entry.subscripts):
                raise Unsupported(
                    f"{len(entry.subscripts)} subscripts, but {len(alone.subscripts)} in line {alone.line}",
                    "as many subscripts in every definition of a name",
                    "match the definitions",
                )
            if base in ranges.by_key:
                raise Unsupported(
                    "the name of a range", "a name of its own", "rename the variable or the range"
                )
        except Unsupported as problem:
            faults.append(_fault(path, entry.name, entry.line, problem))
            broken.add(base)
            continue
        for element in elements:
            same = first.setdefault(element.key, entry)
            if same is not entry or base == TIME:
                where = f" (first in line {same.line} as '{same.name}')" if same is not entry else ""
                cure = (
                    "leave it out with :EXCEPT:, or remove one"
                    if entry.subscripts
                    else "rename or remove one"
                )
                wrong = Unsupported(f"a second definition{where}", "one definition of each name", cure)
                if base == TIME:
                    wrong = Unsupported("a definition of Time", "another name", "rename the variable")
                faults.append(_fault(path, element.name, entry.line, wrong))
                continue
            found.append(element)
    return found


def _names(elements: list[Element], ranges: Ranges, broken: set[str]) -> Names:
    arrays: dict[str, dict[tuple[str, ...], str]] = {}
    for element in elements:
        if element.subscripts:
            arrays.setdefault(key(element.entry.name), {})[element.subscripts] = element.key
    return Names(
        ranges,
        {name: found for name, found in arrays.items() if name not in broken},
        frozenset(element.key for element in elements if isinstance(element.body, Points)),
        {
            element.key: element.body.value
            for element in elements
            if isinstance(element.body, Literal) and not element.body.text
        },
        {element.key: element.entry.unit for element in elements},
        frozenset(broken),
        {
            element.key: element.body.arguments[1]
            for element in elements
            if isinstance(element.body, Apply)
            and len(element.body.arguments) == 2
            and isinstance(element.body.arguments[1], Points)
        },
    )


def _meanings(
    path: Path,
    dialect: str,
    elements: list[Element],
    names: Names,
    data: Mapping[str, Table],
    faults: list[Fault],
    broken: set[str],
) -> list[Meaning]:
    found = []
    for element in elements:
        hidden = Hidden(element.name, element.entry.unit, names.units, names.constants)
        try:
            if element.body is None:
                meaning: Definition = _data(element, data)
            else:
                meaning = definition(element.body, Scope(dialect, names, element.binding, hidden))
        except Unsupported as problem:
            # one fault for an equation of an array is enough
            fault = _fault(path, element.entry.name, element.entry.line, problem)
            if fault not in faults:
                faults.append(fault)
            broken |= {element.key, key(element.entry.name)}
            continue
        found.append(Meaning(element, meaning, hidden))
    return found


def _data(element: Element, data: Mapping[str, Table]) -> Definition:
    table = data.get(element.key)
    if table is None:
        raise Unsupported(
            "a data variable without its data",
            "a CSV file with a column of that name beside Time",
            "hand the file over: load_model(..., data='file.csv')",
        )
    return InlineLookup(table, Reference(TIME))


def _variables(found: list[Meaning], ranges: Ranges) -> list[Variable]:
    flows = frozenset(
        name
        for meaning in found
        if isinstance(meaning.meaning, Stock)
        for name in _terms(meaning.meaning.flow)
    )
    arrays: dict[str, list[Element]] = {}
    for meaning in found:
        arrays.setdefault(key(meaning.element.entry.name), []).append(meaning.element)
    shapes = {name: dimensions(elements, ranges) for name, elements in arrays.items()}
    variables = []
    for meaning in found:
        entry, element = meaning.element.entry, meaning.element
        variables.append(
            Variable(
                element.name,
                element.key,
                _kind(element.key, meaning.meaning, flows),
                entry.unit,
                entry.note,
                entry.limits,
                entry.sector,
                meaning.meaning,
                _needs(meaning.meaning),
                entry.line,
                entry.name,
                tuple(ranges.shown.get(name, name) for name in element.subscripts),
                shapes[key(entry.name)],
            )
        )
        variables += _hidden(meaning, entry)
    return variables


def _hidden(meaning: Meaning, entry: Entry) -> list[Variable]:
    return [
        Variable(
            part.name,
            key(part.name),
            _kind("", part.meaning, frozenset()),
            part.unit,
            f"Part of {meaning.element.name}.",
            (None, None),
            entry.sector,
            part.meaning,
            _needs(part.meaning),
            entry.line,
            part.name,
            hidden=True,
        )
        for part in meaning.hidden.found
    ]


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


def _kind(name: str, meaning: Definition, flows: frozenset[str]) -> Kind:
    match meaning:
        case _ if name in CONTROLS:
            return Kind.CONTROL
        case Stock():
            return Kind.STOCK
        case Table():
            return Kind.TABLE
        case Number():
            return Kind.CONSTANT
        case _ if name in flows and not isinstance(meaning, Held):
            return Kind.FLOW
    return Kind.AUXILIARY


def _needs(meaning: Definition) -> tuple[str, ...]:
    tables = [node.table for node in walk(meaning) if isinstance(node, Lookup)]
    return tuple(dict.fromkeys([*references(meaning), *tables]))


def _folded(variable: Variable, by_key: Mapping[str, Variable], structural: set[str]) -> Variable:
    """A control variable whose equation holds constants only gets their value; these become structural."""
    meaning = variable.definition
    if variable.kind is not Kind.CONTROL or isinstance(meaning, Number):
        return variable
    if variable.key == "saveper" and meaning == Reference("time_step"):
        return variable
    used: set[str] = set()
    value = _constant(meaning, by_key, used, ())
    if value is None:
        return variable
    structural |= used
    return replace(variable, definition=Number(value), dependencies=())


def _constant(
    node: Definition, by_key: Mapping[str, Variable], used: set[str], path: tuple[str, ...]
) -> float | None:
    match node:
        case Number(value):
            return value
        case Reference(name) if name in by_key and name not in path:
            used.add(name)
            return _constant(by_key[name].definition, by_key, used, (*path, name))
        case Negative(operand):
            inner = _constant(operand, by_key, used, path)
            return None if inner is None else -inner
        case Arithmetic(operator, left, right):
            a = _constant(left, by_key, used, path)
            b = _constant(right, by_key, used, path)
            if a is None or b is None or (operator == "/" and b == 0) or operator == "^":
                return None
            return {"+": a + b, "-": a - b, "*": a * b}[operator] if operator != "/" else a / b
        case _:
            return None
