"""The reference study is found in a checkout and in a wheel."""

from __future__ import annotations

from pathlib import Path

import pytest

from latecomer.errors import InputError
from latecomer.study.reference import find_reference, reference_root


def lay(root: Path) -> Path:
    (root / "model").mkdir(parents=True)
    (root / "model" / "latecomer.mdl").touch()
    return root


def test_a_checkout_is_its_own_reference_study(root: Path) -> None:
    assert reference_root() == root


def test_a_wheel_carries_a_copy(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "latecomer"
    copy = lay(package / "_reference")
    assert find_reference(package) == copy


def test_the_checkout_goes_before_the_copy(tmp_path: Path) -> None:
    package = lay(tmp_path) / "latecomer"
    lay(package / "_reference")
    assert find_reference(package) == tmp_path


def test_a_package_without_a_study_says_the_cure(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"got no model text; expected model/latecomer\.mdl .* --study DIR"):
        find_reference(tmp_path / "latecomer")
