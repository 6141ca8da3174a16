"""The figures for papers by name, each made from a fit, from results that are kept, or from stored runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from latecomer.faults import nearest, refuse
from latecomer.report.paper import Figure
from latecomer.session.paper_asked import Ask
from latecomer.session.paper_kept import breakdown, coverage, scores
from latecomer.session.paper_record import credit_access, fit_figure
from latecomer.session.paper_runs import scenario_figure
from latecomer.session.progress import Progress, silent
from latecomer.study.rooms import Rooms

__all__ = ["OFFERED", "Ask", "Offer", "paper_figure"]


@dataclass(frozen=True, slots=True)
class Offer:
    """A figure that can be asked for by name: a line on it, what makes it, and whether it takes countries."""

    words: str
    make: Callable[[Rooms, Ask, Progress], Figure]
    countries: bool = True


OFFERED: Final[Mapping[str, Offer]] = {
    "credit-access": Offer("credit access of the countries of a fit, 1975 to 1995", credit_access),
    "fit": Offer(
        "one country: output, exports, debt, imports and investment against the figures", fit_figure
    ),
    "scores": Offer("how far the model is off, by country and series", scores),
    "breakdown": Offer(
        "the debt crisis of the 1980s as foretold, with intervals and who defaulted", breakdown
    ),
    "coverage": Offer("the share of figures inside the 80 % bands, by series and country", coverage, False),
    "scenario": Offer(
        "stored runs of a country: main outcomes, with bands where there are draws", scenario_figure
    ),
}
"""What can be asked for by name."""


def paper_figure(rooms: Rooms, name: str, ask: Ask | None = None, progress: Progress = silent) -> Figure:
    """The figure `name` with its caption; `OFFERED` says which there are.

    Raises InputError for an unknown name, for what the figure does not take, for a stale fit, and where a
    result or a run that it is drawn from is missing.
    """
    ask = ask or Ask()
    if name not in OFFERED:
        expected = f"one of {', '.join(OFFERED)}"
        raise refuse("figure", f"the name '{name}'", expected, nearest(name, OFFERED))
    if ask.runs and name != "scenario":
        raise refuse("--run", f"runs for the figure '{name}'", "the figure scenario", "leave --run out")
    if ask.countries and not OFFERED[name].countries:
        expected = f"none: '{name}' is about all countries together"
        raise refuse("--country", ", ".join(ask.countries), expected, "leave --country out")
    for iso3 in ask.countries:
        rooms.countries[iso3]
    return OFFERED[name].make(rooms, ask, progress)
