"""`latecomer swap`: what it prints, as text and as JSON, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import Result

from latecomer.cli import explain as module
from latecomer.explain.policy_swap import PolicySwap
from latecomer.runs.results import load_evidence
from latecomer.study.fits import save_fit
from latecomer.study.study import Study
from tests.evaluation.debtors import bare_fit, lay_debtors
from tests.outcomes import OUTCOMES

Call = Callable[..., Result]


@pytest.fixture(scope="module")
def debtors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study of two debtors, with a fit."""
    limits = {"push works": ("push effect", 0.0), "growth ends": ("growth", 1e6)}
    study = lay_debtors(tmp_path_factory.mktemp("debtors") / "study", limits=limits)
    save_fit(bare_fit(study), study.fits.folder / "reference")
    return study.root


@pytest.mark.slow
def test_a_swap_is_told_with_the_warning_first(call: Call, debtors: Path) -> None:
    words = ("swap", "BRA", "KOR", "--fit", "reference", "--draws", "3", "--at-mode")
    done = call(*words, "--save", study=debtors)
    assert done.exit_code == 0, done.output
    kept = load_evidence(Study(debtors), "swap-BRA-KOR")
    assert kept is not None
    assert kept.result["countries"] == ["BRA", "KOR"]
    assert kept.stale(Study(debtors)) == []
    *lines, last = done.stdout.splitlines()
    assert last.startswith("result in ")
    assert lines[:2] == [
        "What a swap says is an assumption of the structure where variants disagree.",
        "- one variant alone was asked",
    ]
    assert "reference (fit reference, 3 draws, 0 left out)" in lines
    korea = lines[lines.index("KOR, as it was") :]
    assert korea[3] == "  credit access below one half in 0 % of draws"
    assert korea[5].startswith("  output: 1973 176")
    assert korea[5].endswith("2010 1150")
    # without shocks exp(.4) less exp(.4 + .02 * .8 * 10), about which three draws of them vary
    # exp(-.02 * 15.85) and, with push higher by 14.4 years of it, exp(-.02 * 30.25)
    said = "output 0.55-fold with the other's policy, 0.73-fold with its own"
    assert f"BRA if it were not so that push works: {said}" in lines
    wild = "output not finite with the other's policy, not finite with its own"
    assert f"KOR if it were not so that growth ends: {wild}" in lines
    at = next(k for k, line in enumerate(lines) if line.startswith("output 1990/1980, BRA - KOR: "))
    growth = float(lines[at].removesuffix(", of which").rpartition(" ")[2])
    assert growth == pytest.approx(np.exp(0.4) - np.exp(0.56), abs=0.02)
    parts = [line.strip().partition(" (")[0].rpartition(" ") for line in lines[at + 1 : at + 5]]
    assert [name for name, _, _ in parts] == ["initial state", "policy", "external shocks", "noise"]
    assert sum(float(value) for _, _, value in parts) == pytest.approx(growth, abs=0.003)  # of rounding
    assert lines[-1] == "bands: 80 %, over draws of the shocks alone: the fit is left as it is"


@pytest.mark.slow
def test_the_same_as_data(call: Call, debtors: Path) -> None:
    words = ("swap", "BRA", "KOR", "--fit", "reference", "--draws", "3", "--year", "1979", "--seed", "4")
    done = call(*words, "--at-mode", "--json", study=debtors)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["countries"], told["year"], told["seed"], told["uncertain"]) == (
        ["BRA", "KOR"],
        1979,
        4,
        False,
    )
    (one,) = told["variants"]
    assert [row["name"] for row in one["rows"]][1] == "policy of KOR from 1979"
    for each in one["shared"]:
        assert sum(part["mean"] for part in each["shares"]) == pytest.approx(each["difference"]["mean"])


def test_variants_that_agree_or_not_are_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    module.show_swap(PolicySwap(("BRA", "KOR"), 1973, 0, True, (), ("BRA, policy of KOR: credit",)), OUTCOMES)
    out = capsys.readouterr().out
    assert out.splitlines()[1] == "- BRA, policy of KOR: credit"
    assert out.splitlines()[-1] == "bands: 80 %, over draws of the fast approximation"


def test_a_year_outside_the_runs_ends_with_two(call: Call, debtors: Path) -> None:
    done = call("swap", "BRA", "KOR", "--fit", "reference", "--year", "1999", study=debtors)
    assert done.exit_code == 2
    assert (
        "--year 1999, country 'BRA': got a run of 1960 to 2010; expected a year from 1962 to 1980"
        in done.stderr
    )
