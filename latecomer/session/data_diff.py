"""What a revised vintage of the figures does to the fit and to what is concluded from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from latecomer.faults import Fault, InputError
from latecomer.session.check import finite
from latecomer.session.conclusions import Flip, Side, flipped, printed_otherwise, scores_of, side
from latecomer.session.numbers import quoted_figures
from latecomer.session.progress import Progress, silent
from latecomer.session.refit import Shift, refit
from latecomer.study.fits import Fit
from latecomer.study.numbers_lock import Moved
from latecomer.study.observations import Observations, load_observations
from latecomer.study.run_spec import REFERENCE, needed_fit
from latecomer.study.study import Study
from latecomer.study.vintage_rooms import stock_ratios, study_of_vintage
from latecomer.study.vintages import Vintages, compare_vintages


@dataclass(frozen=True, slots=True)
class Compared:
    """The NRMSD of one series and its verdict with the former figures, the new ones, and after a refit."""

    country: str
    series: str
    tolerance: float | None
    old: float | None
    new: float | None
    refit: float | None
    held: bool | None
    holds: bool | None
    holds_refit: bool | None


@dataclass(frozen=True, slots=True)
class DataDiff:
    """The figures compared, and what their revision does.

    `initial`: how far initial values moved with their figures; `without`: countries without a run, by
    vintage; `published`: figures quoted in a document that would be printed otherwise; `shifts`: of the
    parameters in a refit, None without one.
    """

    vintages: Vintages
    fit: str
    initial: Mapping[str, Mapping[str, float]]
    without: Mapping[str, Mapping[str, str]]
    scores: tuple[Compared, ...]
    flips: tuple[Flip, ...]
    published: tuple[Moved, ...]
    shifts: tuple[Shift, ...] | None

    @property
    def holds(self) -> bool:
        """Whether no score crosses its tolerance, no conclusion flips and no quoted figure changes."""
        return not self.flips and not self.published

    def as_dict(self) -> dict[str, Any]:
        """The result as plain data for JSON: a number that is not finite becomes None."""
        numbers = ("tolerance", "old", "new", "refit")
        return {
            "holds": self.holds,
            "figures": self.vintages.as_dict(),
            "fit": self.fit,
            "initial": {iso3: dict(moved) for iso3, moved in self.initial.items()},
            "without": {side: dict(found) for side, found in self.without.items()},
            "scores": [asdict(s) | {n: finite(getattr(s, n)) for n in numbers} for s in self.scores],
            "flips": [asdict(flip) for flip in self.flips],
            "published": [
                {"figure": m.figure, "was": finite(m.was), "is": finite(m.now), "where": list(m.where)}
                for m in self.published
            ],
            "parameters": None if self.shifts is None else [asdict(shift) for shift in self.shifts],
        }


def load_vintage(folder: Path) -> Observations:
    """The tables of a folder; raises InputError with the folder in the place of each fault."""
    try:
        return load_observations(folder)
    except InputError as error:
        faults = [
            Fault(one.place if str(folder) in one.place else f"{folder}, {one.place}",
                  one.got, one.expected, one.cure)
            for one in error.faults
        ]  # fmt: skip
        raise InputError(faults) from None


def data_diff(
    study: Study,
    old: Path | str,
    new: Path | str,
    fit: Fit | str = REFERENCE,
    again: bool = False,
    progress: Progress = silent,
) -> DataDiff:
    """What the revision of the figures from the folder `old` to `new` does to a fit and its conclusions.

    `again`: fit again on the new figures, from the values of the fit. The study's tables are taken to stand
    at the former figures: initial values move with their figures from there. Raises InputError for a table
    that cannot be read and for an unknown fit.
    """
    fit = needed_fit(study, fit)
    before, after = load_vintage(Path(old)), load_vintage(Path(new))
    compared = compare_vintages(before, after)
    was = side(study_of_vintage(study, fit, before), fit)
    progress("former figures", 1, 3)
    fitted = {iso3: study.countries[iso3] for iso3 in fit.countries}
    ratios = stock_ratios(was.study.targets, fitted, before, after)
    now = side(study_of_vintage(study, fit, after, ratios), fit)
    progress("new figures", 2, 3)
    made = refit(now.study, fit, tuple(now.runs), progress) if again and now.runs else None
    third = None if made is None else side(study_of_vintage(now.study, made.fit, after), made.fit)
    progress("done", 3, 3)
    quoted = quoted_figures(study)
    flips = [*flipped(was, now, "the fit as it is"), *(flipped(was, third, "refitted") if third else ())]
    return DataDiff(
        compared,
        fit.name,
        ratios,
        {"old": was.without, "new": now.without},
        tuple(compared_scores(was, now, third)),
        tuple(flips),
        tuple(printed_otherwise(quoted, was, now)),
        None if made is None else made.shifts,
    )


def compared_scores(was: Side, now: Side, again: Side | None) -> Iterator[Compared]:
    """Every series that one of the vintages has a score of, in the order of the former ones."""
    first, second, third = scores_of(was), scores_of(now), {} if again is None else scores_of(again)
    for key in dict.fromkeys([*first, *second]):
        before, after, then = (found.get(key) for found in (first, second, third))
        told = [one for one in (after, before) if one is not None]
        old, new, again_size = (None if one is None else one.nrmsd for one in (before, after, then))
        held, holds, holds_again = (None if one is None else one.holds for one in (before, after, then))
        tolerance = told[0].tolerance
        yield Compared(*key, tolerance, old, new, again_size, held, holds, holds_again)
