"""The commands that hand the model on: as XMILE to other programs, as causal diagrams to readers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from latecomer.cli import arguments, show
from latecomer.cli.commands import OTHER, Where, app
from latecomer.faults import refuse
from latecomer.study.reference import MARK

FORMATS = ("xmile",)
Text = Annotated[
    Path | None,
    typer.Argument(metavar="FILE", help="A model text; by default the study's.", show_default=False),
]


def model_file(file: Path | None, where: Path | None) -> Path:
    """The model text asked for: a file, or that of the study."""
    return file or arguments.study_root(where) / MARK


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
    from latecomer.language.xmile_writer import xmile
    from latecomer.report.files import refuse_output, write_output

    if kind not in FORMATS:
        raise refuse("--format", f"'{kind}'", "xmile", "write --format xmile, or leave it out")
    if out is not None:
        refuse_output(out, OTHER)
    source = model_file(file, where)
    written = xmile(read_text(source), method)
    if out is None:
        show.file_text(written)
    else:
        show.line(f"{source.name} in {write_output(out, written.encode(), OTHER)}")


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
    from latecomer.explain.polarity import signed_graph
    from latecomer.language import read_text
    from latecomer.report.diagrams import write_diagrams

    source = model_file(file, where)
    graph = signed_graph(read_text(source))
    folder = out or arguments.output(arguments.study_root(where), "reports") / "diagrams"
    for path in write_diagrams(graph, folder, sector):
        show.line(str(path))
