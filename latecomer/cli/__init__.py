"""The command line."""

from latecomer.cli import export
from latecomer.cli.commands import app, main

__all__ = ["app", "export", "main"]
