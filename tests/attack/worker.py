"""Runs cases in forked processes under limits; one takes thousands, and a fresh one follows a kill.

`python -m tests.attack.worker JOB OUT`: the process that forks them. It imports what is slow and
computes nothing itself, so that what is forked is whole.
"""

from __future__ import annotations

import os
import pickle
import resource
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.attack import sandbox
from tests.attack.acts import process
from tests.attack.canary import Canary, left_behind
from tests.attack.outcomes import Case, Ended, Outcome, Result, judged

ROOT = Path(__file__).resolve().parent.parent.parent
CPU_SECONDS = 30
IDLE_SECONDS = 15
MEMORY = 6 * 1024**3


@dataclass(frozen=True)
class Job:
    """Cases with their limits: seconds of the processor, seconds of waiting, bytes."""

    cases: tuple[Case, ...]
    cpu: int = CPU_SECONDS
    idle: float = IDLE_SECONDS
    memory: int = MEMORY


def attacked(
    cases: Sequence[Case],
    workers: int = 1,
    cpu: int = CPU_SECONDS,
    idle: float = IDLE_SECONDS,
    memory: int = MEMORY,
) -> list[Result]:
    """What comes of each case, in their order; with some workers at once."""
    parts = [tuple(cases[k::workers]) for k in range(workers)]
    with tempfile.TemporaryDirectory(prefix="attack.") as name:
        scratch = Path(name)
        environment = os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
        environment |= {"TERM": "dumb", "COLUMNS": "10000", "TMPDIR": name}
        started = []
        for k, part in enumerate(parts):
            job, out = scratch / f"job{k}", scratch / f"out{k}"
            job.write_bytes(pickle.dumps(Job(part, cpu, idle, memory)))
            words = [sys.executable, "-m", "tests.attack.worker", str(job), str(out)]
            started.append((subprocess.Popen(words, cwd=ROOT, env=environment), out))
        found = [_read(child, out) for child, out in started]
    merged: list[Result | None] = [None] * len(cases)
    for k, part in enumerate(found):
        merged[k::workers] = part
    return [one for one in merged if one is not None]


def _read(child: subprocess.Popen[bytes], out: Path) -> list[Result]:
    if child.wait():
        raise RuntimeError(f"the process that forks ended with {child.returncode}")
    found: list[Result] = pickle.loads(out.read_bytes())
    return found


