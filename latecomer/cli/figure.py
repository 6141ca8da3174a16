"""The command that draws figures for papers, each with its caption."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from latecomer.cli import arguments, show
from latecomer.cli.commands import FitName, Out, Where, app, opened

if TYPE_CHECKING:
    from latecomer.study.study import Study

FOLDER = "figures"
Name = Annotated[
    str | None, typer.Argument(metavar="NAME", help="A figure; without it, the list.", show_default=False)
]


@app.command()
def figure(
    name: Name = None,
    listed: Annotated[bool, typer.Option("--list", help="List the figures and stop.")] = False,
    kind: Annotated[str, typer.Option("--format", metavar="FORMAT", help="svg, pdf or png.")] = "svg",
    out: Out = None,
    countries: Annotated[
        list[str] | None, typer.Option("--country", metavar="ISO3", help="A country; may be repeated.")
    ] = None,
    runs: Annotated[
        list[Path] | None,
        typer.Option("--run", metavar="DIR", help="A folder of latecomer run; may be repeated."),
    ] = None,
    width: Annotated[
        str, typer.Option(metavar="WIDTH", help="single or double column, or millimetres.")
    ] = "double",
    fit: FitName = "reference",
    where: Where = None,
) -> None:
    """Draw a figure for a paper, as svg, pdf or png, with its caption in a text file beside it."""
    from latecomer.report.paper import format_of, width_of, write_figure
    from latecomer.session.paper import Ask, paper_figure

    if name is None or listed:
        list_figures(opened(where))
        return
    wide, kind = width_of(width), format_of(kind)
    study = opened(where)
    ask = Ask(tuple(countries or ()), tuple(runs or ()), fit)
    with show.progress() as tick:
        drawn = paper_figure(study, name, ask, tick)
    folder = out or arguments.output(study.root, "reports") / FOLDER
    path, caption = write_figure(folder, drawn, kind, wide)
    show.line(f"{path}\ncaption: {caption}\n\n{drawn.caption.text().rstrip()}")


def list_figures(study: Study) -> None:
    """A line on each figure that can be asked for."""
    from latecomer.session.paper import offered

    found = offered(study)
    longest = max(map(len, found))
    for name, offer in found.items():
        show.line(f"{name:<{longest}}  {offer.words}")
