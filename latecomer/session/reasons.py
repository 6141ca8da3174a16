"""For the right reason: one mechanism removed, the study fitted again, and compared on figures held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from latecomer.calibrate.hindcast import pooled
from latecomer.calibrate.maximise import from_centres
from latecomer.calibrate.problem import Problem, make_problem
from latecomer.calibrate.removed import at_nought
from latecomer.calibrate.result import make_fit
from latecomer.calibrate.uncertainty import approximate, coordinates
from latecomer.language import key
from latecomer.session.breakdown_runs import as_of
from latecomer.session.evidence import save_evidence
from latecomer.session.foretold import DRAWS, SEED, Foretold, foretold
from latecomer.session.hindcasts import with_fit
from latecomer.session.kept_fits import Wanted, kept_fit, name_without
from latecomer.session.progress import Progress, silent
from latecomer.session.reason_scores import (
    Foresight,
    area_falls,
    failures,
    foresight,
    gain_over_countries,
    telling_words,
)
from latecomer.session.weights import early_fit
from latecomer.study.fits import Fit
from latecomer.study.mechanisms import Removal
from latecomer.study.removals import idle_without, taken_out, without, zeroed
from latecomer.study.study import Study


@dataclass(frozen=True)
class Reason:
    """A mechanism removed: what was set to nought, which priors went with it, and what that does.

    `gain`: log score of the whole less that without, with the standard error `se` over countries; `falls`: of
    the area under the curve, with its standard error, by catalogue; `fails`: why the model without it fails.
    """

    name: str
    title: str
    zeroed: tuple[str, ...]
    idle: tuple[str, ...]
    foresight: Foresight
    gain: float
    se: float
    falls: Mapping[str, tuple[float, float]]
    fails: tuple[str, ...]

    @property
    def statement(self) -> str:
        """What may be said: that the breakdown needs it only where the model without it fails."""
        if self.fails:
            return f"the breakdown needs {self.title}: without it {' and '.join(self.fails)}"
        return f"whether the breakdown needs {self.title} cannot be decided by these figures"


@dataclass(frozen=True)
class Reasons:
    """The mechanisms of a variant removed one at a time, beside the variant whole."""

    variant: str
    cut_off: int
    end: int
    points: int
    whole: Foresight
    naive: Mapping[str, float]
    reasons: tuple[Reason, ...]

    def as_dict(self) -> dict[str, Any]:
        """The comparison as plain data."""
        rows = [{**asdict(one), "statement": one.statement} for one in self.reasons]
        return {**asdict(self), "reasons": rows}


def reasons(
    study: Study,
    cut_off: int | None = None,
    end: int | None = None,
    variant: str | None = None,
    kept: Path | None = None,
    removals: Sequence[Removal] | None = None,
    case: str | None = None,
    beside: Sequence[str] | None = None,
    progress: Progress = silent,
) -> Reasons:
    """Each mechanism removed and the variant fitted again to the cut-off, against the variant whole.

    `cut_off`, `end`, `case` (the country that breaks down) and those `beside` it, which stand: by default
    those of the study; `removals`: by default those of model/mechanisms.toml. `kept`: a folder of fits
    `<fit>-until-<year>-without-<mechanism>`; those of the present study there are used, the others made and
    kept. Raises InputError as `early_fit` does for the whole, for an unknown mechanism or none at all, and
    where no draw of a country has a finite run.
    """
    cut_off, end = study.outcomes.cutoff(cut_off, "reasons"), study.outcomes.end(end, "reasons")
    removals = taken_out(study) if removals is None else removals
    name, fit_name = with_fit(study, variant)
    fit = early_fit(study, name, fit_name, cut_off)
    fit.refuse_stale(study)
    made_of = [(one, zeroed(study, one), without(study, one, name)) for one in removals]
    early = as_of(study, cut_off)
    problem, later = (
        make_problem(early, fit.countries, cut_off, variant=name, through=last) for last in (None, end)
    )
    told = []
    for number, (one, names, other) in enumerate(made_of):
        progress(f"fit without {one.title}", number, len(removals) + 1)
        wanted = Wanted(name_without(fit_name, cut_off, one.name), fit.countries, cut_off, name)
        cut, on = (at_nought(each, *in_model(study, names)) for each in (problem, later))
        refit = kept_fit(other, wanted, partial(fitted, other, cut, wanted), kept)
        told.append((refit, foretold_by(early, refit, cut, on, end)))
    progress("the variant whole", len(removals), len(removals) + 1)
    whole = foretold_by(early, fit, problem, later, end)
    found = compared(study, (fit, whole), told, removals, name, telling(study, case, beside))
    progress("mechanisms compared", len(removals) + 1, len(removals) + 1)
    return found


def telling(study: Study, case: str | None, beside: Sequence[str] | None) -> tuple[str, ...]:
    """The country that breaks down, and those that stand, by default those of the study; none without any."""
    own = None if study.outcomes.forecast is None else study.outcomes.forecast.case
    falls = case if case is not None else None if own is None else own.falls
    stands = beside if beside is not None else () if own is None else own.stands
    return () if falls is None else (falls, *stands)


def compared(
    study: Study,
    whole: tuple[Fit, Foretold],
    told: Sequence[tuple[Fit, Foretold]],
    removals: Sequence[Removal],
    variant: str,
    countries: Sequence[str],
) -> Reasons:
    """The comparison of models that foretell the same figures; `countries`: the case and those beside."""
    cut_off, end = whole[1].cut_off, whole[1].end
    scores = [one.log_scores(study) for _, one in (whole, *told)]
    points = sorted(set.intersection(*(set(one) for one in scores)))
    tables = [{point: one[point] for point in points} for one in scores]
    first = foresight(study, *whole, tables[0], countries)
    rows = []
    for removal, (fit, one), table in zip(removals, told, tables[1:], strict=True):
        seen = foresight(study, fit, one, table, countries)
        falls = area_falls(study, whole[1], one)
        names = zeroed(study, removal)
        fails = failures(telling_words(study, countries, cut_off), first.fallen, seen.fallen, falls)
        gain, se = gain_over_countries(tables[0], table)
        gone = idle_without(study, names, variant)
        idle = tuple(one for one in priors(study) if key(one) in gone and one not in names)
        rows.append(Reason(removal.name, removal.title, names, idle, seen, gain, se, falls, fails))
    naive = {one.series: one.naive[one.best] for one in pooled(whole[1].scores(study))}
    return Reasons(variant, cut_off, end, len(points), first, naive, tuple(rows))


def in_model(study: Study, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The parameters of the model in order, and those of some names of the tables among them."""
    own = list(study.model.parameter_names)
    keys = {key(name) for name in names}
    return own, [name for name in own if key(name) in keys]


