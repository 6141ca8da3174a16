"""What draws say: bands, chances, and whether two runs can be told apart. Every number is of kept draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from latecomer.report.runs_content import Band

Floats = NDArray[np.float64]
BAND: Final = (0.1, 0.5, 0.9)
WIDER: Final = (0.05, 0.95)
THIN: Final = 200
"""So many evenly spaced quantiles stand for a distribution where two independent ones are subtracted."""
CLEAR, LIKELY = 0.10, 0.20


@dataclass(frozen=True, slots=True)
class Ends:
    """A sample of values: its middle, its 80 % and its 90 % interval."""

    middle: float
    low: float
    high: float
    lower: float
    higher: float

    @property
    def verdict(self) -> str:
        """Whether the interval excludes nought: the 90 % one clearly, the 80 % one probably.

        >>> Ends(2.0, 0.5, 3.0, -0.1, 4.0).verdict, Ends(2.0, 0.5, 3.0, 0.1, 4.0).verdict
        ('probably higher', 'clearly higher')
        >>> Ends(0.0, 0.0, 0.0, 0.0, 0.0).verdict
        'the same'
        """
        if self.lower == self.higher == 0.0:
            return "the same"
        for word, low, high in (("clearly", self.lower, self.higher), ("probably", self.low, self.high)):
            if low > 0 or high < 0:
                return f"{word} {'higher' if low > 0 else 'lower'}"
        return "not distinguishable"


def band(years: Floats, values: Floats) -> Band:
    """The middle of values over ([draw,] time) and, over draws, their 80 % band."""
    if values.ndim == 1:
        return Band(years, values)
    low, middle, high = np.quantile(values, BAND, axis=0)
    return Band(years, middle, low, high)


def ends(sample: Floats) -> Ends:
    """The intervals of a sample.

    >>> one = ends(np.arange(101.0))
    >>> one.low, one.middle, one.high, one.lower, one.higher
    (10.0, 50.0, 90.0, 5.0, 95.0)
    """
    low, middle, high = np.quantile(sample, BAND)
    lower, higher = np.quantile(sample, WIDER)
    return Ends(float(middle), float(low), float(high), float(lower), float(higher))


def differences(one: Floats, base: Floats, paired: bool, relative: bool) -> Floats:
    """By how much draws of one run exceed those of another, over (sample, time).

    paired:    d_k = x_k - b_k, draw by draw; both over the same draws
    otherwise: d_ij = x_i - b_j, over every pair of evenly spaced quantiles of the two
    relative:  d = 100 (x / b - 1), per cent; NaN where b is not above nought

    >>> differences(np.array([[2.0], [6.0]]), np.array([[1.0], [4.0]]), True, True).tolist()
    [[100.0], [50.0]]
    >>> sorted(differences(np.array([[2.0], [6.0]]), np.array([[1.0], [4.0]]), False, False)[:, 0].tolist())
    [-2.0, 1.0, 2.0, 5.0]
    """
    if not paired:
        many, few = thinned(one), thinned(base)
        one = np.repeat(many, len(few), axis=0)
        base = np.tile(few, (len(many), 1))
    if not relative:
        return one - base
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(base > 0, 100 * (one / base - 1), np.nan)


def thinned(values: Floats, most: int = THIN) -> Floats:
    """Values over (draw, time), or their quantiles (i + 1/2) / most where there are more than `most`.

    >>> thinned(np.arange(5.0)[:, None], most=2)[:, 0].tolist()
    [1.0, 3.0]
    """
    if len(values) <= most:
        return values
    return np.asarray(np.quantile(values, (np.arange(most) + 0.5) / most, axis=0))


def share_interval(k: int, n: int, level: float = 0.9) -> tuple[float, float]:
    """The exact interval of a probability of which k of n draws speak (Clopper and Pearson 1934).

    low = Beta^-1((1 - level) / 2; k, n - k + 1);  high = Beta^-1((1 + level) / 2; k + 1, n - k)

    >>> share_interval(0, 10)[0], round(share_interval(1, 1)[0], 9)  # one of one: low**1 = 0.05
    (0.0, 0.05)
    """
    tail = (1 - level) / 2
    low = 0.0 if k == 0 else float(stats.beta.ppf(tail, k, n - k + 1))
    high = 1.0 if k == n else float(stats.beta.ppf(1 - tail, k + 1, n - k))
    return low, high


def uneven(only_one: int, only_base: int) -> float:
    """How likely so uneven a split is by luck: the exact test of McNemar, two-sided.

    p = min(1, 2 Binomial(min(b, c); b + c, 1/2)), of draws in which the event happens in one run only

    >>> uneven(3, 0), uneven(0, 0)
    (0.25, 1.0)
    """
    n = only_one + only_base
    return 1.0 if n == 0 else float(min(1.0, 2 * stats.binom.cdf(min(only_one, only_base), n, 0.5)))


def apart(k: int, n: int, k_base: int, n_base: int) -> float:
    """How likely so different shares of independent draws are by luck: the exact test of Fisher, two-sided.

    >>> round(apart(3, 3, 0, 3), 9)  # 2 of the 20 ways to place three events
    0.1
    """
    table = np.array([[k, n - k], [k_base, n_base - k_base]])
    return float(stats.fisher_exact(table)[1])


def chance_verdict(p: float, more: int, same: bool) -> str:
    """The verdict on two shares from the chance of their difference by luck; `more`: its sign.

    >>> chance_verdict(0.05, 3, False), chance_verdict(0.15, -3, False), chance_verdict(1.0, 0, True)
    ('clearly higher', 'probably lower', 'the same')
    """
    if same:
        return "the same"
    if more == 0 or p >= LIKELY:
        return "not distinguishable"
    return f"{'clearly' if p < CLEAR else 'probably'} {'higher' if more > 0 else 'lower'}"
