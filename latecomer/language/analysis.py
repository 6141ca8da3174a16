"""Which constants the variables of a model depend on, once some constants are known.

Also here:
- Stocks that cannot be negative: no more leaves one within a step than is there.
  A net flow f of such a stock y counts as max(f, -y/dt). A step of Euler's scheme then ends at nought at
  the lowest, one of Heun's takes away half of y at most and one of the classical Runge-Kutta scheme five
  eighths: with k1 >= -y/dt, k2 >= -(y + k1 dt/2)/dt and so on, k1 + 2 k2 + 2 k3 + k4 >= -15/4 y/dt. Where a
  stage of a step has turned round and gone below nought, the equations see next to nothing instead. A run
  in which no stock is drained that fast is the same to the last bit.
- The equation graph: orders of evaluation, and the loops that forbid one.
- The headings of the sectors of a Vensim text, with the sentence that stands under each.
- Which flows fill and drain each stock, where its net flow is a plain sum of them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from itertools import accumulate
from typing import Final, TypeAlias

from latecomer.language.model_text import Kind, ModelText, Variable
from latecomer.language.syntax import (
    Arithmetic,
    Definition,
    Expression,
    Held,
    Negative,
    Number,
    Reference,
    Stock,
    children,
    key,
)

Reduced: TypeAlias = tuple[float | None, frozenset[str]]

NONE: frozenset[str] = frozenset()


def constants_behind(text: ModelText, outputs: Iterable[str], known: Mapping[str, float]) -> frozenset[str]:
    """The keys of the constants that some variables depend on where others have known values.

    0 * x = 0;  0 / x = 0;  x ^ 0 = 1, whatever x

    `outputs`: names of variables; `known`: values of constants by name, which are not among the result. What
    is left after these rules may still be without effect, what is not there surely is. An unknown name is
    passed over.
    """
    values = {key(name): value for name, value in known.items()}
    for one in text.order:
        variable = text.by_key[one]
        if one not in values and variable.kind in (Kind.AUXILIARY, Kind.FLOW):
            value, _ = reduced(variable.definition, values)
            if value is not None:
                values[one] = value
    found: set[str] = set()
    ahead = [key(name) for name in outputs]
    while ahead:
        one = ahead.pop()
        if one in found or one in values or one not in text.by_key:
            continue
        found.add(one)
        ahead.extend(reduced(text.by_key[one].definition, values)[1])
    return frozenset(one for one in found if text.by_key[one].kind is Kind.CONSTANT)


def reduced(node: Definition, values: Mapping[str, float]) -> Reduced:
    """The value of an equation where it is the same at all times, and the keys that it depends on otherwise.

    >>> times = Arithmetic("*", Reference("switch"), Reference("x"))
    >>> reduced(times, {"switch": 0.0}), reduced(times, {"switch": 1.0})
    ((0.0, frozenset()), (None, frozenset({'x'})))
    """
    match node:
        case Number(value):
            return value, NONE
        case Reference(name):
            return (values[name], NONE) if name in values else (None, frozenset([name]))
        case Negative(operand):
            inner, behind = reduced(operand, values)
            return (None if inner is None else -inner), behind
        case Arithmetic(operator, left, right):
            return _arithmetic(operator, reduced(left, values), reduced(right, values))
        case _:
            return None, NONE.union(*(reduced(one, values)[1] for one in children(node)))


def _arithmetic(operator: str, left: Reduced, right: Reduced) -> Reduced:
    (a, behind_a), (b, behind_b) = left, right
    if (operator in "*/" and a == 0.0) or (operator == "*" and b == 0.0):
        return 0.0, NONE
    if operator == "^" and b == 0.0:
        return 1.0, NONE
    if a is None or b is None:
        return None, behind_a | behind_b
    match operator:
        case "+":
            return a + b, NONE
        case "-":
            return a - b, NONE
        case "*":
            return a * b, NONE
        case "/" if b != 0.0:
            return a / b, NONE
        case _:  # a power, or no number at all: constant, but not worked out here
            return None, NONE


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


RULE = "***"


def sector_file(sector: str, ending: str = "toml") -> str:
    """The name of a file about a sector.

    >>> sector_file("Balance of payments"), sector_file("", "svg")
    ('balance-of-payments.toml', 'model.svg')
    """
    return f"{re.sub(r'[^a-z0-9]+', '-', sector.lower()).strip('-') or 'model'}.{ending}"


def sector_notes(text: str) -> dict[str, str]:
    r"""The sentence under the heading of each sector, in the order of the text; the first of a name counts.

    >>> sector_notes("***\n\t.World\n***~\n\t\tWhat no country\n\t\tmoves.\n\t|\nx = 1 ~ Dmnl ~ |")
    {'World': 'What no country moves.'}
    """
    found: dict[str, str] = {}
    for sector, note in _headings(text):
        found.setdefault(sector, " ".join(note.replace("~", " ").split()))
    return found


def _headings(text: str) -> Iterator[tuple[str, str]]:
    """A line of asterisks, the sector, asterisks again, ~ and the note up to the next |."""
    lines = text.split("\n")
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    for first in (number for number, line in enumerate(lines) if _is_rule(line)):
        named = first + 1
        while named < len(lines) and not lines[named].strip():
            named += 1
        if named + 1 >= len(lines) or not lines[named + 1].startswith(RULE):
            continue
        start = starts[named + 1] + len(lines[named + 1]) - len(lines[named + 1].lstrip("*"))
        end = text.find("|", start)
        note = text[start:end].lstrip() if end >= 0 else ""
        if note.startswith("~") and not _is_rule(lines[named]):
            yield lines[named].strip().removeprefix(".").strip(), note[1:]


def _is_rule(line: str) -> bool:
    return line.startswith(RULE) and not line.strip("* \t")


def drained_stocks(text: ModelText, signed: str, but: Collection[str] = ()) -> ModelText:
    """The text with its stocks kept from falling below nought, but those with the words `signed`.

    `signed`: words in the note of a stock that may be negative; `but`: names of stocks that are left as they
    are, whatever their notes; an array by its name. A stock with noise of its own is left too: noise moves it
    whatever its flows.
    """
    left = {key(name) for name in but}
    noisy = {v.key.removesuffix("_volatility") for v in text.variables if v.key.endswith("_volatility")}
    kept = {
        stock.key
        for stock in text.of_kind(Kind.STOCK)
        if not stock.hidden
        and signed not in stock.note
        and left.isdisjoint({stock.key, key(stock.base or stock.name)})
        and noisy.isdisjoint({stock.key, key(stock.base or stock.name)})
    }
    return replace(text, drained=frozenset(kept))


MOST_LOOPS: Final = 20

Graph = Mapping[str, tuple[str, ...]]


def ordered(graph: Graph) -> tuple[str, ...]:
    """The keys of a graph without loops, each after all that it depends on.

    >>> ordered({"c": ("b",), "b": ("a",), "a": ()})
    ('a', 'b', 'c')
    """
    return tuple(TopologicalSorter({name: list(needs) for name, needs in graph.items()}).static_order())


def loops(graph: Graph) -> list[tuple[str, ...]]:
    """One loop for each knot of the graph, twenty at most: each name acts on the next, the last on the first.

    >>> loops({"a": ("c",), "b": ("a",), "c": ("b",), "d": ("a",)})
    [('a', 'b', 'c')]
    """
    rest = {name: tuple(need for need in needs if need in graph) for name, needs in graph.items()}
    found: list[tuple[str, ...]] = []
    while len(found) < MOST_LOOPS:
        try:
            ordered(rest)
        except CycleError as problem:
            cycle = tuple(problem.args[1][:-1])
            found.append(_from_first(cycle, tuple(graph)))
            gone = set(cycle)
            rest = {n: tuple(m for m in needs if m not in gone) for n, needs in rest.items() if n not in gone}
        else:
            break
    return found


def _from_first(cycle: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    place = {name: i for i, name in enumerate(names)}
    start = cycle.index(min(cycle, key=place.__getitem__))
    return cycle[start:] + cycle[:start]


def needed(graph: Graph, wanted: Iterable[str]) -> frozenset[str]:
    """All that some names depend on, themselves included.

    >>> sorted(needed({"c": ("b",), "b": (), "a": ()}, ["c"]))
    ['b', 'c']
    """
    seen: set[str] = set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(graph.get(name, ()))
    return frozenset(seen)
