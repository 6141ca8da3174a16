"""`latecomer episodes`: what fails comes first, and the exit code says whether anything does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from latecomer.cli.evaluate import show_episodes
from latecomer.evaluation.crisis_dating import held_against
from latecomer.runs.results import load_evidence
from latecomer.study.fits import save_fit
from tests.evaluation.debtors import bare_fit, lay_debtors
from tests.outcomes import EPISODES

Call = Callable[..., Result]


def test_a_fit_that_misses_korea_ends_with_one_and_says_so_first(call: Call, tmp_path: Path) -> None:
    study = lay_debtors(tmp_path / "study")
    save_fit(bare_fit(study), study.fits.folder / "reference")
    done = call("episodes", study=study.root)
    assert done.exit_code == 1, done.output
    lines = done.stdout.splitlines()
    assert lines[0] == "- 0 of 1 other breakdowns are dated within 2 years; 2 at least were to be"
    assert lines[1].startswith("- KOR 1997 is missed: no onset in the run at all; credit access is 0.99")
    assert lines[2].startswith("the text lacks short-term debt: ")
    assert lines[-4:] == [
        "0 of 1 onsets on record hit (share 0.00 to 0.95)",
        "0 false alarms in 82 country-years: 0.00 in ten country-decades",
        "credit alone: 0 hit, 0 false",
        "reserves alone: 0 hit, 0 false",
    ]
    saved = call("episodes", "--json", "--save", study=study.root)
    told = json.loads(saved.stdout)
    kept = load_evidence(study, "episodes")
    assert kept is not None
    assert saved.stderr.strip().endswith("episodes.json")
    assert kept.result["fails"] == told["fails"]
    assert kept.stale(study) == []
    assert next(iter(told)) == "fails"
    assert told["countries"][1]["missed"] == [1997]
    assert told["holds"] is False


def test_nothing_that_fails_is_said_too(capsys: pytest.CaptureFixture[str]) -> None:
    years = {"IND": [1991], "KOR": [1997]}
    spans = dict.fromkeys(years, (1970, 2010))
    parts = {iso3: {"credit": one} for iso3, one in years.items()}
    show_episodes(held_against("fit", EPISODES, spans, parts, years, {}))
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "- nothing fails"
    assert "1991 in 1991" in "\n".join(out)
    assert "2 of 2 onsets on record hit (share 0.22 to 1.00)" in out
