"""What is claimed of every run is enforced in every run: books, years, fits."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from latecomer.study.reference import MARK
from tests.study.studies import edit

Call = Callable[..., Result]
LEAK = (
    r"(\narrears =\n\tINTEG\()new arrears\+interest on arrears",
    r"\g<1>1.5*new arrears+interest on arrears+0.01",
)


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ["run", "KOR", "--years", "1960:1964"],
        pytest.param(["run", "KOR", "--years", "1960:1964", "--draws", "2"], marks=pytest.mark.slow),
        pytest.param(["ensemble", "KOR", "--years", "1960:1964", "--draws", "4"], marks=pytest.mark.slow),
    ],
)
def test_a_run_whose_books_do_not_close_is_refused_and_nothing_is_written(
    call: Call, copied: Path, tmp_path: Path, words: list[str]
) -> None:
    edit(copied / MARK, *LEAK)
    done = call(*words, "--out", str(tmp_path / "out"), study=copied)
    assert done.exit_code == 2
    assert "books of KOR, the identity 'arrears': got sides " in done.stderr
    assert " apart, over the largest term, in 196" in done.stderr
    assert "expected books within 1e-09. Cure: mend the equations of the model text" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_the_report_refuses_a_run_whose_manifest_owns_up_to_open_books(call: Call, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert call("run", "KOR", "--years", "1960:1964", "--out", str(run)).exit_code == 0
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    assert 0 < manifest["largest residual of the books"] < 1e-9


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--years", "1800:1810"], "years: got a first year of 1800; expected 1960 or later"),
        (["--years", "1960.5:1970.25"], "Cure: end the run in 1969.5 or 1970.5."),
        (["--years", "nan:nan"], "--years: got 'nan:nan'; expected two years with a colon between them."),
        (["--years", "1960:inf"], "--years: got '1960:inf'; expected two years with a colon between them."),
        (["--years=-1e308:1e308"], "years: got a first year of -1e+308; expected 1960 or later"),
        (["--years", "1960:1960"], "years: got 1960 to 1960; expected a first year before the last."),
        (["--years", "1960:1970", "--dt", "1e-9"], "steps of 1e-09; expected at most 1,000,000 steps."),
        (["--dt", "1e-300"], "steps of 1e-300; expected at most 1,000,000 steps."),
        (["--dt", "-1"], "dt: got -1; expected a step above 0."),
    ],
)
def test_years_and_steps_that_cannot_be_run_are_said(
    call: Call, tmp_path: Path, words: list[str], said: str
) -> None:
    done = call("run", "KOR", *words, "--out", str(tmp_path / "out"))
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    assert said in line
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_run_beyond_the_figures_says_what_is_assumed(call: Call, tmp_path: Path) -> None:
    done = call("run", "KOR", "--years", "1960:2045", "--out", str(tmp_path / "out"))
    assert done.exit_code == 0
    assert "drivers go on by an assumption; manifest.json says which" in done.stdout
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    rules = {one["driver"]: one for one in manifest["assumptions"]}
    assert rules["world output"]["rule"] == "growth"
    assert all(one["source"] for one in rules.values())


@pytest.mark.slow
def test_a_run_that_begins_within_the_window_says_whose_stocks_it_has(call: Call, tmp_path: Path) -> None:
    done = call("run", "KOR", "--years", "1970:1972", "--out", str(tmp_path / "out"))
    assert done.exit_code == 0
    assert done.stderr == "note: it begins in 1970 with the stocks of 1960, where the window begins\n"


def test_a_damaged_fit_is_refused_by_every_command_that_reads_it(call: Call, copied: Path) -> None:
    file = copied / "calibration" / "fits" / "reference" / "parameters.json"
    whole = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**whole, "until": "x"}), encoding="utf-8")
    for words in (["run", "KOR"], ["check"], ["text", "KOR"]):
        done = call(*words, study=copied)
        assert done.exit_code == 2
        assert "fit 'reference', parameters.json, until: got 'x'; expected a year, or null." in done.stderr
