"""The command that makes a report on runs.

Also here:
- The command that writes constants into the model text, and the guide to it, or says what differs.
- The commands that hand the model on: as XMILE to other programs, as causal diagrams to readers.
- The command that draws figures for papers, each with its caption.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from latecomer.cli import commands, tables
from latecomer.cli.commands import GOOD, OTHER, SHORT, FitName, Out, Where, app, opened
from latecomer.errors import refuse
from latecomer.study.reference import MARK

if TYPE_CHECKING:
    from latecomer.study.study import Study


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
    from latecomer.report.pages.runs import report_runs

    study = opened(where)
    folder = out or commands.output(study.root, "reports")
    with tables.progress() as tick:
        made = report_runs(study, places, folder, pdf, live, tick)
    for line in made.left_out:
        tables.problem(f"note: {line}")
    runs = "1 run" if len(made.runs) == 1 else f"{len(made.runs)} runs"
    tables.line(f"report on {runs}: {made.page}")
    if made.pdf is not None:
        tables.line(f"print: {made.pdf}")


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
    from latecomer.report.publication.registry import FigureRequest, paper_figure
    from latecomer.report.publication.style import format_of, width_of, write_figure

    if name is None or listed:
        list_figures(opened(where))
        return
    wide, kind = width_of(width), format_of(kind)
    study = opened(where)
    ask = FigureRequest(tuple(countries or ()), tuple(runs or ()), fit)
    with tables.progress() as tick:
        drawn = paper_figure(study, name, ask, tick)
    folder = out or commands.output(study.root, "reports") / FOLDER
    path, caption = write_figure(folder, drawn, kind, wide)
    tables.line(f"{path}\ncaption: {caption}\n\n{drawn.caption.text().rstrip()}")


def list_figures(study: Study) -> None:
    """A line on each figure that can be asked for."""
    from latecomer.report.publication.registry import offered

    found = offered(study)
    longest = max(map(len, found))
    for name, offer in found.items():
        tables.line(f"{name:<{longest}}  {offer.words}")


ANEW = "write them anew: latecomer document"


@app.command()
def document(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; say what differs and end with 1 if anything does.")
    ] = False,
    where: Where = None,
) -> None:
    """Write the values of the tables into the model text, then model/README.md and its diagrams from it."""
    from latecomer.report.pages.model_guide import PAGE, differences, make_document, write_document

    study = _with_values(opened(where), check)
    with tables.progress() as tick:
        files = make_document(study, tick)
    if not check:
        written = write_document(study, files)
        tables.line(f"{study.root / PAGE} and {len(written) - 1} diagrams")
        return
    found = differences(study, files)
    for difference in found:
        tables.line(difference)
    if found:
        tables.line(ANEW)
    else:
        tables.line(f"{PAGE} and its {len(files) - 1} diagrams are what the model makes them")
    raise typer.Exit(SHORT if found else GOOD)


def _with_values(study: Study, check: bool) -> Study:
    """The study with the values of its tables in the model text: written, or ended with what differs."""
    from latecomer.report.pages.model_guide import differing_values, write_values

    if check:
        found = [f"{one.place}: {one.got}, not {one.expected}" for one in differing_values(study)]
        for difference in found:
            tables.line(difference)
        if found:
            # no run is made of such a text, and the guide tells runs
            tables.line(f"the guide is compared once the values agree; {ANEW}")
            raise typer.Exit(SHORT)
        return study
    changed = write_values(study)
    for difference in changed:
        tables.line(difference)
    return type(study)(study.root) if changed else study


FORMATS = ("xmile",)

Text = Annotated[
    Path | None,
    typer.Argument(metavar="FILE", help="A model text; by default the study's.", show_default=False),
]


def model_file(file: Path | None, where: Path | None) -> Path:
    """The model text asked for: a file, or that of the study."""
    return file or commands.study_root(where) / MARK


@app.command()
def export(
    file: Text = None,
    kind: Annotated[str, typer.Option("--format", metavar="NAME", help="The format: xmile.")] = "xmile",
    method: Annotated[
        str | None, typer.Option(help="euler or rk4; by default what the model text asks for.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="A file to write to.")] = None,
    where: Where = None,
) -> None:
    """Print the model as XMILE, for Stella and other tools."""
    from latecomer.language import read_text
    from latecomer.language.xmile.writer import xmile
    from latecomer.outputs import refuse_output, write_output

    if kind not in FORMATS:
        raise refuse("--format", f"'{kind}'", "xmile", "write --format xmile, or leave it out")
    if out is not None:
        refuse_output(out, OTHER)
    source = model_file(file, where)
    written = xmile(read_text(source), method)
    if out is None:
        tables.file_text(written)
    else:
        tables.line(f"{source.name} in {write_output(out, written.encode(), OTHER)}")


@app.command()
def diagram(
    file: Text = None,
    sector: Annotated[
        str | None, typer.Option("--sector", metavar="NAME", help="One sector; by default all.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Where the results go.")] = None,
    where: Where = None,
) -> None:
    """Draw the causal diagram of each sector, signs from the base run, and the links among sectors."""
    from latecomer.explain.causal import signed_graph
    from latecomer.language import read_text
    from latecomer.report.charts.diagrams import write_diagrams

    source = model_file(file, where)
    graph = signed_graph(read_text(source))
    folder = out or commands.output(commands.study_root(where), "reports") / "diagrams"
    for path in write_diagrams(graph, folder, sector):
        tables.line(str(path))
