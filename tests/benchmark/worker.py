"""A process of its own, held to some cores, that does one task when told to and says what it took.

Started as `python -m tests.benchmark.worker DRAWS CORE...`; each line read is a task, each line written a
JSON object: wall and CPU seconds of one piece of its work, or why there are none.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# work shorter than this is repeated within one measurement, so that clocks and noise weigh little
SHORTEST = 0.3


class Worker:
    """The other end: starts the process and asks it for repetitions."""

    def __init__(self, cores: Sequence[int], draws: int, environment: dict[str, str] | None = None) -> None:
        command = [sys.executable, "-m", "tests.benchmark.worker", str(draws), *map(str, cores)]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait(timeout=60)

    def ask(self, task: str) -> dict[str, Any]:
        """The answer to one task: {"wall": s, "cpu": s} of one piece of work, or {"missing": why}."""
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError(task)
        print(task, file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        answer: dict[str, Any] = json.loads(line) if line else {"missing": "the process ended"}
        return answer


def measure(work: Any) -> dict[str, float]:
    """Wall and CPU seconds of one piece of work, repeated until the measurement is long enough."""
    count, wall, cpu = 0, time.perf_counter(), time.process_time()
    while count == 0 or time.perf_counter() - wall < SHORTEST:
        work()
        count += 1
    return {"wall": (time.perf_counter() - wall) / count, "cpu": (time.process_time() - cpu) / count}


def main(arguments: list[str]) -> None:
    """Serve tasks from standard input until it closes."""
    draws, *cores = map(int, arguments)
    # before anything counts the cores that it may use
    if cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)
    # programs that print must not garble the answers
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    from tests.benchmark.tasks import TASKS, Setting

    ready: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        setting = Setting(draws, Path(folder))
        for line in sys.stdin:
            task = line.strip()
            try:
                if task not in ready:
                    ready[task] = TASKS[task](setting)
                    if task != "PySD":
                        ready[task]()
                answer: dict[str, Any] = measure(ready[task])
            except Exception as problem:  # noqa: BLE001 - a program that fails is a row that says so
                answer = {"missing": f"{type(problem).__name__}: {problem}"}
            print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
