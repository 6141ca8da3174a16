"""The commands on the observed figures: their lock, and what a revised vintage of them changes.

Also here:
- The commands on the countries of a study: a new one from a panel of figures.
- The command that mends a study after a cut-off.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from latecomer.cli import commands, tables
from latecomer.cli.commands import GOOD, SHORT, AsJson, Commands, FitName, Where, app, opened

if TYPE_CHECKING:
    from latecomer.evaluation.data_revision import Compared, DataDiff
    from latecomer.inference.fit import Shift
    from latecomer.runs.repair import Repaired
    from latecomer.study.vintages import Largest, Revision, Vintages


SHOWN = 20

data = typer.Typer(cls=Commands, help="The observed figures and their vintages.", no_args_is_help=True)

app.add_typer(data, name="data")

Tables = "A folder of observation tables, as calibration/observations."


@data.command()
def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help=Tables)],
    new: Annotated[Path, typer.Argument(metavar="NEW", help=Tables)],
    refit: Annotated[bool, typer.Option("--refit", help="Fit again on the new figures.")] = False,
    as_json: AsJson = False,
    fit: FitName = "reference",
    where: Where = None,
) -> None:
    """Say what a revision does to figures, fit, conclusions: exit 0 none turns, 1 one does, 2 bad input."""
    from latecomer.evaluation.data_revision import data_diff

    study = opened(where)
    with tables.progress(quiet=as_json) as tick:
        found = data_diff(study, old, new, fit, refit, tick)
    if as_json:
        tables.json_text(found.as_dict())
    else:
        show_diff(found)
    raise typer.Exit(GOOD if found.holds else SHORT)


@data.command()
def lock(
    as_json: AsJson = False,
    where: Where = None,
) -> None:
    """Lock the observation tables as they are: every change of a figure since the last lock is then meant."""
    from latecomer.runs.repair import lock_tables

    file, count = lock_tables(opened(where))
    if as_json:
        tables.json_text({"lock": str(file), "tables": count})
    else:
        tables.line(f"{count} tables locked in {file}")


def show_diff(found: DataDiff) -> None:
    """A comparison in words and tables: figures, scores, parameters, conclusions."""
    vintages(found.vintages)
    for iso3, moved in found.initial.items():
        for name, ratio in moved.items():
            tables.line(f"{iso3}, {name}: times {ratio:.4g}, with its figure")
    for side, without in found.without.items():
        for iso3, reason in without.items():
            tables.line(f"{iso3}: no run from the {side} figures: {reason}")
    changed = [one for one in found.scores if one.old != one.new or one.refit not in (None, one.new)]
    tables.line(f"\nfit '{found.fit}', free runs: {len(changed)} of {len(found.scores)} scores changed")
    if changed:
        scores(changed, found.shifts is not None)
    if found.shifts is not None:
        parameters(found.shifts)
    tables.line("")
    for one in found.published:
        tables.line(f"printed otherwise: {tables.move(one)}")
    for flip in found.flips:
        tables.line(f"turned, {flip.runs}: {flip.conclusion}, was: {flip.was}, is: {flip.now}")
    tables.line(
        "nothing that is published changes" if found.holds
        else f"{len(found.flips)} conclusions turn, {len(found.published)} quoted figures change"
    )  # fmt: skip


def vintages(found: Vintages) -> None:
    """What differs between the figures, a line a variable."""
    for what, countries in (("added", found.countries_added), ("removed", found.countries_removed)):
        if countries:
            tables.line(f"countries {what}: {', '.join(countries)}")
    for what, names in (("added", found.variables_added), ("removed", found.variables_removed)):
        for iso3, name in names:
            tables.line(f"variable {what}: {iso3}, {name}")
    for one in found.revisions:
        tables.line(f"{one.iso3}, {one.variable}: {revised(one)}")
    added, removed, changed = found.figures
    count = len(found.revisions)
    tables.line(f"{count} variables differ: {added} figures added, {removed} removed, {changed} changed")


def revised(one: Revision) -> str:
    """A revision in words."""
    figures = (("added", one.added), ("removed", one.removed), ("changed", one.changed))
    details = [f"{len(years)} {what} ({span(years)})" for what, years in figures if years]
    if one.absolute is not None:
        details.append(f"largest {change(one.absolute)}")
    if one.relative is not None:
        share = f"{100 * one.relative.change:+.3g} %"
        details.append(f"relative {share} in {one.relative.year}")
    pairs = (("unit", one.units), ("source", one.sources), ("vintage", one.vintages))
    details += [f"{what} '{was}' now '{now}'" for what, (was, now) in pairs if was != now]
    return "; ".join([*details, "not compared, for they are in another unit"] if one.rescaled else details)


def span(years: Sequence[int]) -> str:
    """The first and the last of some years.

    >>> span([1960, 1961, 1970]), span([1960])
    ('1960-1970', '1960')
    """
    return f"{years[0]}-{years[-1]}" if years[0] != years[-1] else str(years[0])


def change(one: Largest) -> str:
    """A largest change in words."""
    return f"{one.change:+.6g} in {one.year} ({one.was:.6g} to {one.now:.6g})"


def scores(rows: Iterable[Compared], again: bool) -> None:
    """The scores that changed, former, new and of a refit side by side."""
    table = tables.Table()
    table.add_column("country")
    table.add_column("series")
    for name in ("NRMSD, old", "new", *(("refitted",) if again else ()), "tolerance"):
        table.add_column(name, justify="right")
    table.add_column("verdict")
    for row in rows:
        sizes = (row.old, row.new, *((row.refit,) if again else ()), row.tolerance)
        verdict = tables.VERDICTS[row.held]
        if row.held != row.holds:
            verdict += f", now {tables.VERDICTS[row.holds]}"
        cells = ("" if size is None else f"{size:.4f}" for size in sizes)
        table.add_row(row.country, row.series, *cells, verdict)
    tables.console().print(table)


def parameters(shifts: Iterable[Shift]) -> None:
    """The parameters that a refit moves most."""
    rows = list(shifts)
    for one in rows[:SHOWN]:
        whose = "" if one.iso3 is None else f" [{one.iso3}]"
        tables.line(f"{one.parameter}{whose}: {one.was:.6g} to {one.now:.6g}, {one.change:+.2f} prior sd")
    if len(rows) > SHOWN:
        rest = abs(rows[SHOWN].change)
        tables.line(f"and {len(rows) - SHOWN} parameters that move by {rest:.2f} prior sd or less")


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
    as_json: AsJson = False,
    where: Where = None,
) -> None:
    """Put a country of a panel into a study, by rule: exit 0 done, 2 bad input and nothing written."""
    from latecomer.new_countries.build import add_country

    study = opened(where)
    added = add_country(study, iso3, panel)
    if as_json:
        tables.json_text(added.as_dict())
        return
    tables.line(
        f"{iso3}, {added.name}: runs from {added.start} to {added.end}, made by rule, nobody has studied it"
    )
    for said in (*added.said, *added.lacks):
        tables.line(f"  {said}")
    tables.line(f"written: {', '.join(added.files)}")
    option = "" if where is None else f" --study {where}"
    tables.line(f"next: latecomer run {iso3} --fit none{option}")


@app.command()
def repair(
    yes: Annotated[
        bool, typer.Option("--yes", help="Move what cannot be completed to calibration/set-aside.")
    ] = False,
    as_json: AsJson = False,
    where: Where = None,
) -> None:
    """Finish or undo what a kill has cut off in a study: exit 0 it is whole, 1 something is lacking."""
    from latecomer.runs.repair import repair as mended

    found = mended(commands.study_root(where), yes)
    if as_json:
        tables.json_text(found.as_dict())
    else:
        echo_repairs(found)
    raise typer.Exit(GOOD if found.holds else SHORT)


def echo_repairs(found: Repaired) -> None:
    """Say what was mended and what is lacking."""
    for name in found.finished:
        tables.line(f"finished: a change in {name} that was cut off")
    for name in found.undone:
        tables.line(f"undone: a change in {name} that was cut off before it was complete")
    for name in found.locked:
        tables.line(f"locked: {name}, which is whole with its country file")
    for name, place in found.moved.items():
        tables.line(f"set aside: {name} is now {place}")
    for name, wrong in found.lacking.items():
        tables.line(f"lacking: {name}: {wrong}")
    if found.lacking:
        tables.line(
            "mend these by hand; --yes moves a table that no country can use to calibration/set-aside"
        )
    elif not (found.finished or found.undone or found.locked or found.moved):
        tables.line("nothing was cut off: the study is whole")
