"""Ranges of subscripts: their elements, subranges, equal ranges and mappings.

Also here:
- Arrays taken apart: each element of a subscripted variable becomes a variable of its own.
- The ranges along which the elements of one array lie.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod

from latecomer.language.grammar import QUOTED, unquoted
from latecomer.language.limits import LONGEST_NAME, Budget, check_count
from latecomer.language.source import (
    Entry,
    Literal,
    MacroEntry,
    Numbers,
    Points,
    RangeEntry,
    Unreadable,
    Unsupported,
    Written,
)
from latecomer.language.syntax import key

ITEM = re.compile(rf"\s*(?P<numbered>\([^()]*\))\s*|\s*(?P<name>{QUOTED}|[^,()\[\]\"]+)\s*")


def names(text: str) -> tuple[str, ...]:
    """The names of a list separated by commas.

    >>> names('north, "south, east"')
    ('north', 'south, east')
    """
    return tuple(unquoted(found) for found in re.findall(rf"{QUOTED}|[^,\"]+", text) if found.strip())


def entry(name: str, sign: str, right: str, line: int) -> RangeEntry:
    """The range `name: right` or `name <-> right`; raises `Unreadable` or `Unsupported`."""
    if sign == "<->":
        return RangeEntry(name, (), (), line, same_as=unquoted(right.strip()))
    if re.match(r"\s*GET[ _]", right, re.IGNORECASE):
        raise Unsupported("a range read from another file", "elements in the text", "write the elements")
    listed, arrow, mapped = right.partition("->")
    items: list[str] = []
    for found in _listed(listed):
        check_count("a range", len(items))
        items += _numbered(found) if found.startswith("(") else [unquoted(found)]
    return RangeEntry(name, tuple(items), _mappings(mapped) if arrow else (), line)


def _listed(text: str) -> list[str]:
    found, position = [], 0
    while position < len(text):
        match = ITEM.match(text, position)
        if match is None:
            raise Unreadable(text, text[position:])
        found.append(match.group().strip())
        position = match.end()
        if position < len(text) and text[position] == ",":
            position += 1
    return found


def _numbered(text: str) -> list[str]:
    """The elements of a row such as (A1-A5)."""
    inside = text.strip()[1:-1]
    for dash in (place for place, sign in enumerate(inside[:LONGEST_NAME]) if sign == "-"):
        (first, low), (second, high) = (_number_behind(inside[part]) for part in _sides(dash))
        if low and high and key(first) == key(second) and int(low) <= int(high):
            check_count("a row", int(high) - int(low) + 1)
            return [f"{first}{number}" for number in range(int(low), int(high) + 1)]
    raise Unsupported(f"the elements {text[:80]}", "a row of elements such as (A1-A5)", "list the elements")


def _sides(dash: int) -> tuple[slice, slice]:
    return slice(None, dash), slice(dash + 1, None)


def _number_behind(text: str) -> tuple[str, str]:
    """The number at the end of a name, of at most eighteen digits, and what stands before it."""
    name = text.strip()
    stem = name.rstrip("0123456789")
    digits = name[len(stem) :]
    return (stem, digits) if len(digits) <= 18 else (name, "")


def _mappings(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found = []
    for group in re.findall(r"\([^()]*\)|[^,()]+", text):
        if not group.strip():
            continue
        target, _, listed = group.strip("() ").partition(":")
        found.append((unquoted(target.strip()), names(listed)))
    return tuple(found)


@dataclass(frozen=True)
class Range:
    """A range: its name as written, and the keys of its elements.

    `mappings`: for each range that it is mapped to, the elements there that each of its own stands for.
    """

    name: str
    elements: tuple[str, ...]
    mappings: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Ranges:
    """All ranges of a file under their keys, and the elements as they are written."""

    by_key: Mapping[str, Range] = field(default_factory=dict)
    shown: Mapping[str, str] = field(default_factory=dict)
    # keys of ranges that have been refused
    broken: frozenset[str] = frozenset()

    def elements(self, name: str) -> tuple[str, ...]:
        """The elements that a subscript of a left-hand side stands for; empty where it is unknown."""
        known = self.by_key.get(key(name))
        if known is not None:
            return known.elements
        return (key(name),) if key(name) in self.shown else ()

    def place(self, element: str) -> int | None:
        """The place of an element in its full range, counted from 1; None where that is in doubt.

        Of ranges with the same elements in another order the first counts. Where it is not the first in the
        alphabet as well, there is doubt.
        """
        holding = [name for name, known in self.by_key.items() if element in known.elements]
        sets = {name: set(self.by_key[name].elements) for name in holding}
        full = [name for name in holding if not any(sets[name] < sets[other] for other in holding)]
        places = {name: self.by_key[name].elements.index(element) + 1 for name in full}
        if len(set(places.values())) == 1:
            return next(iter(places.values()))
        same = all(sets[name] == sets[full[0]] for name in full)
        return places[full[0]] if same and full[0] == min(full) else None

    def mapped(self, wanted: str, bound: Mapping[str, str]) -> list[str]:
        """The elements of range `wanted` that mappings give to the elements bound on the left."""
        found = []
        source = self.by_key[wanted]
        for target, groups in source.mappings.items():
            if target in bound:
                pairs = zip(source.elements, groups, strict=True)
                found += [own for own, group in pairs if bound[target] in group]
        return found


def resolve(entries: Iterable[RangeEntry]) -> tuple[Ranges, list[tuple[RangeEntry, Unsupported]]]:
    """The ranges of a file with subranges put in their places; and the entries that make no sense."""
    given: dict[str, RangeEntry] = {}
    problems: list[tuple[RangeEntry, Unsupported]] = []
    for found in entries:
        first = given.setdefault(key(found.name), found)
        if first is not found:
            got = f"a second definition of the range (first in line {first.line})"
            problems.append((found, Unsupported(got, "one definition of each name", "rename or remove one")))
    done: dict[str, tuple[str, ...]] = {}
    shown: dict[str, str] = {}

    def expand(name: str, path: tuple[str, ...]) -> tuple[str, ...]:
        if name in done:
            return done[name]
        found = given[name]
        if name in path:
            problems.append((found, _inside_itself(given, path[path.index(name) :])))
            return ()
        elements: list[str] = []
        for item in (found.same_as,) if found.same_as else found.items:
            inner = key(item)
            if inner in given:
                elements += expand(inner, (*path, name))
            else:
                shown.setdefault(inner, item)
                elements.append(inner)
        if not (elements or found.same_as or any(entry is found for entry, _ in problems)):
            problems.append((found, Unsupported("a range without elements", "elements", "list its elements")))
        try:
            check_count("a range", len(elements))
        except Unsupported as problem:
            problems.append((found, problem))
            elements = []
        if len(set(elements)) < len(elements) or (found.same_as and key(found.same_as) not in given):
            wrong = "an element twice" if not found.same_as else f"the unknown range '{found.same_as}'"
            problems.append((found, Unsupported(wrong, "each element once", "correct the range")))
        done[name] = tuple(dict.fromkeys(elements))
        return done[name]

    ranges = {name: Range(found.name, expand(name, ())) for name, found in given.items()}
    complete = {name: _with_mappings(ranges, given[name], problems) for name in ranges}
    broken = {key(entry.name) for entry, _ in problems}
    broken = _with_those_around(broken, given)
    return Ranges(_equal_ranges(complete, given), shown, frozenset(broken)), problems


def _with_those_around(broken: set[str], given: Mapping[str, RangeEntry]) -> set[str]:
    """A range goes wrong with those inside it."""
    around: dict[str, list[str]] = {}
    for name, entry in given.items():
        for item in (*entry.items, entry.same_as):
            around.setdefault(key(item), []).append(name)
    waiting, found = [*broken], set[str]()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += around.get(name, ())
    return found


def _inside_itself(given: Mapping[str, RangeEntry], path: tuple[str, ...]) -> Unsupported:
    if any(given[name].same_as for name in path):
        own = (given[name].name for name in path if not given[name].same_as or len(path) == 1)
        other = next(own, None)
        if other is None:
            return Unsupported("a range equal to itself by others", "a range with elements", "list them")
        got = f"the name of a range and of an element of '{other}'"
        return Unsupported(got, "a name of its own", "rename the range or the element")
    return Unsupported("a range inside itself", "elements", "list its elements")


def _with_mappings(
    ranges: Mapping[str, Range], entry: RangeEntry, problems: list[tuple[RangeEntry, Unsupported]]
) -> Range:
    own = ranges[key(entry.name)]
    mappings: dict[str, tuple[tuple[str, ...], ...]] = {}
    for target, listed in entry.mappings:
        other = ranges.get(key(target))
        # an element of a mapping may be a subrange: one stands for many
        groups = [ranges[key(item)].elements if key(item) in ranges else (key(item),) for item in listed]
        if not listed and other is not None:
            groups = [(element,) for element in other.elements]
        every = [element for group in groups for element in group]
        known = other is not None and set(every) <= set(other.elements)
        if not known or len(groups) != len(own.elements) or len(set(every)) < len(every):
            what = f"the mapping to '{target}'"
            cure = "list one element or subrange for each element of this range"
            problems.append((entry, Unsupported(what, "as many elements on both sides", cure)))
            continue
        mappings[key(target)] = tuple(groups)
    return Range(own.name, own.elements, mappings)


def _equal_ranges(ranges: dict[str, Range], given: Mapping[str, RangeEntry]) -> dict[str, Range]:
    """Ranges declared equal with <-> are mapped to each other, each way."""
    for name, entry in given.items():
        other = key(entry.same_as)
        if entry.same_as and other in ranges:
            for a, b in ((name, other), (other, name)):
                own = ranges[a]
                pairs = tuple((element,) for element in ranges[b].elements)
                ranges[a] = Range(own.name, own.elements, {**own.mappings, b: pairs})
    return ranges


@dataclass(frozen=True)
class Element:
    """One element of an entry: its elements by position, and by the ranges of the left-hand side."""

    entry: Entry
    name: str
    subscripts: tuple[str, ...]
    binding: Mapping[str, str]
    body: Written | None

    @property
    def key(self) -> str:
        """The key of the element's own name."""
        return key(self.name)


