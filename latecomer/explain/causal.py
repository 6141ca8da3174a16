"""What acts on what in a model text: variables and the direct links between them.

Also here:
- The signs of causal links, from the equations along a run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import CodeType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latecomer.language import Kind, ModelText, Program, Variable, key
from latecomer.language.analysis import arrays
from latecomer.language.codegen.expressions import Writer, identifiers
from latecomer.language.codegen.namespace import NUMPY
from latecomer.language.codegen.program import table_places
from latecomer.language.model_text import CONTROLS, TIME
from latecomer.language.syntax import Expression, Held, Number, Starting, Stock, Table, references
from latecomer.simulate.model import Model

DRAWN = (Kind.STOCK, Kind.FLOW, Kind.AUXILIARY)


@dataclass(frozen=True, slots=True)
class Node:
    """A variable with the names of the constants that its equation reads."""

    name: str
    kind: Kind
    sector: str
    unit: str
    note: str
    constants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A direct link between two variables, by name.

    sign: + where the effect moves with its cause, − against it, ? where that changes along a run, empty where
    it is unknown or nothing moves. delayed: a stock gathers the cause over time. dormant: small changes of
    the cause do nothing in this run. initial: the cause is read at the initial time only.
    """

    cause: str
    effect: str
    sign: str = ""
    delayed: bool = False
    dormant: bool = False
    initial: bool = False


@dataclass(frozen=True)
class CausalGraph:
    """The stocks, flows and auxiliaries of a model in the order of the text, and the links between them."""

    nodes: Mapping[str, Node]
    links: tuple[Link, ...]

    @property
    def sectors(self) -> tuple[str, ...]:
        """The sectors that have variables, in the order of the text."""
        return tuple(dict.fromkeys(node.sector for node in self.nodes.values()))

    def within(self, sector: str) -> CausalGraph:
        """The links that end in a sector, with their variables; those of other sectors come last."""
        links = tuple(link for link in self.links if self.nodes[link.effect].sector == sector)
        inside = {name: node for name, node in self.nodes.items() if node.sector == sector}
        outside = {link.cause: self.nodes[link.cause] for link in links if link.cause not in inside}
        return CausalGraph(inside | outside, links)

    def readers(self, name: str) -> tuple[str, ...]:
        """The other sectors that a variable acts on."""
        own = self.nodes[name].sector
        sectors = (self.nodes[link.effect].sector for link in self.links if link.cause == name)
        return tuple(dict.fromkeys(sector for sector in sectors if sector != own))

    def between_sectors(self) -> dict[tuple[str, str], int]:
        """The number of links from one sector to another."""
        pairs = ((self.nodes[link.cause].sector, self.nodes[link.effect].sector) for link in self.links)
        return dict(Counter(pair for pair in pairs if pair[0] != pair[1]))


def acting(variable: Variable) -> Expression | None:
    """The expression through which others act on a variable: of a stock its net flow; None for a table."""
    match variable.definition:
        case Stock(flow, _):
            return flow
        case Held(initial):
            return initial
        case Starting(active, _):
            return active
        case Table():
            return None
        case node:
            return node if variable.kind in DRAWN else None


Signs = Mapping[tuple[str, str], Link]


def causal_graph(text: ModelText, signs: Signs | None = None) -> CausalGraph:
    """The causal graph of a model text; `signs` are the links known with their sign, by keys.

    An array is one variable. The stocks behind SMOOTH and DELAY are part of the links that pass through them.
    """
    drawn = {v.key: v for v in text.variables if v.kind in DRAWN}
    shown = arrays(v for v in drawn.values() if not v.hidden)
    names = {v.key: _name(v) for members in shown.values() for v in members}
    merged: dict[tuple[str, str], Link] = {}
    for members in shown.values():
        for effect in members:
            for cause, link in _causes(drawn, effect, signs or {}):
                pair = names[cause], names[effect.key]
                known = merged.get(pair)
                named = replace(link, cause=pair[0], effect=pair[1])
                merged[pair] = named if known is None else _together(known, named)
    nodes = {_name(members[0]): _node(text, members) for members in shown.values()}
    return CausalGraph(nodes, tuple(merged.values()))


def _causes(
    drawn: Mapping[str, Variable], effect: Variable, signs: Signs, passed: tuple[str, ...] = ()
) -> Iterator[tuple[str, Link]]:
    """The drawn causes of a variable, those behind hidden stocks included, with their links."""
    node = acting(effect)
    for name in () if node is None else references(node):
        if name not in drawn:
            continue
        known = signs.get((name, effect.key), Link(name, effect.key))
        stock, initial = effect.kind is Kind.STOCK, isinstance(effect.definition, Held)
        link = replace(known, delayed=stock, initial=initial)
        if not drawn[name].hidden:
            yield name, link
        elif name not in passed:
            for cause, inner in _causes(drawn, drawn[name], signs, (*passed, name)):
                yield cause, _in_series(inner, link)


def _in_series(first: Link, second: Link) -> Link:
    """One link behind another: two opposite signs make the same way."""
    both = {first.sign, second.sign}
    sign = "" if "" in both else "?" if "?" in both else "+" if len(both) == 1 else "−"
    delayed, initial = first.delayed or second.delayed, first.initial or second.initial
    return Link(first.cause, second.effect, sign, delayed, first.dormant or second.dormant, initial)


