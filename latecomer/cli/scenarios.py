"""The commands about scenarios: what there is, what one changes and why, how two differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from latecomer.cli import show
from latecomer.cli.commands import Where, app, opened

if TYPE_CHECKING:
    from latecomer.study.scenario_differences import Difference
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
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    where: Where = None,
) -> None:
    """Say how two scenarios differ: lever by lever, driver by driver, parameter by parameter."""
    from latecomer.study.scenario_differences import compare_scenarios, scenario_or_base

    study = opened(where)
    a, b = (scenario_or_base(study, name).name for name in (first, second))
    found = compare_scenarios(study, a, b, country)
    if as_json:
        told = {"first": a, "second": b, "country": country}
        show.json_text({**told, "differences": [one.as_dict() for one in found]})
    else:
        beside(a, b, found)


def columns(*named: tuple[str, int]) -> show.Table:
    """An empty table: the name and least width of each column."""
    table = show.Table()
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
    show.console().print(table)


def explained(one: Scenario, study: Study) -> None:
    """One scenario: its note, the mechanisms it is about, each override with its reason."""
    from latecomer.study.mechanisms import mechanisms

    show.line(one.name)
    show.line(f"  {' '.join(one.note.split())}")
    if one.rows:
        titles = {row: mechanism.title for row, mechanism in mechanisms(study).items()}
        told = [f"{row} {titles.get(row, '')}".strip() for row in one.rows]
        show.line(f"  about: {'; '.join(told)}")
    show.line(f"  countries: {' '.join(one.countries) or 'all'}")
    for override in one.overrides:
        only = f" ({' '.join(override.only)} only)" if override.only else ""
        show.line(f"  {override.name}{only}: {override.note}")
        for change in override.changes:
            show.line(f"    {change}")
        show.line(f"    because: {override.source}")


def beside(first: str, second: str, found: Sequence[Difference]) -> None:
    """The differences as a table, or that there are none."""
    if not found:
        show.line(f"{first} and {second} change the same")
        return
    table = columns(("what", 8), ("name", 20), (first, 24), (second, 24))
    for one in found:
        table.add_row(one.kind, one.name, one.first, one.second)
    show.console().print(table)
