"""Which flows fill and drain each stock, where its net flow is a plain sum of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from latecomer.language.syntax import Arithmetic, Expression, Held, Negative, Number, Reference, Stock, key
from latecomer.language.text import Kind, ModelText, Variable

Terms = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Flows:
    """The terms (flow, +1 or -1) of each stock, None where they are no plain sum; all flows in them.

    Arrays count as one: the keys are those of their names without subscripts.
    """

    of_stock: Mapping[str, Terms | None]
    plain: frozenset[str]


def whole(variable: Variable) -> str:
    """The key of a variable, of an element that of its array."""
    return key(variable.base) if variable.subscripts else variable.key


def arrays(variables: Iterable[Variable]) -> dict[str, list[Variable]]:
    """The elements of each array, and each other variable alone, under the key of the whole."""
    found: dict[str, list[Variable]] = {}
    for variable in variables:
        found.setdefault(whole(variable), []).append(variable)
    return found


def terms(node: Expression) -> Terms | None:
    """The variables that an expression adds and subtracts, or None where it does anything else.

    >>> terms(Arithmetic("-", Reference("births"), Reference("deaths")))
    (('births', 1), ('deaths', -1))
    """
    match node:
        case Number(0.0):
            return ()
        case Reference(name):
            return ((name, 1),)
        case Negative(operand):
            inner = terms(operand)
            return None if inner is None else tuple((name, -sign) for name, sign in inner)
        case Arithmetic("+" | "-" as operator, left, right):
            one, other = terms(left), terms(right if operator == "+" else Negative(right))
            return None if one is None or other is None else one + other
        case _:
            return None


def flows(text: ModelText) -> Flows:
    """The flows of a model text: each leaves at most one stock and enters at most one."""
    together = arrays(text.variables)
    able = {name for name, members in together.items() if all(_may_flow(member) for member in members)}
    taken: set[tuple[str, int]] = set()
    of_stock: dict[str, Terms | None] = {}
    for name, members in together.items():
        if not isinstance(members[0].definition, Stock):
            continue
        found = _common(text, members)
        free = found is not None and len(set(found)) == len(found) and not taken.intersection(found)
        if found is None or not free or any(flow not in able for flow, _ in found):
            of_stock[name] = None
            continue
        taken.update(found)
        of_stock[name] = found
    return Flows(of_stock, frozenset(flow for flow, _ in taken))


def _may_flow(variable: Variable) -> bool:
    return variable.kind in (Kind.FLOW, Kind.CONSTANT) and not isinstance(variable.definition, Held)


def _common(text: ModelText, members: Sequence[Variable]) -> Terms | None:
    """The terms that all elements of a stock share, each with the stock's own subscripts."""
    shared: Terms | None = None
    for member in members:
        found = terms(member.definition.flow) if isinstance(member.definition, Stock) else None
        if found is None:
            return None
        flowing = [(text.by_key.get(name), sign) for name, sign in found]
        if any(flow is None or flow.subscripts != member.subscripts for flow, _ in flowing):
            return None
        own = tuple((whole(flow), sign) for flow, sign in flowing if flow is not None)
        if shared is not None and own != shared:
            return None
        shared = own
    return shared
