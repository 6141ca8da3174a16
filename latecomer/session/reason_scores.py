"""What a model without one of its mechanisms is compared by, and when it fails to break down."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from latecomer.calibrate.credit_loss import CreditLoss
from latecomer.calibrate.event_labels import events
from latecomer.calibrate.event_scores import Auc
from latecomer.calibrate.hindcast import pooled
from latecomer.calibrate.paired_areas import paired_fall
from latecomer.session.breakdown_scores import area
from latecomer.session.foretold import Foretold, loss_window
from latecomer.study.fits import Fit
from latecomer.study.study import Study

Point = tuple[str, str, int]
"""A figure: its country, its series and its year."""
HALF = 0.5
"""The share of the draws that counts as breaking down."""


@dataclass(frozen=True)
class Foresight:
    """What one refitted model says of the years after the cut-off.

    `log_score`: joint, of the figures held out that all models have; `rmse`: pooled, by series; `aucs`: by
    catalogue, None without a case of either kind; `fallen`: the share of draws in which the case is below the
    level of the event in a year of its breakdown, None without that country; `lowest`: the median of the
    lowest value of the case and those beside it.
    """

    fit: str
    loss: float
    log_score: float
    rmse: Mapping[str, float]
    aucs: Mapping[str, Auc | None]
    fallen: float | None
    lowest: Mapping[str, float]


def case_years(study: Study, cut_off: int) -> tuple[int, int]:
    """The years in which the case breaks down, as long after a cut-off as after that of the study."""
    forecast = study.outcomes.forecast
    if forecast is None or forecast.case is None:
        return cut_off + 1, cut_off + 1
    first, last = forecast.case.years
    return first - forecast.cutoff + cut_off, last - forecast.cutoff + cut_off


def telling_words(study: Study, countries: Sequence[str], cut_off: int) -> str:
    """That the case breaks down, in words; nothing without a case."""
    event = study.outcomes.event
    if event is None or not countries:
        return ""
    first, last = case_years(study, cut_off)
    return f"{countries[0]} is below {event.words.level} in {first}-{last % 100:02d}"


def failures(
    words: str, whole: float | None, fallen: float | None, falls: Mapping[str, tuple[float, float]]
) -> tuple[str, ...]:
    """Why a model without a mechanism fails, nothing where it does not; chosen before any was fitted.

    1. fallen < 1/2 <= whole: the case does not break down in half of the draws, though it does in the whole
    2. fall > its standard error in every catalogue that can be scored: it tells defaulters worse

    `words`: that the case breaks down; `whole`, `fallen`: the share of draws in which it does, with and
    without; `falls`: of the area under the curve (whole less without) and its standard error, by catalogue. A
    gain of log score or of RMSE is reported and is no failure of the breakdown.

    >>> failures("AAA is below one half in 1981-83", 0.9, 0.2, {"lv": (0.01, 0.05)})
    ('AAA is below one half in 1981-83 in 20 % of the draws',)
    """
    found = []
    if whole is not None and fallen is not None and fallen < HALF <= whole:
        found.append(f"{words} in {100 * fallen:.0f} % of the draws")
    if falls and all(fall > se for fall, se in falls.values()):
        told = ", ".join(f"{fall:.2f} ({name})" for name, (fall, _) in falls.items())
        found.append(f"the area under the curve falls by {told}")
    return tuple(found)


def foresight(
    study: Study,
    fit: Fit,
    told: Foretold,
    table: Mapping[Point, float],
    countries: Sequence[str],
) -> Foresight:
    """What one model foretells, in the numbers that models are compared by."""
    case = told.losses.get(countries[0]) if countries else None
    fallen = None
    if case is not None:
        first, last = case_years(study, told.cut_off)
        at = (case.years >= first) & (case.years <= last)
        fallen = float(np.mean((case.access[:, at] < case.event.below).any(axis=1)))
    return Foresight(
        fit.name,
        float(fit.manifest["loss"]),
        math.fsum(table.values()),
        {one.series: one.rmse for one in pooled(told.scores(study))},
        {
            name: area(own, {iso3: one.probability for iso3, one in told.losses.items()})
            for name, own in labels(study, told).items()
        },
        fallen,
        {one: float(np.median(told.losses[one].lowest)) for one in countries if one in told.losses},
    )


def labels(study: Study, told: Foretold) -> dict[str, dict[str, int]]:
    """Whether each country was struck in the window, by catalogue; one of which it is silent is left out."""
    window = loss_window(study, told.cut_off, told.end)
    by_country = {iso3: events(study.observations, iso3, study.outcomes, window) for iso3 in told.losses}
    found: dict[str, dict[str, int]] = {}
    for name in study.outcomes.record.catalogues:
        own = {iso3: each[name].label for iso3, each in by_country.items()}
        found[name] = {iso3: label for iso3, label in own.items() if label is not None}
    return found


def area_falls(study: Study, whole: Foretold, other: Foretold) -> dict[str, tuple[float, float]]:
    """How far the area under the curve falls, and its standard error, by catalogue that can be scored."""
    found = {}
    for name, own in labels(study, whole).items():
        told = {iso3: label for iso3, label in own.items() if iso3 in other.losses}
        if len(set(told.values())) == 2:
            sides: tuple[Mapping[str, CreditLoss], ...] = (whole.losses, other.losses)
            scores = [[one[iso3].probability for iso3 in told] for one in sides]
            found[name] = paired_fall(list(told.values()), *scores)
    return found


def gain_over_countries(whole: Mapping[Point, float], other: Mapping[Point, float]) -> tuple[float, float]:
    """The sum of log scores gained by the first of two models, and its standard error over countries.

    gain = sum over countries c of d[c];  se = sqrt(n * var(d));  d[c]: the sum of differences in country c

    Figures within a country are not exchangeable, countries are; nan with a single one. `whole`, `other`: by
    country, series and year, of the same figures.

    >>> points = [("KOR", "log output", 1980), ("BRA", "log output", 1980)]
    >>> gain_over_countries({points[0]: 3.0, points[1]: 1.0}, dict.fromkeys(points, 0.0))
    (4.0, 2.0)
    """
    sums: dict[str, float] = {}
    for point, value in whole.items():
        sums[point[0]] = sums.get(point[0], 0.0) + value - other[point]
    each = np.array(list(sums.values()))
    se = math.sqrt(len(each) * each.var(ddof=1)) if len(each) > 1 else math.nan
    return float(each.sum()), se
