"""Figures for papers as a browser draws them: no words on others, none cut off, at either width."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from latecomer.report.content import Line, SeriesPlot
from latecomer.report.publication.figures import (
    Cell,
    CountryFit,
    Outcome,
    breakdown_paper,
    coverage_paper,
    event_paper,
    fit_paper,
    scenario_paper,
    scores_paper,
)
from latecomer.report.publication.style import Build, draw
from tests.browser.pages import faults, show, write
from tests.outcomes import EVENT, RECORD, WINDOW
from tests.report.publication.test_paper_foretold import ROWS, banded

if TYPE_CHECKING:
    from playwright.sync_api import Page

# A machine without Arial and the fonts of its widths gets DejaVu, made as narrow as these.
FONT = '<style>@font-face{font-family:"Helvetica";src:local("DejaVu Sans");size-adjust:87%}</style>'
YEARS = np.arange(1960, 2011)
NAMES = ["Korea", "Lao People's Democratic Republic", "Philippines", "Brazil", "Viet Nam", "Iran"] * 3
SERIES = ["log output", "log exports", "debt/output, one denominator", "imports/output", "investment/output"]
LONGEST = "current account/output, one denominator"
UNIT = "thousand dollars per person and year"
OUTCOMES = ["output per head", "exports to output", "debt to output", "capability", "labour share"]


def plots() -> list[SeriesPlot]:
    grown = 1e3 * np.exp((YEARS - 1960) * 0.09)
    return [
        SeriesPlot(name, UNIT, YEARS, grown, YEARS[::3], grown[::3], "made up", scale)
        for name, scale in zip(SERIES, ("log", "log", "linear", "linear", "linear"), strict=True)
    ]


FIGURES: dict[str, Build] = {
    "credit": event_paper(
        {f"{name} {k}": Line(YEARS, np.cos(YEARS * (k + 1) / 40) ** 2) for k, name in enumerate(NAMES)},
        EVENT,
    ),
    "fit": fit_paper([CountryFit("Lao People's Democratic Republic", plots()), CountryFit("Korea", plots())]),
    "scores": scores_paper(
        [Cell(f"C{k:02}", name, 0.02 * k, k < 9) for k in range(20) for name in (*SERIES, LONGEST)]
    ),
    "breakdown": breakdown_paper(ROWS, EVENT, RECORD, WINDOW),
    "coverage": coverage_paper(
        0.8, {"by series": dict.fromkeys(SERIES, 0.7), "by country": dict.fromkeys(NAMES, 0.9)}
    ),
    "scenario": scenario_paper(
        [Outcome(name, UNIT, {"baseline": banded(k + 1.0), "a run of a long name": banded(k + 2.0)})
         for k, name in enumerate(OUTCOMES)]
    ),
}  # fmt: skip


@pytest.mark.parametrize("width", [85.0, pytest.param(175.0, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", FIGURES)
def test_words_lie_apart_and_inside(page: Page, tmp_path: Path, name: str, width: float) -> None:
    svg = draw(FIGURES[name], "svg", width).decode()
    show(page, write(tmp_path, f"<!doctype html><title>{name}</title>{FONT}<body>{svg}"), 1280)
    assert page.locator("svg text").count() > 5
    assert faults(page) == []
