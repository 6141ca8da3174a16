"""What a study asks of its fits: labels, profiles, sources of what is flat, shuffled institutions."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from latecomer.data.lock import LockedFile
from latecomer.errors import InputError
from latecomer.evaluation.leave_one_out import leave_out
from latecomer.inference.fit import at_nought, calibrate, fit_without, packed
from latecomer.inference.identifiability import (
    advised,
    identify_fit,
    problem_of,
    shuffled,
    sources_of,
)
from latecomer.inference.laplace import COORDINATES, coordinates
from latecomer.inference.optimise import maximise
from latecomer.inference.problem import Problem, make_problem
from latecomer.runs.executor import Executor
from latecomer.study.fits import Fit, save_fit
from latecomer.study.study import Study
from tests.inference.small import logistic, toy_study
from tests.outcomes import outcomes_text
from tests.runs.lent import CUT_OFF, END, lay_lent
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


@pytest.mark.slow
def test_what_moves_no_figure_is_flat_and_the_lines_are_identified(study: Study, fit: Fit) -> None:
    found = identify_fit(study, fit)
    assert set(found.named("flat")) == {f"{INSTITUTIONS} [{iso3}]" for iso3 in QUALITY}
    lines = {RATE, *(f"initial capability [{iso3}]" for iso3 in QUALITY)}
    assert set(found.named("identified")) == lines
    assert found.agreements == {}


@pytest.mark.slow
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


@pytest.mark.slow
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


# Parameters at nought in a compiled problem: the loss of a study that has them so, and what is refused


YEARS = np.arange(0, 41)
NAMES = ["growth rate", "ceiling", "initial stock"]


@pytest.fixture
def problem(tmp_path: Path) -> Problem:
    return make_problem(toy_study(tmp_path, family="normal", scale=0.05), ["AAA", "BBB"])


def test_a_stock_without_growth_stays_where_it_is_whatever_the_prior_said(problem: Problem) -> None:
    z = np.array([0.7, -0.2, 0.4])
    still = at_nought(problem, NAMES, ["growth rate"])
    errors = -np.log(logistic(5.0, YEARS)) / 0.05  # of a stock of one
    constants = 82 * (np.log(0.05) + 0.5 * np.log(2 * np.pi))
    assert float(still.loss(z)) == pytest.approx(0.5 * z @ z + np.sum(errors**2) + constants, rel=1e-6)
    _, slope = still.value_and_gradient(z)
    # ceilings of a stock that stands still are idle: only priors pull
    assert np.asarray(slope) == pytest.approx(z)
    assert still.layout.split(z)[0] == {"growth rate": 0.0}
    assert float(problem.loss(z)) != pytest.approx(float(still.loss(z)))


def test_what_the_model_lacks_cannot_be_removed(problem: Problem) -> None:
    with pytest.raises(InputError, match=r"removal: got the unknown parameters growth; expected parameters"):
        at_nought(problem, NAMES, ["growth"])


def test_an_estimated_share_has_no_nought(tmp_path: Path) -> None:
    study = toy_study(tmp_path)
    study.parameters.priors["growth rate"] = SimpleNamespace(family="logit", centre=0.1, spread=0.5)
    with pytest.raises(
        InputError, match=r"removal: got the estimated share growth rate; expected a parameter"
    ):
        at_nought(make_problem(study, ["AAA", "BBB"]), NAMES, ["growth rate"])


# A country left out by its mask: the same answer as the fit of the others, from one program


BOTH = ["KHM", "VNM"]


@pytest.fixture(scope="module")
def study_of_held_out(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return Study(lay_estimated(tmp_path_factory.mktemp("held out") / "study"))


@pytest.fixture(scope="module")
def problem_of_held_out(study_of_held_out: Study) -> Problem:
    return make_problem(study_of_held_out, BOTH, 2005)


@pytest.mark.slow
@pytest.mark.parametrize(("out", "rest"), [("KHM", "VNM"), ("VNM", "KHM")])
def test_a_fit_without_a_country_is_the_fit_of_the_others(
    study_of_held_out: Study, problem_of_held_out: Problem, out: str, rest: str
) -> None:
    left = fit_without(study_of_held_out, problem_of_held_out, out, "left", 2005)
    alone = calibrate(study_of_held_out, [rest], 2005, starts=1, name="left")
    assert (left.countries, left.until, list(left.by_country)) == (alone.countries, 2005, [rest])
    assert left.shared == pytest.approx(alone.shared, rel=1e-5)
    assert left.by_country[rest] == pytest.approx(alone.by_country[rest], rel=1e-5)
    for name in ("hashes", "figures", "estimated", "until"):
        assert left.manifest[name] == alone.manifest[name]
    assert left.manifest[COORDINATES] == pytest.approx(alone.manifest[COORDINATES], abs=1e-4)
    assert [row["country"] for row in left.manifest["scores"]] == [rest]
    assert not left.differing(study_of_held_out.hashes([rest]))


def test_the_figures_of_the_country_left_out_have_no_part_in_it(
    study_of_held_out: Study, problem_of_held_out: Problem
) -> None:
    z = np.full(len(problem_of_held_out.layout), 0.3)
    own = [k for k, entry in enumerate(problem_of_held_out.layout.entries) if entry.iso3 == "KHM"]
    value, slope = problem_of_held_out.without_figures("KHM").value_and_gradient(z)
    assert np.asarray(slope)[own] == pytest.approx(z[own])  # of its priors alone
    assert float(value) != pytest.approx(float(problem_of_held_out.loss(z)))
    assert float(problem_of_held_out.without_figures("VNM").without_figures("KHM").loss(z)) == pytest.approx(
        0.5 * z @ z
    )


@pytest.mark.slow
def test_each_country_may_be_held_within_a_fit_of_its_own(
    study_of_held_out: Study, problem_of_held_out: Problem
) -> None:
    held: dict[str, Any] = {
        iso3: fit_without(study_of_held_out, problem_of_held_out, iso3, "left", 2005) for iso3 in BOTH
    }
    together = make_problem(study_of_held_out, BOTH, 2005, within=held)
    found = maximise(together, np.zeros(len(together.layout)), lambda i, loss: None, 200)
    _, own = together.layout.split(found.z)
    for iso3 in BOTH:
        alone = calibrate(study_of_held_out, [iso3], 2005, starts=1, name="alone", within=held[iso3])
        assert own[iso3] == pytest.approx(alone.by_country[iso3], rel=1e-5)


def test_a_country_that_the_problem_does_not_hold_cannot_be_left_out(problem_of_held_out: Problem) -> None:
    words = r"left out: got the country 'KOR'; expected one of KHM, VNM. Cure: name a country of the fit"
    with pytest.raises(InputError, match=words):
        problem_of_held_out.without_figures("KOR")


# Fits through the door: carried away and searched for elsewhere they end at the same bits


pytestmark = pytest.mark.usefixtures("briefly")

LEFT = ["BBB", "EEE"]


class Carries(Executor):
    """Carries every task, item and result as another machine would get it, the last item first."""

    def __init__(self) -> None:
        self.did: list[Any] = []

    def each(self, task: Any, items: Sequence[Any], take: Callable[[Any, Any], None]) -> None:
        for item in reversed(items):
            there, asked = pickle.loads(pickle.dumps((task, item)))
            self.did.append(item)
            take(item, pickle.loads(pickle.dumps(there.do(asked))))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_lent(tmp_path_factory.mktemp("lent") / "study")


@pytest.mark.slow
def test_starts_searched_for_elsewhere_give_the_same_fit(folder: Path) -> None:
    study, far = Study(folder), Carries()
    countries = list(study.countries)[:2]
    here = study.fit(countries, starts=2, until=CUT_OFF)
    there = study.fit(countries, starts=2, until=CUT_OFF, executor=far)
    assert far.did == [2, 1]
    assert (there.shared, there.by_country) == (here.shared, here.by_country)
    assert there.manifest["starts"] == here.manifest["starts"]
    np.testing.assert_array_equal(there.manifest["loss"], here.manifest["loss"])


@pytest.mark.slow  # carried as the starts above are
def test_fits_without_a_country_are_made_elsewhere_and_kept_as_they_come(
    folder: Path, tmp_path: Path
) -> None:
    far = Carries()
    here = leave_out(Study(folder), LEFT, CUT_OFF, END, kept=tmp_path / "here")
    there = leave_out(Study(folder), LEFT, CUT_OFF, END, kept=tmp_path / "there", executor=far)
    assert far.did == ["EEE", "BBB"]
    assert there.as_dict() == here.as_dict()
    names = sorted(path.name for path in (tmp_path / "there").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "here").iterdir())
    again = Carries()
    leave_out(Study(folder), LEFT, CUT_OFF, END, kept=tmp_path / "there", executor=again)
    assert again.did == []


def test_a_packed_study_is_the_study_and_the_same_files_the_same_bytes(folder: Path) -> None:
    study = Study(folder)
    carried = packed(study)
    assert carried == packed(Study(folder))
    assert carried.opened().hashes() == study.hashes()
    assert carried.opened() is carried.opened()


def test_countries_in_memory_alone_cannot_be_carried(folder: Path) -> None:
    study = Study(folder)
    study.unwritten = MappingProxyType({"ZZZ.csv": LockedFile("0" * 64, {})})
    with pytest.raises(InputError, match=r"ZZZ\.csv; expected a study whose files can be carried"):
        packed(study)
