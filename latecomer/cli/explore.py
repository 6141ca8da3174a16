"""The command that opens the live model in a browser."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from latecomer.cli import arguments, show
from latecomer.cli.commands import OTHER, VariantName, Where, app, opened
from latecomer.faults import refuse

FILE = "explore.html"


@app.command()
def explore(
    countries: Annotated[
        list[str] | None, typer.Argument(metavar="[ISO3]...", help="Countries; by default all of the fit.")
    ] = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option("--scenario", metavar="NAME", help="A scenario to begin with; may be repeated."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where the page goes.")] = None,
    serve: Annotated[bool, typer.Option("--serve", help="Serve the page on this machine only.")] = False,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The port of --serve; by default a free one.")
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Leave the browser alone.")] = False,
    fit: Annotated[
        str | None, typer.Option("--fit", metavar="NAME", help="A fit, or none; by default the variant's.")
    ] = None,
    variant: VariantName = None,
    where: Where = None,
) -> None:
    """Write the live model as a page and open it: move a policy, see what follows."""
    if port is not None and not serve:
        raise refuse("--port", f"{port} without --serve", "--serve beside it", "add --serve, or leave it out")
    from latecomer.report.files import refuse_output
    from latecomer.session.live import explorer
    from latecomer.study.run_spec import OWN_FIT

    study = opened(where)
    target = out or arguments.output(study.root, "reports") / FILE
    if out is not None or not serve:
        refuse_output(target, OTHER)
    page = explorer(study, countries, scenario, OWN_FIT if fit is None else fit, variant)
    if out is not None or not serve:
        written(target, page)
        if not serve:
            visit(target.resolve().as_uri(), no_open)
            return
    served(page, port or 0, no_open)


def written(target: Path, page: str) -> None:
    """Write the page and say where it is."""
    from latecomer.report.files import write_output

    write_output(target, page.encode(), OTHER)
    show.line(f"page: {target}")


def served(page: str, port: int, no_open: bool) -> None:
    """Serve the page on this machine until Ctrl-C."""
    from latecomer.report.live_server import LiveServer, serve

    def ready(address: str) -> None:
        show.line(f"the live model is at {address} for this machine only; Ctrl+C stops it")
        visit(address, no_open)

    serve(LiveServer(page, port), ready)


def visit(address: str, no_open: bool) -> None:
    """Open an address in the reader's browser, or say that there is none."""
    if not no_open and not webbrowser.open(address):
        show.problem(f"note: no browser was found; open {address} in one")
