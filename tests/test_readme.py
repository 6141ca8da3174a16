"""Numbers in the README follow from the shipped fit, or this fails and names the one that does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from latecomer.calibrate.score import score_run
from latecomer.session import Study

ROOT = Path(__file__).resolve().parents[1]
SECTION = re.compile(r"## What came out\n(.*?)\n## ", re.DOTALL)
FIT = "reference"


def section() -> str:
    found = SECTION.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert found, "the README has lost its section 'What came out'"
    return found[1]


def rows() -> list[list[str]]:
    lines = [line for line in section().splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.fixture(scope="module")
def runs() -> dict[str, object]:
    study = Study(ROOT)
    fit = study.rooms.fits[FIT]
    return {iso3: study.rooms.simulate(iso3, fit) for iso3 in fit.countries}


def test_the_table_of_scores_is_that_of_the_shipped_fit(runs: dict[str, object]) -> None:
    header, _, *body = rows()
    countries = header[1:4]
    rooms = Study(ROOT).rooms
    scores = {(s.country, s.series): s for iso3 in countries for s in score_run(rooms, iso3, runs[iso3])}
    assert len(body) >= 6
    for series, *cells in body:
        for iso3, cell in zip(countries, cells[:3], strict=True):
            assert cell == f"{scores[iso3, series].nrmsd:.3f}", (iso3, series)
        assert cells[3] == f"{scores[countries[0], series].tolerance:.2f}", series


def test_the_credit_access_told_is_that_of_the_shipped_fit(runs: dict[str, object]) -> None:
    told = re.findall(r"(KOR|BRA|IND) (\d{4}): (\d\.\d\d)", section())
    assert len(told) >= 5
    for iso3, year, value in told:
        assert value == f"{float(runs[iso3]['credit access'].sel(time=float(year))):.2f}", (iso3, year)


def test_the_figure_of_the_readme_is_the_one_that_a_run_draws(tmp_path: Path) -> None:
    Study(ROOT).reproduce(tmp_path)
    drawn = (tmp_path / "credit-access.svg").read_text(encoding="utf-8")
    assert (ROOT / "reports" / "credit-access.svg").read_text(encoding="utf-8") == drawn
