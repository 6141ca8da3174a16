"""The drawing of a prediction of the debt crisis: each country with its chance and its defaults on record."""

from __future__ import annotations

from pathlib import Path

from latecomer.report.breakdown_figure import Mark, Row, breakdown_figure
from latecomer.report.files import write_output
from latecomer.session.breakdown import Breakdown
from latecomer.session.breakdown_scores import CountryCrisis, lowest_key


def draw_breakdown(found: Breakdown, path: Path) -> Path:
    """Write the figure of a prediction. Raises InputError where the place cannot be written to."""
    event = found.outcomes.needed_event("a figure of the breakdown")
    rows = [row(one) for one in found.countries]
    svg = breakdown_figure(rows, event, found.outcomes.record, found.window, found.until)
    return write_output(path, svg.encode(), "choose another --figure FILE")


def row(one: CountryCrisis) -> Row:
    """A country as the figure shows it."""
    said = one.as_dict()[lowest_key(one.loss.event)]
    low, median, high = (said[name] for name in ("low", "median", "high"))
    return Row(one.loss.iso3, one.loss.probability, low, median, high, mark(one), words(one))


def mark(one: CountryCrisis) -> Mark:
    """Which sign a country has: of an event, of one by one source only, of an earlier one, of none."""
    dated = [event for event in one.events.values() if event.label]
    if one.before:
        return "earlier"
    if not dated:
        return "none"
    return "both" if len(dated) == len(one.events) else "one"


def words(one: CountryCrisis) -> str:
    """The years on record by source, and what they do not say."""
    said = [
        f"{source.upper()} {event.year or ('none' if event.known else 'no figures')}"
        for source, event in one.events.items()
        if event.year or not event.known
    ]
    return ", ".join(said)
