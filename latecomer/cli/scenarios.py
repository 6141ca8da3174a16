"""The commands about scenarios: what there is, what one changes and why, how two differ.

Also here:
- The commands about accepted scenarios: those of today are kept, and later ones held against them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from latecomer.cli import commands, tables
from latecomer.cli.commands import GOOD, SHORT, AsJson, FitName, Where, app, opened

if TYPE_CHECKING:
    from latecomer.evaluation.scenario_regression import ScenarioCheck
    from latecomer.study.scenario_checks import Difference
    from latecomer.study.scenarios import Scenario
    from latecomer.study.study import Study


Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SCENARIO]...", help="Those to explain; all are listed without."),
]

Named = Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario of the study, or base.")]


@app.command()
def scenarios(names: Names = None, where: Where = None) -> None:
    """List the scenarios of the study, or explain some: notes, reasons, what each changes."""
    study = opened(where)
    if not names:
        listed(study.scenarios.values())
    for one in [study.scenarios[name] for name in names or []]:
        explained(one, study)


@app.command()
def diff(
    first: Named,
    second: Named,
    country: Annotated[
        str | None, typer.Option("--country", metavar="ISO3", help="In the runs of one country alone.")
    ] = None,
    as_json: AsJson = False,
    where: Where = None,
) -> None:
    """Say how two scenarios differ: lever by lever, driver by driver, parameter by parameter."""
    from latecomer.study.scenario_checks import compare_scenarios, scenario_or_base

    study = opened(where)
    a, b = (scenario_or_base(study.scenarios, name).name for name in (first, second))
    found = compare_scenarios(study.scenarios, study.countries, a, b, country)
    if as_json:
        details = {"first": a, "second": b, "country": country}
        tables.json_text({**details, "differences": [one.as_dict() for one in found]})
    else:
        difference_table(a, b, found)


def columns(*named: tuple[str, int]) -> tables.Table:
    """An empty table: the name and least width of each column."""
    table = tables.Table()
    for name, least in named:
        table.add_column(name, min_width=least)
    return table


def listed(rows: Iterable[Scenario]) -> None:
    """The scenarios as a table: name, last year, countries, what each changes."""
    table = columns(("scenario", 24), ("until", 6), ("countries", 10), ("what it changes", 30))
    for one in rows:
        until = "window" if one.horizon is None else str(one.horizon)
        changes = "\n".join(one.changes()) or "nothing"
        table.add_row(one.name, until, " ".join(one.countries) or "all", changes)
    tables.console().print(table)


def explained(one: Scenario, study: Study) -> None:
    """One scenario: its note, the mechanisms it is about, each override with its reason."""
    from latecomer.study.mechanisms import mechanisms

    tables.line(one.name)
    tables.line(f"  {' '.join(one.note.split())}")
    if one.rows:
        titles = {row: mechanism.title for row, mechanism in mechanisms(study).items()}
        details = [f"{row} {titles.get(row, '')}".strip() for row in one.rows]
        tables.line(f"  about: {'; '.join(details)}")
    tables.line(f"  countries: {' '.join(one.countries) or 'all'}")
    for override in one.overrides:
        only = f" ({' '.join(override.only)} only)" if override.only else ""
        tables.line(f"  {override.name}{only}: {override.note}")
        for change in override.changes:
            tables.line(f"    {change}")
        tables.line(f"    because: {override.source}")


def difference_table(first: str, second: str, found: Sequence[Difference]) -> None:
    """The differences as a table, or that there are none."""
    if not found:
        tables.line(f"{first} and {second} change the same")
        return
    table = columns(("what", 8), ("name", 20), (first, 24), (second, 24))
    for one in found:
        table.add_row(one.kind, one.name, one.first, one.second)
    tables.console().print(table)


PAGE = "scenarios-changed.html"

MOST = 20


@app.command()
def accept(fit: FitName = "reference", where: Where = None) -> None:
    """Keep the outcomes of all scenarios as the accepted ones, for `check-scenarios`."""
    from latecomer.evaluation.scenario_regression import accept as accepted

    study = opened(where)
    with tables.progress() as tick:
        file = accepted(study, fit, tick)
    tables.line(f"accepted: {file}")


@app.command("check-scenarios")
def check_scenarios(
    page: Annotated[Path | None, typer.Option("--page", metavar="FILE", help="The page to write.")] = None,
    as_json: AsJson = False,
    where: Where = None,
) -> None:
    """Hold all scenarios against the accepted ones: exit 0 nothing moved, 1 something did, 2 bad input."""
    from latecomer.evaluation.scenario_regression import check_scenarios as held
    from latecomer.outputs import refuse_output
    from latecomer.report.pages.scenario import scenario_changes, write_regression

    study = opened(where)
    file = page or commands.output(study.root, "reports") / PAGE
    refuse_output(file)
    with tables.progress(quiet=as_json) as tick:
        found = held(study, tick)
    write_regression(file, scenario_changes(study, found))
    if as_json:
        tables.json_text(found.as_dict())
    else:
        echo_moved(found)
        tables.line(f"page: {file}")
    raise typer.Exit(GOOD if found.holds else SHORT)


def echo_moved(found: ScenarioCheck) -> None:
    """Say what moved, the first of it one by one."""
    for one in found.moved[:MOST]:
        was, now = ("none" if end is None else f"{end:.5g}" for end in one.ends)
        tables.line(f"moved: {one.scenario}, {one.country}, {one.outcome}: {was} to {now}")
    if len(found.moved) > MOST:
        tables.line(f"and {len(found.moved) - MOST} more: see the page")
    for name in found.changed:
        tables.line(f"another than when it was accepted: {name}")
    verdict = "nothing moved" if found.holds else f"{len(found.moved)} moved"
    tables.line(f"{found.compared} outcomes of scenarios: {verdict}")
