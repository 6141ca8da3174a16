"""Figures for papers of results that are kept: scores, the breakdown foretold, the coverage of bands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from latecomer.faults import refuse
from latecomer.report.breakdown_figure import Mark, Row
from latecomer.report.paper import Caption, Figure
from latecomer.report.paper_foretold import breakdown_paper, coverage_paper
from latecomer.report.paper_history import Cell, scores_paper
from latecomer.session.breakdown_scores import before_key, lowest_key
from latecomer.session.evidence import evidence_path
from latecomer.session.paper_asked import Ask, by_model, fresh, made_of, named, old, result, told
from latecomer.session.progress import Progress, silent
from latecomer.study.outcomes import Record, ThresholdEvent
from latecomer.study.study import Study

NRMSD: Final = "NRMSD: root mean square distance of model and figures over the range of the figures"


def scores(study: Study, ask: Ask, progress: Progress = silent) -> Figure:
    """NRMSD of every series and country, as the manifest of the fit tells it."""
    fit = fresh(study, ask)
    rows = [
        one for one in fit.manifest.get("scores", []) if not ask.countries or one["country"] in ask.countries
    ]
    if not rows:
        got, cure = "no scores of what is asked for", "name other countries, or calibrate again"
        raise refuse(f"fit '{fit.name}'", got, "the scores of its countries", cure)
    cells = [Cell(one["country"], one["series"], one["nrmsd"], one["holds"]) for one in rows]
    figures = sum(int(one["n"]) for one in rows)
    caption = Caption(
        f"{NRMSD}; the darker, the farther off; blank: no figures; framed: a tolerance is missed.",
        f"{figures} figures in {len(rows)} series of {len({one.country for one in cells})} countries",
        by_model(study),
        told(study, fit),
        star(study, (one.series for one in cells)),
    )
    return Figure(named("scores", ask.countries), scores_paper(cells), caption)


def breakdown(study: Study, ask: Ask, progress: Progress = silent) -> Figure:
    """The breakdown as it was foretold, from the result that is kept."""
    what, record = "this figure", study.outcomes.record
    event, forecast = study.outcomes.needed_event(what), study.outcomes.needed_forecast(what)
    names = sorted(path.stem for path in evidence_path(study, "x").parent.glob("breakdown-*.json"))
    kept = result(study, names[0] if names else f"breakdown-{forecast.cutoff}", "latecomer breakdown --save")
    of = kept.result
    rows = [
        breakdown_row(one, event, record)
        for one in of["countries"]
        if not ask.countries or one["iso3"] in ask.countries
    ]
    if not rows:
        known = f"one of {', '.join(one['iso3'] for one in of['countries'])}"
        raise refuse("--country", ", ".join(ask.countries), known, "name one of these")
    areas = "; ".join(
        f"area under the curve against {of['sources'][key]} {one['value']:.2f} (90 % interval "
        f"{one['low']:.2f} to {one['high']:.2f}; {one['n_events']} events, {one['n_quiet']} others)"
        for key, one in of["auc"].items()
        if one is not None
    )
    first, last = of["window"]
    caption = Caption(
        f"Probability that {event.variable} falls below {event.words.level} within {first}-{last}, foretold "
        f"from figures up to {of['until']}, and its lowest value there; beside it the year of {record.noun} "
        "on record. "
        f"{sentence(areas)}",
        f"{len(rows)} countries, {of['draws']} draws",
        f"{record.plural}: {'; '.join(f'{key.upper()}: {name}' for key, name in of['sources'].items())}",
        made_of(kept),
        old(study, kept),
    )
    return Figure(
        named("breakdown", ask.countries), breakdown_paper(rows, event, record, (first, last)), caption
    )


def star(study: Study, series: Iterable[str]) -> tuple[str, ...]:
    """What series with a comma in their names, which bear a star, are over; nothing where there is none."""
    over = study.outcomes.pages.denominator
    return (f"*: over {over}.",) if over and any("," in name for name in series) else ()


def sentence(words: str) -> str:
    """Words as a sentence.

    >>> sentence("some words"), sentence("")
    ('Some words.', '')
    """
    return f"{words[0].upper()}{words[1:]}." if words else ""


def breakdown_row(one: Mapping[str, Any], event: ThresholdEvent, record: Record) -> Row:
    """A country of the result as the figure shows it."""
    low, median, high = (one[lowest_key(event)][name] for name in ("low", "median", "high"))
    years = {key: one[f"{key} year"] for key in record.catalogues}
    said = [
        f"{key.upper()} {year or 'no figures'}" for key, year in years.items() if year or one[key] is None
    ]
    name, probability = one["iso3"], one["probability"]
    return Row(name, probability, low, median, high, mark(one[before_key(record)], years), ", ".join(said))


def mark(before: bool, years: Mapping[str, int | None]) -> Mark:
    """Which sign a country has: of an event, of one by one source only, of an earlier one, of none.

    >>> mark(False, {"lv": 1982, "rr": None})
    'one'
    """
    if before:
        return "earlier"
    dated = sum(year is not None for year in years.values())
    return "none" if not dated else "both" if dated == len(years) else "one"


def coverage(study: Study, ask: Ask, progress: Progress = silent) -> Figure:
    """The share of figures inside the 80 % bands of a fit, from the result that is kept."""
    kept = result(study, f"coverage-{ask.fit}", f"latecomer coverage --fit {ask.fit} --save")
    of = kept.result
    groups = {"by series": of["by_series"], "by country": of["by_country"]}
    percent = f"{100 * of['level']:g} %"
    caption = Caption(
        f"Share of the figures inside the {percent} bands of the model, by series and by country; over all "
        f"{100 * of['share']:.0f} %. Dashed: {percent}.",
        f"{of['figures']} figures, {of['draws']} draws",
        f"bands: {of['source']}",
        made_of(kept),
        (*old(study, kept), *star(study, of["by_series"])),
    )
    return Figure("coverage", coverage_paper(of["level"], groups), caption)
