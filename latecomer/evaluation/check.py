"""The historical fits against their tolerances, their former scores and their books."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import xarray as xr

from latecomer.errors import InputError
from latecomer.evaluation.published_numbers import Moved, Relocked, against_lock, relock, same
from latecomer.inference.goodness_of_fit import Score, score_run
from latecomer.language import ModelText, check_units
from latecomer.runs.executor import Progress, silent
from latecomer.study.accounting import Accounts, Books, keep_books
from latecomer.study.fits import Fit
from latecomer.study.run_spec import REFERENCE, needed_fit, resolve
from latecomer.study.simulation import simulate
from latecomer.study.study import Study

MEASURES = ("nrmsd", "mape", "u2")


@dataclass(frozen=True, slots=True)
class CountryRun:
    """One country of a fit: its free run, its scores and its books."""

    iso3: str
    run: xr.Dataset
    scores: tuple[Score, ...]
    books: Books


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Scores with their verdicts, figures that moved, and the largest residual of each country's books.

    `units` is the number of variables whose equations were found to keep to their units; `short` says why a
    tolerance is known to be missed, by country and series; `changed` which parts of the study are no longer
    those of numbers.lock; `tolerance`: of the books.
    """

    scores: tuple[Score, ...]
    moved: tuple[Moved, ...]
    residuals: Mapping[str, float]
    units: int
    short: Mapping[tuple[str, str], str] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    tolerance: float = Accounts.tolerance

    @property
    def as_known(self) -> bool:
        """Whether all holds but the shortfalls that are explained, and each of these is still one."""
        missed = {(s.country, s.series) for s in self.scores if s.holds is False}
        scored = {(s.country, s.series) for s in self.scores}
        return self._sound and missed == scored & set(self.short)

    @property
    def _sound(self) -> bool:
        """Whether nothing has moved or changed since it was locked and the books of every run close."""
        still = not self.moved and not self.changed
        return still and all(one <= self.tolerance for one in self.residuals.values())

    @property
    def holds(self) -> bool:
        """Whether every tolerance is kept, no figure has moved, and no residual is above the
        tolerance of the books.
        """
        return self._sound and all(score.holds is not False for score in self.scores)

    def as_dict(self) -> dict[str, Any]:
        """The result as plain data for JSON: a number that is not finite becomes None."""
        return {
            "holds": self.holds,
            "scores": [
                {"country": s.country, "series": s.series}
                | {name: finite(getattr(s, name)) for name in (*MEASURES, "tolerance")}
                | {"holds": s.holds, "start": s.start, "end": s.end}
                | {"known": self.short.get((s.country, s.series))}
                for s in self.scores
            ],
            "moved": [
                {"figure": m.figure, "was": finite(m.was), "is": finite(m.now)}
                | {"difference": finite(m.difference), "where": list(m.where)}
                for m in self.moved
            ],
            "changed": list(self.changed),
            "accounts": [
                {"country": iso3, "residual": finite(one), "tolerance": self.tolerance}
                | {"holds": one <= self.tolerance}
                for iso3, one in self.residuals.items()
            ],
            "units": {"variables": self.units},
        }


def finite(value: float | None) -> float | None:
    """A finite number, or None.

    >>> finite(1.0), finite(float("nan")), finite(None)
    (1.0, None, None)
    """
    return None if value is None or not math.isfinite(value) else float(value)


def run_fit(study: Study, fit: Fit, progress: Progress = silent) -> Iterator[CountryRun]:
    """Every country of a fit, one after another: run, scores, books.

    The books are kept on a run of Euler's scheme: there each stock changes by its flows of that step alone.
    Raises InputError for a fit that was made from other content than the study now holds.
    """
    fit.refuse_stale(study)
    spec = resolve(study, fit.countries, fit)
    stepwise = replace(spec, method="euler", save_every=study.model.grid().dt)
    for number, iso3 in enumerate(fit.countries):
        progress(f"run {iso3}", number, len(fit.countries))
        run = simulate(study, spec, iso3)
        books = keep_books(simulate(study, stepwise, iso3), study.accounts)
        yield CountryRun(iso3, run, tuple(score_run(study, iso3, run)), books)
    progress("runs done", len(fit.countries), len(fit.countries))


def check_fit(study: Study, fit: Fit | str = REFERENCE, progress: Progress = silent) -> CheckResult:
    """Whether the runs of a fit keep the tolerances, its scores are where they were, and the books hold.

    The units of the model text come first; figures that calibration/numbers.lock holds or a document quotes
    count too. Raises InputError for an unknown fit, for faults of the units, for a damaged lock, and as
    `run_fit` does.
    """
    chosen = needed_fit(study, fit)
    units = keep_units(study.model.text)
    runs = list(run_fit(study, chosen, progress))
    result = check_result(chosen, runs, units, shortfalls(study))
    against = against_lock(study, chosen, runs, REFERENCE)
    moved = {one.figure: one for one in (*result.moved, *against.moved)}
    return replace(result, moved=tuple(moved.values()), changed=against.changed)


def lock_numbers(study: Study, fit: Fit | str = REFERENCE, progress: Progress = silent) -> Relocked:
    """Lock the numbers as they are now, those of a fit as the published ones; says what moved.

    The figures of a stale fit stay as they were locked. Raises InputError for an unknown fit and for a
    figure that a document quotes and nobody knows.
    """
    chosen = needed_fit(study, fit)
    runs = [] if chosen.stale(study) else list(run_fit(study, chosen, progress))
    return relock(study, chosen, runs)


def keep_units(text: ModelText) -> int:
    """How many variables of a model text keep to their units; raises InputError with every fault in them."""
    faults = check_units(text)
    if faults:
        raise InputError(faults)
    return sum(not variable.hidden for variable in text.variables)


def shortfalls(study: Study) -> dict[tuple[str, str], str]:
    """Why tolerances are known to be missed, by country and series."""
    return {(iso3, t.series): why for t in study.targets.targets for iso3, why in t.short.items()}


def check_result(
    fit: Fit, runs: Sequence[CountryRun], units: int, short: Mapping[tuple[str, str], str]
) -> CheckResult:
    """The check of runs that are there already; `units`: see `keep_units`, `short`: see `shortfalls`."""
    scores = tuple(score for one in runs for score in one.scores)
    residuals = {one.iso3: one.books.largest for one in runs if one.books.residuals}
    within = min((one.books.tolerance for one in runs), default=Accounts.tolerance)
    moved = tuple(moved_figures(fit.manifest.get("scores", []), scores))
    return CheckResult(scores, moved, residuals, units, short, tolerance=within)


def moved_figures(before: Iterable[Mapping[str, Any]], scores: Iterable[Score]) -> Iterator[Moved]:
    """Measures more than a millionth off those of the manifest, and scores on one side only."""
    was = {(row["country"], row["series"]): row for row in before}
    now = {(score.country, score.series): score for score in scores}
    for key in dict.fromkeys([*was, *now]):
        for measure in MEASURES:
            old = was[key].get(measure) if key in was else None
            new = getattr(now[key], measure) if key in now else None
            if not same(old, new):
                yield Moved(f"{key[0]}, {key[1]}, {measure}", old, new)
