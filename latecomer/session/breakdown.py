"""The breakdown of a study as an event: predicted from figures before it, held against the record of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latecomer.calibrate.bands import LEVEL, band_scores, pooled_coverage
from latecomer.calibrate.credit_loss import credit_loss, ordered
from latecomer.calibrate.event_labels import events
from latecomer.calibrate.hindcast import HindcastScore, Pooled, hindcast_scores, pooled
from latecomer.calibrate.rules_of_thumb import rules_of_thumb
from latecomer.faults import refuse
from latecomer.session.breakdown_panel import Brought, brought
from latecomer.session.breakdown_runs import Ask, forecast, past_sizes, pool
from latecomer.session.breakdown_scores import (
    CountryCrisis,
    Criterion,
    RuleScores,
    SourceScores,
    criteria,
    rule_scores,
    source_scores,
)
from latecomer.session.evidence import save_evidence
from latecomer.session.foretold import judged
from latecomer.session.progress import Progress, silent
from latecomer.session.weights import early_fit

if TYPE_CHECKING:
    import xarray as xr

    from latecomer.calibrate.bands import BandScore
    from latecomer.calibrate.crps import Coverage
    from latecomer.study.outcomes import Forecast, Outcomes
    from latecomer.study.study import Study

DRAWS = 200
REFERENCE = "reference"


@dataclass(frozen=True)
class Breakdown:
    """The prediction and all that it is held against; countries from the likeliest down.

    `lacks`: what figures a newcomer lacks and what stands in; `refused`: countries of the panel that cannot
    be run, and why; `naive`: the errors of model and naive forecasts after the cut-off up to `end`.
    """

    until: int
    window: tuple[int, int]
    end: int
    variants: tuple[str, ...]
    draws: int
    seed: int
    countries: tuple[CountryCrisis, ...]
    scores: Mapping[str, SourceScores]
    rules: tuple[RuleScores, ...]
    hindcast: tuple[Pooled, ...]
    coverage: Coverage | None
    criteria: tuple[Criterion, ...]
    lacks: Mapping[str, tuple[str, ...]]
    refused: Mapping[str, str]
    outcomes: Outcomes

    def as_dict(self) -> dict[str, Any]:
        """The prediction as plain data: an area is null where a source has no event or no quiet country."""
        record = self.outcomes.record
        return {
            "until": self.until,
            "window": list(self.window),
            "countries": [one.as_dict() for one in self.countries],
            "auc": {source: _data(one.auc) for source, one in self.scores.items()},
            "rules": {
                one.rule: {
                    **{source: _data(found) for source, found in one.auc.items()},
                    "model": {source: _data(found) for source, found in one.model.items()},
                    "missing": list(one.missing),
                    "says": self.outcomes.rules[one.rule].says,
                }
                for one in self.rules
            },
            "hindcast": {short(one.series): _hindcast(one) for one in self.hindcast},
            "events": {source: one.as_dict() for source, one in self.scores.items()},
            "sources": {source: one.series for source, one in record.catalogues.items()},
            "coverage": None if self.coverage is None else {"level": LEVEL, **asdict(self.coverage)},
            "criteria": [one.as_dict() for one in self.criteria],
            "variants": list(self.variants),
            "draws": self.draws,
            "seed": self.seed,
            "end": self.end,
            "lacks": {iso3: list(said) for iso3, said in self.lacks.items()},
            "refused": dict(self.refused),
        }


def _data(found: Any) -> dict[str, Any] | None:
    return None if found is None else found.as_dict()


def _hindcast(one: Pooled) -> dict[str, Any]:
    return {"model": one.rmse, "best naive": one.naive[one.best], **one.as_dict()}


def short(series: str) -> str:
    """The name of a series without what it is divided by.

    >>> short("debt/output, one denominator")
    'debt/output'
    """
    return series.partition(",")[0]


def breakdown(
    study: Study,
    until: int | None = None,
    panel: Path | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    variants: Sequence[str] | None = None,
    progress: Progress = silent,
) -> Breakdown:
    """The breakdown within the window of the study, predicted from figures up to a cut-off, and its scores.

    probability = P(lowest value of the window < level), over draws of the fast approximation

    Nothing on record is read but to score. `until`: by default the cut-off of the study; `panel`: a table of
    further countries, fitted within the fit to the cut-off. `variants`: whose draws are pooled with equal
    weights, by default that of the reference fit. From a cut-off within the window it opens the year after.
    Raises InputError for a study that says not what breaks down, or which years count, for a variant without
    a fit to the cut-off, with the command that makes it, for a stale one, for a cut-off at which no window is
    left, and where no run of a country is finite.
    """
    what = "a prediction of the breakdown"
    study.outcomes.needed_event(what)
    asked = study.outcomes.needed_forecast(what)
    until = asked.cutoff if until is None else until
    window = window_after(asked, until)
    ask = Ask(until, max(asked.end, window[1]), draws, seed)
    chosen = tuple(variants) if variants else (reference_variant(study),)
    fits = {name: early_fit(study, name, study.variants[name].fit or name, until) for name in chosen}
    for fit in fits.values():
        fit.refuse_stale(study)
    found = Brought(study) if panel is None else brought(study, panel, until)
    each = [forecast(found.study, fit, name, found.countries, ask, progress) for name, fit in fits.items()]
    return assess(found, pool(common(each), draws), ask, chosen)


def save_breakdown(study: Study, found: Breakdown) -> Path:
    """Keep a prediction for the study's own countries with the hashes of what it was made from."""
    fits = [early_fit(study, name, study.variants[name].fit or name, found.until) for name in found.variants]
    return save_evidence(study, f"breakdown-{found.until}", found.as_dict(), fits[0].countries, fits)


