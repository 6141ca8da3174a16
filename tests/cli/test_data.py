"""The commands on figures and published numbers: what they print, and how they end."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from latecomer.cli import app
from latecomer.cli.data import SHOWN, parameters, revised
from latecomer.data.lock import write_lock
from latecomer.evaluation.published_numbers import LOCK
from latecomer.inference.fit import Shift
from latecomer.study.fits import Fit, save_fit
from latecomer.study.vintages import Largest, Revision
from tests.evaluation.test_data_revision import FASTER, RATE, Shape, grown, lay_tables, lay_toy, original

Call = Callable[..., Result]
Diff = Callable[..., Result]


def invoke(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_toy(tmp_path_factory.mktemp("toy") / "study")


@pytest.fixture
def diff(toy: Path, tmp_path: Path) -> Diff:
    def made(shape: Shape, *words: str) -> Result:
        new = lay_tables(tmp_path / "new", shape, "2021")
        old = toy / "calibration" / "observations"
        return invoke("data", "diff", str(old), str(new), "--study", str(toy), *words)

    return made


def test_the_same_figures_in_another_release_end_with_nought_and_say_the_release(diff: Diff) -> None:
    done = diff(original)
    assert (done.exit_code, done.exception) == (0, None)
    assert "AAA, output: vintage '2020' now '2021'\n" in done.stdout
    assert "4 variables differ: 0 figures added, 0 removed, 0 changed\n" in done.stdout
    assert "fit 'reference', free runs: 0 of 2 scores changed\n" in done.stdout
    assert done.stdout.endswith("nothing that is published changes\n")


def test_a_crossed_tolerance_ends_with_one_and_is_named(diff: Diff) -> None:
    done = diff(grown(FASTER))
    assert done.exit_code == 1
    first, second = (2.0 * math.exp(rate * 15) for rate in (RATE, FASTER))
    largest = f"largest {second - first:+.6g} in 1990 ({first:.6g} to {second:.6g})"
    relative = f"relative {100 * (second / first - 1):+.3g} % in 1990"
    assert f"AAA, output: 15 changed (1976-1990); {largest}; {relative}; vintage" in done.stdout
    assert (
        "turned, the fit as it is: AAA, log output: the tolerance, was: holds, is: falls short\n"
        in done.stdout
    )
    assert "holds, now falls short" in done.stdout
    assert done.stdout.endswith("1 conclusions turn, 0 quoted figures change\n")
    assert "new figures (2/3)" in done.stderr


def test_what_is_missing_is_said_and_is_no_bad_input(diff: Diff) -> None:
    def fewer(iso3: str, variable: str, year: int) -> float | None:
        gone = iso3 == "BBB" or (year, variable) == (1990, "output")
        return None if gone else original(iso3, variable, year)

    done = diff(fewer)
    assert done.exit_code == 1
    assert "countries removed: BBB\n" in done.stdout
    assert "AAA, output: 1 removed (1990); vintage '2020' now '2021'\n" in done.stdout
    assert "BBB: no run from the new figures: " in done.stdout
    assert "BBB, log output: the tolerance, was: holds, is: cannot be told\n" in done.stdout


def test_a_variable_on_one_side_only_is_said(diff: Diff) -> None:
    done = diff(
        lambda iso3, name, year: None if (iso3, name) == ("BBB", "output") else original(iso3, name, year)
    )
    assert "variable removed: BBB, output\n" in done.stdout


def test_initial_values_that_move_with_their_figures_are_said(diff: Diff) -> None:
    def twice(iso3: str, variable: str, year: int) -> float | None:
        return (original(iso3, variable, year) or 0.0) * (2 if (iso3, variable) == ("AAA", "output") else 1)

    assert "AAA, initial output: times 2, with its figure\n" in diff(twice).stdout


def test_json_says_the_same_and_nothing_else(diff: Diff) -> None:
    done = diff(grown(FASTER), "--json")
    content = json.loads(done.stdout)
    assert (done.exit_code, done.stderr) == (1, "")
    assert set(content) == {"holds", "figures", "fit", "initial", "without", "scores", "flips", "published",
                            "parameters"}  # fmt: skip
    assert content["holds"] is False
    assert [one["conclusion"] for one in content["flips"]] == ["AAA, log output: the tolerance"]
    (revision,) = [one for one in content["figures"]["revisions"] if one["changed"]]
    assert (revision["iso3"], revision["variable"], len(revision["changed"])) == ("AAA", "output", 15)


@pytest.mark.slow
def test_a_refit_lists_its_parameters_in_standard_deviations(diff: Diff) -> None:
    done = diff(lambda iso3, variable, year: grown(FASTER)("AAA", variable, year), "--refit")
    assert done.exit_code == 1
    assert f"growth rate: {RATE} to 0.0449" in done.stdout or f"growth rate: {RATE} to 0.045" in done.stdout
    assert " prior sd\n" in done.stdout
    assert "refitted" in done.stdout


def test_bad_tables_end_with_two_and_say_folder_place_and_cure(toy: Path, tmp_path: Path) -> None:
    old = toy / "calibration" / "observations"
    new = Path(shutil.copytree(old, tmp_path / "new"))
    table = new / "BBB.csv"
    table.write_text(
        table.read_text(encoding="utf-8").replace("1975,output,2.0", "1975,output,9.0"), encoding="utf-8"
    )
    done = invoke("data", "diff", str(old), str(new), "--study", str(toy))
    assert (done.exit_code, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{new}, BBB.csv, row ")
    assert "a row changed" in line
    write_lock(new)
    assert invoke("data", "diff", str(old), str(new), "--study", str(toy)).exit_code == 1


def test_a_folder_that_is_not_there_ends_with_two(toy: Path, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    done = invoke("data", "diff", nowhere, str(toy / "calibration" / "observations"), "--study", str(toy))
    assert done.exit_code == 2
    assert f"{nowhere}: got no such folder; expected the folder of the observation tables." in done.stderr


def test_a_revision_in_words() -> None:
    largest = Largest(-0.5, 1980, 2.0, 1.5), Largest(-0.25, 1980, 2.0, 1.5)
    moved = Revision(
        "AAA", "output", (1990, 1991), (), (1980,), *largest, ("Dmnl", "Dmnl"), ("a", "b"), ("1", "1")
    )
    assert revised(moved) == (
        "2 added (1990-1991); 1 changed (1980); largest -0.5 in 1980 (2 to 1.5); "
        "relative -25 % in 1980; source 'a' now 'b'"
    )
    other = Revision("AAA", "output", (), (), (), None, None, ("Dmnl", "1/Year"), ("a", "a"), ("1", "1"))
    assert revised(other) == "unit 'Dmnl' now '1/Year'; not compared, for they are in another unit"


def test_only_the_largest_shifts_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    parameters(Shift(f"p{k}", "AAA", 1.0, 2.0, 3.0 - k / 10) for k in range(SHOWN + 2))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "p0 [AAA]: 1 to 2, +3.00 prior sd"
    assert lines[-1] == "and 2 parameters that move by 1.00 prior sd or less"
    assert len(lines) == SHOWN + 1


@pytest.mark.slow  # what moved is told quickly in tests/evaluation/test_check.py
def test_a_lock_is_written_and_then_a_check_says_what_moved_from_it(call: Call, copied: Path) -> None:
    done = call("lock", study=copied)
    assert done.exit_code == 0
    assert done.stdout.endswith(f" figures, 0 moved: {copied / LOCK}\n")
    content = json.loads((copied / LOCK).read_text(encoding="utf-8"))
    content["figures"]["KOR, log output, u2"] = {"value": -1.0, "where": ["README.md"]}
    content["hashes"]["targets"] = "another"
    (copied / LOCK).write_text(json.dumps(content), encoding="utf-8")
    check = call("check", study=copied)
    assert check.exit_code == 1
    (moved,) = [line for line in check.stdout.splitlines() if line.startswith("moved: ")]
    assert moved.startswith("moved: KOR, log output, u2, was -1, is ")
    assert moved.endswith(" (quoted in README.md)")
    assert ", by +" in moved
    assert "changed since the numbers were locked: targets: changed\n" in check.stdout
    assert "where a change is meant: mend what is quoted, then latecomer lock\n" in check.stdout
    again = call("lock", study=copied)
    assert moved in again.stdout
    assert " figures, 1 moved: " in again.stdout


@pytest.mark.slow  # test_check finds one quickly
def test_a_number_printed_otherwise_ends_a_lock_with_one(call: Call, copied: Path) -> None:
    told = "-5<!-- figure: KOR, log output, u2 -->"
    (copied / "README.md").write_text(told, encoding="utf-8")
    done = call("lock", study=copied)
    assert done.exit_code == 1
    assert "printed otherwise in README.md: KOR, log output, u2, was -5, is " in done.stderr
    assert (copied / LOCK).is_file()


def test_a_stale_fit_ends_a_lock_with_one_and_says_what_to_do(toy: Path, tmp_path: Path) -> None:
    stale = Path(shutil.copytree(toy, tmp_path / "stale"))
    fit = Fit("reference", ("AAA",), None, {"growth rate": RATE}, {"AAA": {}}, {"hashes": {}})
    save_fit(fit, stale / "calibration" / "fits" / "reference")
    done = invoke("lock", "--study", str(stale))
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("stale: another targets and model text and ")
    assert line.endswith("its figures stay as they were locked: calibrate again, then lock again")
