"""Items of work on a Dask cluster; needs the extra `cluster`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final, final

from latecomer.errors import refuse
from latecomer.runs.executor import Executor, Item, Result, Task

LIBRARY: Final = "distributed"
# results that wait for each thread of a worker: enough to keep it busy, few enough for the memory here
AHEAD = 2
SECONDS = 20.0
# an item that has brought down so many workers is not tried again
RETRIES = 3


@final
class ClusterExecutor(Executor):
    """The workers of a Dask scheduler; a worker that is lost costs its items, which others do again."""

    def __init__(self, address: str) -> None:
        self.address = address

    def each(
        self, task: Task[Item, Result], items: Sequence[Item], take: Callable[[Item, Result], None]
    ) -> None:
        """Do some items of a task and hand each to `take`.

        Raises InputError where the scheduler is not there, has no worker, or is lost on the way.
        """
        with _client(self.address) as client, client.as_current():
            threads = _threads(client, self.address)
            # a result, not scattered data: it is made again where the worker that held it is lost
            sent = client.submit(_carried, task, pure=False)
            rest = iter(items)
            running: dict[Any, Item] = {}

            def submit() -> Any:
                for item in rest:
                    future = client.submit(_do, sent, item, pure=False, retries=RETRIES)
                    running[future] = item
                    return future
                return None

            first = [future for _ in range(AHEAD * threads) if (future := submit()) is not None]
            done = _library().as_completed(first)
            for future in done:
                take(running.pop(future), future.result())
                if (more := submit()) is not None:
                    done.add(more)


def _threads(client: Any, address: str) -> int:
    try:
        client.wait_for_workers(1, timeout=SECONDS)
    except TimeoutError as error:
        cure = f"start one: dask worker {address}"
        raise refuse(f"scheduler {address}", "no worker", "at least one worker", cure) from error
    return int(sum(client.nthreads().values()))


def _carried(task: Task[Item, Result]) -> Task[Item, Result]:
    return task


def _do(task: Task[Item, Result], item: Item) -> Result:
    return task.do(item)


def _library() -> Any:
    try:
        return import_module(LIBRARY)
    except ImportError as error:
        cure = 'pip install "latecomer[cluster]"'
        raise refuse("--scheduler", "no dask.distributed here", "the extra 'cluster'", cure) from error


@contextmanager
def _client(address: str) -> Iterator[Any]:
    library = _library()
    lost = (
        library.CancelledError,
        import_module(f"{LIBRARY}.comm.core").CommClosedError,
        OSError,
        TimeoutError,
    )
    place = f"scheduler {address}"
    try:
        client = library.Client(address, timeout=SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        got, cure = str(error) or "no answer", "start it (dask scheduler) or correct the address"
        raise refuse(place, got, "a Dask scheduler, such as tcp://127.0.0.1:8786", cure) from error
    try:
        yield client
    except library.KilledWorker as error:
        cure = "give each worker more memory, or ask for fewer variables; then ask again: the rest is kept"
        raise refuse(place, f"an item that ended {RETRIES} workers", "workers that live", cure) from error
    except lost as error:
        cure = "start it again and ask again: what was finished is kept"
        raise refuse(
            place, "a scheduler that was lost, or all its workers", "some that stay", cure
        ) from error
    finally:
        client.close(timeout=2)
