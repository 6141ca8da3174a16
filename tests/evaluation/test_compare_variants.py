"""Rival variants weighed on a small study whose figures one of them has made."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from latecomer.errors import InputError
from latecomer.evaluation import credit_loss as module
from latecomer.evaluation.compare_variants import Weighing, forecast_variant, weigh_variants
from latecomer.evaluation.hindcast import finite_runs
from latecomer.inference.fit import calibrate
from latecomer.study.fits import Fit, fit_at_cutoff, save_fit
from latecomer.study.study import Study
from tests.study.small import STARTS, lay_estimated
from tests.study.studies import edit, edit_observations

pytestmark = pytest.mark.usefixtures("briefly")

CUT_OFF, END = 2002, 2008
FITS = {"institutions": "with", "without it": "without"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study with fits of both variants to the cut-off, under the names that these ask for."""
    folder = lay_estimated(tmp_path_factory.mktemp("rivals") / "study")
    for variant, fit in FITS.items():
        head = rf'\[variants\."{variant}"\]\n'
        edit(folder / "model" / "parameters.toml", head, f'[variants."{variant}"]\nfit = "{fit}"\n')
    study = Study(folder)
    for variant, fit in FITS.items():
        name = f"{fit}-until-{CUT_OFF}"
        made = calibrate(study, list(STARTS), CUT_OFF, starts=1, name=name, variant=variant)
        save_fit(made, study.fits.folder / name)
    return folder


@pytest.fixture(scope="module")
def weighed(folder: Path) -> tuple[Weighing, list[tuple[str, int, int]]]:
    told: list[tuple[str, int, int]] = []
    made = weigh_variants(Study(folder), CUT_OFF, END, lambda *how: told.append(how))
    return made, told


def test_the_weights_of_two_variants_add_up_to_one(weighed: tuple[Weighing, Any]) -> None:
    made, told = weighed
    assert [one.variant for one in made.weights] == list(FITS)
    assert sum(one.weight for one in made.weights) == pytest.approx(1.0, abs=1e-9)
    assert sum(one.pseudo_bma for one in made.weights) == pytest.approx(1.0, abs=1e-9)
    assert all(0.0 <= one.low <= one.weight <= one.high <= 1.0 for one in made.weights)
    assert {(one.points, one.countries) for one in made.weights} == {(2 * (END - CUT_OFF), 2)}
    assert told == [
        ("hindcast of institutions", 0, 2),
        ("hindcast of without it", 1, 2),
        ("variants weighed", 2, 2),
    ]


def test_the_variant_that_made_the_figures_foresees_them_better(weighed: tuple[Weighing, Any]) -> None:
    """Both countries grow alike; where institutions counted they would not."""
    score = {one.variant: one.score for one in weighed[0].weights}
    assert score["without it"] > score["institutions"]


def test_a_score_of_a_variant_is_the_sum_over_the_figures_held_out(weighed: tuple[Weighing, Any]) -> None:
    made, _ = weighed
    for weight, one in zip(made.weights, made.foreseen, strict=True):
        assert {year for _, _, year in one.log_scores} == set(range(CUT_OFF + 1, END + 1))
        assert weight.score == pytest.approx(sum(one.log_scores.values()), rel=1e-12)


def test_hindcast_rows_stand_beside_naive_forecasts(weighed: tuple[Weighing, Any]) -> None:
    data = weighed[0].as_dict()
    assert (data["until"], data["end"]) == (CUT_OFF, END)
    assert list(data["hindcast"]) == list(FITS)
    naive = []
    for (row,) in data["hindcast"].values():
        assert (row["series"], row["cut_off"], row["n"]) == ("log output", CUT_OFF, 2)
        assert row["naive"][row["best"]] == min(row["naive"].values())
        assert row["ratio"] == pytest.approx(row["rmse"] / row["naive"][row["best"]])
        naive.append(row["naive"])
    assert naive[0] == naive[1]  # they know no model


