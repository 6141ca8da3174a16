"""The command line; its commands are imported when they are asked for, so that even that can be stopped."""

from __future__ import annotations

from latecomer.entry import every_command, main

TYPE_CHECKING = False
if TYPE_CHECKING:
    from latecomer.cli.commands import app

__all__ = ["app", "main"]


def __getattr__(name: str) -> object:
    """The group of all commands, imported when it is first asked for (PEP 562)."""
    if name != "app":
        raise AttributeError(f"module 'latecomer.cli' has no attribute {name!r}; it has {', '.join(__all__)}")
    return every_command()
