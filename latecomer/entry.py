"""Where the program begins: nothing is imported here before what stops it can be told.

Importing the commands takes a good part of a second, and whoever presses Ctrl-C in it wants no traceback.
"""


def main() -> None:
    """The entry point `latecomer`."""
    try:
        from latecomer.ending import guarded
    except KeyboardInterrupt:
        import os

        os.write(2, b"stopped; nothing was left half-written\n")
        os._exit(130)
    guarded(_commands)


def _commands() -> None:
    from latecomer.cli.every import app

    app()
