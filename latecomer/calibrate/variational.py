"""The information expected over the posterior instead of at its mode: a Gaussian that fits a bent valley."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from latecomer.faults import refuse

Floats = NDArray[np.float64]

WIDTHS = (0.3, 0.7, 1.0)
"""How far the draws of each round go, in standard deviations: the first rounds only feel their way."""
DRAWS = 4


def expected_information(
    information: Callable[[Floats], Floats],
    mode: Floats,
    widths: tuple[float, ...] = WIDTHS,
    draws: int = DRAWS,
    seed: int = 0,
) -> Floats:
    """The information of the figures, averaged over draws of the normal distribution that it makes itself.

    I[0] = I(mode);  I[k + 1] = mean of I(mode + width[k] * L[k] u), L L' = (I[k] + identity)**-1

    `information`: of the figures at z, (n, n), prior left out; `mode`: z, (n,); `draws`: of a round, in pairs
    of opposite sign, told by the seed. At a fixed point with width 1 the precision is the expected one, as in
    the normal distribution nearest to the posterior in the sense of Kullback and Leibler: where a valley
    bends, its walls are met by the draws and not at the mode. Points where the information is not finite are
    left out; raises InputError where no point of a round has one. Source: Opper and Archambeau (2009),
    Neural Computation 21, equation 7.

    >>> flat = expected_information(lambda z: 3.0 * np.eye(2), np.zeros(2))
    >>> flat.tolist()  # the same everywhere: a normal posterior
    [[3.0, 0.0], [0.0, 3.0]]
    """
    generator, n = np.random.default_rng(seed), len(mode)
    found = np.asarray(information(mode), dtype=np.float64)
    for width in widths:
        factor = np.linalg.inv(np.linalg.cholesky(found + np.eye(n))).T
        half = generator.standard_normal(((draws + 1) // 2, n))
        steps = np.concatenate([half, -half])[:draws]
        each = [np.asarray(information(mode + width * (factor @ u)), dtype=np.float64) for u in steps]
        sound = [one for one in each if np.all(np.isfinite(one))]
        if not sound:
            raise refuse(
                "posterior", f"no finite information in {draws} draws about the mode",
                "a model that is finite there", "fit again from other starts",
            )  # fmt: skip
        mean = np.mean(sound, axis=0)
        found = (mean + mean.T) / 2.0
    return found
