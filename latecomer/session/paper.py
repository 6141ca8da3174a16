"""The figures for papers by name, each made from a fit, from results that are kept, or from stored runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from latecomer.faults import nearest, refuse
from latecomer.report.figure import span_words
from latecomer.report.paper import Figure
from latecomer.session.paper_asked import Ask
from latecomer.session.paper_kept import breakdown, coverage, scores
from latecomer.session.paper_record import event_figure, fit_figure
from latecomer.session.paper_runs import scenario_figure
from latecomer.session.progress import Progress, silent
from latecomer.study.study import Study

__all__ = ["Ask", "Offer", "offered", "paper_figure"]


@dataclass(frozen=True, slots=True)
class Offer:
    """A figure that can be asked for by name: a line on it, what makes it, and whether it takes countries."""

    words: str
    make: Callable[[Study, Ask, Progress], Figure]
    countries: bool = True


def offered(study: Study) -> dict[str, Offer]:
    """What can be asked for by name; the figure of the event bears the name of its variable."""
    event, forecast = study.outcomes.event, study.outcomes.forecast
    found: dict[str, Offer] = {}
    if event is not None:
        span = f", {span_words(event)}" if event.drawn else ""
        found[event.file] = Offer(f"{event.variable} of the countries of a fit{span}", event_figure)
    found["fit"] = Offer(f"one country: {study.outcomes.pages.fit_words} against the figures", fit_figure)
    found["scores"] = Offer("how far the model is off, by country and series", scores)
    if event is not None and forecast is not None:
        people = f" and who {study.outcomes.record.struck}" if study.outcomes.record.catalogues else ""
        found["breakdown"] = Offer(f"{forecast.what} as foretold, with intervals{people}", breakdown)
    found["coverage"] = Offer(
        "the share of figures inside the 80 % bands, by series and country", coverage, False
    )
    found["scenario"] = Offer(
        "stored runs of a country: main outcomes, with bands where there are draws", scenario_figure
    )
    return found


def paper_figure(study: Study, name: str, ask: Ask | None = None, progress: Progress = silent) -> Figure:
    """The figure `name` with its caption; `offered` says which there are.

    Raises InputError for an unknown name, for what the figure does not take, for a stale fit, and where a
    result or a run that it is drawn from is missing.
    """
    ask = ask or Ask()
    known = offered(study)
    if name not in known:
        expected = f"one of {', '.join(known)}"
        raise refuse("figure", f"the name '{name}'", expected, nearest(name, known))
    if ask.runs and name != "scenario":
        raise refuse("--run", f"runs for the figure '{name}'", "the figure scenario", "leave --run out")
    if ask.countries and not known[name].countries:
        expected = f"none: '{name}' is about all countries together"
        raise refuse("--country", ", ".join(ask.countries), expected, "leave --country out")
    for iso3 in ask.countries:
        study.countries[iso3]
    return known[name].make(study, ask, progress)
