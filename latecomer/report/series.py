"""Runs and figures as the plain data that a report draws."""

from __future__ import annotations

import numpy as np
import xarray as xr

from latecomer.data.panel import each_once
from latecomer.evaluation.check import CountryRun
from latecomer.report.content import CountryReport, Line, Residuals, SeriesPlot
from latecomer.study.outcomes import in_words
from latecomer.study.study import Study
from latecomer.study.targets import Target


def country_report(study: Study, one: CountryRun) -> CountryReport:
    """One country: every target series, the variable of the event, the residuals of its books."""
    event = study.outcomes.event
    years, residuals = one.books.by_year()
    return CountryReport(
        iso3=one.iso3,
        name=study.countries[one.iso3].name,
        series=[series_plot(study, one, target) for target in study.targets.targets],
        event=None if event is None else line(one.run, event.variable),
        residual=Residuals(years, residuals),
        residual_max=one.books.largest,
    )


def line(run: xr.Dataset, name: str) -> Line:
    """A variable of a run by year."""
    return Line(run["time"].to_numpy(), run[name].to_numpy())


def series_plot(study: Study, one: CountryRun, target: Target) -> SeriesPlot:
    """The model against the figures of one target; without figures only the model."""
    years, figures, source = observed(study, one.iso3, target)
    score = next((score for score in one.scores if score.series == target.series), None)
    variable = one.run[target.variable]
    return SeriesPlot(
        name=target.series,
        unit=in_words(str(variable.attrs.get("units", "")), study.outcomes),
        years_model=one.run["time"].to_numpy(),
        model=variable.to_numpy(),
        years_data=years,
        data=figures,
        source=source,
        scale="log" if target.transformation == "log" else "linear",
        nrmsd=None if score is None else score.nrmsd,
        tolerance=None if score is None else score.tolerance,
    )


def observed(study: Study, iso3: str, target: Target) -> tuple[list[float], list[float], str]:
    """Years, figures and source of one target within its window in the country; empty without figures."""
    observations = study.observations
    if target.observation not in observations.variables(iso3):
        return [], [], "no figures"
    series = observations.series(iso3, target.observation)
    first, last = target.years(iso3, study.targets.window)
    inside = series[(series.index >= first) & (series.index <= last)]
    source = each_once(entry.source for entry in observations.source(iso3, target.observation))
    return np.asarray(inside.index, float).tolist(), inside.to_numpy(float).tolist(), source
