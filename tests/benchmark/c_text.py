"""C text from a graph of equations: constants once a call, tables of time once a step, the rest in the step.

Whatever part of an equation depends on constants only, or on time only, is taken out of the step, down to
the single operation, and common parts are computed once: the C has every advantage that a text can give it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from pathlib import Path

import numpy as np

from latecomer.language import Program
from tests.benchmark.expressions import FIXED, STATE, TIMED, Equations, Node, trace

CONTROLS = 4
FUNCTIONS = {
    "absolute": "fabs",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "power": "pow",
}
LOGIC = {"logical_and": "&&", "logical_or": "||"}


class Layout:
    """Where the values that leave their level are kept: K for constants, R for the row of one step."""

    def __init__(self, program: Program, results: Iterable[Node]) -> None:
        parameters = len(program.parameter_names)
        self.of_constants = parameters + CONTROLS
        self.timed = self._leaving(results, STATE, TIMED)
        every = [*results, *self.timed]
        fixed = dict.fromkeys([*self._leaving(every, STATE, FIXED), *self._leaving(self.timed, TIMED, FIXED)])
        self.fixed = list(fixed)
        self.place: dict[Node, str] = {n: f"K[{self.of_constants + i}]" for i, n in enumerate(self.fixed)}
        self.place |= {n: f"R[{i + 1}]" for i, n in enumerate(self.timed)}
        self.parameters = parameters

    @staticmethod
    def _leaving(results: Iterable[Node], level: int, kept: int) -> list[Node]:
        """The values of level `kept` that a computation at `level` reads; conditions are never kept."""
        found: dict[Node, None] = {}
        seen: set[int] = set()
        waiting = list(results)
        while waiting:
            node = waiting.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if node.level <= kept < level and node.operands and not node.is_condition:
                if node.level == kept:
                    found[node] = None
                continue
            if node.level < level and node.operands and not node.is_condition:
                continue
            waiting.extend(node.operands)
        return list(found)


class Writer:
    """Writes the lines that compute some nodes at one level, all lower ones being at hand."""

    def __init__(self, layout: Layout, tables: Mapping[str, int], level: int) -> None:
        self.layout, self.tables, self.level = layout, tables, level
        self.lines: list[str] = []
        self.names: dict[int, str] = {}

    def value(self, node: Node) -> str:
        """The C text of a node; what must be computed for it goes to `lines` first."""
        if node.operation == "number":
            return f"({node.detail!r})" if isfinite(node.detail) else "NAN"
        if node.operation in ("constant", "control"):
            return f"K[{node.detail + (self.layout.parameters if node.operation == 'control' else 0)}]"
        if node.operation == "time":
            return "R[0]"
        if node.level < self.level and node in self.layout.place:
            return self.layout.place[node]
        if id(node) not in self.names:
            text = f"Y({node.detail})" if node.operation == "state" else self._text(node)
            if node.is_condition:
                return text
            self.names[id(node)] = f"v{len(self.names)}"
            self.lines.append(f"const double {self.names[id(node)]} = {text};")
        return self.names[id(node)]

    def _text(self, node: Node) -> str:
        operands = [self.value(operand) for operand in node.operands]
        match node.operation:
            case "+" | "-" | "*" | "/" | "<" | "<=" | ">" | ">=" | "==" | "!=" as operator:
                return f"({operands[0]} {operator} {operands[1]})"
            case "negative":
                return f"(-{operands[0]})"
            case "where":
                return f"({operands[0]} ? {operands[1]} : {operands[2]})"
            case "minimum" | "maximum" as which:
                a, b = operands
                return f"({a} {'<' if which == 'minimum' else '>'} {b} ? {a} : {b})"
            case "logical_not":
                return f"(!{operands[0]})"
            case "logical_and" | "logical_or" as logic:
                return f"({operands[0]} {LOGIC[logic]} {operands[1]})"
            case "table":
                i = self.tables[node.detail]
                return f"interpolate({operands[0]}, at_{i}, value_{i}, sizeof at_{i} / sizeof *at_{i})"
            case name:
                return f"{FUNCTIONS.get(name, name)}({', '.join(operands)})"

    def body(self, ends: Sequence[tuple[str, Sequence[Node]]]) -> str:
        """The lines that compute the ends and hand each over, as in ("K[3] = %s;", [node])."""
        last = [pattern % tuple(self.value(node) for node in nodes) for pattern, nodes in ends]
        return "".join(f"    {line}\n" for line in [*self.lines, *last])


def write_c(program: Program, outputs: Sequence[str], folder: Path) -> None:
    """Write model.h, step.inc and outputs.inc, which scalar.c and vector.c include, into a folder."""
    equations = trace(program, outputs)
    results = [
        *equations.initial,
        *equations.derivatives,
        *equations.diffusion.values(),
        *equations.outputs,
    ]
    layout = Layout(program, results)
    tables = {name: i for i, name in enumerate(program.tables)}
    (folder / "model.h").write_text(_header(program, equations, layout, tables), encoding="utf-8")
    noisy = list(equations.diffusion)
    ends: list[tuple[str, Sequence[Node]]] = [
        (f"NOISY({i}, {noisy.index(i)}, %s, %s)", (node, equations.diffusion[i]))
        if i in equations.diffusion
        else (f"QUIET({i}, %s)", (node,))
        for i, node in enumerate(equations.derivatives)
    ]
    step = Writer(layout, tables, STATE).body(ends)
    (folder / "step.inc").write_text(step, encoding="utf-8")
    saved = [(f"OUT({j}, %s)", (node,)) for j, node in enumerate(equations.outputs)]
    (folder / "outputs.inc").write_text(Writer(layout, tables, STATE).body(saved), encoding="utf-8")


def _header(program: Program, equations: Equations, layout: Layout, tables: Mapping[str, int]) -> str:
    sizes = {
        "PARAMETERS": layout.parameters,
        "STATES": len(program.state_names),
        "NOISES": len(equations.diffusion),
        "OUTPUTS": len(equations.outputs),
        "CONSTANTS": layout.of_constants + len(layout.fixed),
        "ROW": len(layout.timed) + 1,
    }
    kept = [(f"K[{layout.of_constants + i}] = %s;", (n,)) for i, n in enumerate(layout.fixed)]
    row = [(f"R[{i + 1}] = %s;", (n,)) for i, n in enumerate(layout.timed)]
    start = [(f"y[{i}] = %s;", (n,)) for i, n in enumerate(equations.initial)]
    return "\n".join(
        [
            *(f"#define {name} {size}" for name, size in sizes.items()),
            *(_table(i, *program.tables[name]) for name, i in tables.items()),
            INTERPOLATE,
            _function("fixed(double *K)", Writer(layout, tables, FIXED).body(kept)),
            _function("timed(const double *K, double *R)", Writer(layout, tables, TIMED).body(row)),
            _function(
                "initial(const double *K, const double *R, double *y)",
                Writer(layout, tables, STATE).body(start),
            ),
        ]
    )


def _function(signature: str, body: str) -> str:
    return f"static void {signature} {{\n{body}}}\n"


def _table(i: int, x: np.ndarray, y: np.ndarray) -> str:
    def row(letter: str, values: np.ndarray) -> str:
        return f"static const double {letter}_{i}[] = {{{', '.join(repr(float(v)) for v in values)}}};"

    return f"{row('at', x)}\n{row('value', y)}"


INTERPOLATE = """
static inline double interpolate(double at, const double *x, const double *y, unsigned long points) {
    unsigned long i = 1;
    if (at <= x[0]) return y[0];
    if (at >= x[points - 1]) return y[points - 1];
    while (x[i] < at) i++;
    return y[i - 1] + (at - x[i - 1]) * (y[i] - y[i - 1]) / (x[i] - x[i - 1]);
}
"""
