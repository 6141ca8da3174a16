"""What the commands print: tables and bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from latecomer.calibrate.score import Score
    from latecomer.session import CheckResult
    from latecomer.session.progress import Progress
    from latecomer.session.reproduce import Reproduction
    from latecomer.study.scenarios import Scenario

WIDTH = 110
EVERY = 25
VERDICTS = {True: "holds", False: "falls short", None: "not judged"}
COLOURS = {True: "green", False: "red", None: "dim"}


def console(stderr: bool = False) -> Console:
    """The terminal, or plain text of a fixed width where there is none."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else WIDTH
    return Console(stderr=stderr, width=width, highlight=False, soft_wrap=False)


def line(text: str) -> None:
    """One line on standard output, never broken."""
    console().print(text, markup=False, soft_wrap=True)


def problem(text: str) -> None:
    """One line on standard error, never broken."""
    console(stderr=True).print(text, markup=False, soft_wrap=True)


def json_text(content: Any) -> None:
    """JSON on standard output."""
    sys.stdout.write(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


@contextmanager
def progress(quiet: bool = False) -> Iterator[Progress]:
    """A bar on a terminal, a line for each step elsewhere; both on standard error."""
    screen = console(stderr=True)
    if quiet:
        yield lambda what, done, total: None
    elif screen.is_terminal:
        from rich.progress import Progress as Bar

        with Bar(console=screen, transient=True) as bar:
            task = bar.add_task("", total=None)
            yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)
    else:
        yield lambda what, done, total: problem(f"{what} ({done}/{total})")


@contextmanager
def losses(starts: int) -> Iterator[Callable[[int, int, float], None]]:
    """How a calibration goes on: one changing line on a terminal, a line every 25 iterations elsewhere."""
    screen = console(stderr=True)

    def said(start: int, iteration: int, loss: float) -> str:
        return f"start {start} of {starts}, iteration {iteration}: loss {loss:.3f}"

    if screen.is_terminal:
        with screen.status("calibrating") as status:
            yield lambda start, iteration, loss: status.update(said(start, iteration, loss))
        return

    def tell(start: int, iteration: int, loss: float) -> None:
        if iteration % EVERY == 0:
            problem(said(start, iteration, loss))

    yield tell


def scores(rows: Iterable[Score]) -> None:
    """The scores as a table: series down, measures across."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("country", "series", "years"):
        table.add_column(name)
    for name in ("NRMSD", "tolerance", "MAPE %", "U2"):
        table.add_column(name, justify="right")
    table.add_column("verdict")
    for row in rows:
        tolerance = "" if row.tolerance is None else f"{row.tolerance:.3f}"
        percentage = "" if row.mape is None else f"{100 * row.mape:.1f}"
        measures = (f"{row.nrmsd:.3f}", tolerance, percentage, f"{row.u2:.2f}")
        verdict = f"[{COLOURS[row.holds]}]{VERDICTS[row.holds]}[/]"
        table.add_row(row.country, row.series, f"{row.start}-{row.end}", *measures, verdict)
    console().print(table)


def scenarios(rows: Iterable[Scenario]) -> None:
    """The scenarios as a table: name, last year, countries, what each changes."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, least in (("scenario", 24), ("until", 6), ("countries", 10), ("what it changes", 30)):
        table.add_column(name, min_width=least)
    for one in rows:
        until = "window" if one.horizon is None else str(one.horizon)
        changes = "\n".join(one.changes()) or "nothing"
        table.add_row(one.name, until, " ".join(one.countries) or "all", escape(changes))
    console().print(table)


def check(result: CheckResult) -> None:
    """A check: scores, books, figures that moved, and the verdict."""
    scores(result.scores)
    line("")
    for iso3, residual in result.residuals.items():
        line(f"{iso3}: largest residual of the books {residual:.1e}")
    for moved in result.moved:
        was, now = (("none" if value is None else f"{value:.6g}") for value in (moved.was, moved.now))
        line(f"moved: {moved.figure}, was {was}, is {now}")
    short = sum(score.holds is False for score in result.scores)
    judged = sum(score.holds is not None for score in result.scores)
    verdict = "the fit holds" if result.holds else "the fit falls short"
    kept = f"{judged - short} of {judged} scores within their tolerance"
    for (country, series), why in result.short.items():
        line(f"known to fall short: {country}, {series}: {why}")
    if not result.holds and result.as_known:
        verdict += ", as is known and nowhere else"
    line(f"{kept}, {len(result.moved)} figures moved: {verdict}")


def reproduction(made: Reproduction) -> None:
    """The main job: check, credit access in the 1980s, what the model gets wrong, place of the report."""
    from latecomer.report.figure import credit_words

    check(made.check)
    line("")
    for iso3, access in made.credit_access.items():
        line(f"{iso3}: credit access {credit_words(access)}")
    if made.limits:
        line("\nWhat the model gets wrong")
        for said in made.limits:
            line(f"- {said}")
    line(f"\nreport: {made.page}")
