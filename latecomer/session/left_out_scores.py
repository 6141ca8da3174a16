"""How countries that were left out are scored: against events, rules of thumb, and what is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from latecomer.calibrate.credit_loss import CreditLoss, ordered
from latecomer.calibrate.event_labels import SOURCES, event
from latecomer.calibrate.hindcast import Pooled
from latecomer.calibrate.rules_of_thumb import rules_of_thumb
from latecomer.session.breakdown_scores import (
    FALSE_ALARMS,
    CountryCrisis,
    Criterion,
    RuleScores,
    SourceScores,
    rule_scores,
    source_scores,
)
from latecomer.session.foretold import loss_window
from latecomer.study.rooms import Rooms

AREA, HITS = 0.9, 0.7
ERRORS = {"log output": 0.145, "log exports": 0.28}
"""What is asked: the area under the curve, hits at 20 % false alarms, pooled errors of the hindcast."""
BELOW, LEVEL_WITH = "debt/exports", "debt/output and income"
"""The rule of thumb that is to be beaten, and the one that is to be matched."""
ABOVE = 1e-9


def against_events(
    rooms: Rooms, losses: Mapping[str, CreditLoss], until: int, end: int
) -> tuple[tuple[CountryCrisis, ...], dict[str, SourceScores], tuple[RuleScores, ...]]:
    """Losses from the likeliest down beside two sources, their scores, and those of rules of thumb."""
    window = loss_window(until, end)
    said = tuple(
        CountryCrisis(
            one, {source: event(rooms.observations, one.iso3, source, window) for source in SOURCES}, False
        )
        for one in ordered(losses)
    )
    scores = {source: source_scores(said, source, until) for source in SOURCES}
    rules = rules_of_thumb(rooms.observations.cut(until), [one.loss.iso3 for one in said], until)
    return said, scores, tuple(rule_scores(said, rules))


def asked(
    scores: Mapping[str, SourceScores], rules: Sequence[RuleScores], table: Sequence[Pooled]
) -> list[Criterion]:
    """What is asked of the test; not judged where a source has no event or nothing else, or a series lacks.

    A rule is held against the model over the countries that have its figures.
    """
    found = []
    for source, one in scores.items():
        value = None if one.auc is None else one.auc.value
        found.append(Criterion(f"area under the curve, {source}", value, AREA, 1.0))
        for rule, bound, words in ((BELOW, ABOVE, "above that of"), (LEVEL_WITH, 0.0, "not below that of")):
            lead = next((_lead(row, source) for row in rules if row.rule == rule), None)
            found.append(Criterion(f"area {words} {rule}, {source}: difference", lead, bound, 1.0))
        rate = None if one.hits_at_rate is None else one.hits_at_rate.value
        found.append(Criterion(f"hits at {FALSE_ALARMS:.0%} false alarms, {source}", rate, HITS, 1.0))
    errors = {row.series: row.rmse for row in table}
    return found + [
        Criterion(f"pooled error of {name}", errors.get(name), 0.0, most) for name, most in ERRORS.items()
    ]


def _lead(row: RuleScores, source: str) -> float | None:
    own, model = row.auc.get(source), row.model.get(source)
    return None if own is None or model is None else model.value - own.value
