"""The command that draws figures for papers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from latecomer.report.publication.registry import offered
from latecomer.study.study import Study
from tests.report.publication.test_registry import stored

Call = Callable[..., Result]


@pytest.mark.parametrize("words", [["figure"], ["figure", "fit", "--list"]])
def test_the_figures_are_listed_with_a_line_each(call: Call, words: list[str], root: Path) -> None:
    done = call(*words)
    assert (done.exit_code, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(offered(Study(root)))
    assert "fit            one country:" in done.stdout


def test_a_figure_is_drawn_with_its_caption_in_the_format_asked_for(call: Call, tmp_path: Path) -> None:
    marks = {"svg": b"<svg", "pdf": b"%PDF-", "png": b"\x89PNG"}
    for kind, mark in marks.items():
        done = call("figure", "scores", "--format", kind, "--width", "single", "--out", str(tmp_path))
        assert done.exit_code == 0
        assert (tmp_path / f"scores.{kind}").read_bytes().startswith(mark)
    caption = (tmp_path / "scores.txt").read_text(encoding="utf-8")
    assert done.stdout == f"{tmp_path / 'scores.png'}\ncaption: {tmp_path / 'scores.txt'}\n\n{caption}"
    assert {path.name for path in tmp_path.iterdir()} == {"scores.txt", *(f"scores.{kind}" for kind in marks)}


def test_figures_go_into_the_reports_of_the_study(call: Call, copied: Path, tmp_path: Path) -> None:
    run = stored(tmp_path / "run")
    done = call("figure", "scenario", "--run", str(run), "--country", "KOR", study=copied)
    assert done.exit_code == 0
    assert (copied / "reports" / "out" / "figures" / "scenario-KOR.svg").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["score"], "figure: got the name 'score'; expected one of"),
        (["scores", "--format", "jpeg"], "--format: got 'jpeg'; expected one of svg, pdf, png."),
        (["scores", "--width", "wide"], "--width: got 'wide'; expected single, double, or a number"),
        (["scores", "--fit", "nobody"], "fit 'nobody': got no such fit"),
        (["scores", "--fit", "none"], "fit: got none; expected the name of a fit"),
        (["scenario", "--run", "/no/such/place"], "/no/such/place: got no such folder"),
    ],
)
def test_what_is_asked_wrongly_ends_with_two(call: Call, tmp_path: Path, words: list[str], said: str) -> None:
    done = call("figure", *words, "--out", str(tmp_path / "out"))
    assert done.exit_code == 2
    assert done.stderr.startswith(said)
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written_is_refused(call: Call, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = call("figure", "scores", "--out", str(tmp_path / "file"))
    assert done.exit_code == 2
    assert "expected a folder that can be written to. Cure: choose another --out DIR." in done.stderr
