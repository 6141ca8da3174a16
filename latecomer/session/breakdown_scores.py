"""How the predicted debt crisis is scored: against events, rules of thumb, and what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from latecomer.calibrate.credit_loss import CREDIT, THRESHOLD, CreditLoss
from latecomer.calibrate.event_labels import Event
from latecomer.calibrate.event_scores import Auc, Brier, Proportion, auc, brier, hits, hits_at

if TYPE_CHECKING:
    import xarray as xr

    from latecomer.calibrate.crps import Coverage
    from latecomer.calibrate.hindcast import Pooled

FALSE_ALARMS = 0.2
ORDERED, TIMED, FALSE, HINDCAST, HITS = 0.95, 0.8, 0.1, 0.7, 0.7
COVERED = (0.7, 0.9)
FALLS, STANDS, ORDER_YEAR, TIMES = "BRA", ("KOR", "IND"), 1982, (1981, 1983)


@dataclass(frozen=True)
class CountryCrisis:
    """One country: what the model says of it, and what two sources do. `newcomer`: of a panel."""

    loss: CreditLoss
    events: Mapping[str, Event]
    newcomer: bool

    @property
    def before(self) -> bool:
        """Whether a source has it in default before the window."""
        return any(one.before for one in self.events.values())

    def as_dict(self) -> dict[str, Any]:
        """The country as plain data."""
        low, median, high = np.quantile(self.loss.lowest, [0.1, 0.5, 0.9]).tolist()
        labels = {source: one.label for source, one in self.events.items()}
        years = {f"{source} year": one.year for source, one in self.events.items()}
        return {
            "iso3": self.loss.iso3,
            "probability": self.loss.probability,
            "log odds": self.loss.log_odds,
            "median_year": self.loss.median_year,
            **labels,
            **years,
            "in default before the window": self.before,
            "lowest access": {"low": low, "median": median, "high": high},
            "draws": len(self.loss.lowest),
            "draws below one half": int(np.sum(self.loss.lowest < THRESHOLD)),
            "newcomer": self.newcomer,
        }


@dataclass(frozen=True)
class SourceScores:
    """The statement held against one source: `auc` over the countries that it knows.

    `without_earlier`: less those in default before the window; `earlier_as_events`: with these as events.
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


def source_scores(countries: Sequence[CountryCrisis], source: str, until: int) -> SourceScores:
    """The statement over all countries against one source."""
    labels = {one.loss.iso3: one.events[source].label for one in countries}
    told = {one.loss.iso3: one.loss.log_odds for one in countries}
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
        area(known, told),
        area(fresh, told),
        area(earlier, told),
        hit,
        false,
        hits_at(happened, [told[iso3] for iso3 in known], FALSE_ALARMS) if both else None,
        brier(happened, said) if both else None,
        {iso3: year - until for iso3, year in begun.items()},
        {iso3: found - begun[iso3] for iso3, found in seen.items()},
    )


def area(labels: Mapping[str, int], scores: Mapping[str, float]) -> Auc | None:
    """The area over the countries that have both a label and a score; None without a case of either kind.

    >>> area({"BRA": 1, "KOR": 0, "IND": 0}, {"BRA": 0.9, "KOR": 0.1}).n_quiet
    1
    >>> area({"BRA": 1}, {"BRA": 0.9}) is None
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
    told = {one.loss.iso3: one.loss.log_odds for one in countries}
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
            model[source] = area(known, {iso3: told[iso3] for iso3 in told if iso3 in scores})
        found.append(RuleScores(rule, own, model, tuple(iso3 for iso3 in told if iso3 not in scores)))
    return found


def criteria(
    runs: Mapping[str, xr.Dataset],
    window: tuple[int, int],
    pooled: Sequence[Pooled],
    coverage: Coverage | None,
    scores: Mapping[str, SourceScores],
) -> list[Criterion]:
    """What is asked of the prediction, and what it comes to; not judged without the country or the score."""
    access = {iso3: one[CREDIT] for iso3, one in runs.items()}
    span = f"{window[0]}-{window[1]}"
    first, last = TIMES
    below = f"falls below one half within {first}-{last}"
    asked = [
        Criterion(
            f"{FALLS} has less credit access than {' and '.join(STANDS)} in {ORDER_YEAR}",
            ordering(access, window),
            ORDERED,
            1.0,
        ),
        Criterion(f"{FALLS} {below}", _share(access, FALLS, TIMES), TIMED, 1.0),
        *(
            Criterion(f"{iso3} falls below one half within {span}", _share(access, iso3, window), 0.0, FALSE)
            for iso3 in STANDS
        ),
        *(
            Criterion(f"error of {one.series} over the best naive forecast's", one.ratio, 0.0, HINDCAST)
            for one in pooled
        ),
        *(
            Criterion(
                f"hits at {FALSE_ALARMS:.0%} false alarms, {source}",
                None if one.hits_at_rate is None else one.hits_at_rate.value,
                HITS,
                1.0,
            )
            for source, one in scores.items()
        ),
    ]
    share = None if coverage is None else coverage.share
    return [*asked, Criterion("share of figures after the cut-off within their 80 % bands", share, *COVERED)]


def ordering(access: Mapping[str, xr.DataArray], window: tuple[int, int]) -> float | None:
    """The share of draws in which the one that falls has less access in 1982 than each that stands.

    Of the draws that all of them have; None without such a draw, country or year.
    """
    names = [FALLS, *STANDS]
    if not all(name in access for name in names) or not window[0] <= ORDER_YEAR <= window[1]:
        return None
    common = set.intersection(*(set(access[name]["draw"].to_numpy().tolist()) for name in names))
    if not common:
        return None
    levels = {name: access[name].sel(draw=sorted(common), time=ORDER_YEAR).to_numpy() for name in names}
    return float(np.mean(np.all([levels[FALLS] < levels[name] for name in STANDS], axis=0)))


def _share(access: Mapping[str, xr.DataArray], iso3: str, years: tuple[int, int]) -> float | None:
    """The share of the draws of a country that are below one half in some of the years."""
    if iso3 not in access:
        return None
    within = access[iso3].sel(time=slice(*years)).transpose("draw", "time").to_numpy()
    return float(np.mean((within < THRESHOLD).any(axis=1))) if within.shape[1] else None
