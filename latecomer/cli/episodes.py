"""The command that dates crises in the runs of a fit and holds them against the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from latecomer.cli import show
from latecomer.cli.commands import GOOD, SHORT, FitName, Save, Where, app, opened, told

if TYPE_CHECKING:
    from latecomer.session.other_breakdowns import Episodes


@app.command()
def episodes(
    fit: FitName = "reference",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    save: Save = False,
    where: Where = None,
) -> None:
    """Date crises of all countries and years: exit 0 the other breakdowns are dated, 1 they are not."""
    from latecomer.session.other_breakdowns import episodes as dated_episodes
    from latecomer.session.other_breakdowns import save_episodes

    study = opened(where)
    with show.progress(quiet=as_json) as tick:
        found = dated_episodes(study, fit, tick)
    if as_json:
        show.json_text(found.as_dict())
    else:
        show_episodes(found)
    if save:
        told(f"result in {save_episodes(study, found)}", as_json)
    raise typer.Exit(GOOD if found.holds else SHORT)


def show_episodes(found: Episodes) -> None:
    """What fails, then the dates of every country, then what the statement is worth."""
    for said in found.fails or ("nothing fails",):
        show.line(f"- {said}")
    for name, equation in found.lacks.items():
        show.line(f"the text lacks {name}: {equation}")
    table = show.Table()
    for name in ("country", "years", "onsets of the run", "on record", "hit", "missed", "false"):
        table.add_column(name)
    for one in found.countries:
        hits = ", ".join(f"{year} in {onset}" for year, onset in one.hits.items())
        rest = (", ".join(map(str, each)) for each in (one.model, one.record))
        ends = (", ".join(map(str, each)) for each in (one.missed, one.false))
        table.add_row(one.iso3, f"{one.first}-{one.last}", *rest, hits, *ends)
    show.console().print(table)
    if found.hits is not None:
        interval = f"{found.hits.low:.2f} to {found.hits.high:.2f}"
        show.line(f"{found.hits.k} of {found.hits.n} onsets on record hit (share {interval})")
    false = sum(len(one.false) for one in found.countries)
    show.line(
        f"{false} false alarms in {found.years} country-years: {found.alarms:.2f} in ten country-decades"
    )
    for name, (hit, alarms) in found.by_part.items():
        show.line(f"{name} alone: {hit} hit, {alarms} false")
