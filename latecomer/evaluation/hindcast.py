"""A forecast from a cut-off, held against what came and against the naive forecasts of the same day.

Also here:
- What draws of a fit to a cut-off make of the years after it: runs, sizes of errors, the breakdown.
- The hindcast of a study: what its fit to a cut-off foresees, and what the bands of that hold.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.errors import refuse
from latecomer.evaluation.credit_loss import CreditLoss, credit_loss, runs_of_draws
from latecomer.inference.bands import LEVEL, level_scales, naive_crps
from latecomer.inference.baselines import History, naive_forecasts
from latecomer.inference.goodness_of_fit import FEWEST, rmse
from latecomer.inference.laplace import approximate, coordinates, named_draws
from latecomer.inference.predictive import (
    figures_of,
    history_of,
    law_of,
    on_scale,
    paths_of,
    predictive_log_density,
    predictive_probability,
    runs_of,
)
from latecomer.inference.problem import Problem, make_problem
from latecomer.inference.proper_scores import Coverage, coverage, crps_ensemble
from latecomer.runs.executor import Progress, silent
from latecomer.runs.results import save_evidence
from latecomer.study.fits import Fit, fit_at_cutoff
from latecomer.study.run_spec import REFERENCE
from latecomer.study.study import Study
from latecomer.study.targets import Target

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HindcastScore:
    """How one series of one country is forecast from `cut_off`, over `n` figures from `start` to `end`.

    On the scale of the target: `rmse` of the run, or of the mean of its draws; `rebased`: the same, shifted
    to meet the last figure up to the cut-off, None where no run has that year; `naive`: of each naive
    forecast by its name. `crps`, `crps_rebased` and `crps_naive` are mean CRPS, None without draws. `notes`:
    what was limited in a naive forecast, by its name.
    """

    country: str
    series: str
    cut_off: int
    start: int
    end: int
    n: int
    rmse: float
    rebased: float | None
    naive: Mapping[str, float]
    crps: float | None = None
    crps_rebased: float | None = None
    crps_naive: Mapping[str, float] | None = None
    notes: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The score as plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Pooled:
    """A series over `n` countries: root mean squares of country RMSEs, and ratios to the best naive forecast.

    `best`: the naive forecast with the smallest pooled RMSE, chosen once for all countries. `ratio_rebased`
    and `rebased` are None where a country has none.
    """

    series: str
    cut_off: int
    n: int
    rmse: float
    rebased: float | None
    naive: Mapping[str, float]
    best: str
    ratio: float
    ratio_rebased: float | None

    def as_dict(self) -> dict[str, Any]:
        """The pooled score as plain data."""
        return asdict(self)


def hindcast_scores(
    study: Study,
    iso3: str,
    runs: xr.Dataset,
    cut_off: int,
    end: int,
    series: Sequence[str] | None = None,
    sizes: Mapping[str, float | Floats] | None = None,
    seed: int = 0,
) -> list[HindcastScore]:
    """The scores of one run, or of draws of runs, against the figures after `cut_off` up to `end`.

    `runs`: over (time) or (draw, time), made from nothing later than the cut-off but world drivers. `series`:
    the names of the targets scored, None for all. `sizes`: of the error about the draws, see
    `band_scores`. Naive forecasts know the figures up to the cut-off only; series with fewer than four of
    these, or five later, are left out. Raises InputError for an `end` up to the cut-off or after a cut of
    the observations, an unknown series, and runs that lack the variable of a target.
    """
    known = study.observations.cut(cut_off)
    scores = []
    for target, years, figures in _held_out(study, iso3, runs, cut_off, end, series):
        history = history_of(known, iso3, target, cut_off)
        if history is None or len(years) < FEWEST:
            continue
        actual = on_scale(figures, target.transformation)
        size = _size(target, iso3, sizes)
        paths = paths_of(runs, target, years, size, seed) if "draw" in runs.dims else None
        scores.append(_score(iso3, target, runs, years, actual, history, paths))
    return scores


def held_out_log_scores(
    study: Study,
    iso3: str,
    runs: xr.Dataset,
    cut_off: int,
    end: int,
    series: Sequence[str] | None = None,
    sizes: Mapping[str, float | Floats] | None = None,
) -> dict[tuple[str, int], float]:
    """The log score of each figure after a cut-off, by series and year: what variants are weighed by.

    On the scale of the target's error, which is one for all variants; see `predictive_log_density`. Arguments
    and errors as for `hindcast_scores`; series with few figures count as well.
    """
    scores: dict[tuple[str, int], float] = {}
    for target, years, figures in _held_out(study, iso3, runs, cut_off, end, series):
        on, size = target.error.on, _size(target, iso3, sizes)
        draws = on_scale(runs_of(runs, target, years), on)
        each = predictive_log_density(on_scale(figures, on), draws, size, law_of(target))
        scores |= {(target.series, int(t)): float(one) for t, one in zip(years, each, strict=True)}
    return scores


def _held_out(
    study: Study, iso3: str, runs: xr.Dataset, cut_off: int, end: int, series: Sequence[str] | None
) -> Iterator[tuple[Target, Floats, Floats]]:
    """Each target with the years and figures after the cut-off."""
    if end <= cut_off:
        raise refuse("hindcast", f"the end {end}", f"a year after {cut_off}", "choose a later year")
    for target in _chosen(study, series):
        first, last = target.years(iso3, study.targets.window)
        span = (max(first, cut_off + 1), min(last, end))
        yield target, *figures_of(study.observations, iso3, target, runs, *span)


def _size(target: Target, iso3: str, sizes: Mapping[str, float | Floats] | None) -> float | Floats:
    return target.scale(iso3) if sizes is None else sizes.get(target.series, target.scale(iso3))


def _chosen(study: Study, series: Sequence[str] | None) -> list[Target]:
    targets = {target.series: target for target in study.targets.targets}
    unknown = [name for name in series or () if name not in targets]
    if unknown:
        raise refuse(
            "hindcast", f"the series '{unknown[0]}'", f"one of {', '.join(targets)}", "mend the name"
        )
    return list(targets.values()) if series is None else [targets[name] for name in series]


def _score(
    iso3: str,
    target: Target,
    runs: xr.Dataset,
    years: Floats,
    actual: Floats,
    history: History,
    paths: Floats | None,
) -> HindcastScore:
    forecasts = naive_forecasts(history, years)
    model = on_scale(runs_of(runs, target, years), target.transformation)
    shift = _shift(runs, target, history)
    crps = crps_rebased = crps_naive = None
    if paths is not None:
        crps = float(np.mean(crps_ensemble(actual, paths)))
        crps_naive = naive_crps(history, years, actual)
        if shift is not None:
            shifted = paths + np.repeat(shift, len(paths) // len(shift))[:, None]
            crps_rebased = float(np.mean(crps_ensemble(actual, shifted)))
    return HindcastScore(
        iso3,
        target.series,
        history.cut_off,
        int(years[0]),
        int(years[-1]),
        len(years),
        rmse(model.mean(axis=0), actual),
        None if shift is None else rmse((model + shift[:, None]).mean(axis=0), actual),
        {name: rmse(forecast.mean, actual) for name, forecast in forecasts.items()},
        crps,
        crps_rebased,
        crps_naive,
        {name: forecast.note for name, forecast in forecasts.items() if forecast.note},
    )


def _shift(runs: xr.Dataset, target: Target, history: History) -> Floats | None:
    """What each draw lacks to meet the last figure known, shape (draws,); None where no run has its year."""
    if history.years[-1] not in runs["time"].to_numpy():
        return None
    at = on_scale(runs_of(runs, target, history.years[-1:]), target.transformation)
    return np.asarray(history.figures[-1] - at[:, 0])


def pooled(scores: Iterable[HindcastScore]) -> list[Pooled]:
    """The scores of each series over countries.

    rmse = sqrt(mean over countries of rmse**2);  ratio = rmse / min over naive forecasts of theirs

    Each country counts once, however many figures it has. Raises InputError for a country that comes twice
    in a series, or for several cut-offs of one series.

    >>> one = HindcastScore("KOR", "log output", 1979, 1980, 1990, 11, 3.0, 1.0, {"no change": 10.0})
    >>> two = HindcastScore("BRA", "log output", 1979, 1980, 1990, 11, 4.0, 1.0, {"no change": 10.0})
    >>> both = pooled([one, two])[0]
    >>> round(both.rmse**2, 9), round(both.ratio, 6), both.n  # (9 + 16) / 2, sqrt(12.5) / 10
    (12.5, 0.353553, 2)
    """
    by_series: dict[str, list[HindcastScore]] = {}
    for score in scores:
        by_series.setdefault(score.series, []).append(score)
    return [_pool(series, rows) for series, rows in by_series.items()]


def _pool(series: str, rows: Sequence[HindcastScore]) -> Pooled:
    countries = [row.country for row in rows]
    if len(set(countries)) < len(countries):
        twice = next(iso3 for iso3 in countries if countries.count(iso3) > 1)
        raise refuse(f"hindcast, {series}", f"{twice} twice", "each country once", "pool one run of each")
    if len(cut_offs := sorted({row.cut_off for row in rows})) > 1:
        got = f"the cut-offs {', '.join(map(str, cut_offs))}"
        raise refuse(f"hindcast, {series}", got, "one", "pool each cut-off by itself")
    size = _root_mean_square([row.rmse for row in rows])
    moved = [row.rebased for row in rows if row.rebased is not None]
    rebased = _root_mean_square(moved) if len(moved) == len(rows) else None
    naive = {name: _root_mean_square([row.naive[name] for row in rows]) for name in rows[0].naive}
    best = min(naive, key=lambda name: naive[name])
    ratio_rebased = None if rebased is None else _ratio(rebased, naive[best])
    return Pooled(
        series, cut_offs[0], len(rows), size, rebased, naive, best, _ratio(size, naive[best]), ratio_rebased
    )


def _root_mean_square(values: Sequence[float]) -> float:
    return math.sqrt(math.fsum(value**2 for value in values) / len(values))


def _ratio(size: float, best: float) -> float:
    return size / best if best > 0.0 else math.inf


DRAWS, SEED = 64, 0
"""Draws of the fast approximation: enough for mean log densities of mixtures."""


@dataclass(frozen=True)
class PosteriorForecast:
    """Runs of draws from the start of each country up to `end`, made from figures up to `cut_off`.

    `runs`: of the variables of the targets and of the event, over (draw, time), those that are finite;
    `sizes`: of the errors of these draws by series, shape (draws,); `losses`: empty for a study without an
    event.
    """

    cut_off: int
    end: int
    runs: Mapping[str, xr.Dataset]
    sizes: Mapping[str, Mapping[str, Floats]]
    losses: Mapping[str, CreditLoss]

    def scores(self, study: Study) -> list[HindcastScore]:
        """The errors of each country beside those of the naive forecasts, in the series that are judged."""
        series = judged(study)
        return [
            score
            for iso3, runs in self.runs.items()
            for score in hindcast_scores(
                study, iso3, runs, self.cut_off, self.end, series, dict(self.sizes[iso3])
            )
        ]

    def log_scores(self, study: Study) -> dict[tuple[str, str, int], float]:
        """The log score of each figure held out, by country, series and year."""
        series = judged(study)
        found: dict[tuple[str, str, int], float] = {}
        for iso3, runs in self.runs.items():
            each = held_out_log_scores(
                study, iso3, runs, self.cut_off, self.end, series, dict(self.sizes[iso3])
            )
            found |= {(iso3, name, year): value for (name, year), value in each.items()}
        return found


def judged(study: Study) -> list[str] | None:
    """The series that a hindcast is judged by, or None, which is all, in a study that has none of these."""
    forecast = study.outcomes.forecast
    request = () if forecast is None else forecast.series
    return [one.series for one in study.targets.targets if one.series in request] or None


def loss_window(study: Study, cut_off: int, end: int) -> tuple[int, int]:
    """The years in which the event counts: as far from a cut-off as the window from that of the study."""
    forecast = study.outcomes.forecast
    if forecast is None:
        return cut_off + 1, end
    return cut_off + 1, min(cut_off + forecast.years[1] - forecast.cutoff, end)


def foretell(
    study: Study,
    fit: Fit,
    cut_off: int,
    end: int,
    variant: str | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> PosteriorForecast:
    """What a fit to a cut-off says of the years after it, by draws of its fast approximation.

    World drivers are those observed, a country's own are prolonged from before the cut-off. Raises InputError
    where no draw of a country has a finite run.
    """
    problem = make_problem(study, fit.countries, cut_off, variant=variant)
    later = make_problem(study, fit.countries, cut_off, variant=variant, through=end)
    points = approximate(problem, coordinates(problem.layout, fit)).draws(seed, draws)
    return posterior_forecast(study, fit.name, later, points, cut_off, end)


def posterior_forecast(
    study: Study, fit: str, later: Problem, points: Floats, cut_off: int, end: int
) -> PosteriorForecast:
    """What draws of standard normals, shape (draws, entries), come to in their runs.

    `later`: the problem of the draws with runs through `end`; `fit`: the name told in a fault. Raises
    InputError where no draw of a country has a finite run.
    """
    event = study.outcomes.event
    own = [] if event is None else [event.variable]
    variables = list(dict.fromkeys([*(one.variable for one in study.targets.targets), *own]))
    all_sizes = named_draws(later.layout, study.targets, points).sizes
    runs: dict[str, xr.Dataset] = {}
    sizes: dict[str, dict[str, Floats]] = {}
    for iso3, each in runs_of_draws(study, later, variables, points).items():
        held = {name: size for (whose, name), size in all_sizes.items() if whose == iso3}
        # beside countries that began earlier a run goes on after the end: what it does there is not asked
        runs[iso3], sizes[iso3] = sound_runs(f"fit '{fit}'", iso3, each.sel(time=slice(None, end)), held)
    window = loss_window(study, cut_off, end)
    losses = {
        iso3: credit_loss(iso3, one[event.variable], event, window)
        for iso3, one in runs.items()
        if event is not None
    }
    return PosteriorForecast(cut_off, end, runs, sizes, losses)


def sound_runs(
    place: str, iso3: str, runs: xr.Dataset, sizes: Mapping[str, Any]
) -> tuple[xr.Dataset, dict[str, Any]]:
    """The draws of a country whose runs stay finite, and the sizes of their errors.

    Raises InputError, told of `place`, where none does.
    """
    found = finite_runs(runs, sizes)
    if not found[0].sizes["draw"]:
        got = f"no finite run of {iso3} in {runs.sizes['draw']} draws"
        raise refuse(place, got, "one at least", "fit again from other starts")
    return found


def finite_runs(runs: xr.Dataset, sizes: Mapping[str, Any]) -> tuple[xr.Dataset, dict[str, Any]]:
    """The draws whose runs stay finite, and the sizes of the errors of these draws."""
    sound = np.ones(runs.sizes["draw"], dtype=bool)
    for name in runs:
        sound &= np.isfinite(runs[name].to_numpy()).all(axis=1)
    at = np.flatnonzero(sound)
    return runs.isel(draw=at), {series: np.asarray(size)[at] for series, size in sizes.items()}


def past_error_scales(study: Study, iso3: str, runs: xr.Dataset, until: int) -> dict[str, float | Floats]:
    """The size of the errors of each series in levels, as its figures up to `until` have it, shape (draws,).

    A series with fewer than five figures is left out: it keeps the scale that its target states.
    """
    sizes: dict[str, float | Floats] = {}
    for target in study.targets.targets:
        first, last = target.years(iso3, study.targets.window)
        years, figures = figures_of(study.observations, iso3, target, runs, first, min(last, until))
        if len(years) >= FEWEST:
            on = target.error.on
            errors = on_scale(runs_of(runs, target, years), on) - on_scale(figures, on)
            sizes[target.series] = level_scales(errors, law_of(target))
    return sizes


@dataclass(frozen=True, slots=True)
class Held:
    """How many of `n` later figures lie in the 80 % band whose width the errors up to the cut-off have.

    `stated`: how many lie in the band with the size of error of the fit, which is that of yearly changes.
    """

    country: str
    series: str
    inside: int
    stated: int
    n: int


@dataclass(frozen=True)
class Hindcast:
    """The fit to a cut-off held against the years after it, up to `end`."""

    fit: str
    variant: str
    cut_off: int
    end: int
    scores: tuple[HindcastScore, ...]
    held: tuple[Held, ...]

    @property
    def pooled(self) -> list[Pooled]:
        """Errors over countries, beside the naive forecasts."""
        return pooled(self.scores)

    def coverage(self, series: str | None = None) -> Coverage | None:
        """The share of later figures within their bands, of one series or all; None without a figure."""
        return _share([one for one in self.held if series in (None, one.series)])

    def as_dict(self) -> dict[str, Any]:
        """The hindcast as plain data."""
        names = dict.fromkeys(one.series for one in self.held)
        shares = {name: self.coverage(name) for name in [*names, None]}
        return {
            "fit": self.fit,
            "variant": self.variant,
            "until": self.cut_off,
            "end": self.end,
            "pooled": [one.as_dict() for one in self.pooled],
            "countries": [one.as_dict() for one in self.scores],
            "coverage": {name or "all": asdict(one) for name, one in shares.items() if one is not None},
            "bands": [asdict(one) for one in self.held],
        }


def hindcast(
    study: Study,
    cut_off: int | None = None,
    end: int | None = None,
    variant: str | None = None,
    progress: Progress = silent,
) -> Hindcast:
    """What the fit of a variant to a cut-off foresees, by default of the variant of the reference fit.

    `cut_off`, `end`: by default those of the study's forecast.

    Raises InputError, with the command to make it, where there is no such fit; for a stale one; and for a
    study without such a variant.
    """
    cut_off, end = study.outcomes.cutoff(cut_off, "hindcast"), study.outcomes.end(end, "hindcast")
    name, fit_name = with_fit(study, variant)
    fit = fit_at_cutoff(study.fits, name, fit_name, cut_off)
    fit.refuse_stale(study)
    progress(f"hindcast from {cut_off}", 0, 1)
    predicted = foretell(study, fit, cut_off, end, name)
    found = Hindcast(
        fit.name, name, cut_off, end, tuple(predicted.scores(study)), tuple(held_figures(study, predicted))
    )
    progress(f"hindcast from {cut_off}", 1, 1)
    return found


def save_hindcast(study: Study, found: Hindcast) -> Path:
    """Keep a hindcast with the hashes of what it was made from."""
    fit = study.fits[found.fit]
    return save_evidence(study, f"hindcast-{found.cut_off}", found.as_dict(), fit.countries, [fit])


def with_fit(study: Study, variant: str | None = None) -> tuple[str, str]:
    """The name of a variant and of its fit, by default of the variant of the reference fit.

    Raises InputError for an unknown variant, and for one without a fit.
    """
    chosen = study.variants.of_fit(REFERENCE) if variant is None else study.variants[variant]
    if chosen is None or chosen.fit is None:
        place = "variants" if variant is None else f"variant '{variant}'"
        got = f"none with the fit '{REFERENCE}'" if variant is None else "no fit"
        raise refuse(place, got, "a variant with a fit", "name its fit in model/variants.toml")
    return chosen.name, chosen.fit


def held_figures(study: Study, predicted: PosteriorForecast) -> Iterator[Held]:
    """How many later figures of each series lie in the bands that the errors up to the cut-off give.

    size[d] = level_sizes of figures less draw d up to the cut-off;  inside: |p[t] - 1/2| <= 0.4

    p: of `predictive_probability`. Series with fewer than five figures before or after are left out.
    """
    names = judged(study)
    for iso3, runs in predicted.runs.items():
        sizes = past_error_scales(study, iso3, runs, predicted.cut_off)
        for target in study.targets.targets:
            if target.series in sizes and (names is None or target.series in names):
                pair = (sizes[target.series], predicted.sizes[iso3].get(target.series, target.scale(iso3)))
                one = _held(study, iso3, target, predicted, pair)
                if one is not None:
                    yield one


def _held(
    study: Study,
    iso3: str,
    target: Target,
    predicted: PosteriorForecast,
    sizes: tuple[float | Floats, float | Floats],
) -> Held | None:
    first, last = target.years(iso3, study.targets.window)
    span, runs = (max(first, predicted.cut_off + 1), min(last, predicted.end)), predicted.runs[iso3]
    years, figures = figures_of(study.observations, iso3, target, runs, *span)
    if len(years) < FEWEST:
        return None
    on, law = target.error.on, law_of(target)
    drawn, actual = on_scale(runs_of(runs, target, years), on), on_scale(figures, on)
    inside = [
        int(np.sum(np.abs(predictive_probability(actual, drawn, one, law) - 0.5) <= 0.5 * LEVEL))
        for one in sizes
    ]
    return Held(iso3, target.series, inside[0], inside[1], len(years))


def _share(rows: list[Held]) -> Coverage | None:
    if not rows:
        return None
    return coverage(np.concatenate([np.arange(one.n) < one.inside for one in rows]))