class Forked:
    """A forked process that takes cases by their number."""

    def __init__(self, job: Job, scratch: Path) -> None:
        self.asked, asked = os.pipe()
        told, self.told = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            os.close(asked)
            os.close(told)
            _serve(job, scratch, self.asked, self.told)
            os._exit(0)
        os.close(self.asked)
        os.close(self.told)
        self.asked, self.told = asked, told

    def take(self, number: int, idle: float) -> Result | tuple[Outcome, str]:
        """What comes of a case; an outcome where the process died of it, or had to be killed."""
        os.write(self.asked, number.to_bytes(4, "little"))
        used, since = -1.0, time.monotonic()
        while not select.select([self.told], [], [], 0.25)[0]:
            now = _used(self.pid)
            if now > used + 0.05:
                used, since = now, time.monotonic()
            if time.monotonic() - since > idle:
                self.end()
                return Outcome.HANG, f"waits for ever (more than {idle:g} s)"
        head = os.read(self.told, 4)
        if len(head) == 4:
            size, parts = int.from_bytes(head, "little"), []
            while sum(map(len, parts)) < size:
                parts.append(os.read(self.told, size))
            found: Result = pickle.loads(b"".join(parts))
            return found
        _, status = os.waitpid(self.pid, 0)
        self.close()
        return _death(status)

    def end(self) -> None:
        """Kill it."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.close()

    def close(self) -> None:
        """Close both ends."""
        os.close(self.asked)
        os.close(self.told)


def _death(status: int) -> tuple[Outcome, str]:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number == signal.SIGXCPU:
            return Outcome.HANG, "more processor time than the limit"
        name = signal.Signals(number).name
        return (Outcome.MEMORY if number == signal.SIGKILL else Outcome.TRACEBACK), f"killed by {name}"
    return Outcome.TRACEBACK, f"the process ended with {os.waitstatus_to_exitcode(status)}"


def _used(pid: int) -> float:
    """The processor time of a process and of those that it started, in seconds."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _address_space(pid: int) -> int:
    """The address space of a process, in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()


def _serve(job: Job, scratch: Path, asked: int, told: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (job.memory, job.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    canary = Canary((scratch,))
    while number := os.read(asked, 4):
        case = job.cases[int.from_bytes(number, "little")]
        used = time.process_time()
        resource.setrlimit(resource.RLIMIT_CPU, (int(used) + 1 + job.cpu, resource.RLIM_INFINITY))
        outcome, detail = attempt(case, scratch, canary)
        found = pickle.dumps(Result(case.kind, case.name, outcome, detail[:600], time.process_time() - used))
        os.write(told, len(found).to_bytes(4, "little") + found)


def attempt(case: Case, scratch: Path, canary: Canary) -> tuple[Outcome, str]:
    """Lay the sandbox of a case, act, and judge."""
    place = scratch / "sandbox"
    shutil.rmtree(place, ignore_errors=True)
    sandbox.lay(scratch / "template", place, case)
    if case.prepare is not None:
        ended, outcome, detail = _acted(partial(case.prepare, place))
        if outcome is not None or ended.code == 2:
            return outcome or Outcome.FAULT, detail or ended.said
    before = sandbox.contents(place)
    with canary.watching(subprocesses=case.act is process) as seen:
        ended, outcome, detail = _acted(partial(case.act, place, case))
    seen = list(seen)
    after = sandbox.contents(place)
    accepted = outcome is None and ended.code != 2
    gone = sandbox.lost(before, after, case.may_change if accepted else ())
    if ran := left_behind(place):
        return Outcome.EXECUTED, ran
    if seen:
        return Outcome.EXECUTED, "; ".join(seen[:3])
    if gone:
        return Outcome.LOST, f"{gone}; {detail or ended.said[:200]!a}"
    if outcome is not None:
        return outcome, detail
    return judged(case, place, ended)


def _acted(act: Callable[[], Ended | None]) -> tuple[Ended, Outcome | None, str]:
    from latecomer.errors import InputError

    try:
        return act() or Ended(), None, ""
    except InputError as error:
        return Ended(2, "\n".join(map(str, error.faults))), None, ""
    except MemoryError as error:
        return Ended(), Outcome.MEMORY, f"MemoryError {error}"
    except subprocess.TimeoutExpired:
        return Ended(), Outcome.HANG, "more than a minute"
    except BaseException as error:  # noqa: BLE001 - whatever reaches the top is the finding
        frames = traceback.extract_tb(error.__traceback__)
        where = next((f for f in reversed(frames) if f"{os.sep}latecomer{os.sep}" in f.filename), frames[-1])
        spot = f"{Path(where.filename).name}:{where.lineno}"
        return Ended(), Outcome.TRACEBACK, f"{type(error).__name__} at {spot}: {str(error)[:200]!a}"


def serve(job: Job) -> list[Result]:
    """Run all cases of a job."""
    with tempfile.TemporaryDirectory(prefix="attack.") as name:
        scratch = Path(name).resolve()
        tempfile.tempdir = name
        if any(case.act.__name__ != "model_text" for case in job.cases):
            _in_a_fork(scratch / "template")
        found: list[Result] = []
        forked: Forked | None = None
        for k, case in enumerate(job.cases):
            began = time.monotonic()
            if forked is None:
                forked = Forked(job, scratch)
            made = forked.take(k, job.idle)
            if not isinstance(made, Result):
                outcome, detail = made
                made, forked = Result(case.kind, case.name, outcome, detail, time.monotonic() - began), None
            found.append(made)
            # what earlier cases compiled must not count against the memory of the next
            if forked is not None and _address_space(forked.pid) > job.memory // 2:
                forked.end()
                forked = None
        if forked is not None:
            forked.end()
    return found


def _in_a_fork(template: Path) -> None:
    # what computes starts threads, and a process with threads must not fork
    child = os.fork()
    if not child:
        try:
            template.mkdir()
            sandbox.lay_template(template)
        except BaseException:  # noqa: BLE001 - told by the exit code
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        raise RuntimeError("no sandbox could be made")


def warm() -> None:
    """Import what is slow to import, and compute nothing."""
    import jax  # noqa: F401
    import xarray  # noqa: F401

    import latecomer.cli
    import latecomer.evaluation.check
    import latecomer.inference.goodness_of_fit
    import latecomer.simulate  # noqa: F401


if __name__ == "__main__":
    warm()
    Path(sys.argv[2]).write_bytes(pickle.dumps(serve(pickle.loads(Path(sys.argv[1]).read_bytes()))))
