"""From the elements of a file to variables: arrays taken apart, names resolved, equations translated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from latecomer.faults import Fault, InputError, refuse
from latecomer.language.arrays import Element, Names, expand
from latecomer.language.at_start import AtStart
from latecomer.language.entry import BrokenEntry, Entry, Item, MacroEntry, RangeEntry, place_of
from latecomer.language.hidden import Hidden
from latecomer.language.limits import MOST_PARTS, TooLarge
from latecomer.language.nesting import in_layers
from latecomer.language.ranges import Ranges, resolve
from latecomer.language.scope import Scope
from latecomer.language.syntax import (
    Definition,
    Expression,
    InlineLookup,
    Reference,
    Table,
    key,
)
from latecomer.language.text import TIME, ModelText, Variable
from latecomer.language.translate import definition, expression
from latecomer.language.variables import Meaning, folded, variables_of
from latecomer.language.written import Apply, Literal, Points, Unsupported, words


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