@dataclass(frozen=True)
class Names:
    """What a name may stand for: a scalar, an array by its elements, or a table."""

    ranges: Ranges
    arrays: Mapping[str, Mapping[tuple[str, ...], str]] = field(default_factory=dict)
    tables: frozenset[str] = frozenset()
    constants: Mapping[str, float] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()
    # the tables of XMILE's graphical functions, which LOOKUP may read at another argument
    graphs: Mapping[str, Points] = field(default_factory=dict)
    macros: Mapping[str, MacroEntry] = field(default_factory=dict)
    # what writing out arrays, SUM and macros may still come to
    budget: Budget = field(default_factory=Budget)


def expand(entry: Entry, ranges: Ranges) -> list[Element]:
    """The elements that an entry defines; raises `Unsupported` where its subscripts make no sense.

    The exceptions behind :EXCEPT: are left out.
    """
    if not entry.subscripts:
        return [Element(entry, entry.name, (), {}, _number(entry, (), ()))]
    choices = [_elements(name, ranges) for name in entry.subscripts]
    bound = [key(name) if key(name) in ranges.by_key else "" for name in entry.subscripts]
    free = [name for name in bound if name]
    if len(set(free)) < len(free):
        raise Unsupported(
            f"the range '{entry.subscripts[bound.index(max(free, key=free.count))]}' twice on the left",
            "each range once",
            "declare a second range with the same elements (second <-> first)",
        )
    check_count("an array", prod(len(choice) for choice in choices))
    outside = _exceptions(entry, ranges)
    shape = [len(choice) for choice, name in zip(choices, bound, strict=True) if name]
    found = []
    for combination in product(*(range(len(choice)) for choice in choices)):
        chosen = tuple(choice[i] for choice, i in zip(choices, combination, strict=True))
        if chosen in outside:
            continue
        at = [i for i, name in zip(combination, bound, strict=True) if name]
        body = _number(entry, shape, at)
        binding = {name: element for name, element in zip(bound, chosen, strict=True) if name}
        found.append(Element(entry, element_name(entry.name, chosen, ranges), chosen, binding, body))
    return found


