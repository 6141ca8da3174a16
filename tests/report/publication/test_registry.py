"""The figures for papers: what each is made from, what its caption tells, and what it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from latecomer.errors import InputError
from latecomer.report.publication.registry import FigureRequest, labels, offered, paper_figure
from latecomer.runs.results import hashes_of, save_evidence
from latecomer.runs.store import LoadedRun, save_run
from latecomer.study.study import Study
from tests.report.narrative.test_debt_crisis import BREAKDOWN
from tests.study.studies import edit

ACCESS = {"low": 0.1, "median": 0.3, "high": 0.6}
FORETOLD: dict[str, Any] = {
    **BREAKDOWN,
    "countries": [
        {**one, "lowest access": ACCESS, "in default before the window": False}
        for one in BREAKDOWN["countries"]
    ],
    "draws": 200,
    "sources": {"lv": "defaults of one list", "rr": "defaults of another"},
}
COVERED: dict[str, Any] = {
    "by_country": {"KOR": 0.7, "BRA": 0.9},
    "by_series": {"log output": 0.8, "debt/output, one denominator": 0.75},
    "draws": 200,
    "figures": 345,
    "level": 0.8,
    "share": 0.79,
    "source": "fast approximation",
}


def refused(study: Study, name: str, **asked: Any) -> str:
    with pytest.raises(InputError) as error:
        paper_figure(study, name, FigureRequest(**asked))
    return str(error.value)


def stored(folder: Path, scenario: str = "baseline", country: str = "KOR", **own: Any) -> Path:
    """A made-up run on disk."""
    years = np.arange(2010.0, 2013.0)
    draws = own.pop("draws", None)
    values = np.array([1.0, 2.0, 4.0])
    if draws is not None:
        values = values * (1.0 + 0.1 * np.arange(draws))[:, None]
    dims = ("time",) if draws is None else ("draw", "time")
    about = {"units": "billion dollars/(Year*million persons)"}
    names = {"country": country, "scenario": scenario, "fit": "reference", "variant": "none", **own}
    run = xr.Dataset({"output per head": (dims, values, about)}, coords={"time": years}, attrs=names)
    if draws is not None:
        failed = np.where(np.arange(draws) < 1, 2011.0, np.nan)
        run = run.assign_coords(failed=("draw", failed))
    manifest = {**names, "years": [2010.0, 2012.0], "hashes": {"model text": "a" * 64}, "versions": {}}
    return save_run(run, manifest, folder)


@pytest.mark.slow
def test_credit_access_is_that_of_the_runs_of_the_fit(whole: Study) -> None:
    made = paper_figure(whole, "credit-access")
    assert made.name == "credit-access"
    assert made.caption.n == "2 countries"
    fit = hashes_of(whole, (), [whole.fits["reference"]])["fit 'reference'"]
    assert made.caption.fit == f"reference, all figures, sha256 {fit[:12]}…"
    panels = made.build(400.0)["vconcat"][1]["concat"]
    drawn = {one["title"]["text"][0]: one["layer"][-1]["data"]["values"] for one in panels}
    run = whole.run("BRA")["credit access"]
    assert {row["x"] for row in drawn["Brazil"]} == set(range(1975, 1996))
    for row in drawn["Brazil"]:
        assert row["y"] == pytest.approx(float(run.sel(time=row["x"])), rel=1e-5)


def test_one_country_of_the_fit_is_drawn_against_its_figures(whole: Study) -> None:
    made = paper_figure(whole, "fit", FigureRequest(("BRA",)))
    window = whole.countries["BRA"].window
    figures = whole.observations.series("BRA", "output")
    output = [year for year in figures.index if window.start <= year <= window.end]
    panels = made.build(400.0)["vconcat"][1]["concat"]
    points = next(one["layer"][0]["data"]["values"] for one in panels if one["title"]["text"] == ["output"])
    assert [row["x"] for row in points] == output
    assert made.name == "fit-BRA"
    assert made.caption.shown.startswith("Brazil: the model as a line")
    assert "Penn World Table" in made.caption.source
    assert whole.hashes(())["model text"][:12] in made.caption.source


def test_scores_are_those_of_the_manifest(whole: Study) -> None:
    made = paper_figure(whole, "scores", FigureRequest(("KOR",)))
    kept = [one for one in whole.fits["reference"].manifest["scores"] if one["country"] == "KOR"]
    values = made.build(300.0)["data"]["values"]
    assert [row["nrmsd"] for row in values] == [pytest.approx(min(s["nrmsd"], 0.3), rel=1e-5) for s in kept]
    assert made.caption.n.startswith(f"{sum(one['n'] for one in kept)} figures in {len(kept)} series of 1 ")


@pytest.mark.slow
def test_a_stale_fit_is_refused(copied: Path) -> None:
    edit(
        copied / "model" / "latecomer.mdl",
        r"\nwage bill =\n\twage\*employment",
        "\nwage bill =\n\temployment*wage",
    )
    for name in ("credit-access", "fit", "scores"):
        assert "got another model text than the fit was made from" in refused(Study(copied), name)


def test_a_result_that_is_not_kept_is_refused_with_the_command_that_makes_it(whole: Study) -> None:
    assert refused(whole, "breakdown") == (
        "calibration/evidence/breakdown-1979.json: got no such result; expected one that is kept. "
        "Cure: make it: latecomer breakdown --save."
    )
    assert refused(whole, "coverage").endswith("Cure: make it: latecomer coverage --fit reference --save.")


def kept_study(folder: Path, results: Mapping[str, Mapping[str, Any]]) -> Study:
    study = Study(folder)
    for name, result in results.items():
        save_evidence(study, name, result, ["KOR", "BRA"], [study.fits["reference"]])
    return Study(folder)


def test_the_breakdown_is_drawn_from_the_result_and_says_when_it_is_old(copied: Path) -> None:
    study = kept_study(copied, {"breakdown-1979": FORETOLD})
    made = paper_figure(study, "breakdown")
    rows = made.build(400.0)["vconcat"][1]["hconcat"][2]["data"]["values"]
    said = {row["name"]: (row["p"], row["mark"], row["words"]) for row in rows}
    assert said == {"BRA": (0.97, "both", "LV 1983, RR 1983"), "KOR": (0.02, "none", "RR no figures")}
    assert "Area under the curve against defaults of one list 0.75 (90 % interval 0.40" in made.caption.shown
    assert (made.caption.n, made.caption.notes) == ("2 countries, 200 draws", ())
    edit(copied / "model" / "countries" / "KOR.toml", "start = 1960", "start = 1961")
    later = paper_figure(Study(copied), "breakdown", FigureRequest(("BRA",)))
    assert later.caption.n.startswith("1 countries")
    assert later.caption.notes == ("older than country file of KOR of the study; make it anew.",)


def test_a_country_that_was_not_foretold_is_refused(copied: Path) -> None:
    study = kept_study(copied, {"breakdown-1979": FORETOLD})
    assert refused(study, "breakdown", countries=("IND",)) == (
        "--country: got IND; expected one of BRA, KOR. Cure: name one of these."
    )


def test_coverage_is_drawn_from_the_result(copied: Path) -> None:
    made = paper_figure(kept_study(copied, {"coverage-reference": COVERED}), "coverage")
    assert made.caption.n == "345 figures, 200 draws"
    assert "over all 79 %. Dashed: 80 %." in made.caption.shown
    assert made.caption.notes == ("*: over the output in dollars that the model has (one denominator).",)


def test_runs_are_drawn_with_the_median_and_the_band_of_the_draws_that_stayed(
    whole: Study, tmp_path: Path
) -> None:
    folders = stored(tmp_path / "a"), stored(tmp_path / "b", "staged-portfolio", draws=12)
    made = paper_figure(whole, "scenario", FigureRequest(runs=folders))
    assert made.name == "scenario-KOR"
    assert made.caption.n == (
        "baseline: one run; staged portfolio: 12 draws, 1 of which left the finite numbers and are left out"
    )
    assert made.caption.source.startswith("runs: model text, sha256 aaaaaaaaaaaa…")
    (panel,) = made.build(400.0)["vconcat"][1]["concat"]
    assert " ".join(panel["title"]["subtitle"]) == "thousand dollars per person and year"
    band, *lines = (layer["data"]["values"][-1] for layer in panel["layer"])
    # of the draws 1 to 11, which end at 4.4 to 8.4, the tenths lie one draw from either end
    assert (band["y"], band["y2"]) == (pytest.approx(4.8), pytest.approx(8.0))
    assert [one["y"] for one in lines] == [pytest.approx(4.0), pytest.approx(6.4)]


def test_runs_of_more_than_one_country_are_refused_until_one_is_named(whole: Study, tmp_path: Path) -> None:
    stored(tmp_path / "all" / "KOR")
    stored(tmp_path / "all" / "BRA", country="BRA")
    runs = (tmp_path / "all",)
    assert refused(whole, "scenario", runs=runs) == (
        "--country: got BRA, KOR; expected one of BRA, KOR. Cure: name one: --country ISO3."
    )
    assert paper_figure(whole, "scenario", FigureRequest(("KOR",), runs)).name == "scenario-KOR"
    said = refused(whole, "scenario", countries=("IND",), runs=runs)
    assert said.startswith("--country: got IND, which has no run here; expected one of BRA, KOR.")


def test_too_many_runs_and_none_are_refused(whole: Study, tmp_path: Path) -> None:
    for k in range(7):
        stored(tmp_path / "many" / str(k))
    assert refused(whole, "scenario", runs=(tmp_path / "many",)) == (
        "--run: got 7 runs of KOR; expected 6 at most. Cure: name fewer folders."
    )
    assert refused(whole, "scenario") == (
        "--run: got none; expected one or more folders written by latecomer run. "
        "Cure: name them: --run DIR, once for each."
    )


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([("baseline", "v", "f"), ("staged-portfolio", "v", "f")], ["baseline", "staged portfolio"]),
        ([("none", "v", "f"), ("none", "w", "g")], ["no scenario, v", "no scenario, w"]),
        ([("none", "v", "f"), ("none", "v", "g")], ["no scenario, f", "no scenario, g"]),
        ([("none", "v", "f"), ("none", "v", "f")], ["no scenario (1)", "no scenario (2)"]),
    ],
)
def test_runs_are_named_by_what_tells_them_apart(told: list[tuple[str, ...]], expected: list[str]) -> None:
    names = ("scenario", "variant", "fit")
    runs = [LoadedRun(Path("x"), dict(zip(names, one, strict=True)), xr.Dataset()) for one in told]
    assert labels(runs) == expected


def test_what_a_figure_does_not_take_is_refused(whole: Study, tmp_path: Path) -> None:
    assert refused(whole, "credit acces") == (
        f"figure: got the name 'credit acces'; expected one of {', '.join(offered(whole))}. "
        "Cure: write the nearest name: 'credit-access'."
    )
    assert refused(whole, "fit", runs=(tmp_path,)) == (
        "--run: got runs for the figure 'fit'; expected the figure scenario. Cure: leave --run out."
    )
    assert refused(whole, "coverage", countries=("KOR",)) == (
        "--country: got KOR; expected none: 'coverage' is about all countries together. "
        "Cure: leave --country out."
    )
    assert "ZZZ" in refused(whole, "scores", countries=("ZZZ",))
    assert "scores of its countries" in refused(whole, "scores", countries=("IND",))
