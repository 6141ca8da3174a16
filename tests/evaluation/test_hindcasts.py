"""The hindcast of a small study: its errors, what its bands cover, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.evaluation.compare_variants import forecast_variant
from latecomer.evaluation.hindcast import Hindcast, foretell, hindcast
from latecomer.inference.proper_scores import coverage
from latecomer.study.fits import fit_at_cutoff
from latecomer.study.study import Study
from tests.conftest import Laid
from tests.runs.lent import BEGIN, CUT_OFF, END, VARIANT, lay_lent, with_early_fit
from tests.study.studies import edit

pytestmark = pytest.mark.usefixtures("briefly")


@pytest.fixture(scope="module")
def folder(laid_once: Laid) -> Path:
    return laid_once("lent", lambda folder: with_early_fit(lay_lent(folder)))


@pytest.fixture(scope="module")
def made(folder: Path) -> Hindcast:
    return hindcast(Study(folder), CUT_OFF, END)


def test_it_tells_what_the_weighing_of_variants_tells(folder: Path, made: Hindcast) -> None:
    study = Study(folder)
    fit = fit_at_cutoff(study.fits, VARIANT, "reference", CUT_OFF)
    seen = forecast_variant(study, VARIANT, fit, CUT_OFF, END)
    assert [one.as_dict() for one in made.scores] == [one.as_dict() for one in seen.scores]
    assert foretell(study, fit, CUT_OFF, END, VARIANT).log_scores(study) == seen.log_scores


def test_every_country_stands_beside_every_naive_forecast_raw_and_rebased(made: Hindcast) -> None:
    data = made.as_dict()
    assert (data["fit"], data["variant"]) == (f"reference-until-{CUT_OFF}", VARIANT)
    assert [row["country"] for row in data["countries"]] == list(BEGIN)
    for row in data["countries"]:
        assert set(row["naive"]) == {"random walk with drift", "AR(1)", "no change", "half drift"}
        assert row["rebased"] is not None
    (pool,) = data["pooled"]
    expected = np.sqrt(np.mean([row["rmse"] ** 2 for row in data["countries"]]))
    assert pool["rmse"] == pytest.approx(expected, rel=1e-12)


def test_bands_count_the_figures_of_every_country(made: Hindcast) -> None:
    assert {one.country for one in made.held} == set(BEGIN)
    assert all(one.n == END - CUT_OFF and one.inside <= one.n for one in made.held)
    whole = made.coverage()
    assert whole == coverage(np.arange(whole.n) < sum(one.inside for one in made.held)) if whole else False
    assert made.coverage("log output") == whole
    assert made.coverage("another") is None
    assert set(made.as_dict()["coverage"]) == {"log output", "all"}


@pytest.mark.slow
def test_bands_from_errors_up_to_the_cut_off_do_not_know_the_later_ones(folder: Path, tmp_path: Path) -> None:
    """Ten times the noise after the cut-off: the bands stay as narrow as they were, and hold little."""
    from tests.runs.lent import figures
    from tests.study.studies import edit_observations

    changed = Path(shutil.copytree(folder, tmp_path / "changed"))
    for k, (iso3, capability) in enumerate(BEGIN.items()):
        for year, value in figures(k, 1990, capability):
            if year > CUT_OFF:
                odd = repr(value * (2.0 if year % 2 else 0.5))
                edit_observations(
                    changed, f"{iso3}.csv", rf"^({iso3},{year},output),[^,]+", rf"\g<1>,{odd}", lock=True
                )
    study = Study(changed)
    fit = study.fits[f"reference-until-{CUT_OFF}"]
    told = foretell(study, fit, CUT_OFF, END, VARIANT)
    from latecomer.evaluation.hindcast import held_figures

    assert sum(one.inside for one in held_figures(study, told)) == 0


def test_a_missing_fit_is_refused_with_the_command_that_makes_it(folder: Path) -> None:
    with pytest.raises(InputError) as caught:
        hindcast(Study(folder), 2000, END)
    assert str(caught.value) == (
        f"variant '{VARIANT}', fit 'reference-until-2000': got no such fit; expected one until 2000. Cure: "
        f'make it: latecomer calibrate ISO3... --until 2000 --variant "{VARIANT}" '
        "--name reference-until-2000."
    )


def test_a_variant_without_a_fit_and_a_study_without_a_reference_are_refused(
    folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        hindcast(Study(folder), CUT_OFF, END, "institutions")
    assert str(caught.value) == (
        "variant 'institutions': got no fit; expected a variant with a fit. Cure: name its fit in "
        "model/variants.toml."
    )
    bare = Path(shutil.copytree(folder, tmp_path / "bare"))
    edit(bare / "model" / "parameters.toml", 'fit = "reference"\n', "")
    with pytest.raises(InputError, match="variants: got none with the fit 'reference'; expected a variant"):
        hindcast(Study(bare), CUT_OFF, END)


def test_a_stale_fit_is_refused(folder: Path, tmp_path: Path) -> None:
    changed = Path(shutil.copytree(folder, tmp_path / "changed"))
    edit(changed / "calibration" / "targets.toml", r"scale = 0\.03", "scale = 0.04")
    with pytest.raises(InputError, match="got another targets than the fit was made from"):
        hindcast(Study(changed), CUT_OFF, END)
