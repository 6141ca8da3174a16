"""The bands of runs against the figures of every series: how many lie within, and how sharp they are.

Also here:
- How far levels stand from the figures: the size of their errors, not of what the year before leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from latecomer.errors import refuse
from latecomer.inference.baselines import History, naive_forecasts
from latecomer.inference.goodness_of_fit import FEWEST
from latecomer.inference.predictive import (
    ErrorLaw,
    figures_of,
    history_of,
    law_of,
    on_scale,
    paths_of,
    predictive_probability,
    runs_of,
)
from latecomer.inference.proper_scores import Coverage, coverage, crps_ensemble, crps_normal

if TYPE_CHECKING:
    import xarray as xr

    from latecomer.study.study import Study
    from latecomer.study.targets import Target


Floats = NDArray[np.float64]

LEAST = 1e-9

ROUNDS, CLOSE = 500, 1e-10


def level_scales(errors: Floats, law: ErrorLaw) -> Floats:
    """The size at which the errors of each draw are likeliest, whatever their order, shape (draws,).

    size[d] = argmax of sum over t of log f(errors[d, t] / size) - log(size)
    normal: root mean square;  Laplace: mean absolute error
    Student: the fixed point of size ** 2 = mean of (nu + 1) * r ** 2 / (nu + r ** 2 / size ** 2)

    A likelihood of autocorrelated errors learns their size from changes: where errors last longer than it
    states, that size is too small for levels. `errors`: r, shape (draws, years), of one year at least; f: the
    density of the law, nu its degrees of freedom. Raises InputError without a year. Source: Lange, Little and
    Taylor (1989), Journal of the American Statistical Association 84, section 3.

    >>> level_scales(np.array([[3.0, -4.0, 5.0, 0.0]]), ErrorLaw()).round(6).tolist()  # sqrt(50 / 4)
    [3.535534]
    >>> level_scales(np.array([[3.0, -4.0, 5.0, 0.0]]), ErrorLaw("laplace")).tolist()  # 12 / 4
    [3.0]
    """
    if errors.shape[-1] == 0:
        raise refuse("size of errors", "no year with a figure", "one at least", "widen the window")
    if law.family == "laplace":
        return np.asarray(np.maximum(np.abs(errors).mean(axis=-1), LEAST))
    square = np.maximum(np.mean(errors**2, axis=-1), LEAST**2)
    if law.family == "normal":
        return np.asarray(np.sqrt(square))
    for _ in range(ROUNDS):
        weighted = (law.degrees + 1.0) * errors**2 / (law.degrees + errors**2 / square[..., None])
        before, square = square, np.maximum(weighted.mean(axis=-1), LEAST**2)
        if np.all(np.abs(square - before) <= CLOSE * square):
            break
    return np.asarray(np.sqrt(square))


def crossed_scales(errors: Floats, law: ErrorLaw) -> Floats:
    """The size of each year's error as the other half of the years has it, shape (draws, years).

    size[d, t] = level_sizes of the later half for t in the earlier one, and the reverse

    No figure has a part in the width of its own band, so how many bands hold is a test. `errors`: shape
    (draws, years), in the order of time, of two years at least; with an odd number the later half is longer.
    Raises InputError with fewer.

    >>> crossed_scales(np.array([[1.0, -1.0, 3.0, 3.0]]), ErrorLaw()).tolist()
    [[3.0, 3.0, 1.0, 1.0]]
    """
    half = errors.shape[-1] // 2
    early, late = level_scales(errors[:, :half], law), level_scales(errors[:, half:], law)
    return np.where(np.arange(errors.shape[-1]) < half, late[:, None], early[:, None])


LEVEL = 0.8
"""The level of the central band that is scored."""


@dataclass(frozen=True, slots=True)
class BandScore:
    """How often one series of one country lies in its central band, with the exact interval `low` to `high`.

    `inside`: how many of `n` figures; `crps`: mean, on the scale of the target; `naive`: that of each naive
    forecast by its name, None where the figures were fitted: a forecast is not held against a fit; `stated`:
    how many lie in the band of the sizes that were given, where the band scored has sizes of its own.
    """

    country: str
    series: str
    level: float
    coverage: float
    low: float
    high: float
    inside: int
    n: int
    start: int
    end: int
    crps: float
    naive: Mapping[str, float] | None = None
    stated: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """The score as plain data."""
        return asdict(self)


def band_scores(
    study: Study,
    iso3: str,
    runs: xr.Dataset,
    sizes: Mapping[str, float | Floats] | None = None,
    until: int | None = None,
    after: int | None = None,
    level: float = LEVEL,
    seed: int = 0,
    crossed: bool = False,
) -> list[BandScore]:
    """The bands of runs over (draw, time), or (time), against every target with five figures or more.

    `sizes`: of the error by series, one or one a draw, on the scale that the target's error is on; by default
    the target's own. `until`: the last year scored. `after`: the cut-off of a forecast; only later figures
    are scored, against naive forecasts from those up to it too. `crossed`: each figure's band has the size
    that the errors of the other half of the years have, see `crossed_scales`. Raises InputError for runs that
    lack the variable of a target, and for a cut of the observations that is too early.
    """
    known = None if after is None else study.observations.cut(after)
    scores = []
    for target in study.targets.targets:
        first, last = target.years(iso3, study.targets.window)
        first = first if after is None else max(after + 1, first)
        last = last if until is None else min(last, until)
        years, figures = figures_of(study.observations, iso3, target, runs, first, last)
        history = None if known is None or after is None else history_of(known, iso3, target, after)
        if len(years) < FEWEST or (after is not None and history is None):
            continue
        size = target.scale(iso3) if sizes is None else sizes.get(target.series, target.scale(iso3))
        law, on = law_of(target), target.error.on
        actual, drawn = on_scale(figures, on), on_scale(runs_of(runs, target, years), on)
        stated = None
        if crossed:
            stated = _within(predictive_probability(actual, drawn, size, law), level).inside
            size = crossed_scales(drawn - actual, law)
        inside = _within(predictive_probability(actual, drawn, size, law), level)
        paths = paths_of(runs, target, years, size, seed)
        actual = on_scale(figures, target.transformation)
        one = _band_score(iso3, target, level, years, actual, inside, paths, history)
        scores.append(replace(one, stated=stated))
    return scores


def _within(probability: Floats, level: float) -> Coverage:
    return coverage(np.abs(probability - 0.5) <= 0.5 * level)


def _band_score(
    iso3: str,
    target: Target,
    level: float,
    years: Floats,
    actual: Floats,
    inside: Coverage,
    paths: Floats,
    history: History | None,
) -> BandScore:
    return BandScore(
        iso3,
        target.series,
        level,
        inside.share,
        inside.low,
        inside.high,
        inside.inside,
        inside.n,
        int(years[0]),
        int(years[-1]),
        float(np.mean(crps_ensemble(actual, paths))),
        None if history is None else naive_crps(history, years, actual),
    )


def pooled_coverage(scores: Iterable[BandScore]) -> Coverage:
    """The coverage over all figures of some scores; raises InputError for none.

    >>> one = BandScore("KOR", "log output", 0.8, 0.8, 0.28, 0.99, 4, 5, 1980, 1984, 0.1)
    >>> two = BandScore("BRA", "log output", 0.8, 0.4, 0.05, 0.85, 2, 5, 1980, 1984, 0.1)
    >>> pooled_coverage([one, two]).share
    0.6
    """
    return coverage(np.concatenate([np.arange(s.n) < s.inside for s in scores] or [np.zeros(0, dtype=bool)]))


def stated_coverage(scores: Iterable[BandScore]) -> float:
    """The share of figures in the bands of the sizes that were given; nan where no score has them.

    >>> one = BandScore("KOR", "log output", 0.8, 0.8, 0.28, 0.99, 4, 5, 1980, 1984, 0.1, stated=3)
    >>> stated_coverage([one])
    0.6
    """
    counted = [(one.stated, one.n) for one in scores if one.stated is not None]
    return sum(inside for inside, _ in counted) / sum(n for _, n in counted) if counted else float("nan")


def naive_crps(history: History, years: Floats, figures: Floats) -> dict[str, float]:
    """The mean CRPS of each naive forecast of some years, by its name; `figures`: on the history's scale."""
    forecasts = naive_forecasts(history, years)
    return {name: float(np.mean(crps_normal(figures, f.mean, f.sd))) for name, f in forecasts.items()}
