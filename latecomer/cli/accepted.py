"""The commands about accepted scenarios: those of today are kept, and later ones held against them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from latecomer.cli import arguments, show
from latecomer.cli.commands import GOOD, SHORT, FitName, Where, app, opened

if TYPE_CHECKING:
    from latecomer.session.accepted import ScenarioCheck

PAGE = "scenarios-changed.html"
MOST = 20


@app.command()
def accept(fit: FitName = "reference", where: Where = None) -> None:
    """Keep the outcomes of all scenarios as the accepted ones, for `check-scenarios`."""
    from latecomer.session.accepted import accept as accepted

    study = opened(where)
    with show.progress() as tick:
        file = accepted(study, fit, tick)
    show.line(f"accepted: {file}")


@app.command("check-scenarios")
def check_scenarios(
    page: Annotated[Path | None, typer.Option("--page", metavar="FILE", help="The page to write.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    where: Where = None,
) -> None:
    """Hold all scenarios against the accepted ones: exit 0 nothing moved, 1 something did, 2 bad input."""
    from latecomer.report.accepted_page import write_accepted
    from latecomer.report.files import refuse_output
    from latecomer.session.accepted import check_scenarios as held
    from latecomer.session.accepted import scenario_changes

    study = opened(where)
    file = page or arguments.output(study.root, "reports") / PAGE
    refuse_output(file)
    with show.progress(quiet=as_json) as tick:
        found = held(study, tick)
    write_accepted(file, scenario_changes(study, found))
    if as_json:
        show.json_text(found.as_dict())
    else:
        told(found)
        show.line(f"page: {file}")
    raise typer.Exit(GOOD if found.holds else SHORT)


def told(found: ScenarioCheck) -> None:
    """Say what moved, the first of it one by one."""
    for one in found.moved[:MOST]:
        was, now = ("none" if end is None else f"{end:.5g}" for end in one.ends)
        show.line(f"moved: {one.scenario}, {one.country}, {one.outcome}: {was} to {now}")
    if len(found.moved) > MOST:
        show.line(f"and {len(found.moved) - MOST} more: see the page")
    for name in found.changed:
        show.line(f"another than when it was accepted: {name}")
    verdict = "nothing moved" if found.holds else f"{len(found.moved)} moved"
    show.line(f"{found.compared} outcomes of scenarios: {verdict}")
