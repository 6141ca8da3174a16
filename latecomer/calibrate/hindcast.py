"""A forecast from a cut-off, held against what came and against the naive forecasts of the same day."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from latecomer.calibrate.bands import naive_crps
from latecomer.calibrate.crps import crps_ensemble
from latecomer.calibrate.naive import History, naive_forecasts
from latecomer.calibrate.predictive import (
    figures_of,
    history_of,
    law_of,
    on_scale,
    paths_of,
    predictive_log_density,
    runs_of,
)
from latecomer.calibrate.score import FEWEST, rmse
from latecomer.faults import refuse

if TYPE_CHECKING:
    import xarray as xr

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
