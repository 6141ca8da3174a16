"""The fit itself, on models whose answer is known."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

import latecomer.inference.fit as fitting
from latecomer.errors import InputError
from latecomer.inference import optimise as searching
from latecomer.inference.fit import calibrate, check_request, start_row
from latecomer.inference.optimise import (
    ROUNDED,
    EvaluationLog,
    Start,
    evaluation,
    free_slope,
    maximise,
    refine,
    search,
    starting_points,
)
from latecomer.inference.parameters import BOUND, inverse, make_parameter_vector, natural
from latecomer.inference.problem import Problem, make_problem, side_by_side, span
from latecomer.language import read_text
from latecomer.simulate import load_model
from latecomer.study.reference import reference_root
from latecomer.study.study import Study
from tests.inference.small import TEXT, toy_study
from tests.study.small import QUALITY, SCALE, STARTS, lay_estimated
from tests.study.small import TRUE_RATE as RATE_OF_LINES
from tests.study.studies import edit

TRUE_RATE = 0.16
TRUE_CEILING = {"AAA": 4.0, "BBB": 9.0}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A study of two countries whose figures are the closed-form logistic curve."""
    folder: Path = tmp_path_factory.mktemp("toy")
    return toy_study(folder, TRUE_RATE, TRUE_CEILING, degrees=15.0)


def test_a_joint_fit_recovers_shared_and_country_parameters(study: Any) -> None:
    problem = make_problem(study, ["AAA", "BBB"])
    end = maximise(problem, np.zeros(len(problem.layout)), lambda i, v: None, 200)
    shared, by_country = problem.layout.split(end.z)
    assert shared["growth rate"] == pytest.approx(TRUE_RATE, rel=0.02)
    assert by_country["AAA"]["ceiling"] == pytest.approx(4.0, rel=0.02)
    assert by_country["BBB"]["ceiling"] == pytest.approx(9.0, rel=0.02)


@pytest.mark.slow
def test_figures_after_the_cut_off_do_not_enter(study: Any) -> None:
    early = make_problem(study, ["AAA"], until=10)
    assert early.groups[0].observed.figures.shape[0] == 11
    end = maximise(early, np.zeros(len(early.layout)), lambda i, v: None, 200)
    _, by_country = early.layout.split(end.z)
    full = make_problem(study, ["AAA"])
    other = maximise(full, np.zeros(len(full.layout)), lambda i, v: None, 200)
    assert by_country["AAA"]["ceiling"] != pytest.approx(full.layout.split(other.z)[1]["AAA"]["ceiling"])


def test_a_start_on_the_flat_side_of_a_kink_is_found_by_way_of_rounded_kinks(
    study: Any, tmp_path: Path
) -> None:
    path = tmp_path / "kinked.mdl"
    path.write_text(TEXT.replace("growth rate*stock", "MAX(growth rate, 0.12)*stock"), encoding="utf-8")
    kinked = SimpleNamespace(**{**vars(study), "model": load_model(path)})
    exact, rounded = (make_problem(kinked, ["AAA", "BBB"], smooth=width) for width in (0.0, ROUNDED))
    start = np.zeros(len(exact.layout))
    stuck = search(exact, None, start, lambda i, v: None, 200)
    assert exact.layout.split(stuck.z)[0]["growth rate"] == pytest.approx(0.1, rel=1e-6)
    steps: list[int] = []
    found = search(exact, rounded, start, lambda i, v: steps.append(i), 200)
    assert exact.layout.split(found.z)[0]["growth rate"] == pytest.approx(TRUE_RATE, rel=0.02)
    assert found.loss < stuck.loss
    assert steps == sorted(steps)
    assert found.iterations == steps[-1]


def test_the_gradient_is_that_of_central_differences(study: Any) -> None:
    problem = make_problem(study, ["AAA", "BBB"])
    z = np.array([0.3, -0.2, 0.1])
    _, gradient = problem.value_and_gradient(z)
    for i in range(3):
        step = np.zeros(3)
        step[i] = 1e-5
        central = (float(problem.loss(z + step)) - float(problem.loss(z - step))) / 2e-5
        assert float(gradient[i]) == pytest.approx(central, rel=1e-6)