@pytest.mark.slow
def test_what_comes_after_the_cut_off_moves_errors_and_no_run(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = Path(shutil.copytree(folder, tmp_path / "changed"))
    for iso3 in STARTS:
        edit_observations(changed, f"{iso3}.csv", rf"^({iso3},200[3-8],output),[^,]+", r"\1,100.0", lock=True)
    seen: list[dict[str, xr.Dataset]] = []
    plain = module.paths

    def watched(*asked: Any) -> dict[str, xr.Dataset]:
        seen.append(plain(*asked))
        return seen[-1]

    monkeypatch.setattr(module, "paths", watched)
    before, after = Study(folder), Study(changed)
    fit = fit_at_cutoff(before.fits, "without it", "without", CUT_OFF)
    again = replace(fit, manifest={**fit.manifest, "hashes": after.hashes(fit.countries)})
    one = forecast_variant(before, "without it", fit, CUT_OFF, END)
    other = forecast_variant(after, "without it", again, CUT_OFF, END)
    assert all(seen[0][iso3].identical(seen[1][iso3]) for iso3 in STARTS)
    assert all(b.rmse > a.rmse + 1.0 for a, b in zip(one.scores, other.scores, strict=True))
    assert all(other.log_scores[point] < value for point, value in one.log_scores.items())


def test_a_missing_early_fit_is_refused_with_the_command_to_make_it(folder: Path) -> None:
    with pytest.raises(InputError) as caught:
        weigh_variants(Study(folder), 2000, END)
    assert str(caught.value) == (
        "variant 'institutions', fit 'with-until-2000': got no such fit; expected one until 2000. Cure: make "
        'it: latecomer calibrate ISO3... --until 2000 --variant "institutions" --name with-until-2000.'
    )


def test_a_fit_under_that_name_that_has_read_later_figures_is_refused(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    study = Study(copy)
    fit = study.fits[f"with-until-{CUT_OFF}"]
    for until, said in ((None, "the last figure"), (CUT_OFF + 3, str(CUT_OFF + 3))):
        save_fit(replace(fit, until=until), study.fits.folder / fit.name)
        expected = rf"fit '{fit.name}': got one until {said}; expected one until {CUT_OFF}\."
        with pytest.raises(InputError, match=expected):
            fit_at_cutoff(study.fits, "institutions", "with", CUT_OFF)


def test_a_stale_early_fit_is_refused_with_the_same_cut_off_in_the_command(
    folder: Path, tmp_path: Path
) -> None:
    changed = Path(shutil.copytree(folder, tmp_path / "changed"))
    edit(changed / "calibration" / "targets.toml", r"scale = 0\.03", "scale = 0.04")
    command = f'latecomer calibrate KHM VNM --name with-until-{CUT_OFF} --until {CUT_OFF} --variant "institut'
    with pytest.raises(InputError, match=command):
        weigh_variants(Study(changed), CUT_OFF, END)


def test_fewer_than_two_variants_are_refused(folder: Path, tmp_path: Path) -> None:
    one = Path(shutil.copytree(folder, tmp_path / "one"))
    edit(one / "model" / "parameters.toml", 'fit = "without"\n', "")
    with pytest.raises(InputError) as caught:
        weigh_variants(Study(one), CUT_OFF, END)
    assert str(caught.value) == (
        "variants: got 1 with a fit; expected two at least. Cure: add variants with fits to "
        "model/variants.toml."
    )


def test_runs_that_are_not_finite_are_left_out_with_their_sizes() -> None:
    years = [2000.0, 2001.0, 2002.0]
    a, b = np.ones((4, 3)), np.ones((4, 3))
    a[1, 2], b[3, 0] = np.nan, np.inf
    runs = xr.Dataset({"a": (("draw", "time"), a), "b": (("draw", "time"), b)}, {"time": years})
    kept, sizes = finite_runs(runs, {"log a": np.array([0.1, 0.2, 0.3, 0.4])})
    assert kept.sizes == {"draw": 2, "time": 3}
    assert all(np.isfinite(kept[name].to_numpy()).all() for name in kept)
    assert sizes["log a"].tolist() == [0.1, 0.3]


def runs_of(value: float) -> Any:
    """Runs of one level that are not finite in half of their draws, and all after the end."""

    def made(problem: Any, variables: list[str], first: dict[str, int], draws: Any) -> dict[str, xr.Dataset]:
        found = {}
        for iso3, start in first.items():
            years = np.arange(start, END + 4.0)
            levels = np.ones((len(draws), len(years)))
            levels[1::2, -5] = np.inf
            levels[:, years > END] = np.nan
            levels[::2, years <= END] = value
            found[iso3] = xr.Dataset({variables[0]: (("draw", "time"), levels)}, {"time": years})
        return found

    return made


@pytest.mark.slow
def test_a_forecast_is_made_of_the_finite_runs_up_to_the_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = Study(folder)
    fit: Fit = fit_at_cutoff(study.fits, "without it", "without", CUT_OFF)
    monkeypatch.setattr(module, "paths", runs_of(2.0))
    made = forecast_variant(study, "without it", fit, CUT_OFF, END)
    for score in made.scores:
        figures = study.observations.series(score.country, "output").loc[CUT_OFF + 1 : END]
        expected = np.sqrt(np.mean((np.log(figures.to_numpy()) - np.log(2.0)) ** 2))
        assert score.rmse == pytest.approx(expected, rel=0.05)  # the mean of draws with their errors
    monkeypatch.setattr(module, "paths", runs_of(np.nan))
    with pytest.raises(InputError) as caught:
        forecast_variant(study, "without it", fit, CUT_OFF, END)
    assert str(caught.value) == (
        f"fit 'without-until-{CUT_OFF}': got no finite run of KHM in 64 draws; expected one at least. "
        "Cure: fit again from other starts."
    )
