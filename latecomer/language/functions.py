"""The functions of the model language, with the number of their arguments."""

from __future__ import annotations

# name in the syntax tree: (name shown to a reader, number of arguments)
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
    "modulo": ("fmod", 2),
    "quantum": ("quantum", 2),
    "zidz": ("zidz", 2),
    "xidz": ("xidz", 3),
}
# these also read the time and the time step
OF_TIME: dict[str, tuple[str, int]] = {
    "step": ("step", 2),
    "ramp": ("ramp", 3),
    "pulse": ("pulse", 2),
}
CHOICE = "if_then_else"
ARGUMENTS: dict[str, int] = {
    CHOICE: 3,
    **{name: count for name, (_, count) in (ELEMENTARY | OF_TIME).items()},
}


def shown(function: str) -> str:
    """The name of a function as a model text writes it.

    >>> shown("if_then_else")
    'IF THEN ELSE'
    """
    return function.replace("_", " ").upper()
