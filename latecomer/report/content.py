"""What a report is made from: plain data, ready to be drawn.

Also here:
- What the page of some runs is made from: plain data, ready to be drawn and printed.
- What the page of a scenario is made from: plain data, ready to be drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from latecomer.study.outcome_tables import ThresholdEvent

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


@dataclass(frozen=True, slots=True)
class Band:
    """A variable by year: its middle and, over draws, the ends of its 80 % band; NaN is a gap.

    >>> Band([1960], [1.0], [0.5], [])
    Traceback (most recent call last):
    ...
    ValueError: band, high: 1 years but 0 values
    """

    years: Numbers
    middle: Numbers
    low: Numbers | None = None
    high: Numbers | None = None

    def __post_init__(self) -> None:
        same_length("band, middle", self.years, self.middle)
        for name, values in (("low", self.low), ("high", self.high)):
            if values is not None:
                same_length(f"band, {name}", self.years, values)


@dataclass(frozen=True, slots=True)
class RunLine:
    """A variable of one run: `number` chooses its ink, `letter` and `name` are what it is called."""

    number: int
    letter: str
    name: str
    band: Band


@dataclass(frozen=True, slots=True)
class Panel:
    """One small chart: a variable of every run, the figures where there are any, and the score of a fit."""

    name: str
    unit: str
    lines: Sequence[RunLine]
    note: str = ""
    figures: Line | None = None
    source: str = ""
    scale: Scale = "linear"
    score: ScoreRow | None = None
    level: float | None = None
    level_label: str = ""
    values: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class SectorPart:
    """A sector of the model with its main variables."""

    name: str
    note: str
    panels: Sequence[Panel]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the table of outcomes: a value, its band, how it differs and whether that can be told.

    `verdict` is one of `VERDICTS`, or empty for the run that the others are held against; `slight`: the
    difference is too small to matter, whether or not it can be told.
    """

    value: str
    band: str = ""
    difference: str = ""
    verdict: str = ""
    slight: bool = False


VERDICTS: Mapping[str, str] = {
    "clearly higher": "▲▲",
    "clearly lower": "▼▼",
    "probably higher": "▲",
    "probably lower": "▼",
    "not distinguishable": "≈",
    "the same": "=",
    "not tested": "?",
}
"""Each verdict with its sign, so that nothing hangs on a colour."""


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One outcome: a cell for each run."""

    name: str
    unit: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Facts:
    """One run and what stands behind it: `facts` is everything of its manifest that a reader may ask for."""

    number: int
    letter: str
    name: str
    note: str
    headline: str
    drives: Sequence[Passage]
    notes: Sequence[str]
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CountryPart:
    """All runs of one country; the first is the one that the others are held against."""

    iso3: str
    name: str
    summary: Sequence[str]
    how: Sequence[str]
    runs: Sequence[Facts]
    outcomes: Sequence[OutcomeRow]
    outcomes_caption: str
    ends: PlainTable | None
    paths: Sequence[Panel]
    differences: Sequence[Panel]
    chances: Panel | None
    chances_said: Sequence[str]
    chances_table: PlainTable | None
    fit: Sequence[Panel]
    fit_said: Sequence[str]
    sectors: Sequence[SectorPart]
    wrong: Sequence[str]

    @property
    def drawn(self) -> bool:
        """Whether any run has a band."""
        return any(line.band.low is not None for panel in self.paths for line in panel.lines)


@dataclass(frozen=True, slots=True)
class RunsPage:
    """A whole page. `generated` is the one line that differs between two pages of the same inputs.

    `glossary`: what the words of the study mean; `open`: sectors whose charts are open at first.
    """

    title: str
    lead: str
    countries: Sequence[CountryPart]
    wrong: Sequence[str]
    sources: PlainTable
    generated: str
    caveats: Sequence[str] = field(default_factory=tuple)
    event: ThresholdEvent | None = None
    glossary: Mapping[str, str] = field(default_factory=dict)
    open: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One variable of one country by year: in the base and in the scenario."""

    name: str
    unit: str
    years: Numbers
    base: Numbers
    scenario: Numbers

    def __post_init__(self) -> None:
        same_length(f"{self.name}, base", self.years, self.base)
        same_length(f"{self.name}, scenario", self.years, self.scenario)

    @property
    def ends(self) -> tuple[float, float]:
        """The last values: of the base, of the scenario."""
        return float(np.asarray(self.base)[-1]), float(np.asarray(self.scenario)[-1])

    @property
    def change(self) -> float | None:
        """By how much the scenario ends above the base, as a ratio; None where the base ends at nought.

        >>> Comparison("output", "", [2050], [2.0], [3.0]).change
        0.5
        """
        base, scenario = self.ends
        return None if base == 0 else (scenario - base) / abs(base)


@dataclass(frozen=True, slots=True)
class Assumption:
    """What is assumed of a driver, of the world or of some countries, after its last figure."""

    driver: str
    whose: str
    after: str
    rule: str
    source: str


@dataclass(frozen=True, slots=True)
class Change:
    """One override: its note and reason, what it changes in words, and where, all countries where empty."""

    name: str
    note: str
    source: str
    changes: Sequence[str]
    only: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class CountryScenario:
    """One country of a scenario; `refused`: what the policy space did not permit, in words."""

    iso3: str
    name: str
    years: str
    comparisons: Sequence[Comparison]
    refused: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ScenarioReport:
    """A whole page. `generated` is the one line that differs between two runs on the same inputs."""

    title: str
    note: str
    rows: Sequence[str]
    is_base: bool
    overrides: Sequence[Change]
    countries: Sequence[CountryScenario]
    assumptions: Sequence[Assumption]
    provenance: Mapping[str, str]
    generated: str


# Light and dark pairs of eight inks that stay apart under the common forms of colour blindness.
LIGHT: Final = ("#0068a8", "#c4500a", "#008060", "#b0487f", "#7d6400", "#3d3d3d", "#6a51c8", "#2a8fb8")
