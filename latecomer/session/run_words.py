"""The first screen of a report on runs, in words that need no training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np

from latecomer.report.runs_content import Cell, OutcomeRow
from latecomer.session.material import CREDIT
from latecomer.session.run_chances import SPAN, begins_shut, lost_in, once, sentence
from latecomer.session.run_folders import LoadedRun
from latecomer.session.run_outcomes import told
from latecomer.session.run_sides import Side

LEVEL: Final = "credit access below one half"
ORDER: Final = ("clearly higher", "clearly lower", "probably higher", "probably lower", "about the same")
WORDS: Final = {"not tested": "without a band to test it:", "not distinguishable": "not distinguishable:"}
SIZELESS: Final = ("about the same", "the same", "not distinguishable")
FORECAST: Final = "No figure on defaults enters any fit: credit access is the model’s own."


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
    lost = lost_in(side, side.run.years)
    if lost is None:
        return
    if begins := begins_shut(side):
        yield f"{sentence(begins)}."
    said = sentence(once(side, lost))
    yield said.replace("stop lending", f"stop lending ({LEVEL})", 1) + "."
    after = side.run.years > record if record is not None else np.zeros(0, bool)
    if side.run.draws is not None and after.any() and not after.all():
        k = int(lost[:, after].any(axis=1).sum())
        yield f"After the record ends in {record:g} they do so in {k} of {len(lost)} draws."


def grows(side: Side, country: str, name: str = "output per head") -> Iterator[str]:
    """How a variable moves from the first to the last year."""
    line = side.line(name)
    if line is None:
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


def highest(side: Side, name: str = "debt to output") -> Iterator[str]:
    """When foreign debt is highest, and what it ends at."""
    line = side.line(name)
    if line is None or not np.isfinite(line.band.middle).any():
        return
    middle, years = np.asarray(line.band.middle, float), side.run.years
    top = int(np.nanargmax(middle))
    end = "" if top == len(years) - 1 else f"; it ends at {told(middle[-1])}"
    size = f"{told(middle[top])} {side.unit(name)}"
    yield f"Foreign debt ({name}) is highest in {years[top]:g}, at {size}{end}."


def several(sides: Sequence[Side], country: str, rows: Sequence[OutcomeRow], last: float) -> Iterator[str]:
    """The summary of runs held against the first of them."""
    base = sides[0]
    yield from grows(base, f"{country} in {base.letter} ({base.name})")
    for side in sides[1:]:
        yield f"In {last:g}, {side.letter} ({side.name}) against {base.letter}: {verdicts(side, rows)}."
    if all(CREDIT in one.run.data for one in sides):
        yield from credit(sides, rows)


def verdicts(side: Side, rows: Sequence[OutcomeRow]) -> str:
    """The outcomes of a run by verdict, the clearest first; lost credit has sentences of its own."""
    found: dict[str, list[str]] = {}
    for row in rows:
        cell = row.cells[side.number]
        if cell.verdict and not row.name.startswith(SPAN):
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


def credit(sides: Sequence[Side], rows: Sequence[OutcomeRow]) -> Iterator[str]:
    """Lost credit in every run, over the last of the spans that the table has."""
    spans = [row for row in rows if row.name.startswith(SPAN)]
    if not spans:
        return
    row = spans[-1]
    when = row.name.removeprefix(SPAN).strip(", ")
    if all(cell.value.startswith(("0 of", "no")) for cell in row.cells):
        drawn = ", not in a single draw" if any(one.run.draws is not None for one in sides) else ""
        yield f"In none of these runs do foreign lenders stop lending ({LEVEL}) in {when}{drawn}."
        return
    cells = [f"{one.letter} {row.cells[one.number].value}" for one in sides]
    yield f"Foreign lenders stop lending ({LEVEL}) at least once in {when}: {', '.join(cells)}."
    for side in sides[1:]:
        cell = row.cells[side.number]
        if cell.verdict.startswith(("clearly", "probably")):
            often = "more" if cell.verdict.endswith("higher") else "less"
            word = cell.verdict.partition(" ")[0]
            yield f"In {side.letter} they do so {word} {often} often than in {sides[0].letter}."
