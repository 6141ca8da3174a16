"""Leave one country out: what the others' fit, and its own figures up to a cut-off, foretell of a country.

Also here:
- How countries that were left out are scored: against events, rules of thumb, and what is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from latecomer.errors import refuse
from latecomer.evaluation.credit_loss import CreditLoss, events, ordered, rules_of_thumb
from latecomer.evaluation.crisis_scores import (
    CountryCrisis,
    Criterion,
    RuleScores,
    SourceScores,
    rule_scores,
    source_scores,
)
from latecomer.evaluation.hindcast import (
    DRAWS,
    SEED,
    HindcastScore,
    Pooled,
    PosteriorForecast,
    loss_window,
    pooled,
    posterior_forecast,
    with_fit,
)
from latecomer.inference.fit import (
    FitsWithout,
    Wanted,
    fit_without,
    keep,
    name_without,
    packed,
    read_cached_fit,
)
from latecomer.inference.laplace import approximate
from latecomer.inference.optimise import from_centres
from latecomer.inference.problem import make_problem
from latecomer.runs.executor import Executor, Progress, silent
from latecomer.runs.results import save_evidence
from latecomer.study.content import as_of
from latecomer.study.fits import Fit, name_at_cutoff
from latecomer.study.outcome_tables import Forecast, ForecastCriteria
from latecomer.study.outcomes import Outcomes
from latecomer.study.run_spec import REFERENCE
from latecomer.study.study import Study

ABOVE = 1e-9


def against_events(
    study: Study, losses: Mapping[str, CreditLoss], until: int, end: int
) -> tuple[tuple[CountryCrisis, ...], dict[str, SourceScores], tuple[RuleScores, ...]]:
    """Losses from the likeliest down beside the record, their scores, and those of rules of thumb."""
    window, outcomes = loss_window(study, until, end), study.outcomes
    said = tuple(
        CountryCrisis(one, events(study.observations, one.iso3, outcomes, window), False, outcomes.record)
        for one in ordered(losses)
    )
    rate = (
        ForecastCriteria().false_alarms if outcomes.forecast is None else outcomes.forecast.asked.false_alarms
    )
    scores = {source: source_scores(said, source, until, rate) for source in outcomes.record.catalogues}
    names = [one.loss.iso3 for one in said]
    rules = rules_of_thumb(study.observations.cut(until), names, until, outcomes.rules)
    return said, scores, tuple(rule_scores(said, rules))


def criteria_of(
    scores: Mapping[str, SourceScores],
    rules: Sequence[RuleScores],
    table: Sequence[Pooled],
    forecast: Forecast | None,
) -> list[Criterion]:
    """What is asked of the test; not judged where a source has no event or nothing else, or a series lacks.

    A rule is held against the model over the countries that have its figures.
    """
    if forecast is None:
        return []
    bounds, rate_of = forecast.left_out, forecast.asked.false_alarms
    held = ((bounds.beats, ABOVE, "above that of"), (bounds.matches, 0.0, "not below that of"))
    found = []
    for source, one in scores.items():
        value = None if one.auc is None else one.auc.value
        found.append(Criterion(f"area under the curve, {source}", value, bounds.area, 1.0))
        for rule, bound, words in ((name, least, said) for name, least, said in held if name is not None):
            lead = next((_lead(row, source) for row in rules if row.rule == rule), None)
            found.append(Criterion(f"area {words} {rule}, {source}: difference", lead, bound, 1.0))
        rate = None if one.hits_at_rate is None else one.hits_at_rate.value
        found.append(Criterion(f"hits at {rate_of:.0%} false alarms, {source}", rate, bounds.hits, 1.0))
    errors = {row.series: row.rmse for row in table}
    return found + [
        Criterion(f"pooled error of {name}", errors.get(name), 0.0, most)
        for name, most in bounds.errors.items()
    ]


def _lead(row: RuleScores, source: str) -> float | None:
    own, model = row.auc.get(source), row.model.get(source)
    return None if own is None or model is None else model.value - own.value


FEWEST = 3
"""Countries with figures before the cut-off: two are fitted jointly without the third."""


@dataclass(frozen=True)
class LeaveOneOut:
    """Each country foretold without it, and what that comes to against events and naive forecasts.

    `untested`: the countries without such a test, and why.
    """

    variant: str
    fit: str
    cut_off: int
    end: int
    countries: tuple[CountryCrisis, ...]
    hindcast: tuple[HindcastScore, ...]
    scores: Mapping[str, SourceScores]
    rules: tuple[RuleScores, ...]
    untested: Mapping[str, str]
    outcomes: Outcomes

    @property
    def pooled(self) -> list[Pooled]:
        """Errors over countries, beside the naive forecasts."""
        return pooled(self.hindcast)

    @property
    def criteria(self) -> list[Criterion]:
        """What is asked of the test, and what it comes to."""
        return criteria_of(self.scores, self.rules, self.pooled, self.outcomes.forecast)

    def as_dict(self) -> dict[str, Any]:
        """The test as plain data."""
        return {
            "variant": self.variant,
            "fit": self.fit,
            "until": self.cut_off,
            "end": self.end,
            "countries": [one.as_dict() for one in self.countries],
            "events": {source: one.as_dict() for source, one in self.scores.items()},
            "rules": [asdict(one) for one in self.rules],
            "pooled": [one.as_dict() for one in self.pooled],
            "hindcast": [one.as_dict() for one in self.hindcast],
            "criteria": [one.as_dict() for one in self.criteria],
            "untested": dict(self.untested),
        }


def leave_out(
    study: Study,
    countries: Sequence[str] | None = None,
    until: int | None = None,
    end: int | None = None,
    variant: str | None = None,
    kept: Path | None = None,
    progress: Progress = silent,
    executor: Executor | None = None,
) -> LeaveOneOut:
    """Each country foretold from the joint fit of all others to a cut-off and its own figures up to it.

    1. the joint fit of the others, from the centres of the priors;  2. the country's own numbers within it;
    3. draws of the fast approximation of these, run through `end`; shared numbers are held at the fit.

    `until`, `end`: by default those of the study's forecast; `countries`: those left out, by default all with
    years before the cut-off; the others that have such years are always fitted. `kept`: a folder of these
    fits; those of the present study there are used, others made and kept; `executor`: where they are made. No
    figure of a country after the cut-off is read but to score. Raises InputError for an unknown country, one
    that begins later, fewer than three countries, and where no run of a country is finite.
    """
    until = study.outcomes.cutoff(until, "leave one out")
    end = study.outcomes.end(end, "leave one out")
    name, fit_name = with_fit(study, variant)
    begun, untested = begun_before(study, until)
    chosen = list(begun) if countries is None else list(countries)
    check_chosen(study, chosen, begun, untested, until)
    early = as_of(study, until)
    wanted = {
        iso3: Wanted(
            name_without(fit_name, until, iso3), tuple(one for one in begun if one != iso3), until, name
        )
        for iso3 in chosen
    }
    joint = joint_fits(study, early, begun, wanted, kept, progress, executor)
    progress("runs of the countries left out", len(chosen), len(chosen) + 1)
    predicted = forecast_within(early, joint, name, until, end)
    progress("countries left out", len(chosen) + 1, len(chosen) + 1)
    said, scores, rules = against_events(study, predicted.losses, until, end)
    errors = tuple(predicted.scores(study))
    return LeaveOneOut(name, fit_name, until, end, said, errors, scores, rules, untested, study.outcomes)


def joint_fits(
    study: Study,
    early: Study,
    begun: Sequence[str],
    wanted: Mapping[str, Wanted],
    kept: Path | None,
    progress: Progress,
    executor: Executor | None,
) -> dict[str, Fit]:
    """The joint fits without each country: those kept, and others made here or where the executor does."""
    held = {iso3: read_cached_fit(early, one, kept) for iso3, one in wanted.items()}
    joint = {iso3: fit for iso3, fit in held.items() if fit is not None}
    missing, total = [iso3 for iso3 in wanted if iso3 not in joint], len(wanted) + 1
    if not missing:
        return {iso3: joint[iso3] for iso3 in wanted}

    def take(iso3: str, fit: Fit) -> None:
        joint[iso3] = keep(fit, wanted[iso3], kept)
        if executor is not None:
            progress(f"made without {iso3}", len(joint), total)

    until, variant = wanted[missing[0]].cut_off, wanted[missing[0]].variant
    if executor is None:
        problem = make_problem(early, begun, until, variant=variant)
        for iso3 in missing:
            progress(f"joint fit without {iso3}", len(joint), total)
            take(iso3, fit_without(early, problem, iso3, wanted[iso3].name, until, variant))
    else:
        names = {iso3: wanted[iso3].name for iso3 in missing}
        executor.each(FitsWithout(packed(study), tuple(begun), until, variant, names), missing, take)
    return {iso3: joint[iso3] for iso3 in wanted}


def forecast_within(
    early: Study, joint: Mapping[str, Fit], variant: str, until: int, end: int
) -> PosteriorForecast:
    """What each country's own figures up to a cut-off foretell within the fit that is given for it.

    The countries share nothing that moves, so that one search finds all of them. `early`: the study without
    later figures. Raises InputError where the search meets no finite loss, or a country has no finite run.
    """
    request: dict[str, Any] = {"variant": variant, "within": dict(joint)}
    problem = make_problem(early, list(joint), until, **request)
    got = f"no finite loss at the centres of the priors of {', '.join(joint)}"
    found = from_centres(problem, "countries left out", got, "mend their figures, or leave another out")
    later = make_problem(early, list(joint), until, **request, through=end)
    points = approximate(problem, found.z).draws(SEED, DRAWS)
    return posterior_forecast(early, "left out", later, points, until, end)


def begun_before(study: Study, until: int) -> tuple[tuple[str, ...], dict[str, str]]:
    """The countries with years before a cut-off, as a fit to it has them, and what is said of the others.

    Those of the reference fit to the cut-off come first and in its order, where there is one.
    """
    starts = {iso3: int(one.window.start) for iso3, one in study.countries.items()}
    late = {iso3: f"begins in {start}" for iso3, start in starts.items() if start >= until}
    name = name_at_cutoff(REFERENCE, until)
    first = study.fits[name].countries if name in study.fits else ()
    order = dict.fromkeys([*(iso3 for iso3 in first if iso3 in starts), *starts])
    return tuple(iso3 for iso3 in order if iso3 not in late), late


def check_chosen(
    study: Study, chosen: Sequence[str], begun: Sequence[str], untested: Mapping[str, str], until: int
) -> None:
    """Raises InputError for what cannot be left out; see `leave_out`."""
    if len(begun) < FEWEST:
        got = f"{len(begun)} countries that begin before {until}"
        raise refuse("leave one out", got, f"{FEWEST} at least", "choose a later year with --until")
    if len(set(chosen)) < len(chosen) or not chosen:
        raise refuse("leave one out", " ".join(chosen) or "no country", "each country once", "name them once")
    for iso3 in chosen:
        study.countries[iso3]
        if iso3 in untested:
            got = f"a country that {untested[iso3]}"
            raise refuse(f"leave out {iso3}", got, f"one that begins before {until}", "leave out another")


def evidence_name(until: int) -> str:
    """The name under which the test is kept.

    >>> evidence_name(1979)
    'left-out-1979'
    """
    return f"left-out-{until}"


def save_leave_one_out(study: Study, found: LeaveOneOut) -> Path:
    """Keep the test with the hashes of what it was made from; the joint fits follow from these."""
    countries, _ = begun_before(study, found.cut_off)
    return save_evidence(study, evidence_name(found.cut_off), found.as_dict(), countries)
