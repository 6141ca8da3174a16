"""The command line."""

from latecomer.cli import (
    breakdown,
    calibration,
    country,
    data,
    document,
    ensemble,
    episodes,
    export,
    held_out,
    run_store,
    runs,
    scenarios,
    stress,
    swap,
)
from latecomer.cli.commands import app, main

__all__ = [
    "app",
    "breakdown",
    "calibration",
    "country",
    "data",
    "document",
    "ensemble",
    "episodes",
    "export",
    "held_out",
    "main",
    "run_store",
    "runs",
    "scenarios",
    "stress",
    "swap",
]
