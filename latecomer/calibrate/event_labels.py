"""Who defaulted and when, by two counts of it: read to score a forecast, never to make one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from latecomer.study.observations import Observations

SOURCES: Final = {
    "lv": "sovereign default Laeven-Valencia",
    "rr": "external default Reinhart-Rogoff 1",
}
"""The series of each source: years of an event by Laeven and Valencia; years in default on external debt, or
in a restructuring of it, by Reinhart and Rogoff, without official creditors after 1975."""
SINCE: Final = 1978
"""A default from this year on that began before the window counts as under way when it opens."""


@dataclass(frozen=True, slots=True)
class Event:
    """What one source says of a country: the first `year` of a default that begins in the window, or None.

    `known`: whether the source has figures of it; `before`: whether it has the country in default in a year
    from 1978 on before the window.
    """

    year: int | None
    known: bool
    before: bool

    @property
    def label(self) -> int | None:
        """1 with an event within the window, 0 without one, None where the source is silent."""
        return int(self.year is not None) if self.known else None


def event(observations: Observations, iso3: str, source: str, window: tuple[int, int]) -> Event:
    """The event of a country by a source of SOURCES.

    year = first year of the window in default, whose year before is not

    A country is known where every year of the window has a figure, or one has a default.

    >>> import pandas as pd
    >>> from latecomer.study.observations import Observations
    >>> rows = [
    ...     dict(iso3="TUR", variable=SOURCES["rr"], year=year, value=float(year in (1978, 1979, 1982)))
    ...     for year in range(1975, 1987)
    ... ]
    >>> event(Observations(pd.DataFrame(rows)), "TUR", "rr", (1980, 1986))
    Event(year=1982, known=True, before=True)
    """
    variable = SOURCES[source]
    if iso3 not in observations.countries() or variable not in observations.variables(iso3):
        return Event(None, known=False, before=False)
    first, last = window
    series = observations.series(iso3, variable)
    state = series.reindex(range(first - 1, last + 1)).to_numpy(dtype=float)
    onset = (state[1:] > 0.0) & ~(state[:-1] > 0.0)
    year = first + int(onset.argmax()) if onset.any() else None
    known = year is not None or bool(np.isfinite(state[1:]).all())
    return Event(year, known, bool((series.loc[SINCE : first - 1] > 0.0).any()))
