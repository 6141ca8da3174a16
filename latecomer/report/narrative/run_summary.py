"""The first screen of a report on runs, in words that need no training.

Also here:
- The event in runs: in which years, in how many draws, and held against another run.
- Outcomes of runs: where they end, how far they lie apart, and whether draws tell them apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from latecomer.report.content import Band, Cell, OutcomeRow, Panel, PlainTable, RunLine
from latecomer.report.narrative.comparison import (
    ComparedRun,
    Ends,
    Outcome,
    apart,
    band,
    chance_verdict,
    differences,
    ends,
    paired,
    plain_note,
    share_interval,
    together,
    uneven,
)
from latecomer.report.pages.scenario import amount
from latecomer.runs.store import LoadedRun
from latecomer.study.outcome_tables import ThresholdEvent

Floats = NDArray[np.float64]

Truths = NDArray[np.bool_]

PERIOD: Final = 10

SHARE: Final = "per cent of draws"


def at_least_once(event: ThresholdEvent) -> str:
    """How the row of a table begins that tells the event."""
    return f"{event.words.name} at least once"


def event_of(side: ComparedRun) -> ThresholdEvent | None:
    """The event of the study; None without one, or where the run lacks its variable."""
    event = side.outcomes.event
    return event if event is not None and event.variable in side.run.data else None


def below(side: ComparedRun, years: Floats) -> Truths | None:
    """Whether the variable of the event is below its level, over (draw, time); a run is one draw."""
    event = event_of(side)
    if event is None:
        return None
    values = np.asarray(side.run.data[event.variable].sel(time=years).values, float)
    return np.atleast_2d(values < event.below)


def lost_in(side: ComparedRun, years: Floats) -> Truths | None:
    """Whether the event happens, over (draw, time) in some years; who begins below has nothing to lose.

    A year counts where the variable is below the level after it has been at the level or above.
    """
    shut = below(side, side.run.years)
    if shut is None:
        return None
    had = np.logical_or.accumulate(~shut, axis=1)
    return (shut & had)[:, np.isin(side.run.years, years)]


def ever(lost: Truths) -> Truths:
    """Whether something is so in any year, for each draw."""
    return np.asarray(lost.any(axis=1))


def begins_shut(side: ComparedRun) -> str:
    """How long a run begins below the level, in words; nothing where it does not."""
    shut, event = below(side, side.run.years), side.outcomes.event
    if shut is None or event is None or not shut[:, 0].any():
        return ""
    words = event.words
    gains = [int(np.floor(side.run.years[row.argmin()])) if not row.all() else None for row in shut if row[0]]
    known = sorted(year for year in gains if year is not None)
    who = "it begins" if shut[:, 0].all() else f"{len(gains)} of {len(shut)} draws begin"
    until = f"and {words.regains} in {known[len(known) // 2]}" if known else f"and {words.never}"
    if not shut[:, 0].all():
        until = until.replace("has", "have").replace("gets", "get")
    return f"{who} {words.without} {until}"


def chances(runs: Sequence[ComparedRun]) -> Panel | None:
    """The share of draws below the level in each year; None where no run tells."""
    lines = []
    for side in runs:
        lost = below(side, side.run.years)
        if lost is not None:
            lines.append(side.drawn(Band(side.run.years, 100 * lost.mean(axis=0))))
    event = runs[0].outcomes.event
    if not lines or event is None:
        return None
    note = f"Share of draws whose {event.variable} is below {event.words.level} in the year."
    return Panel(f"chance that {event.words.happens}", SHARE, lines, note, values=(-2.0, 102.0))


def event_chances(runs: Sequence[ComparedRun]) -> Iterator[str]:
    """For each run how often and when the event happens."""
    for side in runs:
        lost = lost_in(side, side.run.years)
        if lost is not None:
            said = "; ".join(words for words in (begins_shut(side), once(side, lost)) if words)
            yield f"{side.letter}, {side.name}: {said}." if len(runs) > 1 else f"{sentence(said)}."


def sentence(words: str) -> str:
    """Words with a capital at their begin.

    >>> sentence("in 2 of 3")
    'In 2 of 3'
    """
    return words[:1].upper() + words[1:]


def once(side: ComparedRun, lost: Truths) -> str:
    """In how many draws the event happens at least once, and when first; without draws, in which years."""
    years, event = side.run.years, side.outcomes.event
    assert event is not None, "a run without an event tells nothing of it"
    who, do = event.words.who, event.words.do
    if side.run.draws is None:
        said = spans(years[lost[0]])
        return f"{who} {do} in {said}" if said else f"{who} never {do}"
    struck = ever(lost)
    k, n = int(struck.sum()), len(struck)
    if not k:
        return f"in none of {n} draws do {who} {do}"
    first = np.floor(years[lost[struck].argmax(axis=1)]).astype(int)
    at, often = np.unique(first, return_counts=True)
    year = int(at[often.argmax()])
    when = f"first most often in {year} ({often.max()} of these draws)"
    return f"in {k} of {n} draws {who} {do} at least once; {when}"


def spans(years: Floats) -> str:
    """Years in words, those in a row as one span.

    >>> spans(np.array([1982.0, 1983.0, 1984.0, 1999.0]))
    '1982–1984 and 1999'
    """
    whole = np.unique(np.floor(years)).astype(int)
    runs = np.split(whole, np.flatnonzero(np.diff(whole) > 1) + 1) if whole.size else []
    said = [f"{run[0]}–{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs]
    return said[0] if len(said) == 1 else " and ".join([", ".join(said[:-1]), said[-1]] if said else [])


def chance_row(runs: Sequence[ComparedRun], years: Floats) -> OutcomeRow | None:
    """The event at least once in some years: a cell for each run, held against the first."""
    found = {side.number: lost for side in runs if (lost := lost_in(side, years)) is not None}
    event = runs[0].outcomes.event
    if event is None or not found or not years.size:
        return None
    name = f"{at_least_once(event)}, {years[0]:g}–{years[-1]:g}"
    unit = "draws" if any(side.run.draws is not None for side in runs) else "yes or no"
    return OutcomeRow(name, unit, [_probability_cell(side, runs[0], found, years) for side in runs])


def _probability_cell(side: ComparedRun, base: ComparedRun, found: dict[int, Truths], years: Floats) -> Cell:
    if side.number not in found:
        return Cell("not in this run")
    struck = ever(found[side.number])
    k, n = int(struck.sum()), len(struck)
    if side.run.draws is None:
        value = f"yes, {spans(years[found[side.number][0]])}" if k else "no"
        details = ("", "") if side.number == base.number else ("no draws", "not tested")
        return Cell(value, "", *details)
    low, high = share_interval(k, n)
    value, interval = f"{k} of {n} ({100 * k / n:.0f}\xa0%)", f"{100 * low:.0f} to {100 * high:.0f}\xa0%"
    if side.number == base.number:
        return Cell(value, interval)
    if base.number not in found or base.run.draws is None:
        return Cell(value, interval, "no draws to hold it against", "not tested")
    return Cell(value, interval, *probability_against(side, base, found))


def probability_against(side: ComparedRun, base: ComparedRun, found: dict[int, Truths]) -> tuple[str, str]:
    """How two shares differ, in words, and the verdict: of paired draws, those that fall in one run alone."""
    here, there = ever(found[side.number]), ever(found[base.number])
    if not paired(side, base):
        k, n, k_base, n_base = int(here.sum()), len(here), int(there.sum()), len(there)
        points = 100 * (k / n - k_base / n_base)
        p = apart(k, n, k_base, n_base)
        more = int(np.sign(points))
        return f"{signed(points)} points", chance_verdict(p, more, same=False)
    draws, draws_base = (np.asarray(one.run.data["draw"].values) for one in (side, base))
    _, a, b = np.intersect1d(draws, draws_base, return_indices=True)
    here, there = here[a], there[b]
    only, only_base = int((here & ~there).sum()), int((there & ~here).sum())
    said = f"only here in {only} draws, only in {base.letter} in {only_base}"
    if only == only_base == 0:
        said = "in the same draws"
    return said, chance_verdict(uneven(only, only_base), only - only_base, same=only == only_base == 0)


def signed(value: float) -> str:
    """A whole number with its sign.

    >>> signed(3.4), signed(-2.0), signed(0.2)
    ('+3', '−2', '0')
    """
    whole = round(value)
    return f"+{whole}" if whole > 0 else f"−{-whole}" if whole < 0 else "0"


def chances_table(runs: Sequence[ComparedRun], years: Floats) -> PlainTable | None:
    """By ten years: in how many draws the event happens in at least one of them."""
    found = {side.letter: lost for side in runs if (lost := below(side, years)) is not None}
    event = runs[0].outcomes.event
    if event is None or not found:
        return None
    rows = []
    decades = np.floor(years / PERIOD) * PERIOD
    for decade in np.unique(decades):
        inside = decades == decade
        first, last = years[inside][0], years[inside][-1]
        span = f"{first:g}" if first == last else f"{first:g}–{last:g}"
        rows.append((span, *(_share(lost[:, inside]) for lost in found.values())))
    called = {side.letter: f"{side.letter} {side.name}" if len(runs) > 1 else side.name for side in runs}
    head = ("years", *(called[letter] for letter in found))
    return PlainTable(sentence(f"{event.told} in at least one of these years"), head, rows)


def _share(lost: Truths) -> str:
    k, n = int(lost.any(axis=1).sum()), len(lost)
    return ("yes" if k else "no") if n == 1 else f"{k} of {n} ({100 * k / n:.0f}\xa0%)"


NO_NUMBER: Final = "no number"

PER_CENT: Final = "per cent"

PERCENT_SIGN: Final = "\xa0%"


def outcome_rows(
    runs: Sequence[ComparedRun], outcomes: Sequence[Outcome], years: Floats, record: float | None
) -> list[OutcomeRow]:
    """The table of outcomes at the last of some years, and of the event over them and after the record."""
    rows = [row for outcome in outcomes if (row := outcome_row(runs, outcome, years)) is not None]
    after = years[:0] if record is None else years[years > record]
    for span in (years, *([after] if 0 < after.size < years.size else [])):
        row = chance_row(runs, span)
        rows += [] if row is None else [row]
    return rows


def ends_table(
    side: ComparedRun, outcomes: Sequence[Outcome], rows: Sequence[OutcomeRow]
) -> PlainTable | None:
    """The outcomes of a single run in its first and its last year; None where it has none."""
    years = side.run.years
    first = {
        one.name: printed(float(np.median(values[..., 0])))
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


def outcome_row(runs: Sequence[ComparedRun], outcome: Outcome, years: Floats) -> OutcomeRow | None:
    """One outcome of every run at the last of some years; None where every run lacks it."""
    having = [side for side in runs if outcome.name in side.run.data]
    if not having:
        return None
    cells = [_outcome_cell(side, runs[0], outcome, years) for side in runs]
    return OutcomeRow(outcome.name, having[0].unit(outcome.name), cells)


def _outcome_cell(side: ComparedRun, base: ComparedRun, outcome: Outcome, years: Floats) -> Cell:
    if outcome.name not in side.run.data:
        return Cell("not in this run")
    last = side.run.data[outcome.name].sel(time=years[-1:])
    at = band(years[-1:], np.asarray(last.values, float))
    value = printed(float(np.asarray(at.middle)[0]))
    between = "" if at.low is None or at.high is None else interval(at.low[0], at.high[0])
    if side.number == base.number:
        return Cell(value, between)
    both = together(side, base, outcome.name, years[-1:])
    if both is None:
        return Cell(value, between, f"{base.letter} lacks it", "not tested")
    return Cell(value, between, *outcome_against(side, base, outcome, both), slight=slight(*both))


def outcome_against(
    side: ComparedRun, base: ComparedRun, outcome: Outcome, both: tuple[Floats, Floats]
) -> tuple[str, str]:
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


def between_runs(
    side: ComparedRun, base: ComparedRun, outcome: Outcome, both: tuple[Floats, Floats]
) -> Floats:
    """The differences of two runs with draws over (sample, time): draw by draw where these are paired."""
    return differences(*both, paired=paired(side, base), relative=outcome.relative)


def paths(runs: Sequence[ComparedRun], outcomes: Sequence[Outcome]) -> Iterator[Panel]:
    """Each outcome of every run by year, with its band."""
    for outcome in outcomes:
        lines = [line for side in runs if (line := side.line(outcome.name)) is not None]
        if lines:
            having = next(side for side in runs if outcome.name in side.run.data)
            yield Panel(outcome.name, having.unit(outcome.name), lines, note_of(having, outcome.name))


def difference_panels(
    runs: Sequence[ComparedRun], outcomes: Sequence[Outcome], years: Floats
) -> Iterator[Panel]:
    """Each outcome of every other run less that of the first, by year, with the band of the difference."""
    base, *others = runs
    for outcome in outcomes:
        lines = [line for side in others if (line := gap_line(side, base, outcome, years)) is not None]
        if lines:
            unit = f"{PER_CENT} of {base.letter}" if outcome.relative else base.unit(outcome.name)
            label = f"as {base.letter}, {base.name}"
            yield Panel(outcome.name, unit, lines, level=0.0, level_label=label)


def gap_line(side: ComparedRun, base: ComparedRun, outcome: Outcome, years: Floats) -> RunLine | None:
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


def note_of(side: ComparedRun, name: str) -> str:
    """What a variable is, as the model text says it."""
    return plain_note(str(side.run.data[name].attrs.get("long_name", "")))


def printed(value: float) -> str:
    """A value as it is printed."""
    return amount(value) if math.isfinite(value) else NO_NUMBER


def interval(low: float, high: float) -> str:
    """Two ends as they are printed."""
    return f"{printed(float(low))} to {printed(float(high))}"


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


def single(side: ComparedRun, country: str, record: float | None) -> Iterator[str]:
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


def grows(side: ComparedRun, country: str) -> Iterator[str]:
    """How the first outcome of the study moves from the first to the last year."""
    name = side.outcomes.pages.head
    line = None if name is None else side.line(name)
    if line is None or name is None:
        return
    middle, years = np.asarray(line.band.middle, float), side.run.years
    word = "grows" if middle[-1] > middle[0] else "falls" if middle[-1] < middle[0] else "stays"
    span = f"between {years[0]:g} and {years[-1]:g}"
    move = f"{word} from {printed(middle[0])} to {printed(middle[-1])} {side.unit(name)} {span}"
    if line.band.low is None or line.band.high is None:
        yield f"{sentence(name)} of {country} {move}."
        return
    ends = f"{printed(float(line.band.low[-1]))} and {printed(float(line.band.high[-1]))}"
    yield f"{sentence(name)} of {country} {move}; in eight of ten draws it ends between {ends}."


def highest(side: ComparedRun) -> Iterator[str]:
    """When the outcome that the study names for this is highest, and what it ends at."""
    name = side.outcomes.pages.highest
    line = None if name is None else side.line(name)
    if line is None or name is None or not np.isfinite(line.band.middle).any():
        return
    middle, years = np.asarray(line.band.middle, float), side.run.years
    top = int(np.nanargmax(middle))
    end = "" if top == len(years) - 1 else f"; it ends at {printed(middle[-1])}"
    size = f"{printed(middle[top])} {side.unit(name)}"
    title = side.outcomes.outcomes[name].title
    called = f"{title} ({name})" if title else sentence(name)
    yield f"{called} is highest in {years[top]:g}, at {size}{end}."


def several(
    sides: Sequence[ComparedRun], country: str, rows: Sequence[OutcomeRow], last: float
) -> Iterator[str]:
    """The summary of runs held against the first of them."""
    base = sides[0]
    yield from grows(base, f"{country} in {base.letter} ({base.name})")
    for side in sides[1:]:
        yield f"In {last:g}, {side.letter} ({side.name}) against {base.letter}: {verdicts(side, rows)}."
    if all(event_of(one) is not None for one in sides):
        yield from struck(sides, rows)


def verdicts(side: ComparedRun, rows: Sequence[OutcomeRow]) -> str:
    """The outcomes of a run by verdict, the clearest first; the event has sentences of its own."""
    event = side.outcomes.event
    apart = None if event is None else at_least_once(event)
    found: dict[str, list[str]] = {}
    for row in rows:
        cell = row.cells[side.number]
        if cell.verdict and (apart is None or not row.name.startswith(apart)):
            verdict = "about the same" if cell.slight else cell.verdict
            found.setdefault(verdict, []).append(_row_text(row, cell, verdict))
    ranked = sorted(found, key=lambda one: ORDER.index(one) if one in ORDER else len(ORDER))
    said = "; ".join(f"{WORDS.get(one, one.removeprefix('clearly '))} {listed(found[one])}" for one in ranked)
    return said or "nothing can be compared"


def _row_text(row: OutcomeRow, cell: Cell, verdict: str) -> str:
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


def struck(sides: Sequence[ComparedRun], rows: Sequence[OutcomeRow]) -> Iterator[str]:
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
