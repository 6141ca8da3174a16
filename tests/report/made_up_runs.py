"""A small made-up page of two runs, with sharp words wherever words from a file may stand."""

from __future__ import annotations

import numpy as np

from latecomer.report.content import (
    Band,
    Cell,
    CountryPart,
    Facts,
    Line,
    OutcomeRow,
    Panel,
    Passage,
    PlainTable,
    RunLine,
    RunsPage,
    ScoreRow,
    SectorPart,
)
from tests.outcomes import EVENT, OUTCOMES
from tests.report.made_up import SHARP

YEARS = np.arange(1990, 2000)
SET = "#panic() *bold* $x$ \\ @cite <tag> // note"
"""What would be markup, code or mathematics, were it read by what sets the print."""


def line(number: int, shift: float = 0.0) -> RunLine:
    middle = np.linspace(1.0, 2.0, YEARS.size) + shift
    band = Band(YEARS, middle, middle - 0.2, np.where(YEARS == 1995, np.nan, middle + 0.2))
    return RunLine(number, "AB"[number], f"{SHARP} {number}", band)


def facts(number: int) -> Facts:
    table = PlainTable(SHARP, ["driver", "after", "rule", "source or reason"], [["oil", "1995", SET, SHARP]])
    return Facts(
        number,
        "AB"[number],
        f"{SHARP} {number}",
        SHARP,
        f"1990–1999, {SET}",
        [Passage("What is assumed", [SHARP], table)],
        [f"a note {SHARP}"],
        {"seed": "0", SHARP: "f" * 64},
    )


def part(iso3: str = "KOR") -> CountryPart:
    both = [line(0), line(1, 0.5)]
    fitted = Panel(
        "log output",
        "dollars",
        both[:1],
        figures=Line(YEARS[::2], np.linspace(1, 2, 5)),
        source=SHARP,
        scale="log",
        score=ScoreRow(iso3, "log output", 0.05, tolerance=0.04, holds=False),
    )
    cells = [Cell("1", "0.8 to 1.2"), Cell("1.5", "1.3 to 1.7", "+50 % (+40 % to +60 %)", "clearly higher")]
    return CountryPart(
        iso3=iso3,
        name=SHARP,
        summary=[f"Output per head grows. {SET}"],
        how=["B against A: the same shocks draw by draw."],
        runs=[facts(0), facts(1)],
        outcomes=[
            OutcomeRow("output per head", "dollars", cells),
            OutcomeRow("labour share", "a ratio", [Cell("0.5"), Cell("0.5", "", "0 %", "the same")]),
        ],
        outcomes_caption="Value in 1999.",
        ends=None,
        paths=[Panel("output per head", "dollars", both, SHARP)],
        differences=[Panel("output per head", "per cent of A", both[1:], level=0.0, level_label=SHARP)],
        chances=Panel("chance", "per cent of draws", both, values=(-2.0, 102.0)),
        chances_said=[SHARP],
        chances_table=PlainTable("by years", ["years", "A"], [["1990–1999", "1 of 2"]]),
        fit=[fitted],
        fit_said=["0 of 1 judged series stay within their tolerance."],
        sectors=[SectorPart("Goods", SHARP, [Panel("output", "dollars", both, SHARP)])],
        wrong=[SHARP],
    )


def runs_page(*countries: str) -> RunsPage:
    return RunsPage(
        title=f"A page {SHARP} {SET}",
        lead="Two runs.",
        countries=[part(iso3) for iso3 in countries or ("KOR",)],
        wrong=["India 1991 is missed."],
        sources=PlainTable("Figures", ["source", "vintage", "series"], [[SHARP, SET, "output"]]),
        generated="Made on 26 November 2026.",
        caveats=["Not a forecast."],
        event=EVENT,
        glossary=OUTCOMES.glossary,
        open=OUTCOMES.pages.open,
    )
