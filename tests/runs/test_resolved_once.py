"""A request is understood once: names are looked up once, and one run is integrated and audited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from latecomer.cli import app
from latecomer.errors import InputError
from latecomer.report.pages.scenario import run_scenario
from latecomer.simulate.model import Model
from latecomer.study import run_spec, simulation, study
from latecomer.study.fits import Fits, save_fit
from latecomer.study.scenarios import Scenarios
from latecomer.study.study import Study
from tests.evaluation.debtors import WORLD, bare_fit, lay_debtors
from tests.study.test_scenarios import lay_scenario

FIT, SCENARIO, REQUEST, COUNTRY = "look-ups of a fit", "look-ups of a scenario", "requests", "countries"
RUN, RUNS, AUDIT = "runs", "ensembles", "audits"
ASSUMED = """
[world."{name}"]
rule = "hold"
unit = "{unit}"
source = "made up"
"""
MADE_UP = 'note = "What if push were stronger?"\noverrides = ["more"]\n'
SHARED = """
["more"]
note = "More push, and runs end sooner"
source = "judgement"
horizon = 2005
levers.push = {year = 1980, level = 0.5}
"""


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small study of two countries with a fit and a scenario, whose runs are soon made."""
    study = lay_debtors(tmp_path_factory.mktemp("debtors") / "study")
    save_fit(bare_fit(study), study.fits.folder / "reference")
    folder = study.root / "runs" / "scenarios"
    folder.mkdir(parents=True)
    (folder / "assumptions.toml").write_text(
        "".join(ASSUMED.format(name=name, unit=unit) for name, (unit, _) in WORLD.items()), encoding="utf-8"
    )
    return lay_scenario(study.root, MADE_UP, SHARED)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each is done from now on."""
    found: Counter[str] = Counter()

    def count(place: Any, name: str, what: str) -> None:
        real: Callable[..., Any] = getattr(place, name)

        def counting(*args: Any, **options: Any) -> Any:
            found[what] += 1
            return real(*args, **options)

        monkeypatch.setattr(place, name, counting)

    import_module("latecomer.runs.ensemble")  # so that what it audits draws with is not the counting one
    for place, name, what in (
        (Fits, "__getitem__", FIT),
        (Scenarios, "__getitem__", SCENARIO),
        (study, "resolve", REQUEST),
        (run_spec, "country_setup", COUNTRY),
        (Model, "run", RUN),
        (Model, "ensemble", RUNS),
        (simulation, "audited", AUDIT),
    ):
        count(place, name, what)
    return found


def call(*words: str, study: Path) -> Result:
    return CliRunner().invoke(app, [*words, "--study", str(study)])


def test_a_run_is_understood_once_integrated_once_and_audited(
    laid: Path, tmp_path: Path, counted: Counter[str]
) -> None:
    done = call("run", "KOR", "--out", str(tmp_path / "run"), study=laid)
    assert done.exit_code == 0, done.stderr
    assert counted == {FIT: 1, REQUEST: 1, COUNTRY: 1, RUN: 1, AUDIT: 1}


def test_what_is_there_already_is_not_run(laid: Path, tmp_path: Path, counted: Counter[str]) -> None:
    words = ("run", "KOR", "--out", str(tmp_path / "run"))
    call(*words, study=laid)
    counted.clear()
    assert "made before from the same" in call(*words, study=laid).stdout
    assert counted == {FIT: 1, REQUEST: 1, COUNTRY: 1}


def test_so_is_a_run_with_draws(laid: Path, tmp_path: Path, counted: Counter[str]) -> None:
    done = call("run", "KOR", "--draws", "20", "--out", str(tmp_path / "run"), study=laid)
    assert done.exit_code == 0, done.stderr
    assert counted == {FIT: 1, REQUEST: 1, COUNTRY: 1, RUNS: 1, AUDIT: 1}


def test_so_is_a_run_of_a_scenario(laid: Path, tmp_path: Path, counted: Counter[str]) -> None:
    words = ("run", "KOR", "--scenario", "made-up", "--out", str(tmp_path / "run"))
    done = call(*words, study=laid)
    assert done.exit_code == 0, done.stderr
    # every scenario is looked at once more, where a study checks what it reads
    assert counted == {FIT: 1, SCENARIO: 2, REQUEST: 1, COUNTRY: 1, RUN: 1, AUDIT: 1}


def test_a_scenario_is_understood_once_and_its_base_once(
    laid: Path, tmp_path: Path, counted: Counter[str]
) -> None:
    done = call("run", "made-up", "--out", str(tmp_path / "run"), study=laid)
    assert done.exit_code == 0, done.stderr
    # two countries, each run under the scenario and under its base, which the page holds it against
    assert counted == {FIT: 1, SCENARIO: 2, REQUEST: 1, COUNTRY: 4, RUN: 4, AUDIT: 4}


def test_an_ensemble_is_understood_once(laid: Path, tmp_path: Path, counted: Counter[str]) -> None:
    done = call("ensemble", "KOR", "--draws", "4", "--out", str(tmp_path / "run"), study=laid)
    assert done.exit_code == 0, done.stderr
    # one run without shocks for the manifest, and the first three draws, whose books are audited
    assert counted == {FIT: 1, REQUEST: 1, COUNTRY: 1, RUN: 4, AUDIT: 1}


def test_countries_side_by_side_are_looked_up_once(laid: Path, counted: Counter[str]) -> None:
    Study(laid).ensemble(["KOR", "BRA"], 2, variables=["output"])
    assert counted == {FIT: 1, REQUEST: 1, COUNTRY: 2, RUNS: 1}


def test_a_page_of_a_scenario_needs_a_scenario(laid: Path, tmp_path: Path) -> None:
    study = Study(laid)
    with pytest.raises(InputError) as caught:
        run_scenario(study, study.spec("KOR"), tmp_path)
    assert str(caught.value) == (
        "scenario: got none; expected the name of a scenario. Cure: name one of runs/scenarios."
    )
