"""The guide to the model is what the model makes it, and the command says where it is not."""

from __future__ import annotations

import re
import shutil
from codecs import BOM_UTF8
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from latecomer.cli import app
from latecomer.report.pages.model_guide import PAGE, differences, make_document
from latecomer.study.study import Study
from tests.study.small import lay_small
from tests.study.studies import edit

DIAGRAMS = ["capability.svg", "links-among-sectors.svg", "policy.svg"]


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["document", *words, "--study", str(folder)])


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture(scope="module")
def made(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small study with its guide."""
    folder = lay_small(root, tmp_path_factory.mktemp("small") / "study")
    assert run(folder).exit_code == 0
    return folder


@pytest.fixture
def small(made: Path, tmp_path: Path) -> Path:
    """A copy of it to change."""
    return Path(shutil.copytree(made, tmp_path / "small"))


@pytest.mark.slow  # .ci/run asks for it by `latecomer document --check`
def test_the_committed_guide_is_what_the_model_makes_it(root: Path) -> None:
    study = Study(root)
    found = differences(study, make_document(study))
    assert found == [], "run make document"


def test_the_guide_and_the_diagrams_are_written(root: Path, tmp_path: Path) -> None:
    folder = lay_small(root, tmp_path / "small")
    done = run(folder)
    assert done.exit_code == 0
    assert f"{folder / PAGE} and 3 diagrams" in done.stdout
    assert sorted(path.name for path in (folder / "model" / "diagrams").iterdir()) == DIAGRAMS


@pytest.mark.slow
def test_the_same_study_gives_the_same_bytes(small: Path) -> None:
    before = content(small)
    assert run(small).exit_code == 0
    assert content(small) == before


def test_a_check_that_holds_ends_with_nought(small: Path) -> None:
    done = run(small, "--check")
    assert done.exit_code == 0
    assert "model/README.md and its 3 diagrams are what the model makes them\n" in done.stdout


@pytest.mark.parametrize(
    ("file", "pattern", "replacement", "parts"),
    [
        ("latecomer.mdl", r"Support of industry\.", "Support.", ["Sectors, Policy"]),
        ("mechanisms.toml", "Firms learn", "Firms do learn", ["Find a mechanism"]),
        ("mechanisms.toml", "year = 2000", "year = 2005", ["What each mechanism does"]),
        ("parameters.toml", "It moves", "It may move", ["Variants"]),
        ("README.md", "What a text may", "What no text may", ["introduction"]),
        ("README.md", r"### Capability\n", "### Abilities\n", ["Sectors, Capability", "Sectors, Abilities"]),
    ],
)
def test_a_check_names_the_parts_that_differ_and_changes_nothing(
    small: Path, file: str, pattern: str, replacement: str, parts: list[str]
) -> None:
    edit(small / "model" / file, pattern, replacement)
    before = content(small)
    done = run(small, "--check")
    assert done.exit_code == 1
    said = [line for line in done.stdout.splitlines() if line.startswith("model/README.md")]
    assert said == [f"model/README.md, {part}: not what the model makes it" for part in parts]
    assert done.stdout.endswith("write them anew: latecomer document\n")
    assert content(small) == before


def test_a_check_names_diagrams_that_are_stale_missing_or_left_over(small: Path) -> None:
    folder = small / "model" / "diagrams"
    (folder / "policy.svg").write_text("<svg/>", encoding="utf-8")
    (folder / "capability.svg").rename(folder / "goods.svg")
    done = run(small, "--check")
    assert done.exit_code == 1
    assert [line for line in done.stdout.splitlines() if line.startswith("model/diagrams")] == [
        "model/diagrams/policy.svg: not what the model makes it",
        "model/diagrams/capability.svg: missing",
        "model/diagrams/goods.svg: of no sector of the model",
    ]
    assert run(small).exit_code == 0
    assert sorted(path.name for path in folder.iterdir()) == DIAGRAMS


@pytest.mark.slow
def test_a_value_of_the_tables_goes_into_the_text_and_the_guide_follows(small: Path) -> None:
    text, table = small / "model" / "latecomer.mdl", small / "model" / "parameters.toml"
    before = text.read_bytes()
    edit(table, r"value = 0\.1\n", "value = 0.11\n")
    edit(small / "model" / "countries" / "VNM.toml", r"value = 1\.0\n", "value = 1.25\n")
    checked = run(small, "--check")
    assert checked.exit_code == 1
    assert checked.stdout.splitlines() == [
        "latecomer.mdl, line 50, learning rate: the value 0.1, not 0.11 as in parameters.toml",
        "latecomer.mdl, line 55, initial capability: the value 1, not 1.25 as in VNM.toml",
        "the guide is compared once the values agree; write them anew: latecomer document",
    ]
    assert text.read_bytes() == before
    done = run(small)
    assert done.exit_code == 0
    assert "line 50, learning rate: the value 0.1, now 0.11 as in parameters.toml\n" in done.stdout
    changed = before.replace(b"learning rate = 0.1\n", b"learning rate = 0.11\n")
    assert text.read_bytes() == changed.replace(b"capability = 1\n", b"capability = 1.25\n")
    assert run(small, "--check").exit_code == 0
    assert "the value" not in run(small).stdout


def test_line_ends_and_the_mark_of_the_text_stay(small: Path) -> None:
    text = small / "model" / "latecomer.mdl"
    before = BOM_UTF8 + text.read_bytes().replace(b"\n", b"\r\n")
    text.write_bytes(before)
    edit(small / "model" / "parameters.toml", r"value = 0\.1\n", "value = 0.11\n")
    assert run(small).exit_code == 0
    assert text.read_bytes() == before.replace(b"rate = 0.1\r\n", b"rate = 0.11\r\n")


def test_a_missing_guide_is_said(small: Path) -> None:
    (small / PAGE).unlink()
    done = run(small, "--check")
    assert done.exit_code == 1
    assert "model/README.md: missing\n" in done.stdout


def test_a_study_without_rows_has_a_guide_without_them(small: Path) -> None:
    (small / "model" / "mechanisms.toml").unlink()
    assert run(small).exit_code == 0
    guide = (small / PAGE).read_text(encoding="utf-8")
    assert "## Find a mechanism" not in guide
    assert "## Sectors" in guide


def test_a_row_that_does_not_fit_the_study_is_bad_input(small: Path) -> None:
    edit(small / "model" / "mechanisms.toml", 'country = "VNM"', 'country = "VNN"')
    done = run(small, "--check")
    assert done.exit_code == 2
    assert "mechanisms.toml, A2, case: got the country 'VNN'" in done.stderr


def test_the_words_of_the_study_s_own_template_go_first(root: Path, small: Path) -> None:
    folder = small / "reports" / "templates"
    folder.mkdir(parents=True)
    (folder / "model_readme.md.j2").write_text("# Mine\n{{ page.text }}\n", encoding="utf-8")
    assert run(small).exit_code == 0
    assert (small / PAGE).read_text(encoding="utf-8") == "# Mine\nlatecomer.mdl\n"


def test_tests_are_linked_where_the_study_has_them(small: Path) -> None:
    tests = small / "tests" / "mechanisms"
    tests.mkdir(parents=True)
    (tests / "test_a2.py").touch()
    assert run(small).exit_code == 0
    guide = (small / PAGE).read_text(encoding="utf-8")
    assert "[test_a2.py](../tests/mechanisms/test_a2.py)" in guide
    assert "test_a1.py" not in guide


@pytest.mark.slow  # over the whole guide
def test_every_link_of_the_committed_guide_leads_to_a_file_and_line(root: Path) -> None:
    guide = (root / PAGE).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)(?:#L(\d+))?\)", guide)
    assert len(links) > 100
    for name, line in links:
        path = root / "model" / name
        assert path.is_file(), name
        if line:
            assert int(line) <= len(path.read_text(encoding="utf-8").splitlines())


def test_a_guide_that_somebody_else_has_written_stays(small: Path) -> None:
    (small / PAGE).write_text("# my own notes\n", encoding="utf-8")
    done = run(small)
    assert done.exit_code == 2
    assert f"{PAGE}: got a text without the words 'written by latecomer document'" in done.stderr
    assert (small / PAGE).read_text(encoding="utf-8") == "# my own notes\n"
