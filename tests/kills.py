"""A process that is killed at the n-th of its calls that change files: what it leaves must be whole."""

from __future__ import annotations

import os
import signal
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from latecomer.changes import LOCK, STAGE

CALLS = ("replace", "rename", "fsync", "unlink", "rmdir", "mkdir", "open")
MOST = 60
SECONDS = 60.0


def forked(act: Callable[[], object], moment: int | None = None) -> int:
    """A process of its own that does something, killed at its n-th call where a moment is given."""
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # a fork beside threads: the child runs no thread and no program of JAX
        process = os.fork()
    if process:
        return process
    code = 0
    try:
        if moment is not None:
            dying_at(moment)
        act()
    except BaseException:  # noqa: BLE001 - whatever it is, the child ends here
        traceback.print_exc()
        code = 1
    finally:
        os._exit(code)


def dying_at(moment: int) -> None:
    """Let this process kill itself at its n-th call."""
    left = [moment]

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*given, **named)

        return call

    for name in CALLS:
        setattr(os, name, dying(getattr(os, name)))


def ended(process: int) -> int:
    """How a process has ended: 0, its code, or less the signal that killed it."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        found, status = os.waitpid(process, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    raise TimeoutError(process)


def moments(act: Callable[[], object], stride: int = 1) -> Iterator[int]:
    """The moments at which a process that does something has been killed, until it comes to its end.

    After each the caller looks at what is left, and puts things back. `stride`: calls between two kills.
    """
    for moment in range(1, MOST * stride + 1, stride):
        code = ended(forked(act, moment))
        assert code in (0, -signal.SIGKILL), code
        yield moment
        if code == 0:
            return
    raise AssertionError(f"more than {MOST * stride} calls")


def litter(place: Path) -> set[Path]:
    """What a kill may leave: hidden files, which no reader takes for anything and the next writer sweeps."""
    return {
        path
        for path in place.rglob("*")
        if path.name == LOCK or path.name.endswith(".latecomer") or STAGE in path.parts
    }
