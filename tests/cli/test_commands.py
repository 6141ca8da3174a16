"""The commands: what they write, what they print, and how they end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner, Result

import latecomer
from latecomer.cli import app, commands
from latecomer.language import read_text
from latecomer.outputs import remarked
from latecomer.study.study import Study
from tests.evaluation.debtors import lay_debtors
from tests.study.studies import edit_observations

Call = Callable[..., Result]
PROGRAM = (sys.executable, "-c", "from latecomer.cli import main; main()")


def program(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *words],
        capture_output=True,
        text=True,
        check=False,
        **options,  # type: ignore[call-overload]
    )


def test_a_run_is_a_folder_with_results_and_their_origin(call: Call, tmp_path: Path) -> None:
    out = tmp_path / "korea"
    done = call("run", "KOR", "--out", str(out), "--set", "drawdown time = 1.5", "--years", "1960:1990")
    assert (done.exit_code, done.stderr) == (0, "")
    assert str(out / "results.nc") in done.stdout
    with xr.open_dataset(out / "results.nc") as run:
        assert dict(run["output"].sizes) == {"time": 31}
        assert run["output"].attrs["units"] == "billion dollars/Year"
        assert all(variable.attrs["units"] and variable.attrs["long_name"] for variable in run.values())
        assert float(run["drawdown time"][0]) == 1.5
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["set"] == {"drawdown time": 1.5}
    assert (manifest["country"], manifest["fit"], manifest["years"]) == ("KOR", "reference", [1960.0, 1990.0])


@pytest.mark.slow
def test_the_command_keeps_the_draws(call: Call, tmp_path: Path) -> None:
    out, debtors = tmp_path / "korea", lay_debtors(tmp_path / "debtors").root
    asked = ("--draws", "3", "--seed", "5", "--years", "1960:1966", "--fit", "none", "--out", str(out))
    done = call("run", "KOR", *asked, study=debtors)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "variables of 3 runs with shocks" in done.stdout
    with xr.open_dataset(out / "results.nc") as runs:
        assert dict(runs["output"].sizes) == {"draw": 3, "time": 7}
        assert runs["failed"].isnull().all()
        assert len(np.unique(runs["output"][:, -1])) == 3
    assert json.loads((out / "manifest.json").read_text(encoding="utf-8"))["seed"] == 5


@pytest.mark.slow
def test_check_prints_json_and_ends_with_one_where_a_score_falls_short(call: Call) -> None:
    done = call("check", "--json")
    assert done.exit_code == 1
    content = json.loads(done.stdout)
    assert content["holds"] is False
    assert {score["country"] for score in content["scores"]} == {"KOR", "BRA"}


def test_check_ends_with_nought_where_the_fit_holds(call: Call, copied: Path) -> None:
    targets = copied / "calibration" / "targets.toml"
    targets.write_text(
        targets.read_text(encoding="utf-8").replace("BRA = 0.0001", "BRA = 9.0"), encoding="utf-8"
    )
    done = call("check", study=copied)
    assert done.exit_code == 0
    assert "2 of 2 scores within their tolerance, 0 figures moved: the fit holds" in done.stdout


def test_reproduce_ends_with_the_place_of_the_report(call: Call, tmp_path: Path) -> None:
    done = call("reproduce", "--out", str(tmp_path / "report"))
    assert done.exit_code == 0
    assert done.stdout.strip().endswith(f"report: {tmp_path / 'report' / 'index.html'}")
    assert "BRA: credit access " in done.stdout
    assert "What the model gets wrong" in done.stdout
    assert "run KOR (0/3)" in done.stderr
    assert (tmp_path / "report" / "index.html").is_file()


@pytest.mark.slow
def test_text_gives_a_model_that_can_be_read(call: Call, tmp_path: Path) -> None:
    printed = call("text", "BRA")
    assert printed.exit_code == 0
    written = call("text", "BRA", "--out", str(tmp_path / "brazil.mdl"))
    assert written.exit_code == 0
    assert (tmp_path / "brazil.mdl").read_text(encoding="utf-8") == remarked(printed.stdout)
    assert read_text(tmp_path / "brazil.mdl").find("output") is not None


@pytest.mark.slow  # one from a template runs in test_template
def test_a_study_of_ones_own_runs(root: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    done = CliRunner().invoke(app, ["init", str(mine)])
    assert done.exit_code == 0
    assert "next: latecomer run" in done.stdout
    iso3 = next(iter(Study(mine).countries))
    ran = program("run", iso3, "--fit", "none", cwd=mine, env=os.environ | {"PYTHONPATH": str(root)})
    assert (ran.returncode, ran.stderr) == (0, "")
    assert (mine / "runs" / "out" / iso3 / "results.nc").is_file()


@pytest.mark.slow
def test_a_fit_that_is_older_than_the_model_still_runs_and_says_so(
    call: Call, copied: Path, tmp_path: Path
) -> None:
    text = copied / "model" / "latecomer.mdl"
    text.write_text(
        text.read_text(encoding="utf-8").replace("\twage*employment", "\temployment*wage"), encoding="utf-8"
    )
    done = call("run", "KOR", "--out", str(tmp_path / "run"), study=copied)
    assert done.exit_code == 0
    assert "note: changed since the fit 'reference' was made: model text; calibrate again" in done.stderr
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["changed since the fit"] == ["model text"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check", "--fit", "none"], "fit: got none; expected the name of a fit."),
        (["run", "KRO"], "country 'KRO': got no country file; expected one of "),
        (["text", "KRO"], "country 'KRO': got no country file; expected one of "),
        (
            ["run", "KOR", "--set", "drawdwn time=1"],
            (
                "parameter 'drawdwn time': got an unknown name; expected the name of a parameter. "
                "Cure: write the nearest name: 'drawdown time'."
            ),
        ),
        (
            ["run", "KOR", "--set", "drawdown time=nan"],
            "--set: got 'drawdown time=nan'; expected a name, = and a number.",
        ),
        (
            ["run", "KOR", "--set", "drawdown time"],
            "--set: got 'drawdown time'; expected a name, = and a number.",
        ),
        (
            ["run", "KOR", "--years", "1990:1960"],
            "years: got 1990 to 1960; expected a first year before the last.",
        ),
        (
            ["run", "KOR", "--years", "1990"],
            "--years: got '1990'; expected two years with a colon between them.",
        ),
        (["run", "KOR", "--dt", "0"], "dt: got 0; expected a step above 0."),
        (["run", "KOR", "--method", "eluer"], "Cure: write the nearest name: 'euler'."),
        (["run", "KOR", "--fit", "refrence"], "fit 'refrence': got no such fit; expected one of reference."),
        (["check", "--fit", "refrence"], "fit 'refrence': got no such fit; expected one of reference."),
        (["calibrate", "KRO"], "country 'KRO': got no country file; expected one of "),
        (["calibrate", "KOR", "--name", "../up"], "--name: got '../up'; expected letters, digits, hyphens"),
    ],
)
def test_bad_input_is_said_in_a_line_and_ends_with_two(
    call: Call, words: list[str], said: str, tmp_path: Path
) -> None:
    out = ["--out", str(tmp_path / "out")] if words[0] == "run" else []
    done = call(*words, *out)
    assert done.exit_code == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert said in line
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        (
            "model/latecomer.mdl",
            "\twage*employment",
            "\twage*employmnt",
            "a reference to 'employmnt', which is not",
        ),
        ("model/latecomer.mdl", "\twage*employment", "\toutput-profits", "an algebraic loop: "),
        (
            "calibration/observations/KOR.csv",
            "variable,value",
            "variable",
            "KOR.csv, row 1: got no column value",
        ),
        (
            "model/countries/KOR.toml",
            "level = 0.1,",
            "level = 1.2,",
            "got the level 1.2; expected a level from 0 to 1",
        ),
        ("model/countries/KOR.toml", "{year = 1965,", "{year = 1905,", "expected years that increase."),
        ("model/parameters/world.toml", "value = 10.0", "value = nan", "value: got nan; expected a finite"),
    ],
)
def test_a_broken_study_is_said_and_ends_with_two(
    call: Call, copied: Path, file: str, before: str, after: str, said: str
) -> None:
    text = (copied / file).read_text(encoding="utf-8")
    assert before in text
    (copied / file).write_text(text.replace(before, after, 1), encoding="utf-8", newline="\n")
    done = call("run", "KOR", study=copied)
    assert done.exit_code == 2
    assert said in done.stderr
    assert not (copied / "runs" / "out").exists()


@pytest.mark.slow
def test_a_figure_that_is_none_ends_with_two(call: Call, copied: Path) -> None:
    edit_observations(copied, "KOR.csv", r"^(KOR,1960,population),[^,]+", r"\1,nan", lock=True)
    done = call("run", "KOR", study=copied)
    assert done.exit_code == 2
    assert "(KOR, 1960, population): got the value 'nan'; expected a finite number." in done.stderr


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("model/latecomer.mdl", "got a folder without a model text; expected a study"),
        (
            "calibration/observations/KOR.csv",
            "KOR.csv: got no such file; expected the table of observations.lock",
        ),
        ("calibration/observations/observations.lock", "observations.lock: got no such file"),
        ("calibration/fits/reference/manifest.json", "fit 'reference', manifest.json: got no such file"),
        ("calibration/fits/reference/parameters.json", "fit 'reference': got no such fit"),
    ],
)
def test_a_missing_file_ends_with_two(call: Call, copied: Path, file: str, said: str) -> None:
    (copied / file).unlink()
    done = call("run", "KOR", study=copied)
    assert done.exit_code == 2
    assert said in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("command", ["check", "reproduce"])
def test_a_stale_fit_ends_with_two(call: Call, copied: Path, command: str) -> None:
    edit_observations(copied, "BRA.csv", r"^(BRA,1960,population),[^,]+", r"\1,71.5", lock=True)
    done = call(command, study=copied)
    assert done.exit_code == 2
    assert "fit 'reference': got another observations of BRA than the fit was made from" in done.stderr
    assert "latecomer calibrate KOR BRA --name reference" in done.stderr


@pytest.mark.slow
def test_a_folder_that_is_no_study_ends_with_two_and_no_traceback(tmp_path: Path) -> None:
    done = program("run", "KOR", "--study", str(tmp_path / "nowhere"))
    assert done.returncode == 2
    assert "nowhere: got no such folder; expected a study" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_with_something_in_it_ends_with_two(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    done = CliRunner().invoke(app, ["init", str(tmp_path)])
    assert done.exit_code == 2
    assert "got a folder that is not empty; expected a new or empty folder" in done.stderr


@pytest.mark.parametrize(
    "words", [["run"], ["run", "KOR", "--nope"], ["nope"], ["calibrate", "KOR", "--starts", "x"]]
)
def test_wrong_usage_ends_with_two(words: list[str]) -> None:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2
    assert "Usage:" in done.stderr


def test_an_interrupt_ends_with_a_line_and_130(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: Path | None) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "opened", interrupted)
    done = call("check")
    assert done.exit_code == 130
    assert done.stderr == "stopped; nothing was left half-written\n"


def test_help_and_version_wait_for_nothing_heavy() -> None:
    code = (
        "import sys\nfrom latecomer.cli import main\nsys.argv = ['latecomer', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'jax', 'pysd', 'pandas', 'numpy', 'xarray', 'pydantic'} & set(sys.modules)\n"
        "sys.stderr.write(repr(sorted(heavy)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]"
    assert "reproduce" in done.stdout
    assert program("--version").stdout == f"latecomer {latecomer.__version__}\n"
