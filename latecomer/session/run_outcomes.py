"""Outcomes of runs: where they end, how far they lie apart, and whether draws tell them apart."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from latecomer.report.content import PlainTable
from latecomer.report.runs_content import Band, Cell, OutcomeRow, Panel, RunLine
from latecomer.report.scenario_page import amount
from latecomer.session.run_chances import chance_row
from latecomer.session.run_choice import Outcome, plain_note
from latecomer.session.run_sides import Side, paired, together
from latecomer.session.run_statistics import Ends, band, differences, ends

Floats = NDArray[np.float64]
NO_NUMBER: Final = "no number"
PER_CENT: Final = "per cent"
PERCENT_SIGN: Final = "\xa0%"


def outcome_rows(
    runs: Sequence[Side], outcomes: Sequence[Outcome], years: Floats, record: float | None
) -> list[OutcomeRow]:
    """The table of outcomes at the last of some years, and of the event over them and after the record."""
    rows = [row for outcome in outcomes if (row := outcome_row(runs, outcome, years)) is not None]
    after = years[:0] if record is None else years[years > record]
    for span in (years, *([after] if 0 < after.size < years.size else [])):
        row = chance_row(runs, span)
        rows += [] if row is None else [row]
    return rows


def ends_table(side: Side, outcomes: Sequence[Outcome], rows: Sequence[OutcomeRow]) -> PlainTable | None:
    """The outcomes of a single run in its first and its last year; None where it has none."""
    years = side.run.years
    first = {
        one.name: told(float(np.median(values[..., 0])))
        for one in outcomes
        if (values := side.values(one.name)) is not None
    }
    drawn = side.run.draws is not None
    head = ["outcome", f"{years[0]:g}", f"{years[-1]:g}", *(["band"] if drawn else []), "unit"]
    body = [
        [row.name, first.get(row.name, "–"), row.cells[0].value, *([row.cells[0].band] * drawn), row.unit]
        for row in rows
    ]
    return PlainTable("", head, body) if rows else None


def outcome_row(runs: Sequence[Side], outcome: Outcome, years: Floats) -> OutcomeRow | None:
    """One outcome of every run at the last of some years; None where every run lacks it."""
    having = [side for side in runs if outcome.name in side.run.data]
    if not having:
        return None
    cells = [_cell(side, runs[0], outcome, years) for side in runs]
    return OutcomeRow(outcome.name, having[0].unit(outcome.name), cells)


def _cell(side: Side, base: Side, outcome: Outcome, years: Floats) -> Cell:
    if outcome.name not in side.run.data:
        return Cell("not in this run")
    last = side.run.data[outcome.name].sel(time=years[-1:])
    at = band(years[-1:], np.asarray(last.values, float))
    value = told(float(np.asarray(at.middle)[0]))
    between = "" if at.low is None or at.high is None else interval(at.low[0], at.high[0])
    if side.number == base.number:
        return Cell(value, between)
    both = together(side, base, outcome.name, years[-1:])
    if both is None:
        return Cell(value, between, f"{base.letter} lacks it", "not tested")
    return Cell(value, between, *against(side, base, outcome, both), slight=slight(*both))


def against(side: Side, base: Side, outcome: Outcome, both: tuple[Floats, Floats]) -> tuple[str, str]:
    """How a run differs from the first in a year, in words, and the verdict."""
    if side.run.draws is None or base.run.draws is None:
        one, other = (np.median(part.reshape(-1, 1), axis=0) for part in both)
        gap = float(differences(one[None], other[None], paired=True, relative=outcome.relative)[0, 0])
        return difference(gap, outcome.relative), "the same" if gap == 0 else "not tested"
    found = between_runs(side, base, outcome, both)[:, 0]
    if not np.isfinite(found).all():
        return NO_NUMBER, "not tested"
    drawn = ends(found)
    size = difference(drawn.middle, outcome.relative)
    return f"{size} ({range_of(drawn, outcome.relative)})", drawn.verdict


def slight(one: Floats, base: Floats, least: float = 0.005) -> bool:
    """Whether the middles of two samples differ by less than half a per cent of that of the second.

    >>> slight(np.array([1.004]), np.array([1.0])), slight(np.array([1.01]), np.array([1.0]))
    (True, False)
    """
    here, there = float(np.median(one)), float(np.median(base))
    return abs(here - there) < least * abs(there)


def between_runs(side: Side, base: Side, outcome: Outcome, both: tuple[Floats, Floats]) -> Floats:
    """The differences of two runs with draws over (sample, time): draw by draw where these are paired."""
    return differences(*both, paired=paired(side, base), relative=outcome.relative)


def paths(runs: Sequence[Side], outcomes: Sequence[Outcome]) -> Iterator[Panel]:
    """Each outcome of every run by year, with its band."""
    for outcome in outcomes:
        lines = [line for side in runs if (line := side.line(outcome.name)) is not None]
        if lines:
            having = next(side for side in runs if outcome.name in side.run.data)
            yield Panel(outcome.name, having.unit(outcome.name), lines, note_of(having, outcome.name))


def difference_panels(runs: Sequence[Side], outcomes: Sequence[Outcome], years: Floats) -> Iterator[Panel]:
    """Each outcome of every other run less that of the first, by year, with the band of the difference."""
    base, *others = runs
    for outcome in outcomes:
        lines = [line for side in others if (line := gap_line(side, base, outcome, years)) is not None]
        if lines:
            unit = f"{PER_CENT} of {base.letter}" if outcome.relative else base.unit(outcome.name)
            label = f"as {base.letter}, {base.name}"
            yield Panel(outcome.name, unit, lines, level=0.0, level_label=label)


def gap_line(side: Side, base: Side, outcome: Outcome, years: Floats) -> RunLine | None:
    """The difference of two runs by year; None where one of them lacks the outcome."""
    both = together(side, base, outcome.name, years)
    if both is None:
        return None
    if side.run.draws is None or base.run.draws is None:
        one, other = (np.median(np.atleast_2d(part), axis=0)[None] for part in both)
        return side.drawn(Band(years, differences(one, other, paired=True, relative=outcome.relative)[0]))
    if paired(side, base):
        return side.drawn(band(years, between_runs(side, base, outcome, both)))
    # a year at a time: every pair of two independent samples is many numbers
    columns = [
        between_runs(side, base, outcome, (both[0][:, k : k + 1], both[1][:, k : k + 1]))[:, 0]
        for k in range(len(years))
    ]
    return side.drawn(band(years, np.stack(columns, axis=1)))


def note_of(side: Side, name: str) -> str:
    """What a variable is, as the model text says it."""
    return plain_note(str(side.run.data[name].attrs.get("long_name", "")))


def told(value: float) -> str:
    """A value as it is printed."""
    return amount(value) if math.isfinite(value) else NO_NUMBER


def interval(low: float, high: float) -> str:
    """Two ends as they are printed."""
    return f"{told(float(low))} to {told(float(high))}"


def difference(value: float, relative: bool) -> str:
    r"""A difference with its sign, in per cent (a sign that stays with its number) or in a unit.

    >>> difference(12.34, True), difference(-0.5, False), difference(0.0, True), difference(-0.04, True)
    ('+12\xa0%', '−0.5', '0\xa0%', '−0.04\xa0%')
    """
    if not math.isfinite(value):
        return NO_NUMBER
    size = f"{abs(value):.2g}" if abs(value) < 100 or not relative else f"{abs(value):.0f}"
    sign = "" if value == 0 else "+" if value > 0 else "−"
    return sign + size + (PERCENT_SIGN if relative else "")


def range_of(one: Ends, relative: bool) -> str:
    """The 80 % interval of a difference in words."""
    return f"{difference(one.low, relative)} to {difference(one.high, relative)}"
