"""The command that writes the guide to the model, or says where it no longer agrees with the model."""

from __future__ import annotations

from typing import Annotated

import typer

from latecomer.cli import show
from latecomer.cli.commands import GOOD, SHORT, Where, app, opened


@app.command()
def document(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; say what differs and end with 1 if anything does.")
    ] = False,
    study: Where = None,
) -> None:
    """Write model/README.md and its diagrams from the model text, its tables and its fits."""
    from latecomer.session.document import PAGE, differences, make_document, write_document

    rooms = opened(study).rooms
    with show.progress() as tick:
        files = make_document(rooms, tick)
    if not check:
        written = write_document(rooms, files)
        show.line(f"{rooms.root / PAGE} and {len(written) - 1} diagrams")
        return
    found = differences(rooms, files)
    for difference in found:
        show.line(difference)
    if found:
        show.line("write them anew: latecomer document")
    else:
        show.line(f"{PAGE} and its {len(files) - 1} diagrams are what the model makes them")
    raise typer.Exit(SHORT if found else GOOD)