def _together(one: Link, other: Link) -> Link:
    """Two links side by side, between elements of the same arrays."""
    signs = {one.sign, other.sign} - {""}
    sign = signs.pop() if len(signs) == 1 else "?" if signs else ""
    dormant, initial = one.dormant and other.dormant, one.initial and other.initial
    return Link(one.cause, one.effect, sign, one.delayed or other.delayed, dormant, initial)


def _name(variable: Variable) -> str:
    return variable.base if variable.subscripts else variable.name


def _node(text: ModelText, members: Sequence[Variable]) -> Node:
    first = members[0]
    read = [key for v in members if (node := acting(v)) is not None for key in references(node)]
    causes = [text.by_key[key] for key in read if key in text.by_key]
    constants = tuple(dict.fromkeys(_name(cause) for cause in causes if cause.kind is Kind.CONSTANT))
    return Node(_name(first), first.kind, first.sector, first.unit, first.note, constants)


Values = NDArray[np.float64]

SAME, OPPOSITE, CHANGING, NONE = "+", "−", "?", ""

# relative steps: one for the slope, one that also wakes what lies beyond a threshold, one for far beyond it
SMALL_STEP, LARGE_STEP, FAR_STEP = 1e-4, 0.5, 10.0

# what is nought all along the run, such as a lever never used, hides what acts through it: held here instead
WOKEN = 0.5

# what a change must exceed, relative to the effect, not to be rounding
ROUNDING = 1e-11


def signed_graph(text: ModelText) -> CausalGraph:
    """The causal graph of a model text with the signs of its links along its base run."""
    # arrays element by element, and the stocks behind SMOOTH and DELAY among the results
    plain = replace(text, variables=tuple(replace(v, hidden=False, ranges=()) for v in text.variables))
    model = Model(plain)
    run = model.run(backend="numpy")
    values = {key(str(name)): run[name].to_numpy() for name in run.data_vars}
    return causal_graph(text, signs(plain, model.program, values, run["time"].to_numpy()))


def signs(
    text: ModelText, program: Program, values: Mapping[str, Values], times: Values
) -> dict[tuple[str, str], Link]:
    """Each link (cause, effect), by keys, with the sign of ∂effect/∂cause at all times of a run.

    The slope is taken by differences to both sides, so that a kink (MIN, MAX, IF) shows both its slopes.
    `values` are the variables of the run under their keys, shape (time,); of a stock the net flow counts.
    """
    probe = _Probe(text, program, values, times)
    found = {}
    for variable in text.variables:
        node = acting(variable) if variable.kind in DRAWN else None
        if node is None:
            continue
        code = probe.compiled(node, variable.key)
        for cause in references(node):
            if cause in values:
                sign, dormant = probe.sign(code, cause)
                found[cause, variable.key] = Link(cause, variable.key, sign, dormant=dormant)
    return found


class _Probe:
    """Evaluates single equations on the values of a run, with one variable moved."""

    def __init__(
        self, text: ModelText, program: Program, values: Mapping[str, Values], times: Values
    ) -> None:
        self.names = identifiers(v.key for v in text.variables)
        self.writer = Writer(self.names, table_places(text, program.tables))
        self.values = {**values, **_controls(text)}
        self.shape = np.shape(times)
        named: dict[str, Any] = {
            self.names[name]: value for name, value in self.values.items() if name != TIME
        }
        c = [self.values[name] for name in CONTROLS]
        self.scope = {"t": times, "c": c, "ns": NUMPY, "tables": program.placed(program.tables), **named}
        idle = {
            name: np.full(self.shape, WOKEN) for name, value in named.items() if not np.count_nonzero(value)
        }
        self.woken = {**self.scope, **idle}

    def compiled(self, node: Any, owner: str) -> CodeType:
        return compile(self.writer.number(node, owner), "<equation>", "eval")

    def sign(self, code: CodeType, cause: str) -> tuple[str, bool]:
        """The sign of an equation in one cause, and whether it does nothing in this run for small changes.

        It is then looked for with larger ones, and with everything woken that is nought all along.
        """
        value = np.asarray(self.values[cause], dtype=np.float64)
        size = float(np.max(np.abs(value), initial=0.0)) or 1.0
        for scope in (self.scope, self.woken):
            for step in (SMALL_STEP, LARGE_STEP, FAR_STEP):
                sign = self._sign(code, cause, value, step * size, scope)
                if sign != NONE:
                    return sign, scope is self.woken or step > SMALL_STEP
        return NONE, True

    def _sign(self, code: CodeType, cause: str, value: Values, step: float, scope: Mapping[str, Any]) -> str:
        here, above, below = (self._at(code, cause, value + move, scope) for move in (0.0, step, -step))
        changes = np.stack([above - here, here - below])
        beyond = ROUNDING * np.nanmax(np.abs(np.stack([here, above, below])), initial=0.0)
        up, down = bool((changes > beyond).any()), bool((changes < -beyond).any())
        return CHANGING if up and down else SAME if up else OPPOSITE if down else NONE

    def _at(self, code: CodeType, cause: str, value: Values, scope: Mapping[str, Any]) -> Values:
        with np.errstate(all="ignore"):
            result = eval(code, {**scope, self.names[cause]: value})  # noqa: S307 - text emitted here, from numbers and places
        return np.broadcast_to(np.asarray(result, dtype=np.float64), self.shape)


def _controls(text: ModelText) -> dict[str, float]:
    def value(name: str) -> float:
        definition = text.by_key[name].definition
        return definition.value if isinstance(definition, Number) else value("time_step")

    return {name: value(name) for name in CONTROLS}
