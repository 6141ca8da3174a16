"""Who was struck and when, by the catalogues of a study: read to score a forecast, never to make one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from latecomer.study.observations import Observations
    from latecomer.study.outcomes import Outcomes, Record


@dataclass(frozen=True, slots=True)
class Event:
    """What one source says of a country: the first `year` of an event that begins in the window, or None.

    `known`: whether the source has figures of it; `before`: whether it has the country in that state in a
    year before the window, from the year on that the record names.
    """

    year: int | None
    known: bool
    before: bool

    @property
    def label(self) -> int | None:
        """1 with an event within the window, 0 without one, None where the source is silent."""
        return int(self.year is not None) if self.known else None


def events(
    observations: Observations, iso3: str, outcomes: Outcomes, window: tuple[int, int]
) -> dict[str, Event]:
    """The event of a country by each catalogue of a study; none without a record."""
    return {
        source: event(observations, iso3, source, outcomes.record, window)
        for source in outcomes.record.catalogues
    }


def event(
    observations: Observations, iso3: str, source: str, record: Record, window: tuple[int, int]
) -> Event:
    """The event of a country by a catalogue of the record.

    year = first year of the window in that state, whose year before is not

    A country is known where every year of the window has a figure, or one has an event.

    >>> import pandas as pd
    >>> from latecomer.study.observations import Observations
    >>> from latecomer.study.outcomes import Catalogue, Record
    >>> rows = [
    ...     dict(iso3="AAA", variable="defaults", year=year, value=float(year in (1978, 1979, 1982)))
    ...     for year in range(1975, 1987)
    ... ]
    >>> record = Record(since=1978, catalogues={"one": Catalogue(series="defaults", name="One")})
    >>> event(Observations(pd.DataFrame(rows)), "AAA", "one", record, (1980, 1986))
    Event(year=1982, known=True, before=True)
    """
    variable = record.catalogues[source].series
    if iso3 not in observations.countries() or variable not in observations.variables(iso3):
        return Event(None, known=False, before=False)
    first, last = window
    series = observations.series(iso3, variable)
    state = series.reindex(range(first - 1, last + 1)).to_numpy(dtype=float)
    onset = (state[1:] > 0.0) & ~(state[:-1] > 0.0)
    year = first + int(onset.argmax()) if onset.any() else None
    known = year is not None or bool(np.isfinite(state[1:]).all())
    return Event(year, known, bool((series.loc[record.since : first - 1] > 0.0).any()))
