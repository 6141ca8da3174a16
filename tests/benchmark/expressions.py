"""The program of a model text run on symbols, so that its equations become one graph of operations.

What runs is the same emitted text that NumPy and JAX run; only the functions handed to it differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from latecomer.language import Program
from latecomer.language.codegen.namespace import namespace

FIXED, TIMED, STATE = 0, 1, 2
COMPARISONS = {
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "equal": "==",
    "not_equal": "!=",
}
CONDITIONS = frozenset({*COMPARISONS.values(), "logical_and", "logical_or", "logical_not"})


@dataclass(eq=False, frozen=True)
class Node:
    """One value: an operation on others, or a leaf (number, constant, control, time, state)."""

    graph: Graph
    operation: str
    operands: tuple[Node, ...]
    detail: Any
    level: int

    @property
    def is_condition(self) -> bool:
        return self.operation in CONDITIONS

    def __neg__(self) -> Node:
        return self.graph.node("negative", self)

    def __bool__(self) -> bool:
        message = "a traced value has no truth of its own; the emitted text must use where()"
        raise TypeError(message)

    __hash__ = object.__hash__


def _operator(symbol: str, reflected: bool = False) -> Any:
    def apply(self: Node, other: Any) -> Node:
        return self.graph.node(symbol, *((other, self) if reflected else (self, other)))

    return apply


for _name, _symbol in {"add": "+", "sub": "-", "mul": "*", "truediv": "/"}.items():
    setattr(Node, f"__{_name}__", _operator(_symbol))
    setattr(Node, f"__r{_name}__", _operator(_symbol, reflected=True))
for _name, _symbol in {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}.items():
    setattr(Node, f"__{_name}__", _operator(_symbol))


@dataclass
class Graph:
    """All nodes met so far, each kept once, in an order in which they can be computed."""

    nodes: dict[tuple[Any, ...], Node] = field(default_factory=dict)

    def leaf(self, operation: str, detail: Any, level: int) -> Node:
        return self.nodes.setdefault((operation, detail), Node(self, operation, (), detail, level))

    def number(self, value: Any) -> Node:
        return value if isinstance(value, Node) else self.leaf("number", float(value), FIXED)

    def node(self, operation: str, *given: Any, detail: Any = None) -> Node:
        operands = tuple(self.number(value) for value in given)
        known = (operation, detail, *map(id, operands))
        level = max(operand.level for operand in operands)
        return self.nodes.setdefault(known, Node(self, operation, operands, detail, level))

    def functions(self) -> SimpleNamespace:
        """The functions of the model language on symbols; a table goes by its name."""
        return namespace(_Module(self), lambda x, table, _: self.node("table", x, detail=table))


@dataclass(frozen=True)
class _Module:
    """Looks like NumPy: every function of it is a node of the graph."""

    graph: Graph

    def __getattr__(self, name: str) -> Any:
        return lambda *given: self.graph.node(COMPARISONS.get(name, name), *given)


@dataclass(frozen=True)
class Equations:
    """The values that a run needs, as nodes of one graph."""

    graph: Graph
    initial: tuple[Node, ...]
    derivatives: tuple[Node, ...]
    diffusion: dict[int, Node]
    outputs: tuple[Node, ...]


def trace(program: Program, outputs: Iterable[str]) -> Equations:
    """The equations of a program, and of some of its variables, as a graph."""
    graph = Graph()
    ns = graph.functions()
    tables = program.placed({name: (name, name) for name in program.tables})
    p = [graph.leaf("constant", i, FIXED) for i in range(len(program.parameter_names))]
    c = [graph.leaf("control", i, FIXED) for i in range(4)]
    y = [graph.leaf("state", i, STATE) for i in range(len(program.state_names))]
    t = graph.leaf("time", 0, TIMED)
    f = program.fixed(p, c, tables, ns)
    d = program.timed(t, p, c, f, tables, ns)
    used = [d[i] for i in program.driver_indices]
    a = program.auxiliaries(t, y, p, c, f, d, tables, ns)
    named: Mapping[str, Any] = dict(
        [
            *zip(program.fixed_names, f, strict=True),
            *zip(program.timed_names, d, strict=True),
            *zip(program.state_names, y, strict=True),
            *zip(program.auxiliary_names, a, strict=True),
        ]
    )
    sizes = [graph.number(v) for v in program.diffusion(t, y, p, c, f, used, tables, ns)]
    noisy = [i for i, name in enumerate(program.state_names) if name in program.noisy_names]
    # later forms of the text also take stocks to start from
    start: tuple[Any, ...] = ({},) * (program.initial.__code__.co_argcount - 7)
    return Equations(
        graph,
        tuple(graph.number(v) for v in program.initial(t, p, c, f, d, tables, ns, *start)),
        tuple(graph.number(v) for v in program.derivatives(t, y, p, c, f, used, tables, ns)),
        {i: sizes[i] for i in noisy},
        tuple(graph.number(named[name]) for name in outputs),
    )
