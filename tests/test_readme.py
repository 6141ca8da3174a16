"""Numbers in the README follow from the shipped fit, or this fails and names the one that does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import xarray as xr

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
def runs() -> dict[str, xr.Dataset]:
    study = Study(ROOT)
    fit = study.rooms.fits[FIT]
    return {iso3: study.rooms.simulate(iso3, fit) for iso3 in fit.countries}


def test_the_table_of_scores_is_that_of_the_shipped_fit(runs: dict[str, xr.Dataset]) -> None:
    header, _, *body = rows()
    countries = header[1:4]
    rooms = Study(ROOT).rooms
    scores = {(s.country, s.series): s for iso3 in countries for s in score_run(rooms, iso3, runs[iso3])}
    assert len(body) >= 6
    for series, *cells in body:
        for iso3, cell in zip(countries, cells[:3], strict=True):
            assert cell == f"{scores[iso3, series].nrmsd:.3f}", (iso3, series)
        assert cells[3] == f"{scores[countries[0], series].tolerance:.2f}", series


def test_the_credit_access_told_is_that_of_the_shipped_fit(runs: dict[str, xr.Dataset]) -> None:
    told = re.findall(r"(KOR|BRA|IND) (\d{4}): (\d\.\d\d)", section())
    assert len(told) >= 5
    for iso3, year, value in told:
        assert value == f"{float(runs[iso3]['credit access'].sel(time=float(year))):.2f}", (iso3, year)


def falls(threshold: float) -> tuple[list[float], float]:
    rooms = Study(ROOT).rooms
    changed = {"debt service threshold": threshold}
    run = rooms.simulate("BRA", rooms.fits[FIT], changed, save_every=0.125)["credit access"]
    level = run.sel(time=slice(1978, 1990)).to_numpy()
    times = run["time"].sel(time=slice(1978, 1990)).to_numpy()
    below = [float(t) for t, a, b in zip(times[1:], level[:-1], level[1:], strict=True) if b < 0.5 <= a]
    return below, float(level.min())


@pytest.mark.parametrize("threshold", [0.50, 0.55, 0.56])
def test_brazil_falls_in_the_years_told_over_the_range_told(threshold: float) -> None:
    assert "between 0.50 and 0.56" in " ".join(section().split())
    assert 1981 <= falls(threshold)[0][0] < 1984


def test_and_beyond_that_range_it_stops_where_told() -> None:
    years, lowest = falls(0.60)
    assert years == []
    assert f"at 0.60 it stops at {lowest:.2f}" in " ".join(section().split())


def test_the_losses_of_the_starts_are_those_of_the_manifest() -> None:
    losses = sorted(start["loss"] for start in Study(ROOT).rooms.fits[FIT].manifest["starts"])
    told = " ".join(section().split())
    assert f"{losses[0]:.1f}" in told
    assert all(f"{loss:.1f}" in told for loss in losses)


def test_the_figure_of_the_readme_is_the_one_that_a_run_draws(tmp_path: Path) -> None:
    Study(ROOT).reproduce(tmp_path)
    drawn = (tmp_path / "credit-access.svg").read_text(encoding="utf-8")
    assert (ROOT / "reports" / "credit-access.svg").read_text(encoding="utf-8") == drawn


def test_every_variable_that_the_guide_to_the_model_names_is_in_the_text() -> None:
    guide = (ROOT / "model" / "README.md").read_text(encoding="utf-8")
    table = guide[guide.index("| Mechanism |") : guide.index("A stock named S")]
    names = re.findall(r"`([^`]+)`", table)
    assert len(names) > 30
    text = Study(ROOT).rooms.model.text
    assert [name for name in names if text.find(name) is None] == []
