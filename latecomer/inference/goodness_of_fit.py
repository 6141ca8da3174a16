"""Measures of fit of one run, each with its formula."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.study.countries import codes

if TYPE_CHECKING:
    from latecomer.study.fits import Fit
    from latecomer.study.study import Study
    from latecomer.study.targets import Target

Floats = NDArray[np.float64]
FEWEST = 5
"""Fewer figures than this are not scored: a range of three points says nothing."""


@dataclass(frozen=True, slots=True)
class Score:
    """How one series of one country fits: `nrmsd` and `u2` on the scale of the target, `mape` on levels."""

    country: str
    series: str
    nrmsd: float
    mape: float | None
    u2: float
    bias: float
    variance: float
    covariance: float
    n: int
    start: int
    end: int
    tolerance: float | None
    holds: bool | None

    def as_dict(self) -> dict[str, Any]:
        """The score as plain data."""
        return asdict(self)


def rmse(simulated: Floats, figures: Floats) -> float:
    """Root mean square error.

    >>> rmse(np.array([4.0, 6.0]), np.array([1.0, 3.0]))
    3.0
    """
    return float(np.sqrt(np.mean((simulated - figures) ** 2)))


def nrmsd(simulated: Floats, figures: Floats) -> float:
    """Root mean square error over the range of the figures.

    nrmsd = rmse / (max(figures) - min(figures))

    >>> nrmsd(np.array([2.0, 4.0]), np.array([1.0, 5.0]))  # an error of 1 over a range of 4
    0.25
    """
    return rmse(simulated, figures) / float(np.ptp(figures))


def mape(simulated: Floats, figures: Floats) -> float | None:
    """Mean absolute percentage error, as a ratio; None where a figure is not positive.

    >>> mape(np.array([1.0, 3.0]), np.array([2.0, 4.0]))
    0.375
    """
    if np.min(figures) <= 0.0:
        return None
    return float(np.mean(np.abs(simulated - figures) / np.abs(figures)))


def u2(simulated: Floats, figures: Floats, years: Floats) -> float:
    """Theil's U2 of a free run: its error over that of the straight line from the first to the last figure.

    u2 = rmse(simulated) / rmse(line);  line = figures[0] + (figures[-1] - figures[0]) * (t - t0) / (t1 - t0)

    The line knows the last figure, which the run does not: a value below one is a hard test.
    Source: Theil (1966), Applied Economic Forecasting, chapter 2, with the drift line as the naive forecast.

    >>> u2(np.array([0.0, 1.5, 2.0]), np.array([0.0, 2.0, 2.0]), np.array([0.0, 1.0, 2.0]))
    0.5
    """
    slope = (figures[-1] - figures[0]) / (years[-1] - years[0])
    return rmse(simulated, figures) / rmse(figures[0] + slope * (years - years[0]), figures)


def theil_shares(simulated: Floats, figures: Floats) -> tuple[float, float, float]:
    """Shares of the mean square error due to bias, variance and covariance; they add up to one.

    bias = (mean(s) - mean(a))**2 / mse;  variance = (sd(s) - sd(a))**2 / mse
    covariance = 2 * (1 - r) * sd(s) * sd(a) / mse

    Source: Sterman (1984), Dynamica 10, equations 4 to 6.

    >>> theil_shares(np.array([2.0, 3.0]), np.array([1.0, 2.0]))  # a shift by one is bias alone
    (1.0, 0.0, 0.0)
    """
    mse = float(np.mean((simulated - figures) ** 2))
    if mse == 0.0:
        return 0.0, 0.0, 0.0
    bias = float(simulated.mean() - figures.mean()) ** 2 / mse
    variance = float(simulated.std() - figures.std()) ** 2 / mse
    return bias, variance, max(0.0, 1.0 - bias - variance)


def score_series(target: Target, iso3: str, years: Floats, simulated: Floats, figures: Floats) -> Score:
    """The score of one series; `years`, `simulated` and `figures` have one length."""
    log = target.transformation == "log"
    model, actual = (np.log(simulated), np.log(figures)) if log else (simulated, figures)
    size = nrmsd(model, actual)
    tolerance = target.tolerance.get(iso3)
    return Score(
        iso3,
        target.series,
        size,
        mape(simulated, figures),
        u2(model, actual, years),
        *theil_shares(model, actual),
        len(years),
        int(years[0]),
        int(years[-1]),
        tolerance,
        None if tolerance is None else bool(size <= tolerance),
    )


def score_run(study: Study, iso3: str, run: xr.Dataset, until: int | None = None) -> list[Score]:
    """The scores of a run (dimension time, one value a year at least) against every target with figures.

    Figures outside the window of a target in the country, or after `until`, are left out; so are series of
    under five.
    """
    scores = []
    for target in study.targets.targets:
        if target.observation not in study.observations.variables(iso3):
            continue
        series = study.observations.series(iso3, target.observation)
        first, end = target.years(iso3, study.targets.window)
        last = end if until is None else min(end, until)
        at = np.array(sorted(set(series.index) & {int(t) for t in run["time"].values}))
        at = at[(at >= first) & (at <= last)]
        if len(at) < FEWEST:
            continue
        simulated = run[target.variable].sel(time=at.astype(float)).to_numpy().astype(float)
        figures = series.loc[at].to_numpy().astype(float)
        scores.append(score_series(target, iso3, at.astype(float), simulated, figures))
    return scores


def scores_of(study: Study, fit: Fit | str | None, countries: str | Iterable[str] | None) -> list[Score]:
    """The scores of free runs against every target with figures, by default of the countries of the fit.

    Raises InputError for an unknown fit or country.
    """
    chosen = study.named_fit(fit)
    fitted = study.countries if chosen is None else chosen.countries
    runs = {iso3: study.simulate(iso3, chosen) for iso3 in codes(fitted if countries is None else countries)}
    return [score for iso3, run in runs.items() for score in score_run(study, iso3, run)]
