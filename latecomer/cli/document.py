"""The command that writes constants into the model text, and the guide to it, or says what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from latecomer.cli import show
from latecomer.cli.commands import GOOD, SHORT, Where, app, opened

if TYPE_CHECKING:
    from latecomer.study.study import Study

ANEW = "write them anew: latecomer document"


@app.command()
def document(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; say what differs and end with 1 if anything does.")
    ] = False,
    where: Where = None,
) -> None:
    """Write the values of the tables into the model text, then model/README.md and its diagrams from it."""
    from latecomer.session.document import PAGE, differences, make_document, write_document

    study = _with_values(opened(where), check)
    with show.progress() as tick:
        files = make_document(study, tick)
    if not check:
        written = write_document(study, files)
        show.line(f"{study.root / PAGE} and {len(written) - 1} diagrams")
        return
    found = differences(study, files)
    for difference in found:
        show.line(difference)
    if found:
        show.line(ANEW)
    else:
        show.line(f"{PAGE} and its {len(files) - 1} diagrams are what the model makes them")
    raise typer.Exit(SHORT if found else GOOD)


def _with_values(study: Study, check: bool) -> Study:
    """The study with the values of its tables in the model text: written, or ended with what differs."""
    from latecomer.session.document import differing_values, write_values

    if check:
        found = [f"{one.place}: {one.got}, not {one.expected}" for one in differing_values(study)]
        for difference in found:
            show.line(difference)
        if found:
            # no run is made of such a text, and the guide tells runs
            show.line(f"the guide is compared once the values agree; {ANEW}")
            raise typer.Exit(SHORT)
        return study
    changed = write_values(study)
    for difference in changed:
        show.line(difference)
    return type(study)(study.root) if changed else study
