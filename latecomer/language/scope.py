"""What names and subscripts mean at one place of a model text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from latecomer.language.delays import Hidden
from latecomer.language.source import REFERENCE, Unsupported
from latecomer.language.subscripts import Names
from latecomer.language.syntax import key


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
            f"one of its elements, or its {'dimension' if scope.dialect == 'xmile' else 'range'} in brackets",
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
        if scope.dialect == "xmile":
            raise Unsupported(
                f"the dimension '{word}', which the variable does not have",
                "one of its own dimensions, an element, or x[*] inside SUM",
                "write a dimension of the variable",
            )
        raise Unsupported(
            f"the range '{word}', which is not on the left-hand side",
            "a range of the left-hand side, one of its elements, or range! inside SUM",
            "write the range of the left-hand side",
        )
    return mapped[0]


def place(name: str, scope: Scope) -> int | None:
    """The place, counted from 1, that a range of the left-hand side or an element stands for.

    None where the name is that of a variable, or of nothing; raises `Unsupported` where there is doubt.
    """
    ranges, known = scope.names.ranges, key(name)
    if known in scope.names.units or known in scope.names.arrays or known in scope.names.broken:
        return None
    if known in ranges.by_key and known not in scope.binding:
        raise Unsupported(
            f"the range '{name}' as a number, which is not on the left-hand side",
            "a range of the left-hand side, or one of its elements",
            "write the range of the left-hand side",
        )
    element = scope.binding.get(known, known)
    if element not in ranges.shown:
        return None
    found = ranges.place(element)
    if found is None:
        raise Unsupported(
            f"'{name}' as a number, which stands at different places in its ranges",
            "an element with one place",
            "give the elements of each range names of their own",
        )
    return found


def is_same_element(words: tuple[str, str], scope: Scope) -> bool | None:
    """Whether XMILE's `Sector = steel` holds; None where no places in an array are compared."""
    names = scope.names
    variables = [key(word) in names.units or key(word) in names.arrays for word in words]
    bound = [word for word in words if key(word) in scope.binding]
    known = [key(word) in scope.binding or key(word) in names.ranges.shown for word in words]
    if not bound or not all(known) or any(variables):
        return None
    inside = names.ranges.by_key[key(bound[0])].elements
    a, b = (element_at(word, scope) for word in words)
    if a not in inside or b not in inside or (len(bound) == 2 and key(words[0]) != key(words[1])):
        raise Unsupported(
            f"'{words[0]}' beside '{words[1]}', places in different dimensions",
            "a dimension and one of its elements",
            "compare with an element of the same dimension",
        )
    return a == b
