"""The command line."""

from latecomer.cli.commands import app, main

__all__ = ["app", "main"]