def test_the_order_of_countries_changes_nothing(study: Any) -> None:
    one, other = make_problem(study, ["AAA", "BBB"]), make_problem(study, ["BBB", "AAA"])
    assert float(one.loss(np.array([0.1, 0.2, -0.3]))) == pytest.approx(
        float(other.loss(np.array([0.1, -0.3, 0.2]))), rel=1e-12
    )


@pytest.mark.parametrize(("family", "centre"), [("lognormal", 2.0), ("normal", -1.0), ("logit", 0.3)])
@pytest.mark.parametrize("z", [-3.0, 0.0, 1.7])
def test_a_value_leads_back_to_its_standard_normal(family: str, centre: float, z: float) -> None:
    assert inverse(family, centre, 0.4, float(natural(family, centre, 0.4, z))) == pytest.approx(z, abs=1e-9)


def test_the_layout_gives_what_the_single_transformation_gives() -> None:
    priors = {
        "a": SimpleNamespace(family="lognormal", centre=2.0, spread=0.3),
        "b": SimpleNamespace(family="normal", centre=-1.0, spread=0.5),
        "c": SimpleNamespace(family="logit", centre=0.2, spread=0.7),
    }
    base = {"XXX": {"a": 2.0, "b": -1.0, "c": 0.2, "d": 7.0}}
    layout = make_parameter_vector(("d", "c", "b", "a"), base, priors, {"XXX": {}})
    z = np.array([0.5, -1.0, 2.0])
    vector = np.asarray(layout.vectors(z))[0]
    expected = [natural(p.family, p.centre, p.spread, one) for p, one in zip(priors.values(), z, strict=True)]
    assert vector == pytest.approx([7.0, *[float(v) for v in expected[::-1]]])


def test_the_first_start_is_at_the_values_of_the_tables(study: Any) -> None:
    layout = make_problem(study, ["AAA", "BBB"]).layout
    shared, by_country = layout.split(layout.start())
    assert shared == {"growth rate": pytest.approx(0.1)}
    assert by_country == {"AAA": {"ceiling": pytest.approx(5.0)}, "BBB": {"ceiling": pytest.approx(5.0)}}


def test_starts_do_not_depend_on_how_many_there_are() -> None:
    three, five = (starting_points(np.full(4, 0.5), starts, 1) for starts in (3, 5))
    assert all(np.array_equal(a, b) for a, b in zip(three, five, strict=False))


@pytest.mark.slow
def test_a_variant_sets_its_switches_before_the_search(study: Any) -> None:
    asked: list[str | None] = []

    def values(iso3: str, variant: str | None = None) -> dict[str, float]:
        asked.append(variant)
        return {"growth rate": 0.1, "ceiling": 5.0, "initial stock": 2.0 if variant else 1.0}

    rival = SimpleNamespace(**{**vars(study), "parameter_values": values})
    plain, other = (make_problem(rival, ["AAA"], variant=variant) for variant in (None, "rival"))
    assert asked == [None, "rival"]
    start = np.zeros(len(plain.layout))
    assert float(plain.loss(start)) != float(other.loss(start))


def test_a_cut_off_before_the_window_is_refused(study: Any) -> None:
    with pytest.raises(
        InputError, match=r"--until: got 0; expected a year after 0, where AAA begins\. Cure:"
    ):
        span(study, "AAA", 0)


@pytest.mark.parametrize(
    ("countries", "starts", "words"),
    [
        ([], 1, "calibrate: got no country; expected one at least. Cure: name countries by ISO3 code."),
        (
            ["AAA", "AAA"],
            1,
            "calibrate: got AAA AAA; expected each country once. Cure: leave out the repeated one.",
        ),
        (["AAA"], 0, "--starts: got 0; expected one at least. Cure: ask for one or more."),
    ],
)
def test_requests_that_are_refused(study: Any, countries: list[str], starts: int, words: str) -> None:
    with pytest.raises(InputError) as caught:
        check_request(study, countries, starts)
    assert str(caught.value) == words


def test_a_fit_at_the_edge_of_its_priors_is_within_the_ranges_of_the_tables() -> None:
    reference = Study(reference_root())
    tables = {**reference.parameters, **reference.countries["KOR"].parameters}
    priors = reference.parameters.priors | reference.countries["KOR"].parameters.priors
    assert len(priors) > 100
    for name, one in priors.items():
        for z in (-BOUND, BOUND):
            assert tables[name].allows(float(natural(one.family, one.centre, one.spread, z))), name


