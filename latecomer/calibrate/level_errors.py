"""How far levels stand from the figures: the size of their errors, not of what the year before leaves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latecomer.calibrate.predictive import ErrorLaw
from latecomer.faults import refuse

Floats = NDArray[np.float64]
LEAST = 1e-9
ROUNDS, CLOSE = 500, 1e-10


def level_sizes(errors: Floats, law: ErrorLaw) -> Floats:
    """The size at which the errors of each draw are likeliest, whatever their order, shape (draws,).

    size[d] = argmax of sum over t of log f(errors[d, t] / size) - log(size)
    normal: root mean square;  Laplace: mean absolute error
    Student: the fixed point of size ** 2 = mean of (nu + 1) * r ** 2 / (nu + r ** 2 / size ** 2)

    A likelihood of autocorrelated errors learns their size from changes: where errors last longer than it
    states, that size is too small for levels. `errors`: r, shape (draws, years), of one year at least; f: the
    density of the law, nu its degrees of freedom. Raises InputError without a year. Source: Lange, Little and
    Taylor (1989), Journal of the American Statistical Association 84, section 3.

    >>> level_sizes(np.array([[3.0, -4.0, 5.0, 0.0]]), ErrorLaw()).round(6).tolist()  # sqrt(50 / 4)
    [3.535534]
    >>> level_sizes(np.array([[3.0, -4.0, 5.0, 0.0]]), ErrorLaw("laplace")).tolist()  # 12 / 4
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


def crossed_sizes(errors: Floats, law: ErrorLaw) -> Floats:
    """The size of each year's error as the other half of the years has it, shape (draws, years).

    size[d, t] = level_sizes of the later half for t in the earlier one, and the reverse

    No figure has a part in the width of its own band, so how many bands hold is a test. `errors`: shape
    (draws, years), in the order of time, of two years at least; with an odd number the later half is longer.
    Raises InputError with fewer.

    >>> crossed_sizes(np.array([[1.0, -1.0, 3.0, 3.0]]), ErrorLaw()).tolist()
    [[3.0, 3.0, 1.0, 1.0]]
    """
    half = errors.shape[-1] // 2
    early, late = level_sizes(errors[:, :half], law), level_sizes(errors[:, half:], law)
    return np.where(np.arange(errors.shape[-1]) < half, late[:, None], early[:, None])