def element_name(base: str, subscripts: Iterable[str], ranges: Ranges) -> str:
    """The name of one element, such as output[garments, north], as results show it."""
    return f"{base}[{','.join(ranges.shown.get(name, name) for name in subscripts)}]"


def _elements(name: str, ranges: Ranges) -> tuple[str, ...]:
    found = ranges.elements(name)
    if not found:
        raise Unsupported(
            f"the subscript '{name}', which is not defined",
            "a range or an element of this file",
            f"define it, such as {name}: first, second ~~|",
        )
    return found


def _exceptions(entry: Entry, ranges: Ranges) -> set[tuple[str, ...]]:
    outside: set[tuple[str, ...]] = set()
    for group in entry.exceptions:
        if len(group) != len(entry.subscripts):
            raise Unsupported(
                f":EXCEPT: with {len(group)} subscripts",
                f"{len(entry.subscripts)} subscripts",
                "match the left",
            )
        if isinstance(entry.body, Numbers):
            raise Unsupported(":EXCEPT: before a list of numbers", "an equation", "give each element its own")
        choices = [_elements(name, ranges) for name in group]
        check_count(":EXCEPT:", prod(len(choice) for choice in choices))
        outside |= set(product(*choices))
    return outside


def _number(entry: Entry, shape: Sequence[int], at: Sequence[int]) -> Written | None:
    """The number of a list that belongs to one element; any other right-hand side as it stands."""
    if not isinstance(entry.body, Numbers):
        return entry.body
    rows = entry.body.rows
    lengths = {len(row) for row in rows}
    if len(shape) == 1:
        flat = [number for row in rows for number in row]
        if len(flat) == shape[0] and (len(rows) == 1 or lengths == {1}):
            return Literal(flat[at[0]])
    if len(shape) == 2 and len(rows) == shape[0] and lengths == {shape[1]}:
        return Literal(rows[at[0]][at[1]])
    expected = " x ".join(str(length) for length in shape) or "one"
    got = f"{len(rows)} rows of {', '.join(str(length) for length in sorted(lengths))} numbers"
    raise Unsupported(got, f"{expected} numbers", "give one number for each element, rows ended by ;")


def dimensions(elements: Sequence[Element], ranges: Ranges) -> tuple[str, ...]:
    """The name of one range for each subscript: the one written, or the smallest that holds all elements.

    Nothing where the elements of a subscript have no range in common; they then stay variables of their own.
    """
    count = len(elements[0].subscripts)
    found = [_dimension(elements, position, ranges) for position in range(count)]
    return tuple(found) if all(found) else ()


def _dimension(elements: Sequence[Element], position: int, ranges: Ranges) -> str:
    used = {element.subscripts[position] for element in elements}
    written = {key(element.entry.subscripts[position]) for element in elements}
    if len(written) == 1 and (only := ranges.by_key.get(next(iter(written)))) is not None:
        return only.name
    holding = [known for known in ranges.by_key.values() if used <= set(known.elements)]
    return min(holding, key=lambda known: len(known.elements)).name if holding else ""
