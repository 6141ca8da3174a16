"""The command that runs a country with every parameter drawn from its whole range."""

from __future__ import annotations

from typing import Annotated

import typer

from latecomer.cli import show
from latecomer.cli.commands import GOOD, SHORT, Iso3, Where, app, opened


@app.command()
def stress(
    iso3: Iso3,
    draws: Annotated[
        int, typer.Option(min=1, max=10_000_000, help="Runs, each with parameters of its own.")
    ] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    where: Where = None,
) -> None:
    """Run a country with every parameter anywhere in its range: exit 0 nothing breaks, 1 something does."""
    from latecomer.session.stress import stress as made

    found = made(opened(where), iso3, draws, seed)
    if as_json:
        show.json_text(found.as_dict())
    else:
        show.line(f"{iso3}: {found.failures} of {draws} runs left the finite numbers")
        for name, value in found.negative.items():
            show.line(f"negative though it cannot be: {name}, lowest {value:.3g}")
        for name, distance in found.where.items():
            show.line(f"failed runs lie {distance:+.1f} standard deviations off in {name}")
        if found.holds:
            show.line("no stock that cannot be negative was")
    raise typer.Exit(GOOD if found.holds else SHORT)
