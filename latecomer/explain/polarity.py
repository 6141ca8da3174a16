"""The signs of causal links, from the equations along a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import CodeType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latecomer.explain.causal import DRAWN, CausalGraph, Link, acting, causal_graph
from latecomer.language import ModelText, Program, key
from latecomer.language.emit import Writer, identifiers
from latecomer.language.namespace import NUMPY
from latecomer.language.program import table_places
from latecomer.language.syntax import Number, references
from latecomer.language.text import CONTROLS, TIME
from latecomer.solve.model import Model

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
