"""A study of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from latecomer.errors import InputError
from latecomer.study.template import ROOMS, start_study


def test_a_new_study_has_the_rooms_and_no_built_results(root: Path, tmp_path: Path) -> None:
    folder = start_study(root, tmp_path / "deep" / "mine")
    assert {path.name for path in folder.iterdir()} == set(ROOMS)
    assert not (folder / "reports" / "out").exists()
    assert (folder / "model" / "latecomer.mdl").read_bytes() == (
        root / "model" / "latecomer.mdl"
    ).read_bytes()


def test_an_empty_folder_will_do(root: Path, tmp_path: Path) -> None:
    assert start_study(root, tmp_path) == tmp_path


def test_a_folder_with_something_in_it_is_left_alone(root: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(InputError, match="got a folder that is not empty; expected a new or empty folder"):
        start_study(root, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_is_no_place_for_a_study(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="file: got a file; expected a new or empty folder"):
        start_study(root, tmp_path / "file")
