"""What is written in a study is the old or the new, never between, wherever the writer is killed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from latecomer.changes import LOCK as HELD
from latecomer.errors import InputError
from latecomer.evaluation import scenario_regression
from latecomer.evaluation.published_numbers import LOCK, read_numbers, relock
from latecomer.evaluation.scenario_regression import accept, read_scenario_baseline
from latecomer.outputs import write_outputs
from latecomer.report.pages.model_guide import WRITTEN, write_document
from latecomer.runs.manifest import whole_manifest
from latecomer.runs.repair import repair
from latecomer.study.fits import Fit, load_fit, save_fit
from latecomer.study.reference import MARK
from latecomer.study.study import Study
from latecomer.study.template import start_study
from tests.evaluation.debtors import lay_debtors
from tests.kills import litter, moments
from tests.runs.made_runs import lay_run, paths

END = b"\nstartxref\n9\n%%EOF\n"


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Study:
    study = Study(lay_debtors(tmp_path_factory.mktemp("debtors") / "study").root)
    assert study.countries
    assert study.observations.countries()
    return study


@pytest.fixture
def study(laid: Study, tmp_path: Path) -> Study:
    return Study(shutil.copytree(laid.root, tmp_path / "study"))


def ends(act: Callable[[], object], look: Callable[[], Any], back: Callable[[], object]) -> list[Any]:
    """What is seen after each kill, without repetitions."""
    seen: list[Any] = []
    count = 0
    for _ in moments(act):
        count += 1
        one = look()
        if one not in seen:
            seen.append(one)
        back()
    assert count > 5
    return seen


@pytest.mark.slow  # by the steps whose kills test_changes looks at
def test_a_fit_is_the_old_or_the_new_with_its_draws(tmp_path: Path) -> None:
    place = tmp_path / "fits" / "one"
    old = Fit("one", ("KOR",), None, {"a": 1.0}, {}, {"seed": 1})
    new = replace(old, shared={"a": 2.0}, manifest={"seed": 2, "posterior": {"draws": 4}})

    def draw(path: Path) -> None:
        path.write_bytes(b"draws")

    def look() -> tuple[Fit, bool]:
        return load_fit(place), (place / "posterior.nc").exists()

    save_fit(old, place)
    assert ends(lambda: save_fit(new, place, draw), look, lambda: save_fit(old, place)) == [
        (old, False),
        (new, True),
    ]


@pytest.mark.slow  # by the same steps as a fit that takes the place of another
def test_a_first_fit_is_there_or_not(tmp_path: Path) -> None:
    place = tmp_path / "fits" / "one"
    fit = Fit("one", ("KOR",), None, {"a": 1.0}, {}, {"seed": 1})

    def look() -> Fit | None:
        try:
            return load_fit(place)
        except InputError:
            return None

    def back() -> None:
        shutil.rmtree(tmp_path / "fits", ignore_errors=True)

    assert ends(lambda: save_fit(fit, place), look, back) == [None, fit]


@pytest.mark.slow  # by the same steps as a fit that takes the place of another
def test_a_run_is_the_old_or_the_new_and_bound(tmp_path: Path) -> None:
    folder = lay_run(tmp_path / "run", paths(), seed=1)

    def again(seed: int) -> Path:
        return lay_run(folder, paths(head=float(seed)), seed=seed)

    seen = ends(lambda: again(2), lambda: whole_manifest(folder)["seed"], lambda: again(1))
    assert seen == [1, 2]


@pytest.mark.slow
def test_the_accepted_scenarios_are_the_old_or_the_new(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    file = study.root / "runs" / "accepted.json"

    def take(value: float) -> None:
        made = {"one": {"BRA": {"output": {"1990": value}}}}
        monkeypatch.setattr(scenario_regression, "scenario_outcomes", lambda *_: made)
        accept(study, None)

    def look() -> float:
        assert Study(study.root).countries
        held: float = read_scenario_baseline(file)["outcomes"]["one"]["BRA"]["output"]["1990"]
        return held

    take(1.0)
    assert ends(lambda: take(2.0), look, lambda: take(1.0)) == [1.0, 2.0]


@pytest.mark.slow
def test_the_lock_of_the_numbers_is_the_old_or_the_new(study: Study) -> None:
    file = study.root / LOCK

    def fit(name: str) -> Fit:
        return Fit(name, ("BRA",), None, {}, {}, {"hashes": study.hashes(["BRA"])})

    def take(name: str) -> None:
        relock(study, fit(name), ())

    def look() -> str:
        held = read_numbers(file)
        assert held is not None
        return held.fit

    take("old")
    assert ends(lambda: take("new"), look, lambda: take("old")) == ["old", "new"]


@pytest.mark.slow  # by the steps whose kills test_changes looks at
def test_a_report_and_its_print_are_the_old_or_the_new(tmp_path: Path) -> None:
    def pages(name: str) -> dict[str, bytes]:
        return {"report.html": f"<p>{name}".encode(), "report.pdf": b"%PDF-" + name.encode() + END}

    def take(name: str) -> None:
        write_outputs(tmp_path, pages(name))

    def look() -> list[bool]:
        write_outputs(tmp_path, {})  # the next writer finishes what was cut off
        texts = [(tmp_path / name).read_bytes() for name in ("report.html", "report.pdf")]
        return [b"old" in text for text in texts]

    take("old")
    assert ends(lambda: take("new"), look, lambda: take("old")) == [[True, True], [False, False]]


@pytest.mark.slow  # by the steps whose kills test_changes looks at
def test_the_guide_to_the_model_is_the_old_or_the_new(study: Study) -> None:
    names = ("model/README.md", "model/diagrams/a.svg")

    def take(word: str) -> None:
        write_document(study, dict.fromkeys(names, f"{WRITTEN}: {word}"))

    def look() -> list[str]:
        return [(Study(study.root).root / name).read_text().removeprefix(f"{WRITTEN}: ") for name in names]

    take("old")
    assert ends(lambda: take("new"), look, lambda: take("old")) == [["old"] * 2, ["new"] * 2]


@pytest.mark.slow  # by the same steps as a fit that takes the place of another
def test_a_new_study_is_whole_or_none(laid: Study, tmp_path: Path) -> None:
    place = tmp_path / "new"
    whole = start_study(laid.root, tmp_path / "whole")
    texts = {path.relative_to(whole): path.read_bytes() for path in whole.rglob("*") if path.is_file()}
    ends = set()
    for _ in moments(lambda: start_study(laid.root, place), stride=3):
        try:
            start_study(laid.root, place)  # nothing was there, and it is begun again
            ends.add("begun again")
        except InputError as error:
            assert "a folder that is not empty" in str(error)  # noqa: PT017 - what was cut off is whole by now
            ends.add("whole")
        found = {path.relative_to(place): path.read_bytes() for path in place.rglob("*") if path.is_file()}
        found.pop(Path(HELD), None)  # of who was killed: the next one takes it
        assert found == texts
        shutil.rmtree(place)
    assert ends == {"begun again", "whole"}


@pytest.mark.slow  # by the steps whose kills test_changes looks at
def test_nothing_is_left_once_the_study_is_repaired(study: Study) -> None:
    def take() -> None:
        write_document(study, {"model/README.md": WRITTEN, "model/diagrams/a.svg": "new"})

    for _ in moments(take):
        found = repair(study.root)
        assert found.holds
        assert not {path for path in litter(study.root) if path.name != ".latecomer.lock"}
        again = repair(study.root)
        assert json.loads(json.dumps(again.as_dict())) == {
            "holds": True, "finished": [], "undone": [], "locked": [], "moved": {}, "lacking": {}
        }  # fmt: skip
    assert (study.root / MARK).exists()
