"""Means, quantiles, event probabilities and failures of many runs, none of whose paths is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from latecomer.faults import refuse
from latecomer.language import ModelText
from latecomer.solve.gathering import Gathering
from latecomer.solve.moments import Moments
from latecomer.solve.results import assemble


@dataclass(frozen=True)
class Summary:
    """What `draws` runs of each case came to; all but `failures` is conditional on runs that stayed finite.

    moments: variables over (statistic, [case,] time) with the statistics mean, standard deviation, minimum
    and maximum; quantiles: variables over (quantile, [case,] time), each within a part `accuracy` of the
    value of a run, or 0 for one nearer to 0 than 1e-12; events: the share of runs in which each event has
    happened by each time, over (event, [case,] time); finite: the number of runs behind these figures, over
    ([case,]); failures: a row for each run that left the finite numbers, with its case, draw, first saved
    time when it had, and its parameters.
    """

    draws: int
    moments: xr.Dataset
    quantiles: xr.Dataset
    events: xr.DataArray
    finite: xr.DataArray
    failures: pd.DataFrame
    accuracy: float

    @property
    def failed(self) -> int:
        """The number of runs that left the finite numbers."""
        return len(self.failures)


def check_quantiles(quantiles: Sequence[float]) -> None:
    """Raise InputError for a share outside 0 to 1."""
    bad = [share for share in quantiles if not 0.0 <= share <= 1.0]
    if bad:
        raise refuse("quantiles", f"{bad[0]:g}", "shares from 0 to 1", "write 0.05 for 5 %")


def summary_of(text: ModelText, found: Gathering, quantiles: Sequence[float]) -> Summary:
    """The figures of what has been gathered."""
    shares = np.stack([sketch.quantiles(quantiles) for sketch in found.sketches], axis=1)
    moments = [[one.statistics()[name] for one in found.moments] for name in Moments.NAMES]
    with np.errstate(invalid="ignore"):
        probability = np.where(found.finite[:, None] > 0, found.happened / found.finite[:, None], np.nan)
    return Summary(
        draws=found.members.draws,
        moments=_labelled(text, found, "statistic", list(Moments.NAMES), moments),
        quantiles=_labelled(text, found, "quantile", list(quantiles), shares),
        events=_over_cases(found, probability, ("event",), {"event": list(found.events)}, timed=True),
        finite=_over_cases(found, found.finite, (), {}, timed=False),
        failures=found.failure_table(),
        accuracy=found.accuracy,
    )


def _labelled(
    text: ModelText, found: Gathering, dimension: str, labels: list[Any], rows: ArrayLike
) -> xr.Dataset:
    shape = (len(labels), found.number, len(found.wanted), found.times.size)
    table = np.asarray(rows, dtype=np.float64).reshape(shape)
    by_case = bool(found.members.cases)
    named = {name: table[:, :, k] if by_case else table[:, 0, k] for k, name in enumerate(found.wanted)}
    dims = (dimension, *(("case",) if by_case else ()), "time")
    columns, ranges = assemble(text, named, dims)
    coordinates: dict[str, Any] = {dimension: labels, "time": found.times, **ranges}
    if by_case:
        coordinates["case"] = list(found.members.cases)
    return xr.Dataset(columns, coords=coordinates)


def _over_cases(
    found: Gathering, values: NDArray[Any], lead: tuple[str, ...], labels: dict[str, Any], timed: bool
) -> xr.DataArray:
    """Values of shape (*lead, cases[, times]) with names; the cases are dropped where there are none."""
    coordinates: dict[str, Any] = dict(labels)
    tail: tuple[str, ...] = ("time",) if timed else ()
    if timed:
        coordinates["time"] = found.times
    if not found.members.cases:
        return xr.DataArray(values.take(0, axis=len(lead)), dims=(*lead, *tail), coords=coordinates)
    coordinates["case"] = list(found.members.cases)
    return xr.DataArray(values, dims=(*lead, "case", *tail), coords=coordinates)
