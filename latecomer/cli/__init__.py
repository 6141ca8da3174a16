"""The command line."""

from latecomer.cli import calibration, data, document, export, runs, stress
from latecomer.cli.commands import app, main

__all__ = ["app", "calibration", "data", "document", "export", "main", "runs", "stress"]
