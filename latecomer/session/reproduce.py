"""The main job: the shipped fit, all countries, scores against history, one report."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from latecomer.calibrate.score import Score
from latecomer.faults import InputError
from latecomer.report.content import CountryReport, Line, Report, ScoreRow
from latecomer.report.figure import credit_drawings, credit_words
from latecomer.report.files import refuse_output, write_outputs
from latecomer.report.page import PAGE, render, tally
from latecomer.session.chapter import chapter
from latecomer.session.check import CheckResult, check_result, keep_units, run_fit, shortfalls
from latecomer.session.limits import limits
from latecomer.session.material import country_report
from latecomer.session.progress import Progress, silent
from latecomer.study.accounts import TOLERANCE
from latecomer.study.audit import books_of
from latecomer.study.fits import Fit
from latecomer.study.rooms import Rooms

SCORES = "scores.json"
FIGURES = ("credit-access.svg", "credit-access.png")
PACKAGES = ("latecomer", "numpy", "scipy", "jax", "xarray")


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What `reproduce` has made: the check, credit access by country, limits in words, and the files."""

    check: CheckResult
    credit_access: Mapping[str, Line]
    limits: Sequence[str]
    page: Path
    files: Sequence[Path]


def reproduce(rooms: Rooms, fit: Fit, out: Path, progress: Progress = silent) -> Reproduction:
    """Run, score and report every country of a fit; write index.html, the credit figure and scores.json.

    Raises InputError for a stale fit, for books that do not close, and where nothing can be written.
    """
    for name in (PAGE, *FIGURES, SCORES):
        refuse_output(out / name)
    steps = len(fit.countries) + 1
    units = keep_units(rooms.model.text)
    runs = list(run_fit(rooms, fit, lambda what, done, _: progress(what, done, steps)))
    if faults := [fault for one in runs for fault in one.books.faults(books_of(one.iso3, {}))]:
        raise InputError(faults)
    progress("report", steps - 1, steps)
    check = check_result(fit, runs, units, shortfalls(rooms))
    countries = [country_report(rooms, one) for one in runs]
    said = limits(rooms, runs)
    access = {one.iso3: one.credit_access for one in countries}
    text = render(report(rooms, fit, check, countries, said), templates(rooms))
    scores = (json.dumps(check.as_dict(), indent=1) + "\n").encode()
    page, *others = write_outputs(out, {PAGE: text.encode(), **credit_drawings(access), SCORES: scores})
    progress("done", steps, steps)
    return Reproduction(check, access, said, page, (page, *others))


def templates(rooms: Rooms) -> Path | None:
    """The study's own templates; None, for the reference study's, where it has none."""
    folder = rooms.root / "reports" / "templates"
    return folder if (folder / "index.html.j2").is_file() else None


def report(
    rooms: Rooms, fit: Fit, check: CheckResult, countries: Sequence[CountryReport], said: Sequence[str]
) -> Report:
    """The report of a fit as plain data."""
    rows = [score_row(score) for score in check.scores]
    return Report(
        title="Late industrialisation: model and history",
        summary=summary(check, rows, countries),
        countries=countries,
        scores=rows,
        provenance=provenance(rooms, fit),
        limits=said,
        generated=f"Made on {datetime.date.today():%d %B %Y} with latecomer {version('latecomer')}.",
        residual_tolerance=TOLERANCE,
        chapter=chapter(rooms),
    )


def summary(check: CheckResult, rows: Sequence[ScoreRow], countries: Sequence[CountryReport]) -> list[str]:
    """What the report shows, in a few sentences made from its numbers."""
    counted = tally(rows)
    judged = counted["holds"] + counted["falls short"]
    beaten = sum(row.u2 is not None and row.u2 < 1 for row in rows)
    straight = "a straight line drawn through the first and the last figure"
    return [
        f"{counted['holds']} of {judged} judged series stay within their tolerance"
        + (f"; {counted['no tolerance']} more are shown without one." if counted["no tolerance"] else "."),
        f"{beaten} of {len(rows)} series are nearer to the figures than {straight}.",
        *(f"{one.name}: credit access {credit_words(one.credit_access)}." for one in countries),
        f"The books of every run close to {max(check.residuals.values(), default=0.0):.0e} or better.",
    ]


def score_row(score: Score) -> ScoreRow:
    """A score as the report shows it: MAPE in per cent."""
    return ScoreRow(
        country=score.country,
        series=score.series,
        nrmsd=score.nrmsd,
        mape=None if score.mape is None else 100 * score.mape,
        u2=score.u2,
        tolerance=score.tolerance,
        holds=score.holds,
        window=f"{score.start}–{score.end}",
    )


def provenance(rooms: Rooms, fit: Fit) -> dict[str, str]:
    """Where the numbers of the report come from."""
    made = {name: str(fit.manifest[name]) for name in ("date", "seed", "loss") if name in fit.manifest}
    return {
        "fit": fit.name,
        **{f"fit, {name}": value for name, value in made.items()},
        "figures used": "all in the window" if fit.until is None else f"up to {fit.until}",
        **{f"sha256 of {name}": digest for name, digest in rooms.hashes(fit.countries).items()},
        **{f"version of {package}": version(package) for package in PACKAGES},
    }
