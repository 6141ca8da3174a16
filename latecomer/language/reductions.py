"""SUM and its like, written out over the elements that they run over."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import prod

from latecomer.language.functions import REDUCTIONS, shown
from latecomer.language.limits import check_count
from latecomer.language.scope import Scope, element_at
from latecomer.language.syntax import Arithmetic, Call, Expression, Number, Reference, key
from latecomer.language.written import Apply, Name, Unsupported, Written, inside

Translate = Callable[[Written, Scope], Expression]


def reduction(
    name: str, arguments: tuple[Written, ...], scope: Scope, translate: Translate
) -> Expression | None:
    """SUM, VMIN ... as one expression over all elements; None where `name` is no such function."""
    kind = REDUCTIONS[scope.dialect].get(name)
    if kind is None or (scope.dialect == "xmile" and name in ("min", "max") and len(arguments) > 1):
        return None
    if len(arguments) != 1:
        got = f"the function {shown(name)} with {len(arguments)} arguments"
        raise Unsupported(got, "1 argument", "give the arguments that the definition asks for")
    if isinstance(arguments[0], Name) and key(arguments[0].name) in scope.names.broken:
        # its own fault is enough
        return Reference(key(arguments[0].name))
    terms = _listed(arguments[0], scope) or [
        translate(arguments[0], scope.within(at)) for at in _running(name, arguments[0], scope)
    ]
    if not terms:
        raise Unsupported(f"{shown(name)} over no elements", "a range with elements", "list its elements")
    if kind in ("sum", "mean"):
        total = balanced(terms, lambda a, b: Arithmetic("+", a, b))
        return Arithmetic("/", total, Number(float(len(terms)))) if kind == "mean" else total
    if kind == "prod":
        return balanced(terms, lambda a, b: Arithmetic("*", a, b))
    return balanced(terms, lambda a, b: Call(kind, (a, b)))


def _listed(node: Written, scope: Scope) -> list[Expression]:
    """The elements that XMILE means by x[*] or, inside SUM, by the bare name of an array."""
    if scope.dialect != "xmile" or not isinstance(node, Name):
        return []
    array = scope.names.arrays.get(key(node.name))
    if array is None or (node.subscripts is not None and "*" not in node.subscripts):
        return []
    first = next(iter(array))
    written = node.subscripts or ("*",) * len(first)
    if len(written) != len(first):
        return []
    wanted = ["*" if word == "*" else element_at(word, scope) for word in written]
    return [
        Reference(found)
        for chosen, found in array.items()
        if all(word in ("*", element) for word, element in zip(wanted, chosen, strict=True))
    ]


def _running(name: str, node: Written, scope: Scope) -> list[dict[str, str]]:
    """Every combination of elements that a SUM runs over."""
    wanted: dict[str, None] = {}
    for word in _summed_subscripts(node, scope):
        marked = word.endswith("!")
        range_key = key(word.removesuffix("!"))
        free = scope.dialect == "xmile" and range_key not in scope.binding and range_key not in scope.running
        if (marked or free) and range_key in scope.names.ranges.by_key:
            wanted[range_key] = None
        elif marked:
            raise Unsupported(f"'{word}', which is no range", "the name of a range", "define the range")
    if not wanted:
        such = ("an array", "x[*]", "name an array")
        if scope.dialect == "vensim":
            such = ("a range with !", "x[range!]", "mark the range with !")
        got = f"{shown(name)} without a range to run over"
        raise Unsupported(got, f"{such[0]}, such as {shown(name)}({such[1]})", such[2])
    choices = [scope.names.ranges.by_key[name].elements for name in wanted]
    check_count(f"{shown(name)} over a range", prod(len(choice) for choice in choices))
    return [dict(zip(wanted, chosen, strict=True)) for chosen in product(*choices)]


def _summed_subscripts(node: Written, scope: Scope) -> list[str]:
    """The subscripts inside a SUM that belong to it, not to a SUM inside it."""
    found: list[str] = []
    waiting = [node]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, Name | Apply) and inner.subscripts:
            found += inner.subscripts
        waiting += [part for part in reversed(inside(inner)) if not _is_reduction(part, scope)]
    return found


def _is_reduction(node: Written, scope: Scope) -> bool:
    known = isinstance(node, Apply) and key(node.name) in REDUCTIONS[scope.dialect]
    return known and isinstance(node, Apply) and len(node.arguments) == 1


def balanced(terms: list[Expression], join: Callable[[Expression, Expression], Expression]) -> Expression:
    """Many terms joined two by two."""
    # a tree as flat as possible, as Python reads no deeply nested text
    while len(terms) > 1:
        pairs = [join(a, b) for a, b in zip(terms[::2], terms[1::2], strict=False)]
        terms = pairs + terms[len(pairs) * 2 :]
    return terms[0]