def window_after(forecast: Forecast, until: int) -> tuple[int, int]:
    """The window of the breakdown that is left after a cut-off. Raises InputError where none is.

    >>> from latecomer.study.outcomes import Forecast
    >>> one = Forecast(cutoff=1979, end=1990, window=(1980, 1986))
    >>> window_after(one, 1979), window_after(one, 1981)
    ((1980, 1986), (1982, 1986))
    """
    first, last = forecast.years
    if until >= last:
        raise refuse("--until", str(until), f"a year before {last}, where the window ends", "cut earlier")
    return max(first, until + 1), last


def reference_variant(study: Study) -> str:
    """The variant whose fit is the reference. Raises InputError for a study without one."""
    one = study.variants.of_fit(REFERENCE)
    if one is None:
        got, cure = "none with that fit", "give one of them that fit in model/variants.toml"
        raise refuse("variants", got, f"one whose fit is '{REFERENCE}'", cure)
    return one.name


def early_variants(study: Study, until: int) -> list[str]:
    """The variants of a study that have a fit to a cut-off."""
    names = set(study.fits.names())
    return [name for name, one in study.variants.items() if one.fit and f"{one.fit}-until-{until}" in names]


def common(each: Sequence[Mapping[str, xr.Dataset]]) -> list[dict[str, xr.Dataset]]:
    """Runs of the countries that every variant has."""
    names = [iso3 for iso3 in each[0] if all(iso3 in runs for runs in each)]
    return [{iso3: runs[iso3] for iso3 in names} for runs in each]


def assess(found: Brought, runs: Mapping[str, xr.Dataset], ask: Ask, variants: Sequence[str]) -> Breakdown:
    """What runs from a cut-off come to, held against events, rules and naive forecasts."""
    study, until, what = found.study, ask.until, "a prediction of the breakdown"
    outcomes = study.outcomes
    event, wanted = outcomes.needed_event(what), outcomes.needed_forecast(what)
    window = window_after(wanted, until)
    begun = {iso3: one for iso3, one in runs.items() if study.countries[iso3].window.start < window[0]}
    losses = {iso3: credit_loss(iso3, one[event.variable], event, window) for iso3, one in begun.items()}
    said = tuple(
        CountryCrisis(
            one,
            events(study.observations, one.iso3, outcomes, window),
            one.iso3 in found.countries,
            outcomes.record,
        )
        for one in ordered(losses)
    )
    rate, names = wanted.asked.false_alarms, [one.loss.iso3 for one in said]
    scores = {source: source_scores(said, source, until, rate) for source in outcomes.record.catalogues}
    rules = rules_of_thumb(study.observations.cut(until), names, until, outcomes.rules)
    errors, bands = hindcasts(study, begun, ask)
    table = pooled(errors)
    coverage = pooled_coverage(bands) if bands else None
    asked = criteria(begun, event, wanted, window, table, coverage, scores)
    return Breakdown(
        until,
        window,
        ask.end,
        tuple(variants),
        ask.draws,
        ask.seed,
        said,
        scores,
        tuple(rule_scores(said, rules)),
        tuple(table),
        coverage,
        tuple(asked),
        dict(found.lacks),
        dict(found.refused),
        outcomes,
    )


def hindcasts(
    study: Study, runs: Mapping[str, xr.Dataset], ask: Ask
) -> tuple[list[HindcastScore], list[BandScore]]:
    """Errors and 80 % bands of the years after the cut-off, in the series that a hindcast is judged by.

    The bands have the size that errors in levels had up to the cut-off.
    """
    series = judged(study) or [one.series for one in study.targets.targets]
    errors: list[HindcastScore] = []
    bands: list[BandScore] = []
    for iso3, one in runs.items():
        sizes = past_sizes(study, iso3, one, ask.until)
        errors += hindcast_scores(study, iso3, one, ask.until, ask.end, series, sizes, ask.seed)
        found = band_scores(study, iso3, one, sizes, ask.end, ask.until, seed=ask.seed)
        bands += [band for band in found if band.series in series]
    return errors, bands
