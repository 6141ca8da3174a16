"""How far the area under the curve falls from one set of scores to another over the same cases."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from latecomer.faults import refuse


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
