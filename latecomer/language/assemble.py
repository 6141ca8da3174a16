"""From the elements of a file to variables: arrays taken apart, names resolved, equations translated.

Also here:
- Variables from the definitions of elements: kinds, dependencies, places in arrays, constants of control.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from latecomer.errors import Fault, InputError, refuse
from latecomer.language.delays import AtStart, Hidden
from latecomer.language.limits import MOST_PARTS, TooLarge, in_layers
from latecomer.language.model_text import CONTROLS, TIME, Kind, ModelText, Variable
from latecomer.language.scope import Scope
from latecomer.language.source import (
    Apply,
    BrokenEntry,
    Entry,
    Item,
    Literal,
    MacroEntry,
    Points,
    RangeEntry,
    Unsupported,
    place_of,
    words,
)
from latecomer.language.subscripts import Element, Names, Ranges, dimensions, expand, resolve
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
from latecomer.language.translate import definition, expression


@dataclass(frozen=True)
class Meaning:
    """An element with its definition."""

    element: Element
    meaning: Definition
    hidden: Hidden


def variables_of(found: list[Meaning], ranges: Ranges) -> list[Variable]:
    """The variables of all elements, each followed by its hidden ones."""
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
    """The variables that a sum or a difference is made of."""
    found, waiting = [], [node]
    while waiting:
        match waiting.pop():
            case Reference(name):
                found.append(name)
            case Negative(operand):
                waiting.append(operand)
            case Arithmetic("+" | "-", left, right):
                waiting += [right, left]
    return found


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


def folded(variable: Variable, by_key: Mapping[str, Variable], structural: set[str]) -> Variable:
    """A control variable whose equation holds constants only gets their value; these become structural."""
    meaning = variable.definition
    if variable.kind is not Kind.CONTROL or isinstance(meaning, Number):
        return variable
    if variable.key == "saveper" and meaning == Reference("time_step"):
        return variable
    used: set[str] = set()
    value = _constant(meaning, by_key, used, {})
    if value is None or not math.isfinite(value):
        return variable
    structural |= used
    return replace(variable, definition=Number(value), dependencies=())


def _constant(
    node: Definition, by_key: Mapping[str, Variable], used: set[str], known: dict[str, float | None]
) -> float | None:
    match node:
        case Number(value):
            return value
        case Reference(name) if name in by_key:
            used.add(name)
            if name not in known:
                # what comes back to itself is no constant
                known[name] = None
                known[name] = _constant(by_key[name].definition, by_key, used, known)
            return known[name]
        case Negative(operand):
            inner = _constant(operand, by_key, used, known)
            return None if inner is None else -inner
        case Arithmetic(operator, left, right):
            a = _constant(left, by_key, used, known)
            b = _constant(right, by_key, used, known)
            if a is None or b is None or (operator == "/" and b == 0) or operator == "^":
                return None
            return {"+": a + b, "-": a - b, "*": a * b}[operator] if operator != "/" else a / b
        case _:
            return None


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
    # what is wrong with several elements at once is told once
    faults += dict.fromkeys(item.fault for item in items if isinstance(item, BrokenEntry))
    broken = {key(item.name) for item in items if isinstance(item, BrokenEntry)}
    ranges, problems = resolve(item for item in items if isinstance(item, RangeEntry))
    faults += [_fault(path, entry.name, entry.line, problem) for entry, problem in problems]
    elements = _elements(path, [item for item in items if isinstance(item, Entry)], ranges, faults, broken)
    macros: dict[str, MacroEntry] = {}
    for macro in (item for item in items if isinstance(item, MacroEntry)):
        if macros.setdefault(key(macro.name), macro) is not macro:
            twice = Unsupported(
                "a second definition of the macro", "one of each name", "rename or remove one"
            )
            faults.append(_fault(path, macro.name, macro.equations[0].line, twice))
    names = replace(_names(elements, ranges, broken), macros=macros)
    found = _meanings(path, dialect, elements, names, data, faults, broken)
    variables = variables_of(found, ranges)
    faults += _taken(path, variables)
    by_key = {variable.key: variable for variable in variables}
    structural: set[str] = set().union(*(meaning.hidden.structural for meaning in found))
    variables = [folded(variable, by_key, structural) for variable in variables]
    shown = {
        found.name: tuple(ranges.shown[element] for element in found.elements)
        for found in ranges.by_key.values()
    }
    stepwise = tuple(
        f"{function} of '{meaning.element.name}', line {meaning.element.entry.line}"
        for meaning in found
        for function in meaning.hidden.stepwise
    )
    text = ModelText(path, tuple(variables), (), (), shown, method, frozenset(structural), stepwise)
    fixed = [
        (by_key[meaning.element.key], function, time)
        for meaning in found
        for function, time in meaning.hidden.fixed
    ]
    return Draft(text, frozenset(broken), tuple(fixed))


def _fault(path: Path, name: str, line: int, problem: Unsupported) -> Fault:
    return Fault(place_of(path.name, line, name), problem.got, problem.expected, problem.cure)


def _reads_broken_range(entry: Entry, ranges: Ranges, broken: set[str]) -> bool:
    """Whether what is wrong here may follow from a range that is refused itself."""
    read = words(entry.body)
    marked = {word.removesuffix("!") for word in read if word.endswith("!")}
    certain = {key(word) for word in (*entry.subscripts, *marked)}
    return bool(certain & (ranges.broken | broken) or {key(word) for word in read} & ranges.broken)


def _elements(
    path: Path, entries: list[Entry], ranges: Ranges, faults: list[Fault], broken: set[str]
) -> list[Element]:
    first: dict[str, Entry] = {}
    found: list[Element] = []
    for entry in entries:
        base = key(entry.name)
        try:
            if not base:
                got = f"the name {entry.name!r}"
                raise Unsupported(got, "a name with a letter or a digit", "give it a name")
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
            if not _reads_broken_range(entry, ranges, broken):
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
    equations = _equations(dialect, elements, names) if dialect == "vensim" else lambda _: None
    at_start = AtStart(names.constants, equations)
    for element in elements:
        hidden = Hidden(element.name, element.entry.unit, names.units, names.constants, at_start)
        try:
            if element.body is None:
                meaning: Definition = _data(element, data)
            else:
                meaning = definition(element.body, Scope(dialect, names, element.binding, hidden))
                meaning = in_layers(meaning, hidden)
        except Unsupported as problem:
            # one fault for an equation of an array is enough
            fault = _fault(path, element.entry.name, element.entry.line, problem)
            if fault not in faults and not _reads_broken_range(element.entry, names.ranges, broken):
                faults.append(fault)
            broken |= {element.key, key(element.entry.name)}
            continue
        except TooLarge:
            raise _too_large(path, element) from None
        found.append(Meaning(element, meaning, hidden))
    return found


def _taken(path: Path, variables: Iterable[Variable]) -> list[Fault]:
    """The names that are those of hidden variables too, such as the stocks behind SMOOTH."""
    seen: dict[str, Variable] = {}
    faults = []
    for variable in variables:
        other = seen.setdefault(variable.key, variable)
        if other is not variable:
            named = other if variable.hidden else variable
            place = place_of(path.name, named.line, named.name)
            got = "the name of a part of another variable"
            faults.append(Fault(place, got, "a name of its own", "rename the variable"))
    return faults


def _too_large(path: Path, element: Element) -> InputError:
    return refuse(
        place_of(path.name, element.entry.line, element.entry.name),
        "equations that come to too much, once arrays, SUM and macros are written out",
        f"at most {MOST_PARTS:,} numbers, names and operations in a text",
        "use smaller ranges, or macros that do not call each other many times",
    )


def _equations(dialect: str, elements: list[Element], names: Names) -> Callable[[str], Expression | None]:
    """What gives the equation of a key, or None where there is none without stocks or tables."""
    by_key = {element.key: element for element in elements}

    def equation(name: str) -> Expression | None:
        element = by_key.get(name)
        if element is None or element.body is None:
            return None
        hidden = Hidden(element.name, "", names.units, names.constants)
        try:
            return expression(element.body, Scope(dialect, names, element.binding, hidden))
        except (Unsupported, TooLarge):
            return None

    return equation


def _data(element: Element, data: Mapping[str, Table]) -> Definition:
    table = data.get(element.key)
    if table is None:
        raise Unsupported(
            "a data variable without its data",
            "a CSV file with a column of that name beside Time",
            "hand the file over: load_model(..., data='file.csv')",
        )
    return InlineLookup(table, Reference(TIME))
