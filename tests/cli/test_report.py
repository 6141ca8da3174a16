"""The command that makes a report on runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from tests.report.pages.test_study import Page
from tests.runs.made_runs import lay_run, paths

Call = Callable[..., Result]


def test_a_run_of_the_command_line_becomes_a_page(call: Call, tmp_path: Path) -> None:
    run = call("run", "KOR", "--years", "1960:1970", "--out", str(tmp_path / "run"))
    assert run.exit_code == 0, run.stderr
    done = call("report", str(tmp_path / "run"), "--out", str(tmp_path / "out"))
    assert done.exit_code == 0, done.stderr
    page = tmp_path / "out" / "report.html"
    assert done.stdout == f"report on 1 run: {page}\n"
    assert "read run (0/3)" in done.stderr
    text = page.read_text(encoding="utf-8")
    Page(text)
    assert "Korea on the record, 1960–1970" in text
    assert 'id="live-slot"' in text
    assert len(text) < 8e6


@pytest.mark.slow  # one run becomes a page above
def test_several_runs_go_to_the_room_for_reports(call: Call, copied: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        lay_run(tmp_path / "runs" / name, paths(3))
    done = call("report", str(tmp_path / "runs"), "--no-live", study=copied)
    assert done.exit_code == 0, done.stderr
    assert "report on 2 runs:" in done.stdout
    assert (copied / "reports" / "out" / "report.html").is_file()


@pytest.mark.slow
def test_a_print_stands_beside_the_page(call: Call, tmp_path: Path) -> None:
    pytest.importorskip("typst", reason="printing needs the extra: latecomer[pdf]")
    folder = lay_run(tmp_path / "run", paths(3))
    done = call("report", str(folder), "--no-live", "--pdf", "--out", str(tmp_path / "out"))
    assert done.exit_code == 0, done.stderr
    assert f"print: {tmp_path / 'out' / 'report.pdf'}" in done.stdout
    assert (tmp_path / "out" / "report.pdf").read_bytes().startswith(b"%PDF-")


def test_a_print_without_its_extra_is_bad_input(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    done = call("report", str(lay_run(tmp_path / "run", paths())), "--pdf", "--out", str(tmp_path / "out"))
    assert done.exit_code == 2
    assert 'Cure: pip install "latecomer[pdf]", or leave --pdf out.' in done.stderr


def test_what_is_no_run_is_bad_input(call: Call, tmp_path: Path) -> None:
    done = call("report", str(tmp_path), "--out", str(tmp_path / "out"))
    assert done.exit_code == 2
    assert "got no run" in done.stderr
    assert "name the folder that latecomer run has written" in done.stderr


@pytest.mark.slow
def test_a_live_model_that_is_left_out_is_said(call: Call, tmp_path: Path) -> None:
    folder = lay_run(tmp_path / "run", paths(), fit="long-gone")
    done = call("report", str(folder), "--out", str(tmp_path / "out"))
    assert done.exit_code == 0, done.stderr
    assert "note: the live model is left out: " in done.stderr
