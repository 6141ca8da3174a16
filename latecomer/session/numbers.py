"""The published numbers as they are now, against numbers.lock and against what the documents print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from latecomer.faults import Fault, InputError
from latecomer.files import WRITABLE, read_text, write_whole
from latecomer.session.figures import FORMS, Ran, drawn, figure_value, standing_figures
from latecomer.study.fits import Fit
from latecomer.study.numbers_lock import (
    LOCK,
    Figure,
    Moved,
    NumbersLock,
    changed_parts,
    lock_text,
    moved_figures,
    part_hashes,
    read_numbers,
    stale_fits,
    target_tolerances,
)
from latecomer.study.quoted import Quote, quotes
from latecomer.study.study import Study

DOCUMENTS: Final = ("README.md", "runs/README.md", "reports/*.md")
Quoted = Mapping[str, Sequence[Quote]]


@dataclass(frozen=True, slots=True)
class Against:
    """What no longer follows: figures, and the parts of the study that have changed since the lock."""

    moved: tuple[Moved, ...] = ()
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relocked:
    """A lock written anew: what moved from the former one, what a text now prints wrongly.

    `stale`: what has changed since the fit was made; its figures then stay as they were locked.
    """

    path: Path
    against: Against
    misprints: tuple[Moved, ...]
    stale: tuple[str, ...]
    count: int


def quoted_figures(study: Study) -> dict[str, list[Quote]]:
    """The figures quoted in the documents of a study, by file."""
    paths = [path for pattern in DOCUMENTS for path in sorted(study.root.glob(pattern))]
    variable = None if study.outcomes.event is None else study.outcomes.event.variable
    named = {path.relative_to(study.root).as_posix(): path for path in paths}
    return {
        name: list(quotes(read_text(path, "a text that quotes figures", "save it as UTF-8"), variable))
        for name, path in named.items()
    }


def present_numbers(
    study: Study, fit: Fit, runs: Sequence[Ran], quoted: Quoted, also: Iterable[str] = ()
) -> NumbersLock:
    """The numbers of a study as they are now; `also`: figures that a former lock holds.

    Raises InputError with every figure that a document quotes and nobody knows.
    """
    by_country = {one.iso3: one for one in runs}
    places: dict[str, list[str]] = {}
    for file, found in quoted.items():
        for name in dict.fromkeys(quote.figure for quote in found):
            places.setdefault(name, []).append(file)
    event = study.outcomes.event
    shown = () if event is None else drawn(event)
    figures: dict[str, Figure] = {}
    faults: list[Fault] = []
    for name in sorted({*standing_figures(study, runs), *places, *also}):
        try:
            value = figure_value(study, by_country, name)
        except KeyError:
            faults += [unknown_figure(file, name) for file in places.get(name, ())]
            continue
        where = [*places.get(name, ()), *drawn_in(study, name)]
        if value is not None or name in places or name.endswith(shown):
            figures[name] = Figure(value, tuple(where))
    if faults:
        raise InputError(faults)
    tolerances = target_tolerances(study)
    return NumbersLock(fit.name, part_hashes(study), stale_fits(study), figures, tolerances)


def unknown_figure(file: str, name: str) -> Fault:
    """The fault of a figure that a document quotes and nobody knows."""
    return Fault(file, f"the figure '{name}'", FORMS, "mend the name, or take the mark away")


def drawn_in(study: Study, name: str) -> list[str]:
    """The drawing that shows a figure, where the study has it."""
    event = study.outcomes.event
    if event is None or f", {event.variable}, " not in name or not name.endswith(drawn(event)):
        return []
    drawing = f"reports/{event.file}.svg"
    return [drawing] if (study.root / drawing).is_file() else []


def misprints(quoted: Quoted, now: NumbersLock) -> Iterator[Moved]:
    """The figures that a document prints otherwise than they now are, rounded as they are printed."""
    for file, found in quoted.items():
        for quote in found:
            value = now.figures[quote.figure].value
            if not quote.says(value):
                yield Moved(quote.figure, quote.value / (100 if quote.per_cent else 1), value, (file,))


def against_lock(study: Study, fit: Fit, runs: Sequence[Ran], published: str) -> Against:
    """The runs of a fit against numbers.lock and the documents; nothing where a study has neither.

    `published`: the fit that documents quote where there is no lock; of another fit only the parts of the
    study are compared. Raises InputError for a damaged lock and as `present_numbers` does.
    """
    former = read_numbers(study.root / LOCK)
    told = fit.name == (published if former is None else former.fit)
    quoted = quoted_figures(study) if told else {}
    if former is None and not any(quoted.values()):
        return Against()
    now = present_numbers(study, fit, runs, quoted, former.figures if former is not None and told else ())
    moved = {one.figure: one for one in misprints(quoted, now)}
    if former is None:
        return Against(tuple(moved.values()))
    moved |= {one.figure: one for one in moved_figures(former, now)} if told else {}
    return Against(tuple(moved.values()), tuple(changed_parts(former, now)))


def relock(study: Study, fit: Fit, runs: Sequence[Ran]) -> Relocked:
    """Write numbers.lock from the present content; `runs`: of the fit, none where it is stale.

    A former lock that is damaged counts as none. Raises InputError as `present_numbers` does, and where the
    place cannot be written to.
    """
    path, stale = study.root / LOCK, tuple(fit.stale(study))
    try:
        former = read_numbers(path)
    except InputError:
        former = None
    quoted = {} if stale else quoted_figures(study)
    now = present_numbers(study, fit, () if stale else runs, quoted)
    if stale:
        kept = former.figures if former is not None else {}
        now = replace(now, figures={**kept, **now.figures})
    against = Against()
    if former is not None:
        against = Against(tuple(moved_figures(former, now)), tuple(changed_parts(former, now)))
    write_whole(path, lock_text(now).encode(), WRITABLE)
    return Relocked(path, against, tuple(misprints(quoted, now)), stale, len(now.figures))
