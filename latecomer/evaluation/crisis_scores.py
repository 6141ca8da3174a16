"""How a predicted breakdown is scored: against events, rules of thumb, and what is asked of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from latecomer.evaluation.classification import Auc, Brier, Proportion, auc, brier, hits, hits_at
from latecomer.evaluation.credit_loss import CreditLoss, Event

if TYPE_CHECKING:
    import xarray as xr

    from latecomer.evaluation.hindcast import Pooled
    from latecomer.inference.proper_scores import Coverage
    from latecomer.study.outcome_tables import Forecast, Record, TellingCase, ThresholdEvent


@dataclass(frozen=True)
class CountryCrisis:
    """One country: what the model says of it, and what the `record` does. `newcomer`: of a panel."""

    loss: CreditLoss
    events: Mapping[str, Event]
    newcomer: bool
    record: Record

    @property
    def before(self) -> bool:
        """Whether a source has it in the state of the record before the window."""
        return any(one.before for one in self.events.values())

    def as_dict(self) -> dict[str, Any]:
        """The country as plain data."""
        low, median, high = np.quantile(self.loss.lowest, [0.1, 0.5, 0.9]).tolist()
        labels = {source: one.label for source, one in self.events.items()}
        years = {f"{source} year": one.year for source, one in self.events.items()}
        event = self.loss.event
        return {
            "iso3": self.loss.iso3,
            "probability": self.loss.probability,
            "log odds": self.loss.log_odds,
            "median_year": self.loss.median_year,
            **labels,
            **years,
            before_key(self.record): self.before,
            lowest_key(event): {"low": low, "median": median, "high": high},
            "draws": len(self.loss.lowest),
            f"draws below {event.words.level}": int(np.sum(self.loss.lowest < event.below)),
            "newcomer": self.newcomer,
        }


def before_key(record: Record) -> str:
    """What says in the data of a country that it was struck before the window."""
    return f"{record.state} before the window"


def lowest_key(event: ThresholdEvent) -> str:
    """What holds in the data of a country its lowest value of the window."""
    return f"lowest {event.words.short}"


@dataclass(frozen=True)
class SourceScores:
    """The statement held against one source: `auc` over the countries that it knows.

    `without_earlier`: less those struck before the window; `earlier_as_events`: with these as events.
    `lead`: years from the cut-off to the event; `error`: predicted less true year, of events foreseen.
    """

    defaulters: tuple[str, ...]
    others: tuple[str, ...]
    unknown: tuple[str, ...]
    auc: Auc | None
    without_earlier: Auc | None
    earlier_as_events: Auc | None
    hits: Proportion | None
    false_alarms: Proportion | None
    hits_at_rate: Proportion | None
    brier: Brier | None
    lead: Mapping[str, int]
    error: Mapping[str, int]

    def as_dict(self) -> dict[str, Any]:
        """The scores as plain data."""
        return {name: list(one) if isinstance(one, tuple) else one for name, one in asdict(self).items()}


@dataclass(frozen=True)
class RuleScores:
    """A rule of thumb by source; `model`: the model over the same countries; `missing`: without figures."""

    rule: str
    auc: Mapping[str, Auc | None]
    model: Mapping[str, Auc | None]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Criterion:
    """What is asked: `value` from `low` to `high`; None of what cannot be judged in this study."""

    statement: str
    value: float | None
    low: float
    high: float

    @property
    def holds(self) -> bool | None:
        """Whether it holds; None where it is not judged."""
        return None if self.value is None else self.low <= self.value <= self.high

    def as_dict(self) -> dict[str, Any]:
        """The criterion as plain data."""
        return {**asdict(self), "holds": self.holds}


def source_scores(
    countries: Sequence[CountryCrisis], source: str, until: int, false_alarms: float
) -> SourceScores:
    """The statement over all countries against one source; `false_alarms`: at which hits are told."""
    labels = {one.loss.iso3: one.events[source].label for one in countries}
    chances = {one.loss.iso3: one.loss.log_odds for one in countries}
    before = {one.loss.iso3 for one in countries if one.before}
    known = {iso3: label for iso3, label in labels.items() if label is not None}
    fresh = {iso3: label for iso3, label in known.items() if iso3 not in before}
    earlier = {iso3: max(label, int(iso3 in before)) for iso3, label in known.items()}
    stated = {one.loss.iso3: one.loss.probability for one in countries}
    happened, said = list(known.values()), [stated[iso3] for iso3 in known]
    both = _both(known)
    hit, false = hits(happened, said) if both else (None, None)
    years = {one.loss.iso3: one.events[source].year for one in countries}
    begun = {iso3: year for iso3, year in years.items() if year is not None}
    median = {one.loss.iso3: one.loss.median_year for one in countries}
    seen = {iso3: found for iso3 in begun if (found := median[iso3]) is not None}
    return SourceScores(
        tuple(iso3 for iso3, label in known.items() if label),
        tuple(iso3 for iso3, label in known.items() if not label),
        tuple(iso3 for iso3 in labels if iso3 not in known),
        area(known, chances),
        area(fresh, chances),
        area(earlier, chances),
        hit,
        false,
        hits_at(happened, [chances[iso3] for iso3 in known], false_alarms) if both else None,
        brier(happened, said) if both else None,
        {iso3: year - until for iso3, year in begun.items()},
        {iso3: found - begun[iso3] for iso3, found in seen.items()},
    )


def area(labels: Mapping[str, int], scores: Mapping[str, float]) -> Auc | None:
    """The area over the countries that have both a label and a score; None without a case of either kind.

    >>> area({"AAA": 1, "BBB": 0, "CCC": 0}, {"AAA": 0.9, "BBB": 0.1}).n_quiet
    1
    >>> area({"AAA": 1}, {"AAA": 0.9}) is None
    True
    """
    judged = {iso3: label for iso3, label in labels.items() if iso3 in scores}
    if not _both(judged):
        return None
    return auc(list(judged.values()), [scores[iso3] for iso3 in judged])


def _both(labels: Mapping[str, int]) -> bool:
    return 0 < sum(labels.values()) < len(labels)


def rule_scores(
    countries: Sequence[CountryCrisis], rules: Mapping[str, Mapping[str, float]]
) -> list[RuleScores]:
    """Each rule of thumb beside the model over the same countries."""
    chances = {one.loss.iso3: one.loss.log_odds for one in countries}
    sources = {source: None for one in countries for source in one.events}
    found = []
    for rule, scores in rules.items():
        own: dict[str, Auc | None] = {}
        model: dict[str, Auc | None] = {}
        for source in sources:
            known = {
                one.loss.iso3: label for one in countries if (label := one.events[source].label) is not None
            }
            own[source] = area(known, scores)
            model[source] = area(known, {iso3: chances[iso3] for iso3 in chances if iso3 in scores})
        found.append(RuleScores(rule, own, model, tuple(iso3 for iso3 in chances if iso3 not in scores)))
    return found


def criteria(
    runs: Mapping[str, xr.Dataset],
    event: ThresholdEvent,
    forecast: Forecast,
    window: tuple[int, int],
    pooled: Sequence[Pooled],
    coverage: Coverage | None,
    scores: Mapping[str, SourceScores],
) -> list[Criterion]:
    """What is asked of the prediction, and what it comes to; not judged without the country or the score."""
    request = forecast.asked
    access = {iso3: one[event.variable] for iso3, one in runs.items()}
    criteria = [] if forecast.case is None else list(of_case(access, event, forecast, forecast.case, window))
    criteria += [
        Criterion(f"error of {one.series} over the best naive forecast's", one.ratio, 0.0, request.error)
        for one in pooled
    ]
    criteria += [
        Criterion(
            f"hits at {request.false_alarms:.0%} false alarms, {source}",
            None if one.hits_at_rate is None else one.hits_at_rate.value,
            request.hits,
            1.0,
        )
        for source, one in scores.items()
    ]
    share = None if coverage is None else coverage.share
    return [
        *criteria,
        Criterion("share of figures after the cut-off within their 80 % bands", share, *request.covered),
    ]


def of_case(
    access: Mapping[str, xr.DataArray],
    event: ThresholdEvent,
    forecast: Forecast,
    case: TellingCase,
    window: tuple[int, int],
) -> Iterator[Criterion]:
    """What is asked of the telling case: that it falls, in time, and that those beside it stand."""
    level, request = event.words.level, forecast.asked
    yield Criterion(
        f"{case.falls} has less {event.variable} than {' and '.join(case.stands)} in {case.year}",
        ordering(access, case, window),
        request.ordered,
        1.0,
    )
    first, last = case.years
    fallen = _share(access, case.falls, case.years, event)
    yield Criterion(f"{case.falls} falls below {level} within {first}-{last}", fallen, request.falls, 1.0)
    span = f"{window[0]}-{window[1]}"
    for iso3 in case.stands:
        share = _share(access, iso3, window, event)
        yield Criterion(f"{iso3} falls below {level} within {span}", share, 0.0, request.stands)


def ordering(access: Mapping[str, xr.DataArray], case: TellingCase, window: tuple[int, int]) -> float | None:
    """The share of draws in which the one that falls is lower in the year of the case than each that stands.

    Of the draws that all of them have; None without such a draw, country or year.
    """
    names = [case.falls, *case.stands]
    if not all(name in access for name in names) or not window[0] <= case.year <= window[1]:
        return None
    common = set.intersection(*(set(access[name]["draw"].to_numpy().tolist()) for name in names))
    if not common:
        return None
    levels = {name: access[name].sel(draw=sorted(common), time=case.year).to_numpy() for name in names}
    return float(np.mean(np.all([levels[case.falls] < levels[name] for name in case.stands], axis=0)))


def _share(
    access: Mapping[str, xr.DataArray], iso3: str, years: tuple[int, int], event: ThresholdEvent
) -> float | None:
    """The share of the draws of a country that are below the level in some of the years."""
    if iso3 not in access:
        return None
    within = access[iso3].sel(time=slice(*years)).transpose("draw", "time").to_numpy()
    return float(np.mean((within < event.below).any(axis=1))) if within.shape[1] else None
