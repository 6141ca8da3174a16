"""The first screen of a report on runs, in words that need no training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np

from latecomer.report.runs_content import Cell, OutcomeRow
from latecomer.session.run_chances import at_least_once, begins_shut, event_of, lost_in, once, sentence
from latecomer.session.run_folders import LoadedRun
from latecomer.session.run_outcomes import told
from latecomer.session.run_sides import Side
from latecomer.study.outcomes import ThresholdEvent

ORDER: Final = ("clearly higher", "clearly lower", "probably higher", "probably lower", "about the same")
WORDS: Final = {"not tested": "without a band to test it:", "not distinguishable": "not distinguishable:"}
SIZELESS: Final = ("about the same", "the same", "not distinguishable")


def forecast(event: ThresholdEvent | None) -> list[str]:
    """That nothing on record of the event enters a fit, if the study says so."""
    if event is None or not event.words.unread:
        return []
    own = f": {event.words.own}" if event.words.own else ""
    return [f"{event.words.unread} any fit{own}."]


def caveats(runs: Iterable[LoadedRun]) -> Iterator[str]:
    """What every reader must know of these lines and bands."""
    drawn = {run.draws is not None for run in runs}
    yield "The lines are what these equations make of these assumptions. They are not a forecast."
    if True in drawn:
        yield (
            "Draws differ by luck alone: what is not known about the numbers of the model, about its "
            "structure and about the world is not in the bands. The truth is wider than any band here."
        )
    if False in drawn:
        yield (
            "A run without draws is one path: nothing in it says how far luck could move it. Run it with "
            "--draws 200 to see."
        )


def single(side: Side, country: str, record: float | None) -> Iterator[str]:
    """The summary of one run."""
    yield from grows(side, country)
    yield from highest(side)
    lost, event = lost_in(side, side.run.years), event_of(side)
    if lost is None or event is None:
        return
    if begins := begins_shut(side):
        yield f"{sentence(begins)}."
    said = sentence(once(side, lost))
    yield said.replace(event.words.do, f"{event.words.do} ({event.told})", 1) + "."
    after = side.run.years > record if record is not None else np.zeros(0, bool)
    if side.run.draws is not None and after.any() and not after.all():
        k = int(lost[:, after].any(axis=1).sum())
        yield f"After the record ends in {record:g} they do so in {k} of {len(lost)} draws."


def grows(side: Side, country: str) -> Iterator[str]:
    """How the first outcome of the study moves from the first to the last year."""
    name = side.outcomes.pages.head
    line = None if name is None else side.line(name)
    if line is None or name is None:
        return
    middle, years = np.asarray(line.band.middle, float), side.run.years
    word = "grows" if middle[-1] > middle[0] else "falls" if middle[-1] < middle[0] else "stays"
    span = f"between {years[0]:g} and {years[-1]:g}"
    move = f"{word} from {told(middle[0])} to {told(middle[-1])} {side.unit(name)} {span}"
    if line.band.low is None or line.band.high is None:
        yield f"{sentence(name)} of {country} {move}."
        return
    ends = f"{told(float(line.band.low[-1]))} and {told(float(line.band.high[-1]))}"
    yield f"{sentence(name)} of {country} {move}; in eight of ten draws it ends between {ends}."


def highest(side: Side) -> Iterator[str]:
    """When the outcome that the study names for this is highest, and what it ends at."""
    name = side.outcomes.pages.highest
    line = None if name is None else side.line(name)
    if line is None or name is None or not np.isfinite(line.band.middle).any():
        return
    middle, years = np.asarray(line.band.middle, float), side.run.years
    top = int(np.nanargmax(middle))
    end = "" if top == len(years) - 1 else f"; it ends at {told(middle[-1])}"
    size = f"{told(middle[top])} {side.unit(name)}"
    title = side.outcomes.outcomes[name].title
    called = f"{title} ({name})" if title else sentence(name)
    yield f"{called} is highest in {years[top]:g}, at {size}{end}."


def several(sides: Sequence[Side], country: str, rows: Sequence[OutcomeRow], last: float) -> Iterator[str]:
    """The summary of runs held against the first of them."""
    base = sides[0]
    yield from grows(base, f"{country} in {base.letter} ({base.name})")
    for side in sides[1:]:
        yield f"In {last:g}, {side.letter} ({side.name}) against {base.letter}: {verdicts(side, rows)}."
    if all(event_of(one) is not None for one in sides):
        yield from struck(sides, rows)


def verdicts(side: Side, rows: Sequence[OutcomeRow]) -> str:
    """The outcomes of a run by verdict, the clearest first; the event has sentences of its own."""
    event = side.outcomes.event
    apart = None if event is None else at_least_once(event)
    found: dict[str, list[str]] = {}
    for row in rows:
        cell = row.cells[side.number]
        if cell.verdict and (apart is None or not row.name.startswith(apart)):
            verdict = "about the same" if cell.slight else cell.verdict
            found.setdefault(verdict, []).append(_said(row, cell, verdict))
    ranked = sorted(found, key=lambda one: ORDER.index(one) if one in ORDER else len(ORDER))
    said = "; ".join(f"{WORDS.get(one, one.removeprefix('clearly '))} {listed(found[one])}" for one in ranked)
    return said or "nothing can be compared"


def _said(row: OutcomeRow, cell: Cell, verdict: str) -> str:
    size = cell.difference.partition(" (")[0]
    if verdict in SIZELESS or not size:
        return row.name
    return f"{row.name} ({size if size.endswith('%') else f'{size} {row.unit}'})"


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence.

    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def struck(sides: Sequence[Side], rows: Sequence[OutcomeRow]) -> Iterator[str]:
    """The event in every run, over the last of the spans that the table has."""
    event = sides[0].outcomes.event
    span = "" if event is None else at_least_once(event)
    spans = [row for row in rows if row.name.startswith(span)]
    if event is None or not spans:
        return
    row, words = spans[-1], event.words
    when = row.name.removeprefix(span).strip(", ")
    if all(cell.value.startswith(("0 of", "no")) for cell in row.cells):
        drawn = ", not in a single draw" if any(one.run.draws is not None for one in sides) else ""
        yield f"In none of these runs do {words.who} {words.do} ({event.told}) in {when}{drawn}."
        return
    cells = [f"{one.letter} {row.cells[one.number].value}" for one in sides]
    yield f"{sentence(words.who)} {words.do} ({event.told}) at least once in {when}: {', '.join(cells)}."
    for side in sides[1:]:
        cell = row.cells[side.number]
        if cell.verdict.startswith(("clearly", "probably")):
            often = "more" if cell.verdict.endswith("higher") else "less"
            word = cell.verdict.partition(" ")[0]
            yield f"In {side.letter} they do so {word} {often} often than in {sides[0].letter}."
