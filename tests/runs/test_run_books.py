"""A report refuses stored runs whose books do not close, by their manifest and by their results."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.runs.single import refuse_open_books
from latecomer.runs.store import load_run
from latecomer.study.study import Study
from tests.runs.made_runs import YEARS, lay_run, level

SPENT = {
    "wage": level(2.0),
    "employment": level(10.0),
    "profits": level(5.0),
    "output": level(25.0),
}


def test_books_that_close_and_none_at_all_are_let_through(whole: Study, tmp_path: Path) -> None:
    for name, values in (("closed", SPENT), ("none", {"output": level(25.0)})):
        refuse_open_books(whole, load_run(lay_run(tmp_path / name, values), ["output"]))


@pytest.mark.parametrize("told", [1e-6, float("inf"), "small", True])
def test_a_manifest_that_tells_of_open_books_is_refused(whole: Study, tmp_path: Path, told: object) -> None:
    run = load_run(lay_run(tmp_path / "run", SPENT), ["output"])
    run.manifest["largest residual of the books"] = told  # type: ignore[index]
    with pytest.raises(InputError) as error:
        refuse_open_books(whole, run)
    (fault,) = error.value.faults
    assert (fault.place, fault.got) == (str(run.folder), f"a largest residual of the books of {told!r}")
    assert (fault.expected, fault.cure) == ("books within 1e-09", "run it again with latecomer run")


def test_results_that_do_not_close_are_refused_whatever_the_manifest_says(
    whole: Study, tmp_path: Path
) -> None:
    false = SPENT | {"profits": np.where(YEARS == 1975, 5.5, 5.0)}
    folder = lay_run(tmp_path / "run", false, **{"largest residual of the books": 1e-16})
    with pytest.raises(InputError) as error:
        refuse_open_books(whole, load_run(folder, ["output"]))
    assert str(error.value).startswith(
        f"books of {folder}, the identity 'income': got sides 0.02 apart, over the largest term, in 1975; "
    )


def test_each_draw_on_disk_is_looked_at(whole: Study, tmp_path: Path) -> None:
    draws = {name: np.stack([path, path]) for name, path in SPENT.items()}
    draws["profits"][1, 4] = 9.0
    folder = lay_run(tmp_path / "run", draws)
    with pytest.raises(InputError, match=r"identity 'income': got sides 0\.16 apart, .* in 1964, draw 1;"):
        refuse_open_books(whole, load_run(folder, ["output"]))
