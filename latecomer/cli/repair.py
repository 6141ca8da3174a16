"""The command that mends a study after a cut-off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from latecomer.cli import arguments, show
from latecomer.cli.commands import GOOD, SHORT, Where, app

if TYPE_CHECKING:
    from latecomer.session.repaired import Repaired


@app.command()
def repair(
    yes: Annotated[
        bool, typer.Option("--yes", help="Move what cannot be completed to calibration/set-aside.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    where: Where = None,
) -> None:
    """Finish or undo what a kill has cut off in a study: exit 0 it is whole, 1 something is lacking."""
    from latecomer.session.repaired import repair as mended

    found = mended(arguments.study_root(where), yes)
    if as_json:
        show.json_text(found.as_dict())
    else:
        told(found)
    raise typer.Exit(GOOD if found.holds else SHORT)


def told(found: Repaired) -> None:
    """Say what was mended and what is lacking."""
    for name in found.finished:
        show.line(f"finished: a change in {name} that was cut off")
    for name in found.undone:
        show.line(f"undone: a change in {name} that was cut off before it was complete")
    for name in found.locked:
        show.line(f"locked: {name}, which is whole with its country file")
    for name, place in found.moved.items():
        show.line(f"set aside: {name} is now {place}")
    for name, wrong in found.lacking.items():
        show.line(f"lacking: {name}: {wrong}")
    if found.lacking:
        show.line("mend these by hand; --yes moves a table that no country can use to calibration/set-aside")
    elif not (found.finished or found.undone or found.locked or found.moved):
        show.line("nothing was cut off: the study is whole")
