"""What names and subscripts mean at one place of a model text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from latecomer.language.arrays import Names
from latecomer.language.entry import REFERENCE
from latecomer.language.hidden import Hidden
from latecomer.language.syntax import key
from latecomer.language.written import Unsupported


@dataclass(frozen=True)
class Scope:
    """Where an expression stands: the element that owns it, and what its subscripts mean there."""

    dialect: str
    names: Names
    binding: Mapping[str, str]
    hidden: Hidden
    # the elements that SUM and its like are at, by the key of their range
    running: Mapping[str, str] = field(default_factory=dict)

    def within(self, running: Mapping[str, str]) -> Scope:
        """The same place inside a SUM."""
        return Scope(self.dialect, self.names, self.binding, self.hidden, {**self.running, **running})


def resolve(name: str, subscripts: tuple[str, ...] | None, scope: Scope) -> str:
    """The key of the element that a name with subscripts stands for here."""
    known = key(name)
    array = scope.names.arrays.get(known)
    if array is None and known in scope.names.broken:
        return known
    if array is None:
        if subscripts is not None:
            raise Unsupported(
                f"a subscript on '{name}', which has none", "the name alone", "leave the subscript out"
            )
        if "." in name and scope.dialect == "xmile":
            raise Unsupported(f"'{name}', a variable of a module", REFERENCE, "put the model into one module")
        return known
    if subscripts is None:
        raise Unsupported(
            f"the array '{name}' without subscripts",
            "one of its elements, or its range in brackets",
            f"write such as {_shown_element(name, array, scope)}",
        )
    marked = [word for word in subscripts if word.endswith("!")]
    if len(set(marked)) < len(marked):
        raise Unsupported("the same range with ! twice on one variable", "each range once", "sum one by one")
    chosen = tuple(element_at(word, scope) for word in subscripts)
    if chosen not in array:
        raise Unsupported(
            f"the element '{name}[{','.join(scope.names.ranges.shown.get(c, c) for c in chosen)}]', "
            "which is not defined",
            "an element of this variable",
            f"define it, or write such as {_shown_element(name, array, scope)}",
        )
    return array[chosen]


def _shown_element(name: str, array: Mapping[tuple[str, ...], str], scope: Scope) -> str:
    first = next(iter(array))
    return f"{name}[{','.join(scope.names.ranges.shown.get(word, word) for word in first)}]"


def element_at(word: str, scope: Scope) -> str:
    """The key of the element that one subscript stands for here."""
    ranges = scope.names.ranges
    name = key(word.removesuffix("!"))
    if word == "*":
        raise Unsupported(
            "* inside a larger expression", "SUM(x[*]) of one variable", "give it a variable of its own"
        )
    if word.endswith("!") or (name in scope.running and name not in scope.binding):
        if name not in scope.running:
            raise Unsupported(f"'{word}' outside SUM", "a range with ! inside SUM", "write SUM(x[range!])")
        return scope.running[name]
    if name not in ranges.by_key:
        return name
    if name in scope.binding:
        return scope.binding[name]
    mapped = ranges.mapped(name, scope.binding)
    if len(mapped) != 1:
        raise Unsupported(
            f"the range '{word}', which is not on the left-hand side",
            "a range of the left-hand side, one of its elements, or range! inside SUM",
            "write the range of the left-hand side",
        )
    return mapped[0]


def are_subscripts(words: tuple[str, str], scope: Scope) -> bool:
    """Whether the place in an array is asked for, as in IF THEN ELSE(Sector = steel, ...)."""
    ranges, names = scope.names.ranges, scope.names
    variables = [key(word) in names.units or key(word) in names.arrays for word in words]
    bound = [key(word) in scope.binding for word in words]
    known = [key(word) in scope.binding or key(word) in ranges.shown for word in words]
    return any(bound) and all(known) and not any(variables)