def test_windows_of_any_length_run_side_by_side_unless_an_equation_reads_time(tmp_path: Path) -> None:
    control = "INITIAL TIME = 0 ~~|\nFINAL TIME = 9 ~~|\nTIME STEP = 1 ~~|\nSAVEPER = 1 ~~|\n"
    placed = "x = t(Time) ~~|\nt((0, 1), (9, 2)) ~~|\nstart = t(INITIAL TIME) ~~|\n"
    spans = [(1960, 1970), (1990, 1995), (1960, 1970)]
    for name, text, groups in (
        ("placed", placed, [[0, 1, 2]]),
        ("dated", placed + "age = Time - INITIAL TIME ~~|\n", [[0, 2], [1]]),
    ):
        path = tmp_path / f"{name}.mdl"
        path.write_text("{UTF-8}\n" + text + control, encoding="utf-8")
        assert side_by_side(read_text(path), spans) == groups


def test_a_slope_is_free_unless_it_pushes_against_a_bound() -> None:
    """The loss falls against the gradient: at the upper bound a negative one pushes outwards."""
    z = np.array([0.0, BOUND, BOUND, -BOUND, -BOUND])
    for k, (slope, free) in enumerate([(-2.0, 2.0), (-3.0, 0.0), (3.0, 3.0), (4.0, 0.0), (-4.0, 4.0)]):
        assert free_slope(z, slope * np.eye(5)[k]) == free
    assert free_slope(np.zeros(0), np.zeros(0)) == 0.0


def test_a_start_says_how_far_from_the_best_it_ended() -> None:
    best, other = (
        Start(np.array(z), loss, 7, "done", 0.5) for z, loss in (([0.0, 0.0], 1.0), ([3.0, 4.0], 2.0))
    )
    assert start_row(best, best)["distance"] == 0.0
    row = start_row(other, best)
    assert (row["loss"], row["iterations"], row["message"], row["slope"]) == (2.0, 7, "done", 0.5)
    assert row["distance"] == pytest.approx(np.sqrt(12.5))


