"""Blocks of runs on every core, in a bounded amount of memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from latecomer.faults import refuse

Item = TypeVar("Item")
Result = TypeVar("Result")


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def checked_workers(workers: int | None) -> int:
    """The number of threads: one a core unless given; raises `InputError` below 1."""
    if workers is None:
        return cores()
    if workers < 1:
        raise refuse("workers", str(workers), "at least 1", "leave it out to use every core")
    return workers


def each(
    work: Callable[[Item], Result], items: Iterable[Item], take: Callable[[Item, Result], None], workers: int
) -> None:
    """Do `work` on every item with some threads, and hand each result to `take` in the calling thread.

    No more results than threads ever wait, however many items there are; the order is that of completion.
    An error in `work` or `take` stops the rest and is raised.

    >>> found = {}
    >>> each(lambda i: i * i, range(5), found.__setitem__, workers=2)
    >>> sorted(found.items())
    [(0, 0), (1, 1), (2, 4), (3, 9), (4, 16)]
    """
    rest = iter(items)
    pool = ThreadPoolExecutor(workers)
    running: dict[Future[Result], Item] = {}
    try:
        for item in rest:
            running[pool.submit(work, item)] = item
            if len(running) > workers:
                _hand_over(running, take)
        while running:
            _hand_over(running, take)
    except BaseException as error:
        # who stops a program does not wait for the runs that are under way; their results go nowhere
        pool.shutdown(wait=isinstance(error, Exception), cancel_futures=True)
        raise
    pool.shutdown()


def _hand_over(running: dict[Future[Result], Item], take: Callable[[Item, Result], None]) -> None:
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in done:
        take(running.pop(future), future.result())
