"""The metric of a sampler, learned on the way: the curvature that its chains meet where they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from latecomer.calibrate.density import Floats

WINDOWS = (0.1, 0.25, 0.45, 0.7)
"""Parts of the warm-up after which the metric is learned anew; the rest is for the step size."""


def windows(warm_up: int) -> tuple[int, ...]:
    """Iterations after which the metric is learned anew.

    >>> windows(100)
    (10, 25, 45, 70)
    """
    return tuple(sorted({at for part in WINDOWS if 0 < (at := round(part * warm_up)) < warm_up}))


def learned(factor: Floats, curvatures: Sequence[Floats], share: float) -> Floats:
    """The factor of a metric after curvatures H of the loss, met by chains, have been averaged into it.

    L' H[i] L = Q[i] diag(e[i]) Q[i]';  W = share * mean of Q[i] diag(log e[i]) Q[i]'
    new L = lower factor of L exp(-W) L'

    `factor`: L with L L' the covariance that the chains took for theirs, (n, n); `share`: 1 for the first
    window, 1 / 2 for the second: so all count alike. The mean of logarithms, not that of curvatures: one
    chain on a cliff would else shorten the steps of all along its direction. Curvatures that are not
    finite are left out. Source: Arsigny, Fillard, Pennec and Ayache (2007), SIAM Journal on Matrix Analysis
    and Applications 29, section 3, for the logarithmic mean.

    >>> learned(np.eye(1), [np.array([[100.0]]), np.array([[1.0]])], 1.0).round(6).tolist()  # 10 ** -.5
    [[0.316228]]
    """
    sound = [one for one in curvatures if np.all(np.isfinite(one))]
    if not sound:
        return factor
    moved = share * np.mean([_logarithm(factor.T @ one @ factor) for one in sound], axis=0)
    values, vectors = np.linalg.eigh(moved)
    _, upper = np.linalg.qr((factor @ vectors * np.exp(-values / 2.0)).T)
    lower: Floats = (upper * np.where(np.diag(upper) < 0.0, -1.0, 1.0)[:, None]).T
    return lower


def _logarithm(matrix: Floats) -> Floats:
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2.0)
    least = np.finfo(np.float64).eps * max(float(values[-1]), 1.0)
    found: Floats = (vectors * np.log(np.maximum(values, least))) @ vectors.T
    return found
