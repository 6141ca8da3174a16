"""The commands that hold the study against what it had not seen: later years, countries, a mechanism less."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from latecomer.cli import held_out_shown, show
from latecomer.cli.commands import GOOD, SHORT, End, Save, Until, VariantName, Where, app, opened, told
from latecomer.cli.where import Scheduler, cluster

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Kept = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Where the fits are kept on the way, and found again.")
]


@app.command()
def hindcast(
    until: Until = None,
    end: End = None,
    variant: VariantName = None,
    save: Save = False,
    as_json: AsJson = False,
    where: Where = None,
) -> None:
    """Hold the fit to a cut-off against the years after it, beside naive forecasts of the same day."""
    from latecomer.session.evidence import plain
    from latecomer.session.hindcasts import hindcast as made
    from latecomer.session.hindcasts import save_hindcast

    study = opened(where)
    with show.progress(quiet=as_json) as tick:
        found = made(study, until, end, variant, tick)
    if as_json:
        show.json_text(plain(found.as_dict()))
    else:
        held_out_shown.hindcast(found)
    if save:
        told(f"result in {save_hindcast(study, found)}", as_json)


@app.command("left-out")
def left_out(
    countries: Annotated[
        list[str] | None, typer.Argument(metavar="[ISO3]...", help="Those left out, one at a time; all.")
    ] = None,
    until: Until = None,
    end: End = None,
    variant: VariantName = None,
    kept: Kept = None,
    scheduler: Scheduler = None,
    save: Save = False,
    as_json: AsJson = False,
    where: Where = None,
) -> None:
    """Foretell each country from the fit of all others: exit 0 all that is asked holds, 1 it falls short."""
    from latecomer.session.evidence import plain
    from latecomer.session.left_out import leave_out, save_left_out

    study = opened(where)
    with show.progress(quiet=as_json) as tick:
        far = cluster(scheduler)
        found = leave_out(study, countries or None, until, end, variant, kept, tick, far)
    if as_json:
        show.json_text(plain(found.as_dict()))
    else:
        held_out_shown.left_out(found)
    if save:
        told(f"result in {save_left_out(study, found)}", as_json)
    short = any(one.holds is False for one in found.criteria)
    raise typer.Exit(SHORT if short else GOOD)


@app.command()
def reasons(
    until: Until = None,
    end: End = None,
    variant: VariantName = None,
    kept: Kept = None,
    save: Save = False,
    as_json: AsJson = False,
    where: Where = None,
) -> None:
    """Remove one mechanism at a time, fit again to a cut-off, and tell which of them the breakdown needs."""
    from latecomer.session.evidence import plain
    from latecomer.session.reasons import reasons as made
    from latecomer.session.reasons import save_reasons

    study = opened(where)
    with show.progress(quiet=as_json) as tick:
        found = made(study, until, end, variant, kept, progress=tick)
    if as_json:
        show.json_text(plain(found.as_dict()))
    else:
        held_out_shown.reasons(found)
    if save:
        told(f"result in {save_reasons(study, found)}", as_json)
