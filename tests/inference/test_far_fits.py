"""Fits through the door: carried away and searched for elsewhere they end at the same bits."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from latecomer.data.lock import LockedFile
from latecomer.errors import InputError
from latecomer.evaluation.leave_one_out import leave_out
from latecomer.inference.fit import packed
from latecomer.runs.executor import Executor
from latecomer.study.study import Study
from tests.runs.lent import CUT_OFF, END, lay_lent

pytestmark = pytest.mark.usefixtures("briefly")

LEFT = ["BBB", "EEE"]


class Carries(Executor):
    """Carries every task, item and result as another machine would get it, the last item first."""

    def __init__(self) -> None:
        self.did: list[Any] = []

    def each(self, task: Any, items: Sequence[Any], take: Callable[[Any, Any], None]) -> None:
        for item in reversed(items):
            there, asked = pickle.loads(pickle.dumps((task, item)))
            self.did.append(item)
            take(item, pickle.loads(pickle.dumps(there.do(asked))))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_lent(tmp_path_factory.mktemp("lent") / "study")


def test_starts_searched_for_elsewhere_give_the_same_fit(folder: Path) -> None:
    study, far = Study(folder), Carries()
    countries = list(study.countries)[:2]
    here = study.fit(countries, starts=2, until=CUT_OFF)
    there = study.fit(countries, starts=2, until=CUT_OFF, executor=far)
    assert far.did == [2, 1]
    assert (there.shared, there.by_country) == (here.shared, here.by_country)
    assert there.manifest["starts"] == here.manifest["starts"]
    np.testing.assert_array_equal(there.manifest["loss"], here.manifest["loss"])


@pytest.mark.slow  # carried as the starts above are
def test_fits_without_a_country_are_made_elsewhere_and_kept_as_they_come(
    folder: Path, tmp_path: Path
) -> None:
    far = Carries()
    here = leave_out(Study(folder), LEFT, CUT_OFF, END, kept=tmp_path / "here")
    there = leave_out(Study(folder), LEFT, CUT_OFF, END, kept=tmp_path / "there", executor=far)
    assert far.did == ["EEE", "BBB"]
    assert there.as_dict() == here.as_dict()
    names = sorted(path.name for path in (tmp_path / "there").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "here").iterdir())
    again = Carries()
    leave_out(Study(folder), LEFT, CUT_OFF, END, kept=tmp_path / "there", executor=again)
    assert again.did == []


def test_a_packed_study_is_the_study_and_the_same_files_the_same_bytes(folder: Path) -> None:
    study = Study(folder)
    carried = packed(study)
    assert carried == packed(Study(folder))
    assert carried.opened().hashes() == study.hashes()
    assert carried.opened() is carried.opened()


def test_countries_in_memory_alone_cannot_be_carried(folder: Path) -> None:
    study = Study(folder)
    study.unwritten = MappingProxyType({"ZZZ.csv": LockedFile("0" * 64, {})})
    with pytest.raises(InputError, match=r"ZZZ\.csv; expected a study whose files can be carried"):
        packed(study)
