"""Where functions have no value on purpose, because programs read them in different ways."""

from __future__ import annotations

from latecomer.language.syntax import Call, references, walk
from latecomer.language.text import ModelText

GAPS = {
    "mod": "MOD has no value where a side is negative: write it with INT",
    "modulo": "MODULO has no value where its divisor is not positive",
    "within": "a non-negative stock has no value where a limit bites under RK4, or where it starts below 0: "
    "use Euler, limit the flow with MIN, or correct the start",
    "lag": "a delay has no value where delay time / order is below TIME STEP: choose a smaller step",
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
            if isinstance(node, Call) and node.function in GAPS:
                return f"{GAPS[node.function]} (see '{variable.name}')"
    return ""
