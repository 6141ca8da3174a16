"""The command line."""

from latecomer.cli import document, export, runs, stress
from latecomer.cli.commands import app, main

__all__ = ["app", "document", "export", "main", "runs", "stress"]
