"""The posterior of a fit on disk, where its answer is known: a straight line with normal errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.evaluation import coverage
from latecomer.evaluation.coverage import coverage_of_fit
from latecomer.inference import posterior
from latecomer.inference.diagnostics import Posterior, load_posterior
from latecomer.inference.fit import calibrate
from latecomer.inference.identifiability import certainty, problem_of
from latecomer.inference.laplace import coordinates
from latecomer.inference.posterior import FILE, KEPT, bands_of, draws_of, progress_of, sample_fit, thinned
from latecomer.inference.problem import Problem
from latecomer.study.fits import Fit, save_fit
from latecomer.study.study import Study
from tests.inference.toys import Toy, gaussian
from tests.study.small import CAPABILITY_SPREAD, RATE_PRIOR, SCALE, STARTS, figures, lay_estimated

SAMPLES, WARM_UP = 60, 30


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return Study(lay_estimated(tmp_path_factory.mktemp("estimated") / "study"))


@pytest.fixture(scope="module")
def fit(study: Study) -> Fit:
    made = calibrate(study, ["KHM", "VNM"], starts=1, name="joint")
    save_fit(made, study.fits.folder / "joint")
    return made


@pytest.fixture(scope="module")
def problem(study: Study, fit: Fit) -> Problem:
    return problem_of(study, fit)


@pytest.fixture(scope="module", autouse=True)
def quick(problem: Problem) -> Iterator[None]:
    """One problem for all, so that its programs are compiled once, and a short warm-up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(posterior, "problem_of", lambda study, fit: problem)
        patch.setattr(coverage, "problem_of", lambda study, fit: problem)
        patch.setattr(posterior, "WARM_UP", WARM_UP)
        yield


@pytest.fixture(scope="module")
def sampled(study: Study, fit: Fit, quick: None) -> Fit:
    return sample_fit(study, fit, SAMPLES, seed=3)


@pytest.fixture(scope="module")
def answer(problem: Problem) -> Toy:
    """Mean and covariance by conditioning the joint normal of coordinates and logarithms of the figures."""
    names = [str(entry) for entry in problem.layout.entries]
    rows, logs = [], []
    for iso3, (start, _) in STARTS.items():
        for year, value in figures(iso3):
            row = np.zeros(len(names))
            row[names.index("learning rate")] = 1.5 * (year - start)
            row[names.index(f"initial capability [{iso3}]")] = 1.0
            rows.append(row)
            logs.append(np.log(value))
    centre, spread = np.zeros(len(names)), np.ones(len(names))
    centre[0], spread[0] = RATE_PRIOR
    for iso3, (_, capability) in STARTS.items():
        k = names.index(f"initial capability [{iso3}]")
        centre[k], spread[k] = np.log(capability), CAPABILITY_SPREAD
    density: Any = None
    return gaussian(density, np.array(rows), np.array(logs), centre, spread, SCALE)


@pytest.mark.slow
def test_the_fast_approximation_is_the_exact_posterior(problem: Problem, fit: Fit, answer: Toy) -> None:
    found = certainty(problem, coordinates(problem.layout, fit)).laplace
    np.testing.assert_allclose(found.mode, answer.mean, atol=0.02 * float(answer.deviations.min()))
    np.testing.assert_allclose(found.covariance, answer.covariance, rtol=2e-3, atol=1e-5)


@pytest.mark.slow
def test_the_draws_kept_are_of_the_exact_posterior(study: Study, sampled: Fit, answer: Toy) -> None:
    drawn = draws_of(study, sampled)
    standard = (drawn - answer.mean) / answer.deviations
    # 200 draws, not all independent: the mean is known to about a tenth of a deviation
    assert np.all(np.abs(standard.mean(axis=0)) < 0.45)
    assert np.all((standard.std(axis=0) > 0.7) & (standard.std(axis=0) < 1.35))


