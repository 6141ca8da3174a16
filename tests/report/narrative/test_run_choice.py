"""Which variables a report shows."""

from __future__ import annotations

from pathlib import Path

from latecomer.language import read_text
from latecomer.report.narrative.comparison import outcomes, sectors, wanted
from latecomer.study.study import Study
from tests.outcomes import OUTCOMES
from tests.study.small import MODEL


def test_every_variable_chosen_is_one_of_the_model(root: Path) -> None:
    study = Study(root)
    text, main = study.model.text, OUTCOMES.pages.sectors
    names = {variable.name for variable in text.variables}
    assert {one.name for one in outcomes(study)} <= names
    shown = sectors(text, main)
    assert all(1 <= len(part) <= 10 for part in shown.values())
    assert {one.name for part in shown.values() for one in part} >= set(main)


def test_what_a_scenario_changes_is_shown_beside_them(root: Path) -> None:
    text, main = Study(root).model.text, OUTCOMES.pages.sectors
    assert "coal power" not in {one.name for one in sectors(text, main)["Policy"]}
    assert "coal power" in {
        one.name for one in sectors(text, main, ["coal power", "no such lever"])["Policy"]
    }


def test_a_sector_without_any_of_them_shows_its_first_stocks_first(tmp_path: Path) -> None:
    path = tmp_path / "small.mdl"
    path.write_text(MODEL.replace("learning =", "lesson =").replace("INTEG(learning,", "INTEG(lesson,"))
    shown = {
        name: [one.name for one in part]
        for name, part in sectors(read_text(path), OUTCOMES.pages.sectors).items()
    }
    assert shown["Policy"] == ["support", "openness"]
    assert shown["Capability"] == ["capability", "output per head"]
    path.write_text(path.read_text().replace("capability", "skill").replace("output per head", "output each"))
    shown = {
        name: [one.name for one in part]
        for name, part in sectors(read_text(path), OUTCOMES.pages.sectors).items()
    }
    assert shown["Capability"] == ["skill", "lesson", "output each", "rival"]


def test_no_variable_is_read_twice(root: Path) -> None:
    names = wanted(Study(root), [])
    assert len(names) == len(set(names))
