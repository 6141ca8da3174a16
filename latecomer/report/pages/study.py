"""The report as one HTML file that needs nothing else: no network, no second file.

Also here:
- The main job: the shipped fit, all countries, scores against history, one report.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup, escape

from latecomer.errors import InputError
from latecomer.evaluation.check import CheckResult, check_result, keep_units, run_fit, shortfalls
from latecomer.inference.goodness_of_fit import Score
from latecomer.outputs import part, refuse_output, write_outputs
from latecomer.report.charts.crisis import (
    capital,
    event_chart,
    event_drawings,
    event_files,
    event_words,
    residual_chart,
    span_words,
)
from latecomer.report.charts.svg import Frame, Trace, chart, number
from latecomer.report.content import CountryReport, Line, Report, ScoreRow, SeriesPlot
from latecomer.report.narrative.debt_crisis import chapter
from latecomer.report.narrative.limitations import limits
from latecomer.report.series import country_report
from latecomer.report.templates import Templates, sealed
from latecomer.runs.executor import Progress, silent
from latecomer.study.fits import Fit
from latecomer.study.outcome_tables import ThresholdEvent
from latecomer.study.reference import reference_root
from latecomer.study.run_spec import REFERENCE, needed_fit
from latecomer.study.simulation import books_of
from latecomer.study.study import Study

PAGE = "index.html"

WORDS = {True: "holds", False: "falls short", None: "no tolerance"}

# Wide for a screen, narrow for a phone: one drawing scaled down would make its numbers unreadable.
SIZES = {"wide": (860, 380), "narrow": (360, 330)}


def render(report: Report, templates: Path | None = None) -> str:
    """The text of the page; the same text for the same report."""
    folder = templates or reference_root() / "reports" / "templates"
    kept = identities(report.countries)
    return sealed(
        environment(folder)
        .get_template("index.html.j2")
        .render(
            report=report,
            words=WORDS,
            style=Markup(part(folder / "style.css")),
            script=Markup(part(folder / "tips.js")),
            matrix=matrix(report.scores),
            tally=tally(report.scores),
            plots={c.iso3: [(s, picture(series_chart(c, s))) for s in c.series] for c in report.countries},
            event=event_part(report),
            residual={name: picture(residuals(report, *size)) for name, size in SIZES.items() if kept},
            identities=kept,
        )
    )


def environment(folder: Path) -> Templates:
    """The templates of a folder: every word escaped, an unknown name an error."""
    made = Templates(folder, autoescape=True)
    made.filters["number"] = lambda value: "–" if value is None else number(value, 3)
    made.filters["emphasised"] = emphasised
    made.filters["score"] = lambda value: "–" if value is None else f"{value:.3f}"
    return made


def emphasised(words: str) -> Markup:
    """Words as HTML, what stands between two stars with emphasis.

    >>> str(emphasised("a *stock* < 1"))
    'a <em>stock</em> &lt; 1'
    """
    return Markup(re.sub(r"\*([^*]+)\*", r"<em>\1</em>", str(escape(words))))


def picture(svg: str) -> Markup:
    """An SVG text as it goes into the page unescaped: `chart` has escaped every word in it."""
    return Markup(svg)


def event_part(report: Report) -> dict[str, Any] | None:
    """The event of the study in every country: drawn, and in words; None for a study without one."""
    event = report.event
    if event is None:
        return None
    lines = {one.iso3: one.event for one in report.countries if one.event is not None}
    return {
        "title": capital(event.variable),
        "about": event.words.about,
        "head": " ".join([event.variable, span_words(event, "–")]).rstrip(),
        "words": {
            one.name: event_words(one.event, event) for one in report.countries if one.event is not None
        },
        **{name: picture(event_chart(lines, event, *size)) for name, size in SIZES.items()},
    }


def residuals(report: Report, width: int, height: int) -> str:
    """The chart of every country's worst accounting residual."""
    worst = {country.iso3: country.residual.worst() for country in report.countries}
    return residual_chart(worst, report.residual_tolerance, width, height)


def series_chart(country: CountryReport, series: SeriesPlot) -> str:
    """The small chart of one series: the model's line over the figures' points."""
    traces = [
        Trace("data", series.years_data, series.data, "data", mark="points"),
        Trace("model", series.years_model, series.model, "model"),
    ]
    said = f"{series.name}, {country.name}: the model's line and the figures' points, in {series.unit}"
    return chart(said, traces, Frame(scale=series.scale))


def tally(scores: Sequence[ScoreRow]) -> dict[str, int]:
    """How many scores hold, fall short, or have no tolerance.

    >>> tally([ScoreRow("KOR", "log output", 0.01, holds=True), ScoreRow("KOR", "capability", 0.2)])
    {'holds': 1, 'falls short': 0, 'no tolerance': 1}
    """
    return {word: sum(row.holds is verdict for row in scores) for verdict, word in WORDS.items()}


def matrix(scores: Sequence[ScoreRow]) -> dict[str, Any]:
    """Scores as a table: series down, countries across, in order of first appearance.

    Of several windows of one series the first stands here.

    >>> table = matrix([ScoreRow("KOR", "log output", 0.01), ScoreRow("BRA", "log output", 0.03)])
    >>> table["countries"], [(series, [row.nrmsd for row in rows]) for series, rows in table["rows"]]
    (['KOR', 'BRA'], [('log output', [0.01, 0.03])])
    """
    countries = list(dict.fromkeys(row.country for row in scores))
    cells = {(row.series, row.country): row for row in reversed(scores)}
    names = dict.fromkeys(row.series for row in scores)
    return {
        "countries": countries,
        "rows": [(name, [cells.get((name, c)) for c in countries]) for name in names],
    }


def identities(countries: Sequence[CountryReport]) -> list[tuple[str, list[float | None]]]:
    """The largest residual of each accounting identity in each country; None where a country lacks it."""
    names = dict.fromkeys(name for country in countries for name in country.residual.identities)
    return [(name, [largest(country, name) for country in countries]) for name in names]


def largest(country: CountryReport, identity: str) -> float | None:
    """max |residual| over the years; NaN where any year is NaN, for a run that broke must not look clean."""
    values = country.residual.identities.get(identity)
    return None if values is None else float(np.max(np.abs(np.asarray(values, float)), initial=0.0))


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
    details = {} if event is None else {iso3: event_text(line, event) for iso3, line in lines.items()}
    return Reproduction(check, details, said, page, (page, *others))


def event_text(line: Line, event: ThresholdEvent) -> str:
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
            f"{one.name}: {event_text(one.event, event)}."
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
