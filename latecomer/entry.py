"""Where the program begins: nothing is imported here before what stops it can be told.

Importing the commands takes a good part of a second, and whoever presses Ctrl-C in it wants no traceback.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typer import Typer

MODULES = ("calibrate", "data", "evaluate", "explain", "report", "run", "runs", "scenarios")


def main() -> None:
    """The entry point `latecomer`."""
    try:
        from latecomer.ending import guarded
    except KeyboardInterrupt:
        import os

        os.write(2, b"stopped; nothing was left half-written\n")
        os._exit(130)
    guarded(_commands)


def every_command() -> Typer:
    """The group of all commands: their modules put them into it by being imported."""
    from importlib import import_module

    from latecomer.cli.commands import app

    for module in MODULES:
        import_module(f"latecomer.cli.{module}")
    return app


def _commands() -> None:
    every_command()()
