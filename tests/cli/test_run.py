"""The commands that run scenarios and variants."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from latecomer.study.study import Study
from tests.runs.test_scenario_runs import MADE_UP, SHORT, rival_fit
from tests.study.studies import edit
from tests.study.test_scenarios import lay_scenario

Call = Callable[..., Result]
SHORTER = SHORT.replace("horizon = 2024", "horizon = 2012")


@pytest.fixture
def laid(copied: Path) -> Path:
    """A study with a fit and one short scenario."""
    return lay_scenario(copied, MADE_UP, SHORTER)


@pytest.mark.slow  # test_scenario_runs does so without the command
def test_a_scenario_runs_for_all_its_countries_with_a_page(call: Call, laid: Path) -> None:
    done = call("run", "made-up", study=laid)
    assert done.exit_code == 0
    out = laid / "runs" / "out" / "made-up"
    assert f"page: {out / 'scenario.html'}" in done.stdout
    assert f"BRA: {out / 'BRA' / 'results.nc'}" in done.stdout
    assert "protection of the home market: asked 1.00 in 2010-2012" in done.stdout
    assert "run KOR (0/3)" in done.stderr
    assert {path.name for path in out.iterdir()} == {"KOR", "BRA", "scenario.html"}


def test_a_country_runs_in_a_scenario(call: Call, laid: Path, tmp_path: Path) -> None:
    done = call("run", "KOR", "--scenario", "made up", study=laid)
    assert (done.exit_code, done.stderr) == (0, "")
    folder = laid / "runs" / "out" / "made-up" / "KOR"
    assert str(folder / "results.nc") in done.stdout
    assert "KOR, 1960 to 2012:" in done.stdout
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["scenario"] == "made-up"
    there = call("run", "KOR", "--scenario", "made-up", "--out", str(tmp_path / "there"), study=laid)
    assert there.exit_code == 0
    assert (tmp_path / "there" / "results.nc").is_file()


@pytest.mark.slow  # one variant runs quickly
def test_all_variants_run_each_with_its_own_fit_into_its_own_folder(
    call: Call, laid: Path, tmp_path: Path
) -> None:
    path = laid / "model" / "variants.toml"
    text = path.read_text(encoding="utf-8")
    keep = ("discipline in learning", "discipline in the export push")
    for name in Study(laid).variants:
        if name not in keep:
            block = text[text.index(f'["{name}"]') :]
            end = block.find("\n[", 1)
            text = text.replace(block if end < 0 else block[: end + 1], "")
    path.write_text(text, encoding="utf-8")
    rival_fit(Study(laid))
    done = call("run", "KOR", "--variants", "--out", str(tmp_path), study=laid)
    assert done.exit_code == 0, done.stderr
    fits = {}
    for name in keep:
        assert f"variant: {name}" in done.stdout
        file = tmp_path / name.replace(" ", "-") / "KOR" / "manifest.json"
        manifest = json.loads(file.read_text(encoding="utf-8"))
        assert manifest["variant"] == name
        fits[name] = manifest["fit"]
    assert fits == {keep[0]: "discipline-in-learning", keep[1]: "reference"}


def test_the_scenarios_are_listed_with_what_they_change(call: Call, laid: Path) -> None:
    done = call("scenarios", study=laid)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0].split() == ["scenario", "until", "countries", "what", "it", "changes"]
    assert done.stdout.splitlines()[1].split("  ")[0] == "made-up"
    assert "import openness: 0 from 2010" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["run", "made-down"],
            (
                "scenario 'made-down': got no such scenario; expected one of made-up. "
                "Cure: write the nearest name: 'made-up'."
            ),
        ),
        (["run", "KOR", "--scenario", "made-down"], "scenario 'made-down': got no such scenario;"),
        (["run", "kor"], "'kor': got neither a country nor a scenario; expected a country or a scenario"),
        (
            ["run", "KOR", "--set", "a b=1", "--set", "A_b=2"],
            "--set: got 'A_b' a second time; expected each name once. Cure: leave one out.",
        ),
        (
            ["run", "made-up", "--scenario", "made-up"],
            "--scenario: got 'made-up' beside the scenario 'made-up'; expected one scenario. Cure: name a",
        ),
        (
            ["run", "KOR", "--variants", "--fit", "reference"],
            "--variants: got --fit beside it; expected all variants, each with its own fit. Cure: leave",
        ),
        (
            ["run", "KOR", "--variants", "--variant", "discipline in learning"],
            "--variants: got --variant beside it; expected all variants,",
        ),
        (
            ["run", "KOR", "--variant", "disciplin in learning"],
            "Cure: write the nearest name: 'discipline in learning'",
        ),
        (
            ["calibrate", "KOR", "--variant", "disciplin in learning"],
            "variant 'disciplin in learning': got no such variant",
        ),
    ],
)
def test_bad_input_is_said_in_a_line_and_ends_with_two(
    call: Call, laid: Path, words: list[str], said: str
) -> None:
    done = call(*words, study=laid)
    assert done.exit_code == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert said in line
    assert not (laid / "runs" / "out").exists()


def test_a_study_without_variants_has_none_to_run(call: Call, laid: Path) -> None:
    (laid / "model" / "variants.toml").unlink()
    done = call("run", "KOR", "--variants", "--fit", "none", study=laid)
    assert "--variants: got --fit beside it" in done.stderr
    done = call("run", "KOR", "--variants", study=laid)
    assert done.exit_code == 2
    said = "--variants: got a study without variants; expected variants in model/variants.toml."
    assert said in done.stderr


@pytest.mark.slow
def test_a_broken_scenario_leaves_the_record_of_a_country_alone(call: Call, laid: Path) -> None:
    edit(laid / "runs" / "scenarios" / "made-up.toml", 'rows = \\["C1"\\]', "rows = 3")
    assert call("scenarios", study=laid).exit_code == 2
    assert call("run", "KOR", "--years", "1960:1962", study=laid).exit_code == 0
