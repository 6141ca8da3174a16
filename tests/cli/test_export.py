"""The commands that hand the model on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from latecomer.cli import app
from latecomer.language import read_text
from latecomer.language.xmile.writer import NAMESPACE
from tests.simulate.texts import SIR

Call = Callable[..., Result]


def small(folder: Path, content: str = SIR) -> Path:
    path = folder / "small.mdl"
    path.write_text(content, encoding="utf-8")
    return path


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def test_the_model_of_the_study_is_printed_as_xmile(call: Call) -> None:
    done = call("export")
    assert (done.exit_code, done.stderr) == (0, "")
    root = ElementTree.fromstring(done.stdout.encode())
    assert root.tag == f"{{{NAMESPACE}}}xmile"
    assert done.stdout.count("<stock ") > 20


def test_a_file_is_written_as_xmile_that_this_program_reads(tmp_path: Path) -> None:
    out = tmp_path / "out" / "sir.xmile"
    done = run("export", str(small(tmp_path)), "--format", "xmile", "--method", "rk4", "--out", str(out))
    assert (done.exit_code, done.stdout) == (0, f"small.mdl in {out}\n")
    back = read_text(out)
    assert (back.method, len(back.variables)) == ("rk4", len(read_text(tmp_path / "small.mdl").variables))


def test_another_format_is_refused(tmp_path: Path) -> None:
    done = run("export", str(small(tmp_path)), "--format", "sbml")
    assert done.exit_code == 2
    assert done.stderr == (
        "--format: got 'sbml'; expected xmile. Cure: write --format xmile, or leave it out.\n"
    )


def test_what_xmile_cannot_say_ends_with_two_and_writes_nothing(tmp_path: Path) -> None:
    path = small(tmp_path, SIR + "pi = 3 ~ Dmnl ~ |")
    done = run("export", str(path), "--out", str(tmp_path / "sir.xmile"))
    assert done.exit_code == 2
    assert "small.mdl, pi: got the name 'pi', which XMILE keeps for itself" in done.stderr
    assert not (tmp_path / "sir.xmile").exists()


def test_the_diagrams_of_the_study_are_drawn(call: Call, tmp_path: Path) -> None:
    done = call("diagram", "--out", str(tmp_path / "out"))
    assert (done.exit_code, done.stderr) == (0, "")
    paths = [Path(line) for line in done.stdout.splitlines()]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(path.name for path in paths)
    assert {"capability.svg", "external-debt.svg", "links-among-sectors.svg"} <= {p.name for p in paths}


@pytest.mark.slow  # all are drawn above
def test_one_sector_is_drawn_into_the_reports_of_the_study(call: Call, copied: Path) -> None:
    done = call("diagram", "--sector", "Prices", study=copied)
    assert done.exit_code == 0
    assert (copied / "reports" / "out" / "diagrams" / "prices.svg").is_file()


def test_an_unknown_sector_is_refused(tmp_path: Path) -> None:
    done = run("diagram", str(small(tmp_path)), "--sector", "Contrl", "--out", str(tmp_path))
    assert done.exit_code == 2
    assert done.stderr == (
        "--sector: got 'Contrl'; expected a sector of the model. Cure: write the nearest name: 'Control'.\n"
    )


def test_a_model_without_headings_is_one_diagram(tmp_path: Path) -> None:
    equations = SIR[SIR.index("INITIAL TIME") :]
    done = run("diagram", str(small(tmp_path, equations)), "--out", str(tmp_path / "out"))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["model.svg"]
    assert done.stdout == f"{tmp_path / 'out' / 'model.svg'}\n"