@pytest.mark.slow
def test_the_fit_is_kept_with_a_part_of_the_draws_and_what_the_whole_say(study: Study, sampled: Fit) -> None:
    folder = study.fits.folder / "joint"
    assert study.fits["joint"] == sampled
    held = load_posterior(folder / FILE)
    assert held.draws.shape == (4, KEPT // 4, 5)
    told = sampled.manifest["posterior"]
    assert (told["chains"], told["draws"], told["warm-up"], told["kept"]) == (4, SAMPLES, WARM_UP, KEPT)
    assert told["fast approximation"]["holds"]  # it is exact here
    assert set(told["compared"]) == {"shift", "ratio"}
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json", "parameters.json", FILE]


@pytest.mark.slow
def test_bands_are_told_for_all_figures_and_each_country(sampled: Fit) -> None:
    bands = sampled.manifest["posterior"]["bands"]
    counts = {iso3: 2011 - start for iso3, (start, _) in STARTS.items()}
    assert bands["level"] == 0.8
    assert bands["figures"] == sum(counts.values())
    assert sorted(bands["by country"]) == sorted(counts)
    inside = sum(bands["by country"][iso3] * count for iso3, count in counts.items())
    assert bands["covered"] == pytest.approx(inside / bands["figures"])
    assert 0.65 < bands["covered"] <= 0.95  # 39 figures of which about 31 are within


@pytest.mark.slow
def test_bands_end_where_they_are_asked_to(study: Study, problem: Problem, sampled: Fit) -> None:
    scores = bands_of(study, problem, draws_of(study, sampled), end=1999)
    assert {(one.country, one.start, one.end) for one in scores} == {("KHM", 1993, 1999), ("VNM", 1990, 1999)}


@pytest.mark.slow  # so does the sampler below it, in test_hmc
def test_a_run_that_was_cut_off_gives_the_same_bytes(
    study: Study, fit: Fit, sampled: Fit, tmp_path: Path
) -> None:
    folder = study.fits.folder / "joint"
    whole = {path.name: path.read_bytes() for path in folder.iterdir()}

    def killed(done: int, total: int, accepted: float) -> None:
        assert total == SAMPLES + WARM_UP
        if done >= 40:
            raise KeyboardInterrupt

    kept = tmp_path / "chains"
    with pytest.raises(KeyboardInterrupt):
        sample_fit(study, fit, SAMPLES, 3, kept, report=killed)
    for path in folder.iterdir():
        path.unlink()
    steps: list[int] = []
    again = sample_fit(study, fit, SAMPLES, 3, kept, True, lambda done, total, accepted: steps.append(done))
    assert 40 < steps[0] < SAMPLES + WARM_UP  # it went on
    assert again == sampled
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == whole


@pytest.mark.slow  # with a posterior of its own; the draws kept of many are looked at above
def test_few_draws_are_all_kept(study: Study, fit: Fit) -> None:
    other = replace(fit, name="few")
    few = sample_fit(study, other, 5)
    assert few.manifest["posterior"]["kept"] == 20
    assert draws_of(study, other).shape == (20, 5)


@pytest.mark.parametrize(("most", "at"), [(8, [0, 3, 6, 9]), (4, [0, 9]), (40, list(range(10))), (1, [0])])
def test_thinning_keeps_evenly_from_each_chain(most: int, at: list[int]) -> None:
    draws = np.arange(20.0).reshape(2, 10, 1)
    rows = draws[:, :, 0]
    held = Posterior(("a",), draws, rows, rows, rows > 7, -rows, 0.5, 1, 20)
    few = thinned(held, most)
    assert few.draws[:, :, 0].tolist() == [[float(k) for k in at], [10.0 + k for k in at]]
    assert few.energy.tolist() == (-few.draws[:, :, 0]).tolist()
    assert few.divergent.tolist() == (few.draws[:, :, 0] > 7).tolist()


@pytest.mark.parametrize(
    ("until", "manifest", "options"),
    [
        (None, {}, ""),
        (1999, {"variant": "with it", "within": "whole"}, ' --until 1999 --variant "with it" --within whole'),
        (None, {"variant": "institutions"}, " --variant institutions"),
    ],
)
def test_a_fit_without_draws_is_refused_with_the_command_that_makes_them(
    study: Study, until: int | None, manifest: dict[str, Any], options: str
) -> None:
    with pytest.raises(InputError) as caught:
        draws_of(study, Fit("bare", ("KHM", "VNM"), until, {}, {}, manifest))
    assert str(caught.value) == (
        "fit 'bare': got no posterior; expected posterior.nc beside it. Cure: sample one: "
        f"latecomer calibrate KHM VNM --name bare{options} --samples 1000."
    )


def test_progress_is_told_with_the_acceptance() -> None:
    told: list[tuple[str, int, int]] = []
    progress_of(lambda what, done, total: told.append((what, done, total)))(10, 40, 0.815)
    assert told == [("sampling, acceptance 0.81", 10, 40)]


@pytest.mark.slow
def test_coverage_is_of_the_posterior_where_there_is_one(study: Study, sampled: Fit) -> None:
    found = coverage_of_fit(study, sampled)
    told = sampled.manifest["posterior"]["bands"]
    assert (found.source, found.draws, found.level) == ("posterior", KEPT, 0.8)
    assert (found.share, found.figures) == (told["covered"], told["figures"])
    assert found.by_country == told["by country"]
    assert list(found.by_series.values()) == [pytest.approx(found.share)]


@pytest.mark.slow
def test_coverage_is_of_the_fast_approximation_elsewhere(study: Study, sampled: Fit, fit: Fit) -> None:
    whole = coverage_of_fit(study, sampled)
    path = study.fits.folder / "joint" / FILE
    path.rename(path.with_suffix(".aside"))
    try:
        found = coverage_of_fit(study, fit, draws=64, seed=1)
    finally:
        path.with_suffix(".aside").rename(path)
    assert (found.source, found.draws, found.figures) == ("fast approximation", 64, whole.figures)
    # the approximation is exact here
    assert found.share == pytest.approx(whole.share, abs=0.06)


@pytest.mark.slow
def test_draws_without_a_finite_run_are_left_out_of_the_bands(
    study: Study, problem: Problem, sampled: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws = draws_of(study, sampled)
    honest = posterior.paths

    def broken(*asked: Any) -> Any:
        runs = honest(*asked)
        for one in runs.values():
            for part in one.values():
                part.values[: broken_draws[0]] = np.nan
        return runs

    whole = bands_of(study, problem, draws[8:])
    monkeypatch.setattr(posterior, "paths", broken)
    broken_draws = [8]
    assert bands_of(study, problem, draws) == whole
    broken_draws[0] = len(draws)
    with pytest.raises(InputError, match=r"bands of KHM: got \d+ draws whose runs are no numbers.*fit again"):
        bands_of(study, problem, draws)