def fitted(other: Study, cut: Problem, wanted: Wanted) -> Fit:
    """The joint fit that is wanted, searched for from the centres of the priors.

    `other`: the study without the mechanism; `cut`: the problem without it. Raises InputError where the
    search ends without a finite loss.
    """
    cure = "mend the equations that blow up without the mechanism"
    end = from_centres(cut, f"fit '{wanted.name}'", cure=cure)
    return make_fit(other, cut, [end], wanted.name, wanted.cut_off, 0, wanted.variant)


def foretold_by(early: Study, fit: Fit, problem: Problem, later: Problem, end: int) -> Foretold:
    """What draws of the fast approximation about a fit say of the years after its cut-off."""
    assert fit.until is not None
    points = approximate(problem, coordinates(problem.layout, fit)).draws(SEED, DRAWS)
    return foretold(early, fit.name, later, points, fit.until, end)


def priors(study: Study) -> list[str]:
    """The names of all parameters with a prior, shared ones first."""
    own = [name for one in study.countries.values() for name in one.parameters.priors]
    return list(dict.fromkeys([*study.parameters.priors, *own]))


def evidence_name(cut_off: int) -> str:
    """The name under which the comparison is kept.

    >>> evidence_name(1979)
    'reasons-1979'
    """
    return f"reasons-{cut_off}"


def save_reasons(study: Study, found: Reasons) -> Path:
    """Keep the comparison with the hashes of what it was made from."""
    fit = study.fits[found.whole.fit]
    return save_evidence(study, evidence_name(found.cut_off), found.as_dict(), fit.countries, [fit])
