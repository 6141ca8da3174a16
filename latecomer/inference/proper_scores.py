"""Scores of forecasts that are distributions: lower is better; each is proper unless it says otherwise.

Not those of a library, whose sums round otherwise in the last digits of published figures; the tests hold
them against `scoringrules`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from latecomer.errors import refuse

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
    sizes = _scales(sd)
    apart = np.asarray(figures, dtype=np.float64) - mean
    z = apart / np.where(sizes > 0.0, sizes, 1.0)
    density = np.exp(-(z**2) / 2.0) / np.sqrt(2.0 * np.pi)
    score = sizes * (z * (2.0 * special.ndtr(z) - 1.0) + 2.0 * density - 1.0 / np.sqrt(np.pi))
    return np.asarray(np.where(sizes > 0.0, score, np.abs(apart)))


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


def _scales(sd: Values) -> Floats:
    sizes = np.asarray(sd, dtype=np.float64)
    if np.any(sizes < 0.0):
        expected = "one that is not negative"
        raise refuse("score", f"the spread {np.min(sizes)}", expected, "mend the forecast")
    return sizes


def _check_level(level: float) -> None:
    if not 0.0 < level < 1.0:
        raise refuse("band", f"the level {level}", "one between 0 and 1", "give a share, such as 0.8")
