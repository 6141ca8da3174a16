"""What the commands print: tables and bars on a terminal, plain lines elsewhere.

Also here:
- What the commands of held-out figures print.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import rich.table
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from latecomer.errors import escaped_json, visible

if TYPE_CHECKING:
    from latecomer.evaluation.ablation import AblationStudy
    from latecomer.evaluation.check import CheckResult
    from latecomer.evaluation.classification import Auc
    from latecomer.evaluation.compare_variants import Weighing
    from latecomer.evaluation.coverage import BandCoverage
    from latecomer.evaluation.crisis_scores import Criterion
    from latecomer.evaluation.hindcast import Hindcast, Pooled
    from latecomer.evaluation.leave_one_out import LeaveOneOut
    from latecomer.evaluation.published_numbers import Moved, Relocked
    from latecomer.inference.goodness_of_fit import Score
    from latecomer.report.pages.study import Reproduction
    from latecomer.runs.executor import Progress
    from latecomer.study.outcome_tables import Record, ThresholdEvent


WIDTH = 110

EVERY = 25

VERDICTS = {True: "holds", False: "falls short", None: "not judged"}

COLOURS = {True: "green", False: "red", None: "dim"}


class Terminal(Console):
    """A terminal, or plain text; whoever stops reading ends the command as any other program."""

    def on_broken_pipe(self) -> None:
        """Hand the broken pipe on."""
        raise BrokenPipeError


class Table(rich.table.Table):
    """A table without lines that shows its cells as they are: no style and no escape code in them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"box": None, "pad_edge": False, "header_style": "bold"} | options))

    def add_column(self, header: Any = "", *rest: Any, **options: Any) -> None:
        """Add a column under a name."""
        super().add_column(_cell(header), *rest, **options)

    def add_row(self, *cells: Any, **options: Any) -> None:
        """Add a row of plain texts, or of texts with a style of their own."""
        super().add_row(*map(_cell, cells), **options)


def _cell(content: object) -> Any:
    return Text(visible(content)) if isinstance(content, str) else content


