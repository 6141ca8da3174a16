"""Where functions have no value on purpose, because programs read them in different ways."""

from __future__ import annotations

import re

from latecomer.language.syntax import NOTHING, Call, Definition, Stock, references, walk
from latecomer.language.text import ModelText, Variable

NOT_AS_BUILT = (
    "an order, or a fixed delay, holds for the INITIAL TIME and the TIME STEP of the text: change them there"
)

GAPS = {
    "mod": "MOD has no value where a side is negative: write it with INT",
    "modulo": "MODULO has no value where its divisor is not positive",
    "within": "a non-negative stock has no value where a limit bites under RK4, or where it starts below 0: "
    "use Euler, limit the flow with MIN, or correct the start",
    "lag": "a delay has no value where delay time / order is below TIME STEP: "
    "choose a smaller TIME STEP or a lower order",
    "pulse_train": "PULSE TRAIN has no value where a pulse still holds at its end",
}


def gap_of(text: ModelText, name: str) -> str:
    """Why a variable may have no value by intent, from its equation and those that it reads; or nothing."""
    own = next((variable for variable in text.variables if variable.name == name), None)
    if own is None:
        return ""
    read = [text.by_key[need] for need in references(own.definition) if need in text.by_key]
    for variable in (own, *read):
        for node in walk(variable.definition):
            reason = _reason(node)
            if reason:
                return f"{reason} (see {_place(variable)})"
    if own.hidden and isinstance(own.definition, Stock):
        return f"its time must not be 0 (see {_place(own)})"
    return ""


def _reason(node: Definition) -> str:
    if not isinstance(node, Call):
        return ""
    return NOT_AS_BUILT if node == NOTHING else GAPS.get(node.function, "")


def _place(variable: Variable) -> str:
    """Where a variable stands; of a part of SMOOTH and its like, where that is written."""
    owner = re.sub(r".* of (.*) #\d+", r"\1", variable.name) if variable.hidden else variable.name
    return f"'{owner}', line {variable.line}" if variable.line else f"'{owner}'"
