"""What the reference study shows and asks, for tests that tell of its breakdown."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from latecomer.study.outcomes import load_outcomes

FILE = Path(__file__).parents[1] / "model" / "outcomes.toml"
OUTCOMES = load_outcomes(FILE)
assert OUTCOMES.event is not None
assert OUTCOMES.forecast is not None
assert OUTCOMES.swap is not None
assert OUTCOMES.episodes is not None
EVENT, RECORD, FORECAST = OUTCOMES.event, OUTCOMES.record, OUTCOMES.forecast
SWAP, EPISODES = OUTCOMES.swap, OUTCOMES.episodes
WINDOW = FORECAST.years


def outcomes_text(*tables: str, **changed: Any) -> str:
    """A file of outcomes for a small study: some tables of the reference study as they are, and others."""
    raw = tomllib.loads(FILE.read_text(encoding="utf-8"))
    kept = {name: raw[name] for name in tables} | changed
    return "".join(f"{name} = {toml(one)}\n" for name, one in kept.items())


def toml(value: Any) -> str:
    """A value on one line of TOML."""
    match value:
        case dict():
            return "{" + ", ".join(f"{json.dumps(name)} = {toml(one)}" for name, one in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(toml, value)) + "]"
        case _:
            return json.dumps(value)


def tables() -> dict[str, Any]:
    """The tables of the reference study as plain data, to be changed."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))
