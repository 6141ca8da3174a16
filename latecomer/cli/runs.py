"""The commands about runs on disk: listed, shown, compared, put into tables, cleared of leftovers."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from latecomer.cli import commands, tables
from latecomer.cli.commands import OTHER, Where, app, opened
from latecomer.errors import refuse

if TYPE_CHECKING:
    import pandas as pd

Place = Annotated[
    Path | None, typer.Argument(metavar="[DIR]", help="Where to look; by default where `run` puts them.")
]
Run = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")]
Variables = Annotated[
    list[str] | None, typer.Option("--variable", metavar="NAME", help="Of these; may be repeated.")
]
runs = typer.Typer(no_args_is_help=True, help="Runs on disk: list, show, compare, table, gc.")
app.add_typer(runs, name="runs")


class Format(StrEnum):
    """What a table is written as."""

    CSV = "csv"
    PARQUET = "parquet"


def looked_at(place: Path | None, where: Path | None) -> Path:
    """The folder of runs. Raises InputError where there is none."""
    found = place or commands.output(commands.study_root(where), "runs")
    if not found.is_dir():
        raise refuse(str(found), "no such folder", "a folder of runs", "run something, or name another")
    return found


def located(run: Path) -> Path:
    """The folder of a run, named by a path or as `runs list` names it."""
    listed = commands.output(commands.study_root(None), "runs") / run
    return listed if not run.exists() and listed.is_dir() else run


@runs.command("list")
def list_runs(place: Place = None, where: Where = None) -> None:
    """List the runs of a folder and below; one that is damaged is told and hides no other."""
    from latecomer.runs.store import look_through

    root = looked_at(place, where)
    found = look_through(root)
    table = columns("run", "country", "scenario", "fit", "years", "draws", "failed", "MB")
    for one in found.runs:
        details = one.manifest
        years = "–".join(f"{year:g}" for year in details["years"])
        draws = "" if details.get("draws") is None else str(details["draws"])
        failed = str((details.get("failures") or {}).get("failed", details.get("failed runs", "")))
        name = one.folder.relative_to(root).as_posix()
        facts = [str(details.get(name, "")) for name in ("country", "scenario", "fit")]
        table.add_row(name, *facts, years, draws, failed, f"{one.size / 1e6:.1f}")
    tables.console().print(table)
    for folder, wrong in found.damaged.items():
        tables.problem(f"damaged: {folder.relative_to(root).as_posix()}: {wrong}")


@runs.command("show")
def show_run(run: Run) -> None:
    """Say what a run was made from."""
    from latecomer.runs.store import stored_run

    one = stored_run(located(run))
    tables.line(str(one.folder))
    for name, value in one.manifest.items():
        tables.line(f"  {name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")


@runs.command("compare")
def compare_runs(first: Run, second: Run, variables: Variables = None, where: Where = None) -> None:
    """Hold two runs side by side: outcomes at their last common year, and what they were made from."""
    from latecomer.runs.store import compared, differing, stored_run
    from latecomer.study.outcomes import shown

    one, other = stored_run(located(first)), stored_run(located(second))
    if not variables:
        study = opened(where)
        variables = list(shown(study.model.text, study.outcomes.pages.ensemble))
    rows = compared(one, other, variables)
    table = columns("variable", "year", "first", "second", "second/first")
    for name, year, a, b in rows:
        ratio = f"{b / a:.4g}" if a else "–"
        table.add_row(name, f"{year:g}", f"{a:.5g}", f"{b:.5g}", ratio)
    tables.console().print(table)
    details = differing(one, other)
    for name in details:
        tables.line(f"{name}: {short(details[name][0])} | {short(details[name][1])}")
    if not details:
        tables.line("made from the same")


@runs.command("table")
def run_table(
    run: Run,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The table.")],
    form: Annotated[
        Format, typer.Option("--format", help="CSV, or Parquet with the extra 'tables'.")
    ] = Format.CSV,
    variables: Variables = None,
) -> None:
    """Write a run as a table of member, time, variable, value and unit, one value a row."""
    from latecomer.outputs import refuse_output
    from latecomer.runs.store import long_form, stored_run

    refuse_output(out, OTHER)
    table = long_form(stored_run(located(run)), variables or ())
    write_table(table, out, form)
    tables.line(f"{len(table)} rows in {out}")


@runs.command("gc")
def clear_runs(
    place: Place = None,
    yes: Annotated[bool, typer.Option("--yes", help="Remove them; without it they are only listed.")] = False,
    where: Where = None,
) -> None:
    """Find what stopped runs have left behind, which no run needs but to be gone on with."""
    from latecomer.runs.leftovers import clear, leftovers

    found = leftovers(looked_at(place, where))
    for path in found:
        tables.line(str(path))
    if yes:
        clear(found)
    done = "removed" if yes else "left behind by stopped runs; --yes removes them"
    tables.line(f"{len(found)} {done}" if found else "nothing is left behind")


def write_table(table: pd.DataFrame, out: Path, form: Format) -> None:
    """Write a table whole. Raises InputError where Parquet is asked for and cannot be written."""
    import io

    from latecomer.outputs import table_bytes, write_output

    if form is Format.CSV:
        write_output(out, table_bytes(table), OTHER)
        return
    stream = io.BytesIO()
    table = table.copy(deep=False)
    table.attrs = {"made by": "latecomer"}  # kept in the file, which is then known again
    try:
        table.to_parquet(stream, index=False)
    except ImportError as error:
        cure = 'pip install "latecomer[tables]", or write CSV'
        raise refuse("--format parquet", "no library for Parquet", "the extra 'tables'", cure) from error
    write_output(out, stream.getvalue(), OTHER)


def columns(*names: str) -> tables.Table:
    """An empty table with the names of its columns."""
    table = tables.Table()
    for name in names:
        table.add_column(name)
    return table


def short(value: object, most: int = 60) -> str:
    """A value of a manifest in a line.

    >>> short({"a": 1}), short(None)
    ('{"a": 1}', '–')
    """
    if value is None:
        return "–"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= most else f"{text[: most - 1]}…"
