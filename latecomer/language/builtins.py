"""The functions of the model language, with the number of their arguments.

Also here:
- Where functions have no value on purpose, because programs read them in different ways.
"""

from __future__ import annotations

import re

from latecomer.language.model_text import ModelText, Variable
from latecomer.language.syntax import NOTHING, Call, Definition, Stock, references, walk

# name in the syntax tree: (name in the namespace of an emitted text, number of arguments)
ELEMENTARY: dict[str, tuple[str, int]] = {
    "abs": ("absolute", 1),
    "exp": ("exp", 1),
    "ln": ("log", 1),
    "sqrt": ("sqrt", 1),
    "sin": ("sin", 1),
    "cos": ("cos", 1),
    "tan": ("tan", 1),
    "arcsin": ("arcsin", 1),
    "arccos": ("arccos", 1),
    "arctan": ("arctan", 1),
    "sinh": ("sinh", 1),
    "cosh": ("cosh", 1),
    "tanh": ("tanh", 1),
    "integer": ("trunc", 1),
    "min": ("minimum", 2),
    "max": ("maximum", 2),
    "power": ("power", 2),
    "log": ("log_to_base", 2),
    "modulo": ("modulo", 2),
    "quantum": ("quantum", 2),
    "zidz": ("zidz", 2),
    "xidz": ("xidz", 3),
    # XMILE: a divisor is zero only where it is exactly zero
    "safediv": ("safediv", 3),
    # XMILE: the remainder, where no side is negative
    "mod": ("mod", 2),
    # XMILE: the next whole number below
    "floor": ("floor", 1),
    # a number and its upper limit: no number above it
    "within": ("within", 2),
    # a delay time and the time step: no number where the time is shorter
    "lag": ("lag", 2),
}

# no equation can call these: they stand round the flows of stocks that cannot be negative
OF_STOCKS: dict[str, str] = {
    # a net flow, its stock and the time step: no more leaves than is there
    "drained": "drained",
    # a stock in the middle of a step: next to nothing where the step has gone below nought
    "unsigned": "unsigned",
}

# these also read the time and the time step
OF_TIME: dict[str, tuple[str, int]] = {
    "step": ("step", 2),
    "ramp": ("ramp", 3),
    "pulse": ("pulse", 2),
    "pulse_train": ("pulse_train", 4),
    # XMILE: (height, start), (volume, first, interval); nothing sets in before its time
    "step_at": ("step_at", 2),
    "pulse_of": ("pulse_of", 3),
}

CHOICE = "if_then_else"

ARGUMENTS: dict[str, int] = {
    CHOICE: 3,
    **{name: count for name, (_, count) in (ELEMENTARY | OF_TIME).items()},
}

_ALIKE = (
    "abs",
    "exp",
    "ln",
    "sqrt",
    "sin",
    "cos",
    "tan",
    "arcsin",
    "arccos",
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "min",
    "max",
    CHOICE,
)

# what each program calls these functions
VENSIM_NAMES: dict[str, str] = {
    name: name
    for name in (
        *_ALIKE,
        *("integer", "power", "log", "modulo", "quantum", "zidz", "xidz"),
        *("step", "ramp", "pulse", "pulse_train"),
    )
}

XMILE_NAMES: dict[str, str] = {
    **{name: name for name in _ALIKE},
    "int": "floor",
    "step": "step_at",
    "ramp": "ramp",
    "pulse": "pulse_of",
    "safediv": "safediv",
    "#within": "within",
}

# functions over the elements of an array
REDUCTIONS = {
    "vensim": {"sum": "sum", "prod": "prod", "vmin": "min", "vmax": "max"},
    "xmile": {"sum": "sum", "prod": "prod", "min": "min", "max": "max", "mean": "mean"},
}

# functions with stocks inside: order (0: an argument), start among the arguments (None: it may be)
SMOOTHS: dict[str, dict[str, tuple[int, bool | None]]] = {
    "vensim": {
        "smooth": (1, False),
        "smoothi": (1, True),
        "smooth3": (3, False),
        "smooth3i": (3, True),
        "smooth_n": (0, True),
    },
    "xmile": {"smth1": (1, None), "smth3": (3, None), "smthn": (0, None)},
}

DELAYS: dict[str, dict[str, tuple[int, bool | None]]] = {
    "vensim": {
        "delay1": (1, False),
        "delay1i": (1, True),
        "delay3": (3, False),
        "delay3i": (3, True),
        "delay_n": (0, True),
    },
    "xmile": {"delay1": (1, None), "delay3": (3, None), "delayn": (0, None)},
}


def shown(function: str) -> str:
    """The name of a function as a model text writes it.

    >>> shown("if_then_else")
    'IF THEN ELSE'
    """
    return function.replace("_", " ").upper()


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