@pytest.fixture(scope="module")
def estimated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study on disk whose figures are straight lines in logarithms."""
    return lay_estimated(tmp_path_factory.mktemp("estimated") / "study")


@pytest.fixture(scope="module")
def joint(estimated: Path) -> Any:
    return calibrate(Study(estimated), ["KHM", "VNM"], starts=2, name="joint")


def test_the_manifest_says_how_each_start_ended(joint: Any) -> None:
    rows = joint.manifest["starts"]
    assert len(rows) == 2
    assert min(row["loss"] for row in rows) == joint.manifest["loss"]
    assert all(row["distance"] < 0.01 for row in rows)  # one optimum, found from both
    assert all(0.0 <= row["slope"] < 0.01 for row in rows)
    assert joint.manifest["figures"] == sum(2011 - start for start, _ in STARTS.values())


def test_straight_lines_are_found(joint: Any) -> None:
    assert joint.shared["learning rate"] == pytest.approx(RATE_OF_LINES, abs=3 * SCALE / 30)
    for iso3, (_, capability) in STARTS.items():
        assert joint.by_country[iso3]["initial capability"] == pytest.approx(capability, rel=2 * SCALE)
        # what does not count stays where its prior has it
        assert joint.by_country[iso3]["institutional quality"] == pytest.approx(QUALITY[iso3], abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("at", [(1, 2), (2, 3)])
def test_a_calibration_that_was_killed_ends_at_the_same_bits(
    estimated: Path, joint: Any, tmp_path: Path, at: tuple[int, int]
) -> None:
    def killed(start: int, iteration: int, loss: float) -> None:
        if (start, iteration) == at:
            raise KeyboardInterrupt

    asked: dict[str, Any] = {"starts": 2, "name": "joint", "kept": tmp_path / "kept"}
    with pytest.raises(KeyboardInterrupt):
        calibrate(Study(estimated), ["KHM", "VNM"], report=killed, **asked)
    before = {path.name: path.stat().st_size for path in (tmp_path / "kept").iterdir()}
    assert before
    again = calibrate(Study(estimated), ["KHM", "VNM"], **asked)
    assert again == joint
    assert all((tmp_path / "kept" / name).stat().st_size >= size for name, size in before.items())


def test_evaluations_of_another_text_are_refused(estimated: Path, tmp_path: Path) -> None:
    changed = Path(shutil.copytree(estimated, tmp_path / "changed"))
    asked: dict[str, Any] = {"starts": 1, "kept": tmp_path / "kept"}
    calibrate(Study(changed), ["VNM"], **asked)
    edit(
        changed / "model" / "latecomer.mdl", r"\(1\+support switch\*support\)", "(1+2*support switch*support)"
    )
    with pytest.raises(InputError) as caught:
        calibrate(Study(changed), ["VNM"], **asked)
    assert str(caught.value) == (
        f"{tmp_path / 'kept' / 'start-1'}: got evaluations of another problem; expected those of this fit. "
        "Cure: remove the folder, or start without --resume."
    )


def test_a_fit_within_another_runs_with_the_shared_parameters_of_that(estimated: Path, joint: Any) -> None:
    study = Study(estimated)
    alone = calibrate(study, ["VNM"], starts=1, name="alone", within=joint)
    assert alone.manifest["within"] == "joint"
    assert alone.shared == joint.shared
    assert alone.by_country["VNM"] == pytest.approx(joint.by_country["VNM"], rel=1e-4)
    run = study.simulate("VNM", alone)
    assert float(run["learning rate"][0]) == pytest.approx(joint.shared["learning rate"])
    (score,) = alone.manifest["scores"]
    (other,) = [row for row in joint.manifest["scores"] if row["country"] == "VNM"]
    assert score["nrmsd"] == pytest.approx(other["nrmsd"], rel=1e-3)


def test_a_fit_to_a_cut_off_begins_at_the_priors_and_not_at_the_tables(
    estimated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The values of the tables were found with all figures: they would tell an early fit of later years."""
    far = Path(shutil.copytree(estimated, tmp_path / "far"))
    edit(far / "model" / "parameters.toml", r"value = 0\.05\n", "value = 0.09\n")
    edit(far / "model" / "latecomer.mdl", r"learning rate = 0\.05\n", "learning rate = 0.09\n")
    begun: list[np.ndarray] = []
    plain = fitting.search

    def watched(problem: Any, rounded: Any, point: Any, *asked: Any) -> Start:
        begun.append(np.array(point))
        return plain(problem, rounded, point, *asked)

    monkeypatch.setattr(fitting, "search", watched)
    for until in (None, 2000):
        calibrate(Study(far), ["VNM"], until, starts=1)
    tables, priors = begun
    assert np.max(np.abs(tables)) == pytest.approx(4.0, rel=0.01)  # (0.09 - 0.05) / 0.01, at the bound
    assert not priors.any()


def test_what_the_tables_say_does_not_move_a_fit_to_a_cut_off(estimated: Path, tmp_path: Path) -> None:
    far = Path(shutil.copytree(estimated, tmp_path / "far"))
    edit(far / "model" / "parameters.toml", r"value = 0\.05\n", "value = 0.075\n")
    edit(far / "model" / "latecomer.mdl", r"learning rate = 0\.05\n", "learning rate = 0.075\n")
    near, other = (calibrate(Study(folder), ["VNM"], 2000, starts=1) for folder in (estimated, far))
    assert (near.shared, near.by_country) == (other.shared, other.by_country)
    assert near.manifest["starts"] == other.manifest["starts"]


# The last part of a search ends where a long search ends, in fewer steps, and within the bounds


@pytest.fixture(scope="module")
def problem(tmp_path_factory: pytest.TempPathFactory) -> Problem:
    folder: Path = tmp_path_factory.mktemp("toy")
    tops = {"AAA": 4.0, "BBB": 9.0}
    return make_problem(toy_study(folder, rate=0.16, ceilings=tops, family="normal"), ["AAA", "BBB"])


def begun(problem: Problem, z: np.ndarray) -> Start:
    return Start(z, float(problem.loss(z)), 0, "begun")


@pytest.mark.slow
def test_it_ends_where_a_long_search_ends(problem: Problem) -> None:
    zero = np.zeros(len(problem.layout))
    whole = maximise(problem, zero, lambda i, v: None, 200)
    told: list[int] = []
    end = refine(problem, begun(problem, zero), evaluation(problem, zero, None), lambda i, v: told.append(i))
    np.testing.assert_allclose(end.z, whole.z, atol=2e-3)
    assert end.loss == pytest.approx(whole.loss, abs=1e-4)
    assert told == sorted(set(told))
    assert end.iterations == told[-1]


