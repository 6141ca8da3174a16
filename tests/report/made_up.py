"""A small made-up report with what can go wrong in it: gaps, markup in names, a score of each kind."""

from __future__ import annotations

import numpy as np

from latecomer.report.content import (
    Chapter,
    CountryReport,
    Line,
    Passage,
    PlainTable,
    Report,
    Residuals,
    ScoreRow,
    SeriesPlot,
)
from tests.outcomes import EVENT

YEARS = np.arange(1974, 1997)
GAP = np.where(YEARS == 1985, np.nan, np.linspace(1.0, 2.0, YEARS.size))
SHARP = '<script>alert("x")</script> & Co'


def series(name: str, nrmsd: float | None = 0.03, tolerance: float | None = 0.04) -> SeriesPlot:
    return SeriesPlot(
        name, "log of US$", YEARS, GAP, YEARS[::2], GAP[::2], f"source of {name}", "linear", nrmsd, tolerance
    )


def country(iso3: str, name: str, falls: float = 9999.0) -> CountryReport:
    access = Line(YEARS, np.where(falls <= YEARS, 0.2, 0.9))
    residual = Residuals(YEARS, {"debt": np.full(YEARS.size, 3e-16), "capital": np.zeros(YEARS.size)})
    plots = [series("log output"), series("log exports", nrmsd=0.05), series("capability", tolerance=None)]
    return CountryReport(iso3, name, plots, access, residual, 3e-16)


def report(generated: str = "Made on 22 November 2026.") -> Report:
    scores = [
        ScoreRow("KOR", "log output", 0.03, 1.2, 0.4, 0.04, True, "1960-2010"),
        ScoreRow("KOR", "log exports", 0.05, 3.4, 0.8, 0.04, False, "1960-2010"),
        ScoreRow("BRA", "capability", 0.21),
    ]
    return Report(
        title="A made-up study",
        summary=["Brazil falls, Korea stands."],
        countries=[country("KOR", "South Korea"), country("BRA", SHARP, falls=1982)],
        scores=scores,
        provenance={"model": "sha256 0123"},
        limits=["India 1991 is missed."],
        generated=generated,
        event=EVENT,
        chapter=Chapter(
            "The breakdown",
            [
                Passage("What happened", ["Interest rates doubled."]),
                Passage(
                    "How sure", [SHARP], PlainTable("By country", ["country", SHARP], [["Brazil", "0.9"]])
                ),
            ],
        ),
    )
