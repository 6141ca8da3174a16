"""How countries that were left out are scored: against events, rules of thumb, and what is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from latecomer.calibrate.credit_loss import CreditLoss, ordered
from latecomer.calibrate.event_labels import events
from latecomer.calibrate.hindcast import Pooled
from latecomer.calibrate.rules_of_thumb import rules_of_thumb
from latecomer.session.breakdown_scores import (
    CountryCrisis,
    Criterion,
    RuleScores,
    SourceScores,
    rule_scores,
    source_scores,
)
from latecomer.session.foretold import loss_window
from latecomer.study.outcomes import Asked, Forecast
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
    rate = Asked().false_alarms if outcomes.forecast is None else outcomes.forecast.asked.false_alarms
    scores = {source: source_scores(said, source, until, rate) for source in outcomes.record.catalogues}
    names = [one.loss.iso3 for one in said]
    rules = rules_of_thumb(study.observations.cut(until), names, until, outcomes.rules)
    return said, scores, tuple(rule_scores(said, rules))


def asked(
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
