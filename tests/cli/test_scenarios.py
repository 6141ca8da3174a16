"""The commands about scenarios: listed, explained, held side by side."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from tests.study.test_scenarios import MADE_UP, lay_scenario

Call = Callable[..., Result]
OTHER = 'note = "Other"\nrows = ["A3"]\noverrides = ["to 2030", "closed"]\n'


@pytest.fixture
def laid(copied: Path) -> Path:
    """A study with two scenarios of shared overrides."""
    folder = lay_scenario(copied)
    (folder / "runs" / "scenarios" / "other.toml").write_text(OTHER, encoding="utf-8")
    return folder


def test_scenarios_are_explained_with_their_reasons(call: Call, laid: Path) -> None:
    done = call("scenarios", "made-up", study=laid)
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[:2] == ["made-up", "  Made up"]
    assert any(line.startswith("  about: A3 ") for line in lines)
    assert sum(line.startswith("    because: ") for line in lines) == MADE_UP.count('", "') + 1


def test_two_scenarios_stand_side_by_side(call: Call, laid: Path) -> None:
    done = call("diff", "made-up", "other", study=laid)
    assert (done.exit_code, done.stderr) == (0, "")
    head, row = done.stdout.splitlines()
    assert head.split() == ["what", "name", "made-up", "other"]
    assert (
        " ".join(row.split())
        == "lever import openness 1 from 2005; 0 from 2005 (BRA only) 0 from 2005 (BRA only)"
    )
    told = json.loads(call("diff", "made-up", "other", "--json", "--country", "KOR", study=laid).stdout)
    assert (told["first"], told["second"], told["country"]) == ("made-up", "other", "KOR")
    only = {"kind": "lever", "name": "import openness", "first": "1 from 2005", "second": "as in the base"}
    assert told["differences"] == [only]


def test_a_scenario_beside_itself_changes_the_same(call: Call, laid: Path) -> None:
    assert call("diff", "other", "other", study=laid).stdout == "other and other change the same\n"


def test_the_record_alone_is_called_base(call: Call, laid: Path) -> None:
    done = call("diff", "base", "other", study=laid)
    assert "end of each window" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["diff", "made-up", "othr"],
            "scenario 'othr': got no such scenario; expected one of made-up, other",
        ),
        (["diff", "made-up", "other", "--country", "KRO"], "KRO"),
        (["scenarios", "othr"], "write the nearest name: 'other'"),
    ],
)
def test_what_is_not_known_is_refused(words: list[str], said: str, call: Call, laid: Path) -> None:
    done = call(*words, study=laid)
    assert done.exit_code == 2
    assert said in done.stderr
