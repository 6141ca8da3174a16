"""The commands on the countries of a study: a new one from a panel of figures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from latecomer.cli import show
from latecomer.cli.commands import Commands, Where, app, opened

country = typer.Typer(cls=Commands, help="The countries of a study.", no_args_is_help=True)
app.add_typer(country, name="country")


@country.callback()
def countries() -> None:
    """The countries of a study."""


@country.command()
def add(
    iso3: Annotated[str, typer.Argument(metavar="ISO3", help="A country of the panel that is new.")],
    panel: Annotated[
        Path,
        typer.Option(metavar="FILE.csv", help="Figures: iso3, year, variable, value.", show_default=False),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    where: Where = None,
) -> None:
    """Put a country of a panel into a study, by rule: exit 0 done, 2 bad input and nothing written."""
    from latecomer.session.added_country import add_country

    study = opened(where)
    added = add_country(study, iso3, panel)
    if as_json:
        show.json_text(added.as_dict())
        return
    show.line(
        f"{iso3}, {added.name}: runs from {added.start} to {added.end}, made by rule, nobody has studied it"
    )
    for said in (*added.said, *added.lacks):
        show.line(f"  {said}")
    show.line(f"written: {', '.join(added.files)}")
    option = "" if where is None else f" --study {where}"
    show.line(f"next: latecomer run {iso3} --fit none{option}")
