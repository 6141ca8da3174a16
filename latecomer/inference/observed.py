"""The figures of a fit on the grid of its runs, with their windows, errors and known breaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from latecomer.inference.error_models import code
from latecomer.inference.likelihood import ObservationArrays
from latecomer.inference.parameters import EstimatedParameter, error_entries

if TYPE_CHECKING:
    import pandas as pd

    from latecomer.study.study import Study
    from latecomer.study.targets import Target

Spans = Mapping[str, tuple[int, int]]
Places = NDArray[np.int64]


def observation_arrays(study: Study, spans: Spans, length: int) -> ObservationArrays:
    """The figures in the years since each country's start; what is missing is masked, never filled.

    `spans`: first and last year of each country's run; figures outside them, or outside the window of their
    target, are left out. Axes (years, targets, countries).
    """
    targets = study.targets.targets
    figures = np.full((length + 1, len(targets), len(spans)), np.nan)
    scale = np.ones((1, len(targets), len(spans)))
    for k, (iso3, (start, end)) in enumerate(spans.items()):
        for j, target in enumerate(targets):
            scale[0, j, k] = target.scale(iso3)
            if has_figures(study, iso3, target):
                series = figures_within(study, iso3, target)
                figures[: end - start + 1, j, k] = series.reindex(range(start, end + 1)).to_numpy(dtype=float)
    mask = np.isfinite(figures)
    previous, rest = previous_rows(mask, _breaks(targets, spans)), _of_targets(targets, scale.shape)
    return ObservationArrays(figures, mask, scale=scale, previous=previous, **rest)


def _of_targets(targets: Sequence[Target], shape: tuple[int, ...]) -> dict[str, Any]:
    columns: dict[str, list[Any]] = {
        "logarithmic": [one.error.on == "log" for one in targets],
        "codes": [code(one.error.family) for one in targets],
        "degrees": [float(one.error.degrees) for one in targets],
        "autocorrelation": [float(one.error.autocorrelation) for one in targets],
        "weight": [float(one.weight) for one in targets],
    }
    wide = {name: np.broadcast_to(np.array(one).reshape(1, -1, 1), shape) for name, one in columns.items()}
    return {name: one.copy() for name, one in wide.items()}


def has_figures(study: Study, iso3: str, target: Target) -> bool:
    """Whether a fit reads figures of this target in this country."""
    return target.weight > 0 and target.observation in study.observations.variables(iso3)


def figures_within(study: Study, iso3: str, target: Target) -> pd.Series[float]:
    """The figures of a target in a country that count: those within its window, by year."""
    series = study.observations.series(iso3, target.observation)
    first, last = target.years(iso3, study.targets.window)
    return series[(series.index >= first) & (series.index <= last)]


def _breaks(targets: Sequence[Target], spans: Spans) -> dict[tuple[int, int], list[int]]:
    """The rows at which a known break begins, by target and country."""
    return {
        (j, k): [one.year - start for one in target.own(iso3).breaks]
        for k, (iso3, (start, _)) in enumerate(spans.items())
        for j, target in enumerate(targets)
        if target.own(iso3).breaks
    }


def previous_rows(mask: NDArray[np.bool_], breaks: Mapping[tuple[int, int], Sequence[int]]) -> Places:
    """The row of the figure before each one within the same stretch; -1 for the first of a stretch.

    `mask`: (years, targets, countries); `breaks`: the first rows of further stretches by target and country.

    >>> mask = np.array([True, False, True, True]).reshape(4, 1, 1)
    >>> previous_rows(mask, {}).ravel().tolist(), previous_rows(mask, {(0, 0): [3]}).ravel().tolist()
    ([-1, -1, 0, 2], [-1, -1, 0, -1])
    """
    before = np.full(mask.shape, -1, dtype=np.int64)
    last = np.full(mask.shape[1:], -1, dtype=np.int64)
    starts = {(row, *place) for place, rows in breaks.items() for row in rows}
    for row in range(len(mask)):
        for _, j, k in (one for one in starts if one[0] == row):
            last[j, k] = -1
        before[row] = np.where(mask[row], last, -1)
        last = np.where(mask[row], row, last)
    return before


def entries_of_errors(study: Study, spans: Spans) -> list[EstimatedParameter]:
    """What is estimated of the errors: their sizes where a spread is stated, shifts at known breaks."""
    targets = study.targets.targets
    fitted = [(iso3, one) for iso3 in spans for one in targets if has_figures(study, iso3, one)]
    sizes = {
        (iso3, one.series): (one.scale(iso3), one.error.spread)
        for iso3, one in fitted
        if one.error.spread > 0 and _inside(study, iso3, one, spans[iso3])
    }
    shifts = {
        (iso3, one.series, known.year): known.shift
        for iso3, one in fitted
        for known in one.own(iso3).breaks
        if known.shift > 0 and spans[iso3][0] < known.year <= spans[iso3][1]
    }
    return error_entries(sizes, shifts)


def _inside(study: Study, iso3: str, target: Target, span: tuple[int, int]) -> bool:
    years = figures_within(study, iso3, target).index
    return bool(((years >= span[0]) & (years <= span[1])).any())


def places_of_errors(
    study: Study, entries: Sequence[EstimatedParameter], spans: Spans, length: int
) -> tuple[Places, Places]:
    """Where the size and the shift of each figure stand among the entries, -1 where there is none.

    Shapes (targets, countries) and (years, targets, countries).
    """
    place = {str(entry): number for number, entry in enumerate(entries)}
    targets = study.targets.targets
    sizes = np.full((len(targets), len(spans)), -1)
    shifts = np.full((length + 1, len(targets), len(spans)), -1)
    for k, (iso3, (start, _)) in enumerate(spans.items()):
        for j, target in enumerate(targets):
            size = error_entries({(iso3, target.series): (1.0, 1.0)}, {})[0]
            sizes[j, k] = place.get(str(size), -1)
            for known in sorted(target.own(iso3).breaks, key=lambda one: one.year):
                shift = error_entries({}, {(iso3, target.series, known.year): 1.0})[0]
                if known.year > start:
                    shifts[known.year - start :, j, k] = place.get(str(shift), -1)
    return sizes, shifts
