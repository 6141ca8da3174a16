"""The measurements: tasks in turn, round after round, so that what slows the machine slows all alike."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmark.worker import ROOT, Worker

Say = Callable[[str], None]
RUNS = ("ensemble, two cores", "ensemble", "scalar C", "vectorised C", "sdeint", "PySD")
SINGLE = ("Euler", "pysimlin Euler", "RK4", "pysimlin RK4", "scipy RK45")
GRADIENT = ("forward 1", "gradient 1", "forward 64", "gradient 64")
SLOW = frozenset({"PySD", "scipy RK45"})
COMMANDS = {"cold": ["run", "KOR"], "cached": ["run", "KOR"], "help": ["--help"]}


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    draws: int
    rounds: int
    slow_rounds: int
    starts: int
    many: int
    leave_out: frozenset[str] = frozenset()


FULL = Size(draws=10_000, rounds=5, slow_rounds=3, starts=5, many=100_000)
QUICK = Size(
    draws=4_000, rounds=2, slow_rounds=1, starts=1, many=5_000, leave_out=frozenset({"PySD", "scipy RK45"})
)


@dataclass
class Samples:
    """Seconds of every round of every task, None where a round has none, and why a task is missing."""

    wall: dict[str, list[float | None]] = field(default_factory=dict)
    cpu: dict[str, list[float | None]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def add(self, task: str, answer: Mapping[str, Any] | None) -> None:
        if answer is not None and "missing" in answer:
            self.missing[task] = answer["missing"]
        for name, column in (("wall", self.wall), ("cpu", self.cpu)):
            column.setdefault(task, []).append(None if answer is None else answer.get(name))

    def median(self, task: str, clock: str = "cpu") -> float | None:
        """The median over the rounds, or None where nothing was measured."""
        values = [value for value in getattr(self, clock).get(task, []) if value is not None]
        return median(values) if values else None

    def ratio(self, above: str, below: str, clock: str = "cpu") -> float | None:
        """The median of the ratios of two tasks round by round.

        >>> s = Samples(wall={"a": [2.0, 9.0, 6.0], "b": [1.0, 3.0, None]})
        >>> s.ratio("a", "b", "wall")
        2.5
        """
        columns = getattr(self, clock)
        pairs = zip(columns.get(above, []), columns.get(below, []), strict=False)
        ratios = [a / b for a, b in pairs if a is not None and b]
        return median(ratios) if ratios else None


def usable_cores() -> list[int]:
    """The cores that this process may be held to; empty where the system cannot say."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def measure_tasks(size: Size, say: Say) -> Samples:
    """Every task on one core, and the ensemble on two as well."""
    samples, cores = Samples(), usable_cores()
    with Worker(cores[:1], size.draws) as one, Worker(cores[:2], size.draws) as two:
        for group in (RUNS, SINGLE, GRADIENT):
            for turn in range(size.rounds):
                say(f"round {turn + 1} of {size.rounds}: {', '.join(group)}")
                for task in group:
                    samples.add(task, _answer(task, turn, size, samples, one, two, len(cores)))
    return samples


def _answer(
    task: str, turn: int, size: Size, samples: Samples, one: Worker, two: Worker, cores: int
) -> Mapping[str, Any] | None:
    if task in samples.missing or (task in SLOW and turn >= size.slow_rounds):
        return None
    if task in size.leave_out:
        return {"missing": "left out of a quick run"}
    if task == RUNS[0]:
        return two.ask("ensemble") if cores >= 2 else {"missing": "no second core"}
    return one.ask(task)


def run_command(command: Sequence[str], environment: Mapping[str, str]) -> dict[str, Any]:
    """CPU seconds of a process and of those that it started, wall seconds, and the peak memory in bytes."""
    with tempfile.TemporaryFile("w+") as errors:
        start = time.perf_counter()
        done = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(done.pid, 0)
        wall = time.perf_counter() - start
        # the exit status has been collected above, which subprocess cannot know
        done.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        last = (errors.read().strip().splitlines() or ["no message"])[-1]
    if done.returncode:
        return {"missing": f"exit status {done.returncode}: {last}"}
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "cpu": usage.ru_utime + usage.ru_stime,
        "wall": wall,
        "peak": usage.ru_maxrss * unit,
    }


def measure_starts(rounds: int, say: Say) -> Samples:
    """First results of the command in an empty cache, again from the cache, and its help."""
    samples = Samples()
    program = str(Path(sys.executable).with_name("latecomer"))
    clean = {k: v for k, v in os.environ.items() if k != "JAX_COMPILATION_CACHE_DIR"}
    for turn in range(rounds):
        say(f"round {turn + 1} of {rounds}: cold and cached start")
        with tempfile.TemporaryDirectory() as folder:
            environment = {**clean, "LATECOMER_CACHE": str(Path(folder) / "cache")}
            for name, arguments in COMMANDS.items():
                out = ["--out", str(Path(folder) / name)] if name != "help" else []
                samples.add(name, run_command([program, *arguments, *out], environment))
    return samples


def measure_memory(draws: int, say: Say) -> dict[str, Any]:
    """Peak memory and time of many runs with quantiles, on every core."""
    say(f"memory of {draws:,} runs with quantiles")
    return run_command([sys.executable, "-m", "tests.benchmark.memory", str(draws)], dict(os.environ))
