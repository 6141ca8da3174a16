"""What the page of some runs is made from: plain data, ready to be drawn and printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from latecomer.report.content import Line, Numbers, Passage, PlainTable, Scale, ScoreRow, same_length
from latecomer.study.outcomes import ThresholdEvent


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
