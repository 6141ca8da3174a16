"""The frame of Vensim texts that are attacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from tests.attack.acts import model_text
from tests.attack.outcomes import Case, Check, Right, Values

CONTROLS = {"INITIAL TIME": "0", "FINAL TIME": "4", "TIME STEP": "0.5", "SAVEPER": "1"}
TIMES = (0.0, 1.0, 2.0, 3.0, 4.0)
Made = Callable[[Random, int], Case]


def text(body: str, unit: str = "Year", head: str = "{UTF-8}", **controls: str) -> str:
    """A model text with its control variables, some of them told otherwise (initial_time="-1")."""
    told = CONTROLS | {name.replace("_", " ").upper(): value for name, value in controls.items()}
    tail = "".join(f"{name} = {value} ~ {unit} ~ |\n" for name, value in told.items())
    return f"{head}\n{body}\n\n{tail}"


def case(
    kind: str,
    name: str,
    content: str | bytes,
    right: Right = Right.EITHER,
    values: Values | None = None,
    check: Check | None = None,
    others: Mapping[str, bytes] | None = None,
    suffix: str = ".mdl",
) -> Case:
    """A case that loads a model text and runs it."""
    raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    file = f"text{suffix}"
    files = {file: raw, **(others or {})}
    return Case(kind, name, model_text, (file,), files, right, values or {}, check)


def level(value: float) -> tuple[float, ...]:
    """A constant over the saved times."""
    return (float(value),) * len(TIMES)


def line(start: float, slope: float) -> tuple[float, ...]:
    """A straight line over the saved times."""
    return tuple(start + slope * t for t in TIMES)
