"""The command that makes a report on runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from latecomer.cli import arguments, show
from latecomer.cli.commands import Out, Where, app, opened


@app.command()
def report(
    places: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN...", help="Folders written by latecomer run, or folders of such folders."
        ),
    ],
    out: Out = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Print it too: report.pdf beside the page.")] = False,
    live: Annotated[
        bool, typer.Option("--live/--no-live", help="With the model inside the page, to try things out.")
    ] = True,
    where: Where = None,
) -> None:
    """Make one page on one or several runs, to hand over; the others are held against the first."""
    from latecomer.session.run_report import report_runs

    study = opened(where)
    folder = out or arguments.output(study.root, "reports")
    with show.progress() as tick:
        made = report_runs(study, places, folder, pdf, live, tick)
    for line in made.left_out:
        show.problem(f"note: {line}")
    runs = "1 run" if len(made.runs) == 1 else f"{len(made.runs)} runs"
    show.line(f"report on {runs}: {made.page}")
    if made.pdf is not None:
        show.line(f"print: {made.pdf}")
