"""How well scores tell events from quiet: areas, hits, false alarms, Brier scores, with intervals.

Also here:
- How far the area under the curve falls from one set of scores to another over the same cases.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import beta, norm

from latecomer.errors import refuse

Floats = NDArray[np.float64]

CONFIDENCE = 0.9

ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Auc:
    """The area under a receiver operating characteristic, with the interval `low` to `high`.

    `n_events`, `n_quiet`: how many cases of each; `method`: what the interval comes from.
    """

    value: float
    low: float
    high: float
    n_events: int
    n_quiet: int
    method: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The area as plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Proportion:
    """`k` of `n`, with the interval `low` to `high` of the share."""

    value: float
    low: float
    high: float
    k: int
    n: int

    def as_dict(self) -> dict[str, Any]:
        """The share as plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Brier:
    """The Brier score of probabilities beside that of the base rate; `skill` = 1 - value / base."""

    value: float
    base: float
    skill: float
    n: int

    def as_dict(self) -> dict[str, Any]:
        """The score as plain data."""
        return asdict(self)


def auc(labels: ArrayLike, scores: ArrayLike, confidence: float = CONFIDENCE) -> Auc:
    """The probability that a score of an event lies above one of quiet, ties counting one half.

    value = mean over pairs of psi;  psi = 1, 1/2, 0 where the event's score is higher, equal, lower
    var = var(mean over quiet of psi) / n_events + var(mean over events of psi) / n_quiet
    logit(low, high) = logit(value) -+ quantile * sqrt(var) / (value * (1 - value))

    At 0 or 1, where that interval would have no width: of k = min(n_events, n_quiet) disjoint pairs all went
    one way, so low = ((1 - confidence) / 2) ** (1 / k). With a single case on a side, or no variance between
    ties: the variance of Hanley and McNeil. Raises InputError for other than finite scores and without a case
    of either kind. Sources: DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, equation 5; Hanley and
    McNeil (1982), Radiology 143; the bound at 0 and 1 is that of Clopper and Pearson (1934), Biometrika 26.

    >>> one = auc([1, 1, 0, 0], [3.0, 1.0, 2.0, 0.0])  # 3 of 4 pairs
    >>> one.value, one.n_events, one.n_quiet
    (0.75, 2, 2)
    >>> round(auc([1, 1, 0, 0], [4.0, 3.0, 2.0, 1.0]).low, 6)  # sqrt(.05)
    0.223607
    """
    events, quiet = _apart(labels, scores)
    psi = np.sign(events[:, None] - quiet[None, :]) / 2.0 + 0.5
    value, tail = float(psi.mean()), (1.0 - confidence) / 2.0
    m, n = psi.shape
    if value in (0.0, 1.0):
        far = tail ** (1.0 / min(m, n))
        low, high = (far, 1.0) if value == 1.0 else (0.0, 1.0 - far)
        return Auc(value, low, high, m, n, "disjoint pairs, exact bound")
    variance, method = 0.0, "DeLong, logit"
    if min(m, n) > 1:
        variance = float(psi.mean(axis=1).var(ddof=1) / m + psi.mean(axis=0).var(ddof=1) / n)
    if variance <= ROUNDING**2:
        variance, method = _hanley_mcneil(value, m, n), "Hanley-McNeil, logit"
    half = float(norm.isf(tail)) * math.sqrt(variance) / (value * (1.0 - value))
    centre = math.log(value / (1.0 - value))
    return Auc(value, _expit(centre - half), _expit(centre + half), m, n, method)


def _apart(labels: ArrayLike, scores: ArrayLike) -> tuple[Floats, Floats]:
    """The scores of events and of quiet."""
    happened, values = _cases(labels, scores)
    if happened.all() or not happened.any():
        got = f"{int(happened.sum())} events in {len(happened)} cases"
        raise refuse("area under the curve", got, "one event and one quiet case at least", "add countries")
    return values[happened], values[~happened]


def _cases(labels: ArrayLike, scores: ArrayLike) -> tuple[NDArray[np.bool_], Floats]:
    happened, values = np.asarray(labels, dtype=float), np.asarray(scores, dtype=float)
    if happened.shape != values.shape or happened.ndim != 1:
        got = f"{happened.size} labels and {values.size} scores"
        raise refuse("scores of events", got, "a score for each label", "leave out cases without either")
    if not np.isin(happened, (0.0, 1.0)).all() or not np.isfinite(values).all():
        got, expected = "a label or a score that is missing", "labels 0 or 1 and finite scores"
        raise refuse("scores of events", got, expected, "leave out cases without either")
    return happened == 1.0, values


def _hanley_mcneil(value: float, m: int, n: int) -> float:
    first, second = value / (2.0 - value), 2.0 * value**2 / (1.0 + value)
    rest = (m - 1) * (first - value**2) + (n - 1) * (second - value**2)
    return (value * (1.0 - value) + rest) / (m * n)


