"""What a study asks of its fits: labels, profiles, sources of what is flat, shuffled institutions."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.inference.fit import calibrate
from latecomer.inference.identifiability import (
    advised,
    identify_fit,
    problem_of,
    shuffled,
    sources_of,
)
from latecomer.inference.laplace import coordinates
from latecomer.study.fits import Fit, save_fit
from latecomer.study.study import Study
from tests.outcomes import outcomes_text
from tests.study.small import QUALITY, lay_estimated
from tests.study.studies import edit

RATE = "learning rate"

INSTITUTIONS = "institutional quality"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = lay_estimated(tmp_path_factory.mktemp("estimated") / "study")
    (folder / "model" / "outcomes.toml").write_text(outcomes_text("permutation_test"), encoding="utf-8")
    return Study(folder)


def made(
    study: Study, name: str, variant: str | None = None, countries: tuple[str, ...] = ("KHM", "VNM")
) -> Fit:
    fit = calibrate(study, countries, starts=1, name=name, variant=variant)
    save_fit(fit, study.fits.folder / name)
    return study.fits[name]


@pytest.fixture(scope="module")
def fit(study: Study) -> Fit:
    return made(study, "joint")


@pytest.fixture(scope="module")
def with_institutions(study: Study) -> Fit:
    return made(study, "institutions", "institutions")


def test_the_problem_of_a_fit_is_the_one_that_it_answers(
    study: Study, fit: Fit, with_institutions: Fit
) -> None:
    for one in (fit, with_institutions):
        problem = problem_of(study, one)
        z = coordinates(problem.layout, one)
        value, slope = problem.value_and_gradient(z)
        assert float(value) == pytest.approx(one.manifest["loss"], rel=1e-9)
        assert float(np.max(np.abs(slope))) < 0.01


def test_the_problem_of_a_fit_within_another_holds_what_that_holds(study: Study, fit: Fit) -> None:
    alone = calibrate(study, ["VNM"], starts=1, name="alone", within=fit)
    problem = problem_of(study, alone)
    assert {entry.iso3 for entry in problem.layout.entries} == {"VNM"}
    z = coordinates(problem.layout, alone)
    assert float(problem.loss(z)) == pytest.approx(alone.manifest["loss"], rel=1e-9)


def test_what_moves_no_figure_is_flat_and_the_lines_are_identified(study: Study, fit: Fit) -> None:
    found = identify_fit(study, fit)
    assert set(found.named("flat")) == {f"{INSTITUTIONS} [{iso3}]" for iso3 in QUALITY}
    lines = {RATE, *(f"initial capability [{iso3}]" for iso3 in QUALITY)}
    assert set(found.named("identified")) == lines
    assert found.agreements == {}


def test_where_institutions_count_the_figures_tell_of_them_and_less_of_the_rate(
    study: Study, fit: Fit, with_institutions: Fit
) -> None:
    """Only rate * (1 + quality) moves a line."""
    without, found = identify_fit(study, fit), identify_fit(study, with_institutions)
    assert found.named("flat") == ()
    assert found[RATE].contraction < without[RATE].contraction
    assert found[RATE].correlation < -0.5


def test_a_profile_says_what_curvature_says_where_all_is_normal(study: Study, fit: Fit) -> None:
    found = identify_fit(study, fit, [RATE])
    assert list(found.agreements) == [RATE]
    one = found.agreements[RATE]
    assert one.agrees
    assert one.profile == pytest.approx(one.curvature, rel=0.02)


def test_a_profile_of_an_unknown_number_is_refused_with_the_nearest(study: Study, fit: Fit) -> None:
    with pytest.raises(InputError) as caught:
        identify_fit(study, fit, ["lerning rate"])
    assert str(caught.value) == (
        "profile of 'lerning rate': got an unknown name; expected the name of a number that the fit "
        "estimates. Cure: write the nearest name: 'learning rate'."
    )


def test_a_stale_fit_is_refused(study: Study, fit: Fit, tmp_path: Path) -> None:
    changed = Path(shutil.copytree(study.root, tmp_path / "changed"))
    edit(changed / "calibration" / "targets.toml", r"scale = 0\.03", "scale = 0.04")
    with pytest.raises(InputError, match=r"fit 'joint': got another targets than the fit was made from"):
        identify_fit(Study(changed), fit)


def test_flat_numbers_are_fixed_where_they_have_a_source(study: Study, fit: Fit) -> None:
    sources = sources_of(study, fit)
    assert sources[RATE] == "judgement"
    assert sources[f"{INSTITUTIONS} [KHM]"] == "a survey of 1990"
    told = advised(study, fit, identify_fit(study, fit))
    assert dict(told.fix) == {f"{INSTITUTIONS} [{iso3}]": "a survey of 1990" for iso3 in QUALITY}
    assert told.without_source == ()


def test_shuffled_institutions_are_refused_where_there_are_none(study: Study, fit: Fit) -> None:
    with pytest.raises(InputError) as caught:
        shuffled(study, fit, 1, 0, lambda what, done, total: None)
    assert str(caught.value) == (
        "fit 'joint': got a fit without institutions; expected one whose variant has institutions as "
        "covariates. Cure: name another with --fit."
    )


def test_a_shuffle_is_the_fit_of_a_study_whose_countries_have_each_others_institutions(
    study: Study, with_institutions: Fit, tmp_path: Path
) -> None:
    told: list[str] = []
    test = shuffled(study, with_institutions, 9, 0, lambda what, done, total: told.append(what))
    assert test.true == pytest.approx(with_institutions.manifest["loss"], abs=1e-4)
    assert (test.possible, len(test.shuffles)) == (1, 1)  # of two countries
    (one,) = test.shuffles
    assert one.institutions == {"KHM": QUALITY["VNM"], "VNM": QUALITY["KHM"]}
    assert told == ["true institutions", "shuffled institutions"]
    other = Path(shutil.copytree(study.root, tmp_path / "other"))
    for iso3, quality in one.institutions.items():
        edit(
            other / "model" / "countries" / f"{iso3}.toml", rf"value = {QUALITY[iso3]}", f"value = {quality}"
        )
    edit(other / "model" / "latecomer.mdl", r"institutional quality = 0\.6", "institutional quality = 0.2")
    swapped = calibrate(Study(other), ["KHM", "VNM"], starts=1, name="other", variant="institutions")
    assert one.loss == pytest.approx(swapped.manifest["loss"], abs=1e-4)
    assert abs(one.loss - test.true) > 1e-3
