"""The commands of held-out figures: what they print, keep, refuse and end with."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from latecomer.cli import app, tables
from latecomer.evaluation import ablation as module
from latecomer.runs.results import load_evidence
from latecomer.study.mechanisms import Removal
from latecomer.study.study import Study
from tests.conftest import Laid
from tests.runs.lent import CUT_OFF, END, VARIANT, lay_lent, with_early_fit

pytestmark = pytest.mark.usefixtures("briefly")

YEARS = ("--until", str(CUT_OFF), "--end", str(END))


@pytest.fixture(scope="module")
def lent(laid_once: Laid) -> Path:
    return laid_once("lent", lambda folder: with_early_fit(lay_lent(folder)))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


def invoke(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--study", str(folder)])


@pytest.mark.slow  # test_hindcasts looks at the result without the command
def test_hindcast_prints_countries_all_and_what_the_bands_cover(lent: Path) -> None:
    done = invoke(lent, "hindcast", *YEARS)
    assert done.exit_code == 0, done.output
    assert f"fit 'reference-until-{CUT_OFF}' ({VARIANT}): 2003-2009, world drivers observed" in done.stdout
    rows = [line.split() for line in done.stdout.splitlines() if line.startswith(" log output")]
    assert [row[2] for row in rows] == ["AAA", "BBB", "CCC", "DDD", "EEE", "FFF", "6"]
    assert "later figures of log output (" in done.stdout
    assert done.stderr.splitlines() == [f"hindcast from {CUT_OFF} (0/1)", f"hindcast from {CUT_OFF} (1/1)"]


@pytest.mark.slow  # as the JSON of other commands is
def test_hindcast_as_json_is_json_alone(lent: Path) -> None:
    done = invoke(lent, "hindcast", *YEARS, "--json")
    assert done.exit_code == 0
    assert done.stderr == ""
    assert json.loads(done.stdout)["until"] == CUT_OFF


@pytest.mark.slow
def test_hindcast_is_kept_on_request(lent: Path) -> None:
    done = invoke(lent, "hindcast", *YEARS, "--json", "--save")
    kept = load_evidence(Study(lent), f"hindcast-{CUT_OFF}")
    assert kept is not None
    assert done.stderr.strip().endswith(f"hindcast-{CUT_OFF}.json")
    assert kept.stale(Study(lent)) == []
    assert [one["series"] for one in kept.result["pooled"]] == [
        one["series"] for one in json.loads(done.stdout)["pooled"]
    ]


def test_hindcast_without_a_fit_ends_with_the_command_that_makes_it(lent: Path) -> None:
    done = invoke(lent, "hindcast", "--until", "2000")
    assert done.exit_code == 2
    assert "make it: latecomer calibrate ISO3... --until 2000" in done.stderr


@pytest.mark.slow  # test_leave_one_out looks at the result without the command
def test_left_out_tells_countries_rules_and_what_is_asked(lent: Path, kept: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(lent, tmp_path / "study"))
    done = invoke(folder, "left-out", "BBB", "EEE", *YEARS, "--kept", str(kept), "--save")
    assert done.exit_code == 0, done.output
    assert "lv: area under the curve 1.00 (" in done.stdout
    assert "1 defaulters: EEE" in done.stdout
    assert "lv: 1 of 1 hits at 20 % false alarms" in done.stdout
    assert "holds: area under the curve, lv: 1.000" in done.stdout
    assert "not judged: pooled error of log exports: no value" in done.stdout
    assert "GGG: no such test, it begins in 2004" in done.stdout
    path = folder / "calibration" / "evidence" / f"left-out-{CUT_OFF}.json"
    assert done.stdout.splitlines()[-1] == f"result in {path}"
    again = invoke(folder, "left-out", "BBB", "EEE", *YEARS, "--kept", str(kept), "--json", "--save")
    assert json.loads(again.stdout) == json.loads(path.read_text(encoding="utf-8"))["result"]
    assert again.stderr == f"result in {path}\n"


def test_left_out_that_falls_short_ends_with_one(lent: Path, tmp_path: Path, kept: Path) -> None:
    folder = Path(shutil.copytree(lent, tmp_path / "study"))
    outcomes = folder / "model" / "outcomes.toml"
    text = outcomes.read_text(encoding="utf-8")
    assert '"log output" = 0.145' in text
    outcomes.write_text(text.replace('"log output" = 0.145', '"log output" = 1e-6'), encoding="utf-8")
    done = invoke(folder, "left-out", "BBB", "EEE", *YEARS, "--kept", str(kept))
    assert done.exit_code == 1
    assert "falls short: pooled error of log output: 0.0" in done.stdout


def test_left_out_refuses_what_begins_later(lent: Path) -> None:
    done = invoke(lent, "left-out", "GGG", *YEARS)
    assert done.exit_code == 2
    assert "leave out GGG: got a country that begins in 2004" in done.stderr


@pytest.mark.slow  # test_ablation looks at the result without the command
def test_reasons_tells_each_mechanism_and_keeps_the_result(
    lent: Path, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed = (Removal(name="lending", title="lending", rows=("A6",)),)
    of_lending = partial(module.ablate, removals=removed, case="EEE", beside=("AAA",))
    monkeypatch.setattr(module, "ablate", of_lending)
    folder = Path(shutil.copytree(lent, tmp_path / "study"))
    done = invoke(folder, "reasons", *YEARS, "--kept", str(kept), "--save")
    assert done.exit_code == 0, done.output
    assert f"{VARIANT}, figures up to {CUT_OFF}, 42 figures up to {END}" in done.stdout
    assert "the breakdown needs lending: without it EEE is below one half in 2004-06 in 0 %" in done.stdout
    path = folder / "calibration" / "evidence" / f"reasons-{CUT_OFF}.json"
    assert done.stdout.splitlines()[-1] == f"result in {path}"
    again = invoke(folder, "reasons", *YEARS, "--kept", str(kept), "--json")
    assert json.loads(again.stdout) == json.loads(path.read_text(encoding="utf-8"))["result"]


def test_reasons_refuses_a_study_without_the_mechanisms(lent: Path) -> None:
    done = invoke(lent, "reasons", *YEARS)
    assert done.exit_code == 2
    assert "mechanisms.toml: got no removals; expected what is to be taken out of the model" in done.stderr


def test_nothing_naive_and_no_area_have_no_name_and_a_dash() -> None:
    assert tables.naive_names([]) == []
    assert tables.area(None) == "-"
