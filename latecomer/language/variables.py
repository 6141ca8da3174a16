"""Variables from the definitions of elements: kinds, dependencies, places in arrays, constants of control."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from latecomer.language.arrays import Element
from latecomer.language.dimensions import dimensions
from latecomer.language.entry import Entry
from latecomer.language.hidden import Hidden
from latecomer.language.ranges import Ranges
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
from latecomer.language.text import CONTROLS, Kind, Variable


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
