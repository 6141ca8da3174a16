"""`latecomer explore`: a page of the live model, opened in the browser or served on this machine."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
import webbrowser
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Call


@pytest.fixture
def visited(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that a browser was asked for; none is started."""
    addresses: list[str] = []

    def visit(address: str) -> bool:
        addresses.append(address)
        return True

    monkeypatch.setattr(webbrowser, "open", visit)
    return addresses


def data_of(page: str) -> dict[str, Any]:
    """The numbers that a page carries."""
    (found,) = re.findall(r'<script type="application/json" id="live-data">(.*?)</script>', page)
    read: dict[str, Any] = json.loads(found)
    return read


def test_the_page_is_written_and_opened(call: Call, tmp_path: Path, visited: list[str]) -> None:
    out = tmp_path / "a b" / "x.html"
    done = call("explore", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert done.stdout == f"page: {out}\n"
    assert visited == [out.as_uri()]
    page = out.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert [one["iso3"] for one in data_of(page)["countries"]] == ["KOR", "BRA"]


def test_without_a_file_the_page_goes_where_reports_go(call: Call, copied: Path, visited: list[str]) -> None:
    done = call("explore", "BRA", "--no-open", study=copied)
    assert done.exit_code == 0, done.output
    assert done.stdout == f"page: {copied / 'reports' / 'out' / 'explore.html'}\n"
    assert (copied / "reports" / "out" / "explore.html").is_file()
    assert visited == []


def test_countries_and_scenarios_are_those_asked_for_each_once(
    call: Call, tmp_path: Path, visited: list[str]
) -> None:
    out = tmp_path / "x.html"
    ways = ["--scenario", "labour-high-road", "--scenario", "labour high road", "--out", str(out)]
    assert call("explore", "BRA", "IND", "BRA", "--fit", "none", *ways).exit_code == 0
    data = data_of(out.read_text(encoding="utf-8"))
    assert [one["iso3"] for one in data["countries"]] == ["BRA", "IND"]
    assert [one["name"] for one in data["presets"]] == ["baseline", "labour-high-road"]
    assert data["made"]["fit"] == "none"


@pytest.mark.slow  # a page of the small study is the same quickly
def test_the_same_study_gives_the_same_page_but_for_the_date(
    call: Call, tmp_path: Path, visited: list[str]
) -> None:
    pages = []
    for name in ("a.html", "b.html"):
        assert call("explore", "BRA", "--out", str(tmp_path / name)).exit_code == 0
        pages.append((tmp_path / name).read_text(encoding="utf-8").splitlines())
    assert [a for a, b in zip(*pages, strict=True) if a != b and "Made on" not in a] == []


def test_a_machine_without_a_browser_is_told_the_address(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    out = tmp_path / "x.html"
    done = call("explore", "BRA", "--out", str(out))
    assert done.exit_code == 0
    assert done.stderr == f"note: no browser was found; open {out.as_uri()} in one\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["BRA", "--port", "8000"], "--port: got 8000 without --serve; expected --serve beside it."),
        (["XYZ"], "XYZ"),
        (["BRA", "--scenario", "no such"], "scenario 'no such': got no such scenario"),
        (["BRA", "--fit", "no-such"], "no-such"),
        (["BRA", "--variant", "no such"], "no such"),
    ],
)
def test_what_the_study_does_not_know_is_bad_input(
    call: Call, tmp_path: Path, visited: list[str], words: list[str], said: str
) -> None:
    out = tmp_path / "x.html"
    done = call("explore", *words, "--out", str(out))
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Cure: " in done.stderr
    assert not out.exists()
    assert visited == []


@pytest.mark.slow
def test_a_taken_port_is_bad_input(call: Call, visited: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = call("explore", "BRA", "--serve", "--port", str(port))
    assert done.exit_code == 2
    assert f"--port: got {port}: Address already in use; expected a free port of this machine" in done.stderr
    assert visited == []


def test_a_port_out_of_range_is_refused(call: Call) -> None:
    assert call("explore", "BRA", "--serve", "--port", "70000").exit_code == 2


@pytest.mark.slow
def test_it_is_served_until_an_interrupt_which_leaves_no_trace(fitted: Path, tmp_path: Path) -> None:
    code = "from latecomer.cli import main; main()"
    words = ["explore", "BRA", "--serve", "--no-open", "--study", str(fitted)]
    before = sorted(fitted.rglob("*.html"))
    with subprocess.Popen(
        [sys.executable, "-c", code, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.fullmatch(
            r"the live model is at (http://127\.0\.0\.1:\d+/) for this machine only; Ctrl\+C stops it\n", said
        )
        assert found, said
        with urllib.request.urlopen(found[1], timeout=10) as answer:
            page = answer.read().decode()
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=30)
    assert [one["iso3"] for one in data_of(page)["countries"]] == ["BRA"]
    assert (process.returncode, rest, errors) == (0, "", "")
    assert sorted(fitted.rglob("*.html")) == before
    assert list(tmp_path.iterdir()) == []
