"""Figures for papers of the runs of a fit: the event, and a country against its figures."""

from __future__ import annotations

from typing import Final

import numpy as np
import xarray as xr

from latecomer.faults import refuse
from latecomer.report.content import Line, Scale, SeriesPlot
from latecomer.report.figure import capital, span_words, within
from latecomer.report.paper import Caption, Figure
from latecomer.report.paper_history import CountryFit, event_paper, fit_paper
from latecomer.session.material import line, observed
from latecomer.session.paper_asked import Ask, by_model, fresh, named, short_name, told, unit_words
from latecomer.session.progress import Progress, silent
from latecomer.study.audit import simulated
from latecomer.study.observation_panel import each_once
from latecomer.study.study import Study
from latecomer.study.targets import Target

FEW: Final = 5
"""Targets that the figure of a fit shows where the study names none."""


def event_figure(study: Study, ask: Ask, progress: Progress = silent) -> Figure:
    """The variable of the event in the countries of a fit, in the years that are drawn."""
    event = study.outcomes.needed_event("this figure")
    fit = fresh(study, ask)
    lines: dict[str, Line] = {}
    for number, iso3 in enumerate(chosen := ask.countries or fit.countries):
        progress(f"run {iso3}", number, len(chosen))
        path = line(simulated(study, iso3, fit), event.variable)
        if np.isfinite(np.asarray(within(path, event).values, float)).any():
            lines[short_name(study, iso3)] = path
    span = span_words(event)
    if not lines:
        expected = f"a country with a run in {span or 'some years'}"
        raise refuse("--country", ", ".join(chosen), expected, "name another one")
    progress("draw", len(chosen), len(chosen))
    late = len(chosen) - len(lines)
    years, words = f", {span}" if span else "", event.words
    ends = f": {words.ends}" if words.ends else ""
    unread = f" {words.unread} the fit." if words.unread else ""
    shown = (
        f"{capital(event.variable)} of each country in the model{years}{ends}; "
        f"from the lowest fall down to none; shaded where it is below {words.level}.{unread}"
    )
    notes = (f"without runs in these years, and not shown: {late}.",) if late else ()
    caption = Caption(shown, f"{len(lines)} countries", by_model(study), told(study, fit), notes)
    return Figure(named(event.file, ask.countries), event_paper(lines, event), caption)


def fit_figure(study: Study, ask: Ask, progress: Progress = silent) -> Figure:
    """The main series of one country or a few: the run of a fit against the figures."""
    fit = fresh(study, ask)
    first = study.outcomes.pages.fit
    asked = [target for target in study.targets.targets if target.series in first]
    asked = asked or list(study.targets.targets)[:FEW]
    asked.sort(key=lambda target: first.index(target.series) if target.series in first else 0)
    shown, chosen = [], ask.countries or fit.countries[:1]
    for number, iso3 in enumerate(chosen):
        progress(f"run {iso3}", number, len(chosen))
        run = simulated(study, iso3, fit)
        shown.append(CountryFit(short_name(study, iso3), [series(study, iso3, run, one) for one in asked]))
    progress("draw", len(chosen), len(chosen))
    sources = each_once(one.source for country in shown for one in country.series if len(one.data))
    figures = sum(len(one.data) for country in shown for one in country.series)
    names = ", ".join(one.name for one in shown)
    caption = Caption(
        f"{names}: the model as a line, left alone from its first year, and the figures as points.",
        f"{figures} figures in {len(asked)} series",
        f"figures: {sources}; {by_model(study)}",
        told(study, fit),
    )
    return Figure(named("fit", chosen), fit_paper(shown), caption)


def series(study: Study, iso3: str, run: xr.Dataset, target: Target) -> SeriesPlot:
    """A target in the run of a country, beside its figures of the same years."""
    years, figures, source = observed(study, iso3, target)
    last = float(run["time"][-1])
    pairs = [(year, figure) for year, figure in zip(years, figures, strict=True) if year <= last]
    variable = run[target.variable]
    unit = unit_words(str(variable.attrs.get("units", "")), study.outcomes)
    columns = [one[0] for one in pairs], [one[1] for one in pairs]
    model, times = variable.to_numpy(), run["time"].to_numpy()
    scale: Scale = "log" if target.transformation == "log" else "linear"
    return SeriesPlot(target.series, unit, times, model, *columns, source, scale)
