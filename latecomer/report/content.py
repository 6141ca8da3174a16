"""What a report is made from: plain data, ready to be drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from latecomer.study.outcomes import ThresholdEvent

Numbers: TypeAlias = Sequence[float] | NDArray[np.floating[Any]] | NDArray[np.integer[Any]]
Scale: TypeAlias = Literal["linear", "log"]


def same_length(what: str, years: Numbers, values: Numbers) -> None:
    """Refuse a series whose values do not belong to its years, one to one.

    >>> same_length("log output", [1960, 1961], [1.0])
    Traceback (most recent call last):
    ...
    ValueError: log output: 2 years but 1 values
    """
    if len(years) != len(values):
        raise ValueError(f"{what}: {len(years)} years but {len(values)} values")


@dataclass(frozen=True, slots=True)
class Line:
    """One value a year; NaN is a gap.

    >>> Line([1980, 1981], [0.9, 0.4]).first_below(0.5)
    1981
    """

    years: Numbers
    values: Numbers

    def __post_init__(self) -> None:
        same_length("line", self.years, self.values)

    def within(self, first: float, last: float) -> Line:
        """The part of the line in the years `first <= year <= last`."""
        years, values = np.asarray(self.years, float), np.asarray(self.values, float)
        keep = (years >= first) & (years <= last)
        return Line(years[keep], values[keep])

    def first_below(self, level: float) -> int | None:
        """The calendar year of the first value < `level`; None where the line stays at or above it."""
        below = np.asarray(self.values, float) < level
        return int(np.floor(np.asarray(self.years, float)[below][0])) if below.any() else None


@dataclass(frozen=True, slots=True)
class SeriesPlot:
    """One series of one country: the model as a line, the figures as points.

    `nrmsd` = RMSE / (max data - min data), a pure number; None where no score was taken.
    """

    name: str
    unit: str
    years_model: Numbers
    model: Numbers
    years_data: Numbers
    data: Numbers
    source: str
    scale: Scale = "linear"
    nrmsd: float | None = None
    tolerance: float | None = None

    def __post_init__(self) -> None:
        same_length(f"{self.name}, model", self.years_model, self.model)
        same_length(f"{self.name}, data", self.years_data, self.data)

    @property
    def holds(self) -> bool | None:
        """Whether nrmsd <= tolerance; None without both."""
        if self.nrmsd is None or self.tolerance is None:
            return None
        return bool(self.nrmsd <= self.tolerance)


@dataclass(frozen=True, slots=True)
class Residuals:
    """Accounting residuals of a run: for each identity |left - right| / scale in each year, pure numbers."""

    years: Numbers
    identities: Mapping[str, Numbers]

    def __post_init__(self) -> None:
        for name, values in self.identities.items():
            same_length(name, self.years, values)

    def worst(self) -> Line:
        """The largest residual over the identities in each year; NaN where one of them is NaN.

        >>> Residuals([1960, 1961], {"debt": [0.0, -3e-16], "capital": [1e-16, 0.0]}).worst().values.tolist()
        [1e-16, 3e-16]
        """
        table = [np.abs(np.asarray(values, float)) for values in self.identities.values()]
        return Line(self.years, np.max(table, axis=0) if table else np.full(len(self.years), np.nan))


@dataclass(frozen=True, slots=True)
class CountryReport:
    """One country: its series, the variable of the event if there is one, and its accounting residuals."""

    iso3: str
    name: str
    series: Sequence[SeriesPlot]
    event: Line | None
    residual: Residuals
    residual_max: float


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """Scores of one series: NRMSD (pure number), MAPE (per cent), Theil's U2 against the naive forecast."""

    country: str
    series: str
    nrmsd: float
    mape: float | None = None
    u2: float | None = None
    tolerance: float | None = None
    holds: bool | None = None
    window: str = ""

    def __post_init__(self) -> None:
        if self.holds is not None:  # NumPy's own truth values are not Python's
            object.__setattr__(self, "holds", bool(self.holds))


@dataclass(frozen=True, slots=True)
class PlainTable:
    """A table of words and numbers as they are printed; the first cell of a row is its head."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.head):
                raise ValueError(f"{self.caption}: {len(self.head)} columns but {len(row)} cells in {row!r}")


@dataclass(frozen=True, slots=True)
class Passage:
    """A heading, sentences that each stand alone, and a table if there is one."""

    heading: str
    lines: Sequence[str]
    table: PlainTable | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of a report in words that need no training."""

    title: str
    passages: Sequence[Passage]


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report. `generated` is the one line that differs between two runs on the same inputs.

    `about`: what the model is, in paragraphs with *emphasis*; `books`: what its books are about, or empty.
    """

    title: str
    summary: Sequence[str]
    countries: Sequence[CountryReport]
    scores: Sequence[ScoreRow]
    provenance: Mapping[str, str]
    limits: Sequence[str]
    generated: str
    residual_tolerance: float = field(default=1e-9)
    chapter: Chapter | None = None
    event: ThresholdEvent | None = None
    about: Sequence[str] = ()
    books: str = ""
