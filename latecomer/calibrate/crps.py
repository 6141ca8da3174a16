"""Scores of forecasts that are distributions: lower is better; each is proper unless it says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from latecomer.faults import refuse

Floats = NDArray[np.float64]
Values: TypeAlias = float | Floats


@dataclass(frozen=True, slots=True)
class Coverage:
    """The share of `n` figures inside a band, `inside` in number, with its exact interval `low` to `high`."""

    share: float
    low: float
    high: float
    inside: int
    n: int


def crps_normal(figures: Values, mean: Values, sd: Values) -> Floats:
    """Continuous ranked probability score of a normal forecast; the absolute error where `sd` is nought.

    crps = sd * (z * (2 * Phi(z) - 1) + 2 * phi(z) - 1 / sqrt(pi));  z = (figures - mean) / sd

    Arguments broadcast; the result has the unit of the figures. Raises InputError for a negative `sd`.
    Source: Gneiting and Raftery (2007), Journal of the American Statistical Association 102, section 4.2,
    after Gneiting, Raftery, Westveld and Goldman (2005), Monthly Weather Review 133.

    >>> crps_normal(3.0, 1.0, 0.0).tolist()
    2.0
    >>> crps_normal(0.0, 0.0, 1.0).round(6).tolist()  # (sqrt(2) - 1) / sqrt(pi)
    0.233695
    """
    sizes = _sizes(sd)
    apart = np.asarray(figures, dtype=np.float64) - mean
    z = apart / np.where(sizes > 0.0, sizes, 1.0)
    density = np.exp(-(z**2) / 2.0) / np.sqrt(2.0 * np.pi)
    score = sizes * (z * (2.0 * special.ndtr(z) - 1.0) + 2.0 * density - 1.0 / np.sqrt(np.pi))
    return np.asarray(np.where(sizes > 0.0, score, np.abs(apart)))


def crps_student(figures: Values, mean: Values, scale: Values, degrees: float) -> Floats:
    """Continuous ranked probability score of Student's t with more than one degree of freedom.

    crps = scale * (z * (2 * F(z) - 1) + 2 * f(z) * (d + z**2) / (d - 1)
                    - 2 * sqrt(d) / (d - 1) * B(1/2, d - 1/2) / B(1/2, d/2)**2);  z = (figures - mean) / scale

    F, f: distribution and density of Student's t with d `degrees`. Arguments as for `crps_normal`, `scale`
    positive. Raises InputError for another scale or one degree and less, where the score is infinite.
    Source: Jordan, Krueger and Lerch (2019), Journal of Statistical Software 90(12), appendix A.

    >>> crps_student(0.0, 0.0, 1.0, 1e7).round(6).tolist()  # the normal's
    0.233695
    """
    if degrees <= 1.0:
        raise refuse("CRPS", f"{degrees} degrees of freedom", "more than one", "use the log score")
    sizes = _sizes(scale, positive=True)
    z = np.asarray((np.asarray(figures, dtype=np.float64) - mean) / sizes)
    spread = 2.0 * np.sqrt(degrees) / (degrees - 1.0)
    spread *= special.beta(0.5, degrees - 0.5) / special.beta(0.5, degrees / 2.0) ** 2
    tails = 2.0 * np.asarray(stats.t.pdf(z, degrees)) * (degrees + z**2) / (degrees - 1.0)
    return np.asarray(sizes * (z * (2.0 * special.stdtr(degrees, z) - 1.0) + tails - spread))


def crps_ensemble(figures: Values, draws: Values, fair: bool = True) -> Floats:
    """Continuous ranked probability score of draws of a forecast.

    crps = mean(|x - figures|) - mean(|x - x'|) / 2

    `draws`: the first axis counts the n draws, the others are those of `figures`. The mean over pairs leaves
    the n pairs of a draw with itself out where `fair`, so that its expectation does not depend on n; with
    them it is the score of the draws as a distribution. Raises InputError for no draws, and a fair score of
    one. Sources: Gneiting and Raftery (2007), equation 21; fair: Ferro (2014), Quarterly Journal of the
    Royal Meteorological Society 140.

    >>> crps_ensemble(0.0, np.array([1.0, 3.0]), fair=False).tolist()  # 2 - (0 + 2 + 2 + 0) / 4 / 2
    1.5
    >>> crps_ensemble(0.0, np.array([1.0, 3.0])).tolist()  # 2 - 2 / 2
    1.0
    """
    members = np.asarray(draws, dtype=np.float64)
    if members.ndim == 0 or len(members) < (2 if fair else 1):
        got = f"{np.size(members)} draws" if members.ndim == 0 else f"{len(members)} draws"
        raise refuse("CRPS", got, "two at least, or one with fair=False", "draw more")
    away = np.mean(np.abs(members - np.asarray(figures, dtype=np.float64)), axis=0)
    return np.asarray(away - 0.5 * mean_difference(members, fair))


def mean_difference(draws: Floats, fair: bool = True) -> Floats:
    """Gini's mean difference over the first axis: mean(|x - x'|), without pairs of one draw where `fair`.

    mean(|x - x'|) = 2 * sum((2 * i - n - 1) * x[i]) / n**2;  x sorted, i from 1 to n

    With n * (n - 1) in the place of n**2 where `fair`. `draws`: shape (n, ...), the result without the first.

    >>> mean_difference(np.array([3.0, 1.0])).tolist()
    2.0
    """
    n = len(draws)
    ranks = (2.0 * np.arange(1, n + 1) - n - 1.0).reshape(-1, *[1] * (draws.ndim - 1))
    # about their middle, so that a far-off level costs no digits
    centred = np.sort(draws, axis=0) - np.mean(draws, axis=0)
    return np.asarray(2.0 * np.sum(ranks * centred, axis=0) / (n * (n - 1) if fair else n**2))


def log_score(figures: Values, mean: Values, sd: Values) -> Floats:
    """Minus the logarithm of the density of a normal forecast at the figures.

    log_score = log(sd) + log(2 * pi) / 2 + z**2 / 2;  z = (figures - mean) / sd

    Arguments broadcast. Raises InputError for an `sd` that is not positive, which has no density.

    >>> log_score(0.0, 0.0, 1.0).round(6).tolist()  # log(2 pi) / 2
    0.918939
    """
    sizes = _sizes(sd, positive=True)
    z = (np.asarray(figures, dtype=np.float64) - mean) / sizes
    return np.asarray(np.log(sizes) + 0.5 * np.log(2.0 * np.pi) + 0.5 * z**2)


def interval_score(figures: Values, low: Values, high: Values, level: float) -> Floats:
    """Score of a central band of a `level`: its width, and a fine for figures outside it.

    score = high - low + 2 / (1 - level) * (max(low - figures, 0) + max(figures - high, 0))

    Arguments broadcast. Raises InputError for a level outside zero to one. Source: Gneiting and Raftery
    (2007), equation 43.

    >>> interval_score(np.array([1.0, 5.0]), 0.0, 4.0, 0.8).round(9).tolist()  # outside by 1: 4 + 2 / 0.2
    [4.0, 14.0]
    """
    _check_level(level)
    at = np.asarray(figures, dtype=np.float64)
    bottom, top = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    outside = np.maximum(bottom - at, 0.0) + np.maximum(at - top, 0.0)
    return np.asarray(top - bottom + 2.0 / (1.0 - level) * outside)


def coverage(inside: ArrayLike, confidence: float = 0.95) -> Coverage:
    """The share of figures inside a band, with the exact interval of Clopper and Pearson.

    low = Beta^-1((1 - confidence) / 2; k, n - k + 1);  high = Beta^-1((1 + confidence) / 2; k + 1, n - k)

    `inside`: whether each of n figures is, k in all. The interval takes the figures as independent: those of
    neighbouring years are not, and the truth is wider. Raises InputError for no figure. Source: Clopper and
    Pearson (1934), Biometrika 26.

    >>> one = coverage([True, True, True, False])
    >>> one.share, round(coverage([True]).low, 9)  # one of one: low**1 = 0.025
    (0.75, 0.025)
    """
    hits = np.asarray(inside, dtype=bool)
    k, n = int(hits.sum()), hits.size
    if n == 0:
        raise refuse("coverage", "no figure", "one at least", "score a series with figures")
    _check_level(confidence)
    tail = (1.0 - confidence) / 2.0
    low = 0.0 if k == 0 else float(stats.beta.ppf(tail, k, n - k + 1))
    high = 1.0 if k == n else float(stats.beta.ppf(1.0 - tail, k + 1, n - k))
    return Coverage(k / n, low, high, k, n)


def _sizes(sd: Values, positive: bool = False) -> Floats:
    sizes = np.asarray(sd, dtype=np.float64)
    if np.any(sizes < 0.0) or (positive and np.any(sizes == 0.0)):
        expected = "a positive one" if positive else "one that is not negative"
        raise refuse("score", f"the spread {np.min(sizes)}", expected, "mend the forecast")
    return sizes


def _check_level(level: float) -> None:
    if not 0.0 < level < 1.0:
        raise refuse("band", f"the level {level}", "one between 0 and 1", "give a share, such as 0.8")
