"""The event in runs: in which years, in how many draws, and held against another run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from latecomer.report.content import PlainTable
from latecomer.report.runs_content import Band, Cell, OutcomeRow, Panel
from latecomer.session.run_sides import Side, paired
from latecomer.session.run_statistics import apart, chance_verdict, share_interval, uneven
from latecomer.study.outcomes import ThresholdEvent

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]
PERIOD: Final = 10
SHARE: Final = "per cent of draws"


def at_least_once(event: ThresholdEvent) -> str:
    """How the row of a table begins that tells the event."""
    return f"{event.words.name} at least once"


def event_of(side: Side) -> ThresholdEvent | None:
    """The event of the study; None without one, or where the run lacks its variable."""
    event = side.outcomes.event
    return event if event is not None and event.variable in side.run.data else None


def below(side: Side, years: Floats) -> Truths | None:
    """Whether the variable of the event is below its level, over (draw, time); a run is one draw."""
    event = event_of(side)
    if event is None:
        return None
    values = np.asarray(side.run.data[event.variable].sel(time=years).values, float)
    return np.atleast_2d(values < event.below)


def lost_in(side: Side, years: Floats) -> Truths | None:
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


def begins_shut(side: Side) -> str:
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


def chances(runs: Sequence[Side]) -> Panel | None:
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


def chances_said(runs: Sequence[Side]) -> Iterator[str]:
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


def once(side: Side, lost: Truths) -> str:
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


def chance_row(runs: Sequence[Side], years: Floats) -> OutcomeRow | None:
    """The event at least once in some years: a cell for each run, held against the first."""
    found = {side.number: lost for side in runs if (lost := lost_in(side, years)) is not None}
    event = runs[0].outcomes.event
    if event is None or not found or not years.size:
        return None
    name = f"{at_least_once(event)}, {years[0]:g}–{years[-1]:g}"
    unit = "draws" if any(side.run.draws is not None for side in runs) else "yes or no"
    return OutcomeRow(name, unit, [_cell(side, runs[0], found, years) for side in runs])


def _cell(side: Side, base: Side, found: dict[int, Truths], years: Floats) -> Cell:
    if side.number not in found:
        return Cell("not in this run")
    struck = ever(found[side.number])
    k, n = int(struck.sum()), len(struck)
    if side.run.draws is None:
        value = f"yes, {spans(years[found[side.number][0]])}" if k else "no"
        told = ("", "") if side.number == base.number else ("no draws", "not tested")
        return Cell(value, "", *told)
    low, high = share_interval(k, n)
    value, interval = f"{k} of {n} ({100 * k / n:.0f}\xa0%)", f"{100 * low:.0f} to {100 * high:.0f}\xa0%"
    if side.number == base.number:
        return Cell(value, interval)
    if base.number not in found or base.run.draws is None:
        return Cell(value, interval, "no draws to hold it against", "not tested")
    return Cell(value, interval, *against(side, base, found))


def against(side: Side, base: Side, found: dict[int, Truths]) -> tuple[str, str]:
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


def chances_table(runs: Sequence[Side], years: Floats) -> PlainTable | None:
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