@pytest.mark.slow
def test_at_the_optimum_it_stays(problem: Problem) -> None:
    zero = np.zeros(len(problem.layout))
    whole = maximise(problem, zero, lambda i, v: None, 200)
    end = refine(problem, whole, evaluation(problem, zero, None), lambda i, v: None)
    assert end.loss <= whole.loss
    np.testing.assert_allclose(end.z, whole.z, atol=1e-3)


def test_a_number_at_its_bound_stays_there(problem: Problem) -> None:
    z = np.zeros(len(problem.layout))
    z[0] = -BOUND
    end = refine(problem, begun(problem, z), evaluation(problem, z, None), lambda i, v: None)
    assert end.z[0] == -BOUND
    assert np.all(np.abs(end.z) <= BOUND)


def test_a_search_that_is_cut_at_its_first_part_goes_on_here(
    problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def refined(_: Any, start: Start, *__: Any) -> Start:
        asked.append(start.iterations)
        return start

    monkeypatch.setattr(searching, "FIRST", 3)
    monkeypatch.setattr(searching, "refine", refined)
    maximise(problem, np.zeros(len(problem.layout)), lambda i, v: None, 200)
    maximise(problem, np.zeros(len(problem.layout)), lambda i, v: None, 2)
    assert asked == [3]


# A search that was cut off ends where it would have ended, bit for bit


SIZE = 6


class Rosenbrock:
    """Counts its evaluations and, where asked, fails like a killed program."""

    def __init__(self, last: int | None = None) -> None:
        self.calls, self.last = 0, last

    def __call__(self, z: np.ndarray) -> tuple[float, np.ndarray]:
        self.calls += 1
        if self.last is not None and self.calls > self.last:
            raise KeyboardInterrupt
        a, b = z[:-1], z[1:]
        gradient = np.zeros_like(z)
        gradient[:-1] += -400 * a * (b - a**2) - 2 * (1 - a)
        gradient[1:] += 200 * (b - a**2)
        return float(np.sum(100 * (b - a**2) ** 2 + (1 - a) ** 2)), gradient


def search_of_replay(function: Any) -> np.ndarray:
    return np.asarray(minimize(function, np.full(SIZE, -1.0), jac=True, method="L-BFGS-B").x)


@pytest.mark.parametrize("last", [7, *(pytest.param(one, marks=pytest.mark.slow) for one in (1, 23))])
def test_a_search_that_was_killed_ends_bit_for_bit_where_it_would_have(tmp_path: Path, last: int) -> None:
    whole = search_of_replay(EvaluationLog(Rosenbrock(), SIZE, tmp_path / "whole", "one"))
    with pytest.raises(KeyboardInterrupt):
        search_of_replay(EvaluationLog(Rosenbrock(last), SIZE, tmp_path / "cut", "one"))
    again = Rosenbrock()
    assert search_of_replay(EvaluationLog(again, SIZE, tmp_path / "cut", "one")).tobytes() == whole.tobytes()
    everything = Rosenbrock()
    search_of_replay(everything)
    assert again.calls == everything.calls - last


def test_a_record_cut_off_in_the_middle_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "cut"
    whole = search_of_replay(EvaluationLog(Rosenbrock(), SIZE, path, "one"))
    path.write_bytes(path.read_bytes()[:-13])
    assert search_of_replay(EvaluationLog(Rosenbrock(), SIZE, path, "one")).tobytes() == whole.tobytes()


def test_evaluations_of_another_problem_are_refused(tmp_path: Path) -> None:
    EvaluationLog(Rosenbrock(), SIZE, tmp_path / "x", "one")
    with pytest.raises(InputError, match=r"evaluations of another problem.*remove the folder"):
        EvaluationLog(Rosenbrock(), SIZE, tmp_path / "x", "two")


def test_another_point_than_the_recorded_one_is_evaluated_anew(tmp_path: Path) -> None:
    EvaluationLog(Rosenbrock(), SIZE, tmp_path / "x", "one")(np.zeros(SIZE))
    again = Rosenbrock()
    assert EvaluationLog(again, SIZE, tmp_path / "x", "one")(np.ones(SIZE))[0] == 0.0
    assert again.calls == 1
