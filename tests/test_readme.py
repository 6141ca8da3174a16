"""Numbers in the README follow from the shipped fit, or this fails and names the one that does not."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from latecomer.evaluation.published_numbers import LOCK, read_numbers
from latecomer.evaluation.quoted_figures import quotes
from latecomer.inference.goodness_of_fit import Score, score_run
from latecomer.report.pages.study import reproduce
from latecomer.runs.results import load_evidence
from latecomer.study.study import Study

ROOT = Path(__file__).resolve().parents[1]
SECTION = re.compile(r"## What came out\n(.*?)\n## ", re.DOTALL)
FIT = "reference"


def section() -> str:
    found = SECTION.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert found, "the README has lost its section 'What came out'"
    return found[1]


def tables() -> list[list[list[str]]]:
    """The tables of scores: rows of cells, the countries first."""
    blocks = [b.strip() for b in section().split("\n\n") if b.strip().startswith("| NRMSD")]
    lines = [[line for line in block.splitlines() if line.startswith("|")] for block in blocks]
    return [[[cell.strip() for cell in line.strip("|").split("|")] for line in block] for block in lines]


@pytest.fixture(scope="module")
def runs() -> dict[str, xr.Dataset]:
    study = Study(ROOT)
    fit = study.fits[FIT]
    return {iso3: study.simulate(iso3, fit) for iso3 in fit.countries}


def cell(score: Score | None) -> str:
    """A score as the README tells it: a star where it falls short, and nothing without figures."""
    return "" if score is None else f"{score.nrmsd:.3f}" + ("*" if score.holds is False else "")


@pytest.mark.slow
def test_the_table_of_scores_is_that_of_the_shipped_fit(runs: dict[str, xr.Dataset]) -> None:
    assert [iso3 for (_, *countries), *_ in tables() for iso3 in countries] == list(runs)
    study = Study(ROOT)
    scores = {(s.country, s.series): s for iso3 in runs for s in score_run(study, iso3, runs[iso3])}
    told = {(iso3, row[0]) for (_, *countries), _, *body in tables() for row in body for iso3 in countries}
    assert {place for place, score in scores.items() if score.holds is not None} <= told
    for (_, *countries), _, *body in tables():
        for series, *cells in body:
            for iso3, one in zip(countries, cells, strict=True):
                if series.startswith("U2 of "):
                    assert one == f"{scores[iso3, series.removeprefix('U2 of ')].u2:.2f}", (iso3, series)
                else:
                    assert one == cell(scores.get((iso3, series))), (iso3, series)


def test_the_credit_access_told_is_that_of_the_shipped_fit(runs: dict[str, xr.Dataset]) -> None:
    told = re.findall(r"\b([A-Z]{3}) (\d{4}): (\d\.\d\d)", section())
    assert len(told) >= 5
    for iso3, year, value in told:
        assert value == f"{float(runs[iso3]['credit access'].sel(time=float(year))):.2f}", (iso3, year)


def falls(threshold: float) -> tuple[list[float], float]:
    study = Study(ROOT)
    changed = {"debt service threshold": threshold}
    run = study.simulate("BRA", study.fits[FIT], changed, save_every=0.125)["credit access"]
    level = run.sel(time=slice(1978, 1990)).to_numpy()
    times = run["time"].sel(time=slice(1978, 1990)).to_numpy()
    below = [float(t) for t, a, b in zip(times[1:], level[:-1], level[1:], strict=True) if b < 0.5 <= a]
    return below, float(level.min())


@pytest.mark.parametrize("threshold", [0.35, 0.40, 0.47])
def test_brazil_falls_in_the_years_told_over_the_range_told(threshold: float) -> None:
    assert "between 0.35 and 0.47" in " ".join(section().split())
    assert 1981 <= falls(threshold)[0][0] < 1983


def test_and_beyond_that_range_it_stops_where_told() -> None:
    years, lowest = falls(0.50)
    assert years == []
    assert f"at 0.50 it stops at {lowest:.2f}" in " ".join(section().split())


def test_the_tolerated_ratio_is_the_one_estimated() -> None:
    estimated = Study(ROOT).fits[FIT].shared["debt service threshold"]
    assert f"is itself estimated, at {estimated:.2f}" in " ".join(section().split())


def test_the_losses_of_the_variants_are_those_of_their_fits() -> None:
    study, told = Study(ROOT), " ".join(section().split())
    for name in (variant.fit for variant in study.variants.values()):
        assert name is not None
        assert f"{study.fits[name].manifest['loss']:.1f}" in told, name


def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_number_told_of_a_score_or_of_credit_access_is_found_by_a_machine() -> None:
    found = {quote.figure for quote in quotes(readme(), "credit access")}
    for (_, *countries), _, *body in tables():
        for series, *cells in body:
            kind, of, rest = series.partition(" of ")
            name = f"{rest}, u2" if of and kind == "U2" else f"{series}, nrmsd"
            told = {f"{iso3}, {name}" for iso3, one in zip(countries, cells, strict=True) if one}
            assert told <= found, series
    told = re.findall(r"\b([A-Z]{3}) (\d{4}): \d\.\d\d", section())
    assert {f"{iso3}, credit access, {year}" for iso3, year in told} <= found


def test_the_lock_says_that_the_readme_quotes_what_it_quotes() -> None:
    lock = read_numbers(ROOT / LOCK)
    assert lock is not None, "the numbers are not locked: latecomer lock"
    found = {quote.figure for quote in quotes(readme(), "credit access")}
    assert {name for name, one in lock.figures.items() if "README.md" in one.where} == found
    assert lock.stale == {}


@pytest.mark.slow  # figures are drawn quickly in tests/report
def test_the_figure_of_the_readme_is_the_one_that_a_run_draws(tmp_path: Path) -> None:
    reproduce(Study(ROOT), tmp_path)
    drawn = (tmp_path / "credit-access.svg").read_text(encoding="utf-8")
    assert (ROOT / "reports" / "credit-access.svg").read_text(encoding="utf-8") == drawn


@pytest.mark.slow  # `latecomer check` holds the runs to the numbers
def test_the_lowest_access_told_of_the_fit_to_1979_is_that_of_its_runs() -> None:
    study = Study(ROOT)
    fit = study.fits[f"{FIT}-until-1979"]
    head, _, row = next(b for b in section().split("\n\n") if b.startswith("| fit to 1979")).splitlines()
    countries, told = ([cell.strip() for cell in line.strip("|").split("|")][1:] for line in (head, row))
    assert sorted(countries) == sorted(fit.countries)
    assert fit.stale(study) == []
    for iso3, one in zip(countries, told, strict=True):
        start = float(study.countries[iso3].window.start)
        access = study.simulate(iso3, fit, years=(start, 1990.0))["credit access"]
        lowest = min(float(access.sel(time=float(year))) for year in range(1980, 1987))
        assert one == f"{lowest:.2f}", iso3


@cache
def study() -> Study:
    """The study, opened once for all results."""
    return Study(ROOT)


def kept(name: str) -> dict[str, Any]:
    """A result that reports read, made from the study as it is."""
    found = load_evidence(study(), name)
    assert found is not None, name
    assert found.stale(study()) == [], name
    return dict(found.result)


def area(one: dict[str, float]) -> str:
    return f"{one['value']:.2f} ({one['low']:.2f} to {one['high']:.2f})"


def test_the_areas_told_are_those_of_the_results_kept() -> None:
    told, left = kept("breakdown-1979"), kept("left-out-1979")
    rows = {
        "fit to 1979": told["auc"],
        "each country left out": {source: one["auc"] for source, one in left["events"].items()},
        **{f"rule: {rule}": one for rule, one in told["rules"].items()},
    }
    for name, one in rows.items():
        assert f"| {name} | {area(one['lv'])} | {area(one['rr'])} |" in section()


def short(value: float) -> str:
    return f"{value:.2f}".removeprefix("0")


def test_the_probabilities_and_errors_told_are_those_kept() -> None:
    told, flat = kept("breakdown-1979"), " ".join(section().split())
    chances = [(one["iso3"], one["probability"]) for one in told["countries"] if one["probability"] >= 0.005]
    assert f"draws: {', '.join(f'{iso3} {short(one)}' for iso3, one in chances)}, nothing elsewhere" in flat
    ratios = {name: short(one["model"] / one["best naive"]) for name, one in told["hindcast"].items()}
    said = f"{ratios['log output']} times that of the best naive forecast for output, {ratios['log exports']}"
    assert f"{said} for exports, {ratios['debt/output']} for debt" in flat
    assert f"80 % bands hold {100 * told['coverage']['share']:.0f} % of the figures." in flat


def test_what_is_told_of_mechanisms_removed_and_of_other_breakdowns_is_what_is_kept() -> None:
    rows, flat = kept("reasons-1979")["reasons"], " ".join(section().split())
    assert not any(one["fails"] for one in rows)
    assert ", ".join(one["title"] for one in rows) in flat
    by = {one["title"]: one for one in rows}
    flight, shock = by["capital flight"], by["the response of lending to the rate shock"]
    assert f"capital flight (log score {-flight['gain']:+.0f}, standard error {flight['se']:.0f})" in flat
    assert f"response to the rate shock ({-shock['gain']:+.0f}, {shock['se']:.0f})" in flat
    others = kept("episodes")
    assert all(one["why"] is not None for one in others["named"])
    assert f"of {others['hits']['n']} onsets on record one" in flat
    assert others["hits"]["k"] == 1


def test_the_swap_told_is_the_one_kept() -> None:
    made, flat = kept("swap-BRA-KOR"), " ".join(section().split())
    name = "lowest credit access 1980-86"

    def over(number: int) -> str:
        found = [[r for r in one["rows"] if r["country"] == "BRA"][number] for one in made["variants"]]
        values = [short(row["outcomes"][name]["value"]) for row in found]
        return f"{min(values)} to {max(values)}"

    assert f"lowest access is {over(1)} over the four rival structures instead of {over(0)}" in flat
    assert f"without the rate shock {over(3)}" in flat
    own = [[row["below"] for row in one["rows"] if row["country"] == "BRA"] for one in made["variants"]]
    shares = [round(100 * one[0]) for one in own]
    assert f"falls below one half in {min(shares)} to {max(shares)} % of them" in flat
    assert all(one[1] == one[3] == 0.0 for one in own)
    gaps = [next(one for one in each["shared"] if one["outcome"] == name) for each in made["variants"]]
    means = [{part["player"]: -part["mean"] for part in gap["shares"]} for gap in gaps]

    def share(player: str) -> str:
        values = [short(one[player]) for one in means]
        return f"{min(values)} to {max(values)}"

    assert f"policy accounts for {share('policy')}, the state of 1973 for {share('initial state')}" in flat
    assert f"the shocks for {share('external shocks')}" in flat


def test_the_hindcasts_told_are_those_kept() -> None:
    found = [kept(f"hindcast-{year}") for year in (1973, 1979, 1981)]
    for series, name in (
        ("log output", "log output"),
        ("log exports", "log exports"),
        ("debt/output, one denominator", "debt/output"),
    ):
        rows = [next(row for row in one["pooled"] if row["series"] == series) for one in found]
        cells = [f"{row['rmse']:.3f}, {row['ratio']:.2f} ({row['ratio_rebased']:.2f})" for row in rows]
        assert f"| {name} | {' | '.join(cells)} |" in section()
    shares = [f"{one['coverage']['all']['share']:.2f}" for one in found]
    assert f"| share within 80 % bands | {' | '.join(shares)} |" in section()


def test_the_share_of_figures_within_their_bands_is_the_one_told() -> None:
    found = kept("coverage-reference")
    shares = found["by_country"]
    low, high = (pick(shares, key=shares.__getitem__) for pick in (min, max))
    countries = study().countries
    spans = [f"{100 * shares[one]:.0f} % ({countries[one].name})" for one in (low, high)]
    flat = " ".join(section().split())
    assert f"hold {100 * found['share']:.0f} % of the figures" in flat
    assert f"between {spans[0]} and {spans[1]} in each country" in flat
    assert f"own sizes would hold {100 * found['stated']:.0f} %" in flat
