"""The same work on a Dask cluster: the same bits, also when workers or the scheduler are lost."""

from __future__ import annotations

import gc
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from latecomer.errors import InputError
from latecomer.runs.checkpoint import summarised
from latecomer.runs.dask import ClusterExecutor
from latecomer.runs.executor import Executor
from latecomer.simulate.summary import Summary
from tests.runs.test_resumable import Stops, same
from tests.runs.work import work

pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
# the library's own: sockets and loops of schedulers and workers that the tests have killed
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """What a test has left is collected in that test, not in one of another file."""
    yield
    gc.collect()


class Cluster:
    """A scheduler and workers as processes of their own, as on machines of their own."""

    def __init__(self, folder: Path, workers: int) -> None:
        self.folder = folder
        self.scheduler = self._start("scheduler", "--port", "0", "--no-dashboard", "--host", "127.0.0.1")
        self.address = self._said("Scheduler at:").split()[-1]
        self.workers = [self.work() for _ in range(workers)]

    def work(self) -> subprocess.Popen[str]:
        """One more worker."""
        asked = (self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--memory-limit", "2GiB")
        return self._start("worker", *asked)

    def _start(self, what: str, *asked: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "dask", what, *asked]
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=self.folder)

    def _said(self, words: str) -> str:
        assert self.scheduler.stderr is not None
        return next(line for line in self.scheduler.stderr if words in line)

    def stop(self) -> None:
        """End all that still runs."""
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.communicate()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    (tmp_path / "place").mkdir()
    made = Cluster(tmp_path / "place", workers=2)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def whole() -> Summary:
    return summarised(work())


def test_a_cluster_gives_the_same_bits_and_a_lost_worker_costs_its_chunk(
    cluster: Cluster, whole: Summary, tmp_path: Path
) -> None:
    lost: list[int] = []

    def tell(what: str, done: int, total: int) -> None:
        if done == 2 and not lost:
            cluster.workers[0].send_signal(signal.SIGKILL)
            lost.append(done)

    same(summarised(work(blocks=1), ClusterExecutor(cluster.address), progress=tell), whole)
    assert lost
    assert cluster.workers[0].wait() == -signal.SIGKILL


@pytest.mark.slow  # a lost worker is survived above
def test_a_lost_scheduler_is_said_and_what_was_finished_is_gone_on_from(
    cluster: Cluster, whole: Summary, tmp_path: Path
) -> None:
    def tell(what: str, done: int, total: int) -> None:
        if done == 3:
            cluster.scheduler.kill()

    with pytest.raises(InputError, match=r"a scheduler that was lost.*what was finished is kept"):
        summarised(work(blocks=1), ClusterExecutor(cluster.address), tmp_path / "kept", tell)
    rest = Stops(100)
    same(summarised(work(blocks=1), rest, tmp_path / "kept"), whole)
    assert rest.did <= len(work(blocks=1).opened().chunks) - 3


@pytest.mark.slow
def test_what_is_no_scheduler_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("latecomer.runs.dask.SECONDS", 0.5)
    refused(ClusterExecutor("tcp://127.0.0.1:9"), "expected a Dask scheduler, such as tcp://127.0.0.1:8786")
    refused(ClusterExecutor("nonsense://x"), "expected a Dask scheduler")


@pytest.mark.slow  # waits for a scheduler
def test_a_scheduler_without_workers_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("latecomer.runs.dask.SECONDS", 2.0)
    made = Cluster(tmp_path, workers=0)
    refused(ClusterExecutor(made.address), "got no worker; expected at least one worker. Cure: start one")
    made.stop()


@pytest.mark.slow
def test_without_the_extra_the_cure_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    refused(ClusterExecutor("tcp://127.0.0.1:8786"), 'Cure: pip install "latecomer[cluster]"')


def refused(executor: Executor, words: str) -> None:
    with pytest.raises(InputError) as caught:
        summarised(work(), executor)
    assert words in str(caught.value)
