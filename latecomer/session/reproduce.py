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
from latecomer.report.figure import event_drawings, event_files, event_words
from latecomer.report.files import refuse_output, write_outputs
from latecomer.report.page import PAGE, render, tally
from latecomer.session.chapter import chapter
from latecomer.session.check import CheckResult, check_result, keep_units, run_fit, shortfalls
from latecomer.session.limits import limits
from latecomer.session.material import country_report
from latecomer.session.progress import Progress, silent
from latecomer.study.audit import books_of
from latecomer.study.fits import Fit
from latecomer.study.outcomes import ThresholdEvent
from latecomer.study.run_spec import REFERENCE, needed_fit
from latecomer.study.study import Study

SCORES = "scores.json"
PACKAGES = ("latecomer", "numpy", "scipy", "jax", "xarray")


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What `reproduce` has made: the check, the event by country in words, limits in words, and the files."""

    check: CheckResult
    event: Mapping[str, str]
    limits: Sequence[str]
    page: Path
    files: Sequence[Path]


def reproduce(
    study: Study, out: Path | str | None = None, fit: Fit | str = REFERENCE, progress: Progress = silent
) -> Reproduction:
    """Run, score and report every country of a fit; write page, scores and the figure of the event.

    `out`: reports/out of the study by default. Raises InputError for an unknown or a stale fit, for books
    that do not close, and where nothing can be written.
    """
    fit, event = needed_fit(study, fit), study.outcomes.event
    out = study.root / "reports" / "out" if out is None else Path(out)
    drawings = () if event is None else event_files(event)
    for name in (PAGE, *drawings, SCORES):
        refuse_output(out / name)
    steps = len(fit.countries) + 1
    units = keep_units(study.model.text)
    runs = list(run_fit(study, fit, lambda what, done, _: progress(what, done, steps)))
    if faults := [fault for one in runs for fault in one.books.faults(books_of(one.iso3, {}))]:
        raise InputError(faults)
    progress("report", steps - 1, steps)
    check = check_result(fit, runs, units, shortfalls(study))
    countries = [country_report(study, one) for one in runs]
    said = limits(study, runs)
    lines = {one.iso3: one.event for one in countries if one.event is not None}
    drawn = {} if event is None else event_drawings(lines, event)
    text = render(report(study, fit, check, countries, said), templates(study))
    scores = (json.dumps(check.as_dict(), indent=1) + "\n").encode()
    page, *others = write_outputs(out, {PAGE: text.encode(), **drawn, SCORES: scores})
    progress("done", steps, steps)
    told = {} if event is None else {iso3: event_told(line, event) for iso3, line in lines.items()}
    return Reproduction(check, told, said, page, (page, *others))


def event_told(line: Line, event: ThresholdEvent) -> str:
    """What the variable of the event does, in words."""
    return f"{event.variable} {event_words(line, event)}"


def templates(study: Study) -> Path | None:
    """The study's own templates; None, for the reference study's, where it has none."""
    folder = study.root / "reports" / "templates"
    return folder if (folder / "index.html.j2").is_file() else None


def report(
    study: Study, fit: Fit, check: CheckResult, countries: Sequence[CountryReport], said: Sequence[str]
) -> Report:
    """The report of a fit as plain data."""
    rows = [score_row(score) for score in check.scores]
    return Report(
        title=study.outcomes.titled("model and history"),
        summary=summary(check, rows, countries, study.outcomes.event),
        countries=countries,
        scores=rows,
        provenance=provenance(study, fit),
        limits=said,
        generated=f"Made on {datetime.date.today():%d %B %Y} with latecomer {version('latecomer')}.",
        residual_tolerance=study.accounts.tolerance,
        chapter=chapter(study),
        event=study.outcomes.event,
        about=study.outcomes.about,
        books=study.accounts.about,
    )


def summary(
    check: CheckResult,
    rows: Sequence[ScoreRow],
    countries: Sequence[CountryReport],
    event: ThresholdEvent | None,
) -> list[str]:
    """What the report shows, in a few sentences made from its numbers."""
    counted = tally(rows)
    judged = counted["holds"] + counted["falls short"]
    beaten = sum(row.u2 is not None and row.u2 < 1 for row in rows)
    worst = list(check.residuals.values())
    straight = "a straight line drawn through the first and the last figure"
    return [
        f"{counted['holds']} of {judged} judged series stay within their tolerance"
        + (f"; {counted['no tolerance']} more are shown without one." if counted["no tolerance"] else "."),
        f"{beaten} of {len(rows)} series are nearer to the figures than {straight}.",
        *(
            f"{one.name}: {event_told(one.event, event)}."
            for one in countries
            if event is not None and one.event is not None
        ),
        *([] if event is not None else ["The study names no breakdown, so none is drawn or told of."]),
        *([f"The books of every run close to {max(worst):.0e} or better."] if worst else []),
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


def provenance(study: Study, fit: Fit) -> dict[str, str]:
    """Where the numbers of the report come from."""
    made = {name: str(fit.manifest[name]) for name in ("date", "seed", "loss") if name in fit.manifest}
    return {
        "fit": fit.name,
        **{f"fit, {name}": value for name, value in made.items()},
        "figures used": "all in the window" if fit.until is None else f"up to {fit.until}",
        **{f"sha256 of {name}": digest for name, digest in study.hashes(fit.countries).items()},
        **{f"version of {package}": version(package) for package in PACKAGES},
    }