def _expit(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0.0 else math.exp(x) / (1.0 + math.exp(x))


def proportion(k: int, n: int, confidence: float = CONFIDENCE) -> Proportion:
    """k of n with the exact interval of the share.

    low: the share at which k or more have the probability (1 - confidence) / 2;  high: k or fewer

    Raises InputError for k outside 0 to n, and for no case. Source: Clopper and Pearson (1934), Biometrika
    26, section 4.

    >>> one = proportion(3, 3)
    >>> one.value, round(one.low, 6), one.high  # .05 ** (1 / 3)
    (1.0, 0.368403, 1.0)
    """
    if not 0 <= k <= n or n == 0:
        raise refuse("share", f"{k} of {n}", "0 to n of n, and n above 0", "leave it out without a case")
    tail = (1.0 - confidence) / 2.0
    low = 0.0 if k == 0 else float(beta.ppf(tail, k, n - k + 1))
    high = 1.0 if k == n else float(beta.isf(tail, k + 1, n - k))
    return Proportion(k / n, low, high, k, n)


def hits(
    labels: ArrayLike, scores: ArrayLike, at: float = 0.5, confidence: float = CONFIDENCE
) -> tuple[Proportion, Proportion]:
    """The share of the events, and of the quiet cases, whose score is `at` or above: hits, false alarms.

    Raises InputError as `auc` does.

    >>> hit, false = hits([1, 1, 0, 0], [0.9, 0.2, 0.5, 0.1])
    >>> (hit.k, hit.n), (false.k, false.n)
    ((1, 2), (1, 2))
    """
    events, quiet = _apart(labels, scores)
    called = [(int(np.sum(one >= at)), len(one)) for one in (events, quiet)]
    return proportion(*called[0], confidence), proportion(*called[1], confidence)


def hits_at(
    labels: ArrayLike, scores: ArrayLike, rate: float = 0.2, confidence: float = CONFIDENCE
) -> Proportion:
    """The share of the events above a threshold that at most the share `rate` of the quiet cases passes.

    threshold = the highest score of quiet after floor(rate * n_quiet) of them; hits lie strictly above it

    Raises InputError as `auc` does.

    >>> hits_at([1, 1, 0, 0, 0, 0, 0], [6.0, 2.0, 5.0, 4.0, 3.0, 1.0, 0.0]).k  # 5 may pass, 4 may not
    1
    """
    events, quiet = _apart(labels, scores)
    allowed = math.floor(rate * len(quiet) + ROUNDING)
    threshold = np.sort(quiet)[::-1][allowed] if allowed < len(quiet) else -math.inf
    return proportion(int(np.sum(events > threshold)), len(events), confidence)


def brier(labels: ArrayLike, probabilities: ArrayLike) -> Brier:
    """The mean square of what probabilities miss, beside the same of the share of events itself.

    value = mean of (probability - label)**2;  base = share * (1 - share);  skill = 1 - value / base

    Raises InputError as `auc` does, and for a probability outside 0 to 1. Source: Brier (1950), Monthly
    Weather Review 78, equation 2, halved for two classes.

    >>> one = brier([1, 0], [0.75, 0.25])
    >>> one.value, one.base, one.skill
    (0.0625, 0.25, 0.75)
    """
    events, quiet = _apart(labels, probabilities)
    if (found := np.concatenate([events, quiet])).min() < 0.0 or found.max() > 1.0:
        got = f"{found.min():g} to {found.max():g}"
        raise refuse("Brier score", got, "probabilities from 0 to 1", "hand over probabilities")
    value = float((np.sum((1.0 - events) ** 2) + np.sum(quiet**2)) / len(found))
    share = len(events) / len(found)
    base = share * (1.0 - share)
    return Brier(value, base, 1.0 - value / base, len(found))


def ranks(values: Sequence[float]) -> Floats:
    """The ranks of some values from the lowest, 1, ties sharing their mean rank, shape (values,).

    >>> ranks([3.0, 1.0, 3.0]).tolist()
    [2.5, 1.0, 2.5]
    """
    held = np.asarray(values, dtype=float)
    below = (held[:, None] > held[None, :]).sum(axis=1)
    same = (held[:, None] == held[None, :]).sum(axis=1)
    return np.asarray(below + (same + 1.0) / 2.0)


def paired_fall(
    labels: Sequence[int | bool], first: Sequence[float], second: Sequence[float]
) -> tuple[float, float]:
    """The difference of two areas under the curve over the same cases, and its standard error.

    d = psi(first) - psi(second);  fall = mean of d over pairs
    var = var(mean over quiet of d) / n_events + var(mean over events of d) / n_quiet

    psi: 1, 1/2, 0 where the score of an event is higher than, equal to, lower than that of a quiet case. With
    a single case on a side its part of the variance is left out. Raises InputError without a case of either
    kind, and for scores of another length. Source: DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44,
    equation 5 and the contrast that follows it.

    >>> fall, se = paired_fall([1, 1, 0, 0], [4.0, 3.0, 2.0, 1.0], [4.0, 1.0, 2.0, 3.0])
    >>> fall, round(se, 9)  # both pairs of the second event turn: sqrt(var(0, 1) / 2)
    (0.5, 0.5)
    """
    happened = np.asarray(labels, dtype=bool)
    if happened.all() or not happened.any() or not len(happened) == len(first) == len(second):
        got = f"{int(happened.sum())} events in {len(happened)} cases, {len(first)} and {len(second)} scores"
        expected = "one event and one quiet case at least, and two scores for each"
        raise refuse("difference of areas", got, expected, "add countries, or leave out those without scores")
    d = _psi(happened, first) - _psi(happened, second)
    means = (d.mean(axis=1), d.mean(axis=0))
    variance = sum(float(one.var(ddof=1)) / len(one) for one in means if len(one) > 1)
    return float(d.mean()), math.sqrt(variance)


def _psi(happened: NDArray[np.bool_], scores: Sequence[float]) -> NDArray[np.float64]:
    each = np.asarray(scores, dtype=np.float64)
    return np.asarray(np.sign(each[happened][:, None] - each[~happened][None, :]) / 2.0 + 0.5)
