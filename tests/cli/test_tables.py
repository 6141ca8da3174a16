"""What the commands print: text of others steers no terminal, is no style and no formula."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from latecomer.cli import app, tables
from latecomer.errors import as_text, escaped_json, visible
from latecomer.inference.goodness_of_fit import Score
from latecomer.outputs import table_bytes

HOSTILE = "KOR\x1b[2J\x1b]0;owned\x07\x9b31m\x7f\u202e[bold]red[/bold] :smile:"
SEEN = r"KOR\x1b[2J\x1b]0;owned\x07\x9b31m\x7f\u202e[bold]red[/bold] :smile:"


def test_every_control_character_is_written_out() -> None:
    for code in [*range(0x20), *range(0x7F, 0xA0)]:
        character = chr(code)
        assert visible(character) == (character if character in "\n\t" else f"\\x{code:02x}")
    for code in (0x202A, 0x202E, 0x2066, 0x2069, 0x200E, 0x200F, 0x2028, 0xD800, 0xDCFF):
        assert visible(chr(code)) == f"\\u{code:04x}"
    assert visible("Côte d’Ivoire, 대한민국, ½ – ✓") == "Côte d’Ivoire, 대한민국, ½ – ✓"


def test_a_line_shows_hostile_text_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    tables.line(HOSTILE)
    tables.problem(HOSTILE)
    printed = capsys.readouterr()
    assert printed.out == f"{SEEN}\n"
    assert printed.err == f"{SEEN}\n"


def test_a_table_shows_hostile_text_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    tables.scores([Score(HOSTILE, "[red]x", 0.1, 0.1, 0.5, 0.0, 0.0, 1.0, 10, 1960, 1970, 0.2, holds=True)])
    printed = capsys.readouterr().out
    assert r"KOR\x1b[2J\x1b]0;" in printed
    assert ":smile:" in printed
    assert "[red]x" in printed
    assert not set(map(ord, printed)) & {0x1B, 0x07, 0x9B, 0x7F, 0x202E}


def test_progress_shows_hostile_text_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with tables.progress() as tick:
        tick(HOSTILE, 1, 2)
    assert capsys.readouterr().err == f"{SEEN} (1/2)\n"


def test_json_stands_for_the_same_and_steers_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    content = {"name": HOSTILE + "\ud800", "plain": "대한민국"}
    tables.json_text(content)
    printed = capsys.readouterr().out
    assert json.loads(printed) == content
    assert "대한민국" in printed
    assert not set(map(ord, printed)) & {0x1B, 0x07, 0x9B, 0x7F, 0x202E, 0xD800}
    assert escaped_json("plain") == "plain"


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("run", HOSTILE),
        ("run", "KOR", "--scenario", HOSTILE),
        ("run", "KOR", "--fit", HOSTILE),
        ("check", "--study", f"no{HOSTILE}"),
        ("stress", "KOR", "--draws", HOSTILE),
        (HOSTILE,),
        ("run", "KOR", f"--{HOSTILE}"),
    ],
)
def test_a_refused_word_of_the_command_line_steers_no_terminal(words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 2
    printed = done.stdout + done.stderr
    assert printed
    assert not set(map(ord, printed)) & {0x1B, 0x07, 0x9B, 0x7F, 0x202E}


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-cmd", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")'])
def test_a_cell_that_a_spreadsheet_would_run_is_written_as_text(cell: str) -> None:
    table = pd.DataFrame({cell: [cell, "KOR"], "value": [-1.5, 2.0], "whole": [-1, 2]})
    (header, first, second) = csv.reader(StringIO(table_bytes(table).decode(), newline=""))
    assert header == [f"'{cell}", "value", "whole"]
    assert first == [f"'{cell}", "-1.5", "-1"]
    assert second == ["KOR", "2.0", "2"]
    assert as_text(f"'{cell}") == f"'{cell}"


def test_a_text_with_control_characters_reaches_a_file_whole(tmp_path: Path) -> None:
    assert table_bytes(pd.DataFrame({"a": ["x\x1b"]})) == b"a\nx\x1b\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("stress", "KOR", "--draws", "1_0"), "'1_0' is not a plain number"),
        (("stress", "KOR", "--draws", "\u0661"), "is not a plain number"),
        (("stress", "KOR", "--draws", "1" + "0" * 400), "is not a plain number"),
        (("stress", "KOR", "--draws", "1000000000000"), "10000000"),
        (("stress", "KOR", "--seed", "99999999999999999999"), "is beyond 9223372036854775807"),
        (("run", "KOR", "--draws", "1000000000000"), "1000000"),
        (("run", "KOR", "--dt", "nan"), "'nan' is not a plain number"),
        (("run", "KOR", "--dt", "inf"), "'inf' is not a plain number"),
        (("ensemble", "KOR", "--draws", "1000000000000"), "1000000000"),
        (("ensemble", "KOR", "--workers", "1000000"), "4096"),
        (("calibrate", "KOR", "--samples", "1000000000000"), "1000000"),
        (
            ("run", "KOR", "--set", "drawdown time=1_0"),
            "got 'drawdown time=1_0'; expected a name, = and a number",
        ),
        (("run", "KOR", "--years", "19_60:1990"), "got '19_60:1990'; expected two years"),
    ],
)
def test_a_number_that_is_none_or_too_large_is_refused(words: tuple[str, ...], said: str) -> None:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.replace("│", "").split())
