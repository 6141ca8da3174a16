"""Where work is done: the options of the commands that can be given to a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from latecomer.faults import refuse

if TYPE_CHECKING:
    from latecomer.execute.executor import Executor

Workers = Annotated[
    int | None, typer.Option(min=1, max=4096, help="Threads on this machine; all cores by default.")
]
Scheduler = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler, such as tcp://127.0.0.1:8786.")
]


def cluster(scheduler: str | None) -> Executor | None:
    """The cluster of a scheduler; None without one."""
    return None if scheduler is None else executor(None, scheduler)


def executor(workers: int | None, scheduler: str | None) -> Executor:
    """Where the runs are made. Raises InputError for threads of this machine beside a cluster."""
    if scheduler is None:
        from latecomer.execute.executor import LocalExecutor

        return LocalExecutor(workers)
    if workers is not None:
        got, cure = f"--scheduler {scheduler} beside it", "leave one of them out"
        raise refuse("--workers", got, "threads of this machine, or a cluster", cure)
    from latecomer.execute.cluster import ClusterExecutor

    return ClusterExecutor(scheduler)
