"""Chunks that are killed, resumed, moved and refused: the same bits in the end, and nothing lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from latecomer.errors import InputError
from latecomer.runs.checkpoint import FILE, SECONDS, Checkpoint, summarised
from latecomer.runs.executor import Executor, LocalExecutor, Work
from latecomer.simulate.summary import Summary
from tests.runs.work import DRAWS, work


@pytest.fixture(scope="module")
def whole() -> Summary:
    return summarised(work())


def same(one: Summary, other: Summary) -> None:
    for name in ("moments", "quantiles", "events", "finite"):
        xr.testing.assert_identical(getattr(one, name), getattr(other, name))
    assert one.failures.equals(other.failures)


class Stops(Executor):
    """Does some chunks, from the last to the first, and then stops."""

    def __init__(self, after: int) -> None:
        self.after, self.did = after, 0

    def each(self, task: Any, items: Sequence[Any], take: Callable[[Any, Any], None]) -> None:
        for item in reversed(items):
            if self.did == self.after:
                raise KeyboardInterrupt
            take(item, task.do(item))
            self.did += 1


def test_planted_failures_are_reported_with_their_parameters(whole: Summary) -> None:
    assert whole.failed == DRAWS // 20
    assert (whole.failures["draw"].to_numpy() % 20 == 7).all()
    assert (whole.failures["boost"] == 3.0).all()
    assert int(whole.finite) == DRAWS - DRAWS // 20


@pytest.mark.parametrize("after", [0, 1, 5])
def test_what_was_finished_is_kept_and_not_done_again(tmp_path: Path, whole: Summary, after: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        summarised(work(), Stops(after), tmp_path)
    rest = Stops(100)
    same(summarised(work(), rest, tmp_path), whole)
    assert rest.did == len(work().opened().chunks) - after


def test_a_finished_work_is_read_and_not_run(tmp_path: Path, whole: Summary) -> None:
    summarised(work(), folder=tmp_path)
    never = Stops(0)
    same(summarised(work(), never, tmp_path), whole)


def test_workers_and_chunks_change_nothing(whole: Summary) -> None:
    same(summarised(work(), LocalExecutor(workers=1)), whole)
    same(summarised(work(blocks=5)), whole)


@pytest.mark.slow  # a run that fails in the middle is gone on from below
def test_a_process_killed_at_any_moment_is_gone_on_from(tmp_path: Path, whole: Summary) -> None:
    command = [sys.executable, "-m", "tests.runs.work", str(tmp_path)]
    for after in (1, 3):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path.cwd()) as process:
            assert process.stdout is not None
            while int(process.stdout.readline() or 99) < after:
                pass
            os.kill(process.pid, signal.SIGKILL)
    held = Checkpoint(tmp_path, work().digest).read()
    assert held is not None
    assert 1 <= len(held[0]) < len(work().opened().chunks)
    same(summarised(work(), folder=tmp_path), whole)


def test_every_cut_of_the_kept_file_is_refused_and_not_read_as_less(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        summarised(work(), Stops(2), tmp_path)
    content = (tmp_path / FILE).read_bytes()
    for share in (0.1, 0.5, 0.999):
        (tmp_path / FILE).write_bytes(content[: int(share * len(content))])
        with pytest.raises(InputError, match="no whole file; expected one of finished chunks"):
            summarised(work(), folder=tmp_path)


@pytest.mark.parametrize("changed", [{"seed": 6}, {"variables": ("Level",)}, {"blocks": 3}, {"draws": 3_999}])
def test_chunks_of_other_runs_are_refused(tmp_path: Path, changed: dict[str, Any]) -> None:
    with pytest.raises(KeyboardInterrupt):
        summarised(work(), Stops(1), tmp_path)
    if "draws" in changed:
        changed = {**changed, "parameters": {"boost": np.full(3_999, 0.01)}}
    with pytest.raises(InputError, match="chunks of other runs; expected chunks of these very runs"):
        summarised(work(**changed), folder=tmp_path)


def test_a_full_disk_is_said_and_loses_nothing(
    tmp_path: Path, whole: Summary, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(KeyboardInterrupt):
        summarised(work(), Stops(2), tmp_path)
    before = (tmp_path / FILE).read_bytes()

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(InputError, match=r"No space left on device.*what was kept before is whole"):
            summarised(work(), folder=tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {FILE}
    assert (tmp_path / FILE).read_bytes() == before
    same(summarised(work(), folder=tmp_path), whole)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="expected a folder that can be written to"):
        summarised(work(), folder=tmp_path / "file" / "below")


def test_chunks_are_kept_every_few_seconds_and_at_the_end(tmp_path: Path) -> None:
    now = [0.0]
    shelf = Checkpoint(tmp_path, "digest", lambda: now[0])
    assert not shelf.due()
    now[0] = SECONDS
    assert shelf.due()
    shelf.keep({"0:0:1"}, {"a": np.arange(3)})
    assert not shelf.due()
    found = shelf.read()
    assert found is not None
    assert (found[0], found[1]["a"].tolist()) == ({"0:0:1"}, [0, 1, 2])


def test_the_digest_tells_every_part_of_a_work() -> None:
    base = work().digest
    assert work().digest == base
    others = [{"seed": 6}, {"draws": 3999}, {"parameters": {"boost": np.full(DRAWS, 0.01)}}, {"events": {}}]
    assert len({base, *(work(**one).digest for one in others), Work("", ".mdl", {}).digest}) == 6
