"""The report as one HTML file that needs nothing else: no network, no second file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup, escape

from latecomer.report.axes import number
from latecomer.report.charts import Frame, Trace, chart
from latecomer.report.content import CountryReport, Report, ScoreRow, SeriesPlot
from latecomer.report.figure import capital, event_chart, event_words, residual_chart, span_words
from latecomer.report.files import part
from latecomer.report.policy import sealed
from latecomer.report.templates import Templates
from latecomer.study.reference import reference_root

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
