"""Arrays taken apart: each element of a subscripted variable becomes a variable of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod

from latecomer.language.entry import Entry, MacroEntry
from latecomer.language.limits import Budget, check_count
from latecomer.language.ranges import Ranges
from latecomer.language.syntax import key
from latecomer.language.written import Literal, Numbers, Points, Unsupported, Written


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