def console(stderr: bool = False) -> Terminal:
    """The terminal, or plain text of a fixed width where there is none."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else WIDTH
    return Terminal(stderr=stderr, width=width, highlight=False, soft_wrap=False, emoji=False)


def line(text: str) -> None:
    """One line on standard output, never broken; what would steer the terminal is written out."""
    console().print(visible(text), markup=False, soft_wrap=True)


def problem(text: str) -> None:
    """One line on standard error, never broken; what would steer the terminal is written out."""
    console(stderr=True).print(visible(text), markup=False, soft_wrap=True)


def json_text(content: object) -> None:
    """JSON on standard output."""
    written = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    sys.stdout.write(escaped_json(written) + "\n")


def file_text(content: str) -> None:
    """A file on standard output: as it is for another program, its control characters seen on a terminal."""
    sys.stdout.write(visible(content) if sys.stdout.isatty() else content)


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
            yield lambda what, done, total: bar.update(
                task, description=escape(visible(what)), completed=done, total=total
            )
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


def text(lines: str) -> None:
    """Some lines on standard output, as they are."""
    for one in lines.splitlines():
        line(one)


def starts(rows: Sequence[Mapping[str, Any]]) -> None:
    """How each start of a calibration ended, and whether they met."""
    line("")
    for number, row in enumerate(rows, start=1):
        line(
            f"start {number}: loss {row['loss']:.3f} after {row['iterations']} iterations, slope "
            f"{row['slope']:.2g}, {row['distance']:.2g} prior standard deviations from the best"
        )


def posterior(details: Mapping[str, Any]) -> None:
    """The diagnostics of a posterior, how good the fast approximation is, and what its bands cover."""
    line("")
    line(
        f"posterior: {details['chains']} chains of {details['draws']} draws, "
        f"{details['divergences']} divergences"
    )
    for name in ("R-hat", "bulk ESS", "tail ESS"):
        value = details[name]["value"]
        shown = "not a number" if value is None else f"{value:.4g}"
        line(f"worst {name}: {shown}, of {details[name]['coordinate']}")
    fast, bands = details["fast approximation"], details["bands"]
    verdict = "may be weighted" if fast["holds"] else "is a sketch"
    line(f"fast approximation: {verdict} (k-hat {fast['khat']:.2f}, {fast['effective']:.0f} effective draws)")
    stated = "" if bands.get("as stated") is None else f" ({100 * bands['as stated']:.1f} % as stated)"
    line(f"80 % bands cover {100 * bands['covered']:.1f} % of {bands['figures']} figures{stated}")
    line("the posterior holds" if details["holds"] else "the posterior does not hold: see above")


def coverage(found: BandCoverage) -> None:
    """The share of figures within their bands: of all, by country and by series."""
    table = Table()
    table.add_column("figures of")
    table.add_column("within", justify="right")
    for name, share in [*found.by_country.items(), *found.by_series.items()]:
        table.add_row(name, f"{share:.2f}")
    console().print(table)
    level, whole = f"{100 * found.level:.0f} %", f"{found.share:.3f} of {found.figures:,} figures"
    line(f"{level} bands of {found.draws} draws of the {found.source}: {whole} within")
    line("The size of a figure's error is learned from the other half of the years;")
    line(f"with the sizes of the fit, which are those of changes from year to year: {found.stated:.3f}.")


def weighing(made: Weighing) -> None:
    """The weights of rival variants, and the errors of each beside the best naive forecast."""
    table = Table()
    for name in ("variant", "weight", "interval", "second opinion", "log score"):
        table.add_column(name, justify="left" if name == "variant" else "right")
    for one in made.weights:
        span = f"{one.low:.2f} to {one.high:.2f}"
        table.add_row(one.variant, f"{one.weight:.2f}", span, f"{one.pseudo_bma:.2f}", f"{one.score:.1f}")
    console().print(table)
    line(f"figures of {made.cut_off + 1}-{made.end} of {made.weights[0].countries} countries, held out")
    errors = Table()
    for name in ("variant", "series", "RMSE", "rebased", "best naive", "ratio"):
        errors.add_column(name, justify="left" if name in ("variant", "series", "best naive") else "right")
    for each in made.foreseen:
        for row in each.pooled:
            best = f"{row.best} {row.naive[row.best]:.3f}"
            rebased = "" if row.rebased is None else f"{row.rebased:.3f}"
            errors.add_row(each.variant, row.series, f"{row.rmse:.3f}", rebased, best, f"{row.ratio:.2f}")
    console().print(errors)


def scores(rows: Iterable[Score]) -> None:
    """The scores as a table: series down, measures across."""
    table = Table()
    for name in ("country", "series", "years"):
        table.add_column(name)
    for name in ("NRMSD", "tolerance", "MAPE %", "U2"):
        table.add_column(name, justify="right")
    table.add_column("verdict")
    for row in rows:
        tolerance = "" if row.tolerance is None else f"{row.tolerance:.3f}"
        percentage = "" if row.mape is None else f"{100 * row.mape:.1f}"
        measures = (f"{row.nrmsd:.3f}", tolerance, percentage, f"{row.u2:.2f}")
        verdict = Text(VERDICTS[row.holds], style=COLOURS[row.holds])
        table.add_row(row.country, row.series, f"{row.start}-{row.end}", *measures, verdict)
    console().print(table)


def check(result: CheckResult) -> None:
    """A check: scores, books, figures that moved, and the verdict."""
    scores(result.scores)
    line("")
    for iso3, residual in result.residuals.items():
        line(f"{iso3}: largest residual of the books {residual:.1e}")
    moves(result.moved, result.changed)
    short = sum(score.holds is False for score in result.scores)
    judged = sum(score.holds is not None for score in result.scores)
    verdict = "the fit holds" if result.holds else "the fit falls short"
    kept = f"{judged - short} of {judged} scores within their tolerance"
    for (country, series), why in result.short.items():
        line(f"known to fall short: {country}, {series}: {why}")
    if not result.holds and result.as_known:
        verdict += ", as is known and nowhere else"
    line(f"{kept}, {len(result.moved)} figures moved: {verdict}")
    if result.changed or any(moved.where for moved in result.moved):
        line("where a change is meant: mend what is quoted, then latecomer lock")


def moves(moved: Iterable[Moved], changed: Iterable[str]) -> None:
    """Figures that moved, with by how much and where they are quoted, and parts of the study that changed."""
    for one in moved:
        line(f"moved: {move(one)}")
    for part in changed:
        line(f"changed since the numbers were locked: {part}")


def move(one: Moved) -> str:
    """A figure that moved, in words."""
    was, now = (("none" if value is None else f"{value:.6g}") for value in (one.was, one.now))
    by = "" if one.difference is None else f", by {one.difference:+.3g}"
    where = f" (quoted in {', '.join(one.where)})" if one.where else ""
    return f"{one.figure}, was {was}, is {now}{by}{where}"


def relocked(made: Relocked) -> None:
    """A lock written anew: what moved, what is printed wrongly, what is stale."""
    moves(made.against.moved, made.against.changed)
    for wrong in made.misprints:
        problem(f"printed otherwise in {', '.join(wrong.where)}: {move(replace(wrong, where=()))}")
    if made.stale:
        problem(
            f"stale: another {' and '.join(made.stale)} than the fit was made from; its figures stay as they "
            "were locked: calibrate again, then lock again"
        )
    line(f"{made.count} figures, {len(made.against.moved)} moved: {made.path}")


def reproduction(made: Reproduction) -> None:
    """The main job: check, the event in each country, what the model gets wrong, place of the report."""
    check(made.check)
    line("")
    for iso3, said in made.event.items():
        line(f"{iso3}: {said}")
    if made.limits:
        line("\nWhat the model gets wrong")
        for said in made.limits:
            line(f"- {said}")
    line(f"\nreport: {made.page}")


def hindcast(found: Hindcast) -> None:
    """The errors of each country and of all, and what the bands cover."""
    line(f"fit '{found.fit}' ({found.variant}): {found.cut_off + 1}-{found.end}, world drivers observed")
    table = grid("series", "country", "n", "RMSE", "rebased", *naive_names(found.pooled))
    for pool in found.pooled:
        for one in (row for row in found.scores if row.series == pool.series):
            numbers = [number(one.rmse), number(one.rebased), *(number(each) for each in one.naive.values())]
            table.add_row(one.series, one.country, str(one.n), *numbers)
    console().print(table)
    line("")
    pooled(found.pooled)
    for name in [*dict.fromkeys(one.series for one in found.held), None]:
        share = found.coverage(name)
        if share is not None:
            stated = sum(one.stated for one in found.held if name in (None, one.series)) / share.n
            line(
                f"80 % bands cover {100 * share.share:.1f} % of {share.n} later figures of {name or 'all'} "
                f"({100 * stated:.1f} % as stated)"
            )


def leave_one_out_table(found: LeaveOneOut) -> None:
    """What is foretold of each country without it, and what is asked of that."""
    line(f"each country without it ({found.variant}), figures up to {found.cut_off}")
    event, record = found.outcomes.event, found.outcomes.record
    if event is None:
        line("the study names no event that a country could be struck by")
    else:
        struck(found, event, record)
    line("")
    for source, scores in found.scores.items():
        line(
            f"{source}: area under the curve {area(scores.auc)}, "
            f"{len(scores.defaulters)} {record.people}: {' '.join(scores.defaulters) or 'none'}"
        )
        if scores.hits_at_rate is not None:
            hit = scores.hits_at_rate
            line(f"{source}: {hit.k} of {hit.n} hits at 20 % false alarms")
    for rule in found.rules:
        each = ", ".join(f"{name} {area(one)}" for name, one in rule.auc.items())
        line(f"rule {rule.rule}: {each}")
    pooled(found.pooled)
    criteria(found.criteria)
    for iso3, why in found.untested.items():
        line(f"{iso3}: no such test, it {why}")


def struck(found: LeaveOneOut, event: ThresholdEvent, record: Record) -> None:
    """A row for each country: what is foretold of it, and what is on record."""
    from latecomer.evaluation.crisis_scores import lowest_key

    lowest, names = lowest_key(event), [one.name for one in record.catalogues.values()]
    table = grid("country", event.words.loses, "in", lowest, *names)
    for one in found.countries:
        row = one.as_dict()
        dated = [
            str(row[f"{source} year"] or ("-" if row[source] == 0 else "")) for source in record.catalogues
        ]
        low, middle, high = (row[lowest][name] for name in ("low", "median", "high"))
        span = f"{middle:.2f} ({low:.2f} to {high:.2f})"
        table.add_row(row["iso3"], f"{row['probability']:.2f}", str(row["median_year"] or "-"), span, *dated)
    console().print(table)


def ablation_table(found: AblationStudy) -> None:
    """The variant whole and without each mechanism, and what may be said of it."""
    series = list(found.whole.rmse)
    countries = list(found.whole.lowest)
    head = ("without", "loss", "log score", "(se)", *series, *found.whole.aucs, "falls")
    table = grid(*head, *(f"lowest {iso3}" for iso3 in countries))
    rows = [("nothing", found.whole, "")]
    rows += [(one.title, one.foresight, f"{-one.gain:+.1f} ({number(one.se, 1)})") for one in found.reasons]
    for title, seen, gain in rows:
        table.add_row(
            title,
            f"{seen.loss:.1f}",
            f"{seen.log_score:.1f}",
            gain,
            *(number(seen.rmse.get(name)) for name in series),
            *("-" if one is None else f"{one.value:.2f}" for one in seen.aucs.values()),
            number(seen.fallen, 2),
            *(number(seen.lowest.get(iso3), 2) for iso3 in countries),
        )
    line(f"{found.variant}, figures up to {found.cut_off}, {found.points} figures up to {found.end}")
    console().print(table)
    for one in found.reasons:
        line(one.statement)


def pooled(rows: Sequence[Pooled]) -> None:
    """Errors over countries beside those of each naive forecast."""
    table = grid("all countries", "n", "RMSE", "rebased", *naive_names(rows), "ratio to the best")
    for one in rows:
        naive = (number(value) for value in one.naive.values())
        ratio = f"{one.ratio:.2f}"
        table.add_row(one.series, str(one.n), number(one.rmse), number(one.rebased), *naive, ratio)
    console().print(table)


def criteria(rows: Sequence[Criterion]) -> None:
    """What is asked, what it comes to, and whether that holds."""
    for one in rows:
        value = "no value" if one.value is None else f"{one.value:.3f}"
        line(f"{VERDICTS[one.holds]}: {one.statement}: {value}")


def grid(*names: str) -> Table:
    """A table with these columns."""
    table = Table(pad_edge=True)
    for k, name in enumerate(names):
        table.add_column(name, justify="left" if k == 0 else "right")
    return table


def naive_names(rows: Sequence[Pooled]) -> list[str]:
    """The names of the naive forecasts."""
    return list(rows[0].naive) if rows else []


def area(one: Auc | None) -> str:
    """An area with its interval, a dash where there is none.

    >>> area(None)
    '-'
    """
    return "-" if one is None else f"{one.value:.2f} ({one.low:.2f} to {one.high:.2f})"


def number(value: float | None, digits: int = 3) -> str:
    """A number, a dash where there is none.

    >>> number(0.12345), number(None)
    ('0.123', '-')
    """
    return "-" if value is None else f"{value:.{digits}f}"
