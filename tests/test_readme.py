"""Numbers in the README follow from the shipped fit, or this fails and names the one that does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import xarray as xr

from latecomer.calibrate.score import Score, score_run
from latecomer.session import Study

ROOT = Path(__file__).resolve().parents[1]
SECTION = re.compile(r"## What came out\n(.*?)\n## ", re.DOTALL)
FIT = "reference"


def section() -> str:
    found = SECTION.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert found, "the README has lost its section 'What came out'"
    return found[1]


def rows() -> list[list[str]]:
    table = next(block for block in section().split("\n\n") if "|---" in block)
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.fixture(scope="module")
def runs() -> dict[str, xr.Dataset]:
    study = Study(ROOT)
    fit = study.rooms.fits[FIT]
    return {iso3: study.rooms.simulate(iso3, fit) for iso3 in fit.countries}


def cell(score: Score | None) -> str:
    """A score as the README tells it: a star where it falls short, and nothing without figures."""
    return "" if score is None else f"{score.nrmsd:.3f}" + ("*" if score.holds is False else "")


def test_the_table_of_scores_is_that_of_the_shipped_fit(runs: dict[str, xr.Dataset]) -> None:
    (_, *countries), _, *body = rows()
    assert countries == list(runs)
    rooms = Study(ROOT).rooms
    scores = {(s.country, s.series): s for iso3 in countries for s in score_run(rooms, iso3, runs[iso3])}
    told = {series for series, *_ in body}
    assert {series for (_, series), s in scores.items() if s.holds is not None} <= told
    for series, *cells in body:
        for iso3, one in zip(countries, cells, strict=True):
            if series.startswith("U2 of "):
                assert one == f"{scores[iso3, series.removeprefix('U2 of ')].u2:.2f}", (iso3, series)
            else:
                assert one == cell(scores.get((iso3, series))), (iso3, series)


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


@pytest.mark.parametrize("threshold", [0.45, 0.55, 0.70])
def test_brazil_falls_in_the_years_told_over_the_range_told(threshold: float) -> None:
    assert "between 0.45 and 0.70" in " ".join(section().split())
    assert 1981 <= falls(threshold)[0][0] < 1983


def test_and_beyond_that_range_it_stops_where_told() -> None:
    years, lowest = falls(0.75)
    assert years == []
    assert f"at 0.75 it stops at {lowest:.2f}" in " ".join(section().split())


def test_the_losses_of_the_starts_are_those_of_the_manifest() -> None:
    losses = sorted(start["loss"] for start in Study(ROOT).rooms.fits[FIT].manifest["starts"])
    told = " ".join(section().split())
    assert f"{losses[0]:.1f}" in told
    assert all(f"{loss:.1f}" in told for loss in losses)


def test_the_losses_of_the_variants_are_those_of_their_fits() -> None:
    rooms, told = Study(ROOT).rooms, " ".join(section().split())
    for name in (variant.fit for variant in rooms.variants.values()):
        assert name is not None
        assert f"{rooms.fits[name].manifest['loss']:.1f}" in told, name


def test_the_figure_of_the_readme_is_the_one_that_a_run_draws(tmp_path: Path) -> None:
    Study(ROOT).reproduce(tmp_path)
    drawn = (tmp_path / "credit-access.svg").read_text(encoding="utf-8")
    assert (ROOT / "reports" / "credit-access.svg").read_text(encoding="utf-8") == drawn
