"""The years of a run of a country: within the window, on the saved times, no more steps than can be kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real
from typing import TYPE_CHECKING, Final

import numpy as np

from latecomer.faults import refuse

if TYPE_CHECKING:
    from latecomer.study.study import Study

YEARS: Final = "years"


def checked_span(
    study: Study, iso3: str, years: Sequence[float], dt: float | None = None
) -> tuple[float, float]:
    """First and last year of a run of a country; `dt`: its step, by default that of the model text.

    Raises InputError for years that are no two numbers in order, that begin before the window of the country,
    end between two saved times or need more steps than a run holds, and for a step that does not fit.
    """
    first, last = _two(years)
    window = study.countries[iso3].window
    if first < window.start:
        expected = f"{window.start} or later: the window of {iso3} begins then"
        cure = (
            f"begin with {window.start}, or give the country earlier figures and its file an earlier window"
        )
        raise refuse(YEARS, f"a first year of {first:g}", expected, cure)
    step = study.model.grid().dt if dt is None else dt
    if not _number(step):
        raise refuse("dt", f"{step!r}", "a step above 0", "choose a fraction of a year such as 0.0625")
    grid = study.model.grid((first, last), step)
    if grid.steps % grid.stride:
        saved = grid.saved()
        spacing = grid.dt * grid.stride
        expected = f"a last year that is saved, the first and a multiple of {spacing:g}"
        before = f"{saved[-1]:.10g} or " if len(saved) > 1 else ""
        cure = f"end the run in {before}{saved[-1] + spacing:.10g}"
        raise refuse(YEARS, f"{first:.10g} to {last:.10g}", expected, cure)
    return first, last


def _two(years: object) -> tuple[float, float]:
    expected = "a first year before the last"
    given = tuple(years) if isinstance(years, Sequence | np.ndarray) else ()
    if len(given) != 2 or not all(_number(year) for year in given):
        raise refuse(YEARS, f"{years!r}", expected, "hand over two numbers, such as (1960, 1990)")
    first, last = (float(year) for year in given)
    if not (math.isfinite(first) and math.isfinite(last) and first < last):
        raise refuse(YEARS, f"{first:g} to {last:g}", expected, "swap or correct the years")
    return first, last


def _number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
