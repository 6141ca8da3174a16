"""How the program ends that something stops: a line and an exit code, never a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from latecomer import ending
from latecomer.errors import refuse

PROGRAM = (sys.executable, "-m", "latecomer")
HALF = "stopped; nothing was left half-written"
NET = "from latecomer.ending import guarded\n"


def net(body: str, stop_after: float | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Do some lines of Python in the net of a process of its own, with Ctrl-C once it has said 'ready'."""
    code = f"{NET}def work():\n" + "".join(f"    {line}\n" for line in body.splitlines()) + "guarded(work)\n"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    ) as process:
        if stop_after is not None:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(stop_after)
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(code, process.returncode, out, err)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            PermissionError(13, "Permission denied", "model/latecomer.mdl"),
            (
                "model/latecomer.mdl: got a refusal (permission denied); expected what can be read "
                "and written. Cure: see to its permissions and the room on the disk."
            ),
        ),
        (
            OSError(28, "No space left on device"),
            (
                "the system: got a refusal (no space left on device); expected what can be read "
                "and written. Cure: see to its permissions and the room on the disk."
            ),
        ),
        (
            RecursionError("maximum recursion depth exceeded"),
            (
                "an input: got something nested too deeply; expected a flat one. "
                "Cure: write it in several parts."
            ),
        ),
        (
            MemoryError("Unable to allocate 7.00 PiB for an array"),
            (
                "memory: got Unable to allocate 7.00 PiB for an array; expected a task that fits into "
                "the memory of this machine. Cure: ask for fewer runs, years or variables."
            ),
        ),
        (
            MemoryError(),
            (
                "memory: got a task that is too large; expected a task that fits into "
                "the memory of this machine. Cure: ask for fewer runs, years or variables."
            ),
        ),
        (
            UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
            (
                "a text: got characters that cannot be read or written ('utf-8' codec can't encode character "
                "'\\ud800' in position 0: surrogates not allowed); expected whole characters in UTF-8. "
                "Cure: save it as UTF-8."
            ),
        ),
        (
            refuse("--seed", "-1", "0 or more", "choose another"),
            "--seed: got -1; expected 0 or more. Cure: choose another.",
        ),
    ],
)
def test_what_stops_a_command_is_told_in_a_line(error: Exception, line: str) -> None:
    assert ending.exit_of(error) == (line, 2)


def test_a_fault_of_the_program_is_called_one_and_shows_its_place_on_request() -> None:
    assert ending.exit_of(KeyError("x")) is None
    done = net("{}['x\\x1b[2J']")
    assert done.returncode == 2
    assert done.stderr == (
        "this is a fault of latecomer, not of what it was given: KeyError: 'x\\x1b[2J'; "
        "LATECOMER_TRACEBACK=1 shows where\n"
    )
    shown = net("{}['x']", LATECOMER_TRACEBACK="1")
    assert shown.returncode == 1
    assert "Traceback" in shown.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        "import time\nprint('ready', flush=True)\ntime.sleep(60)",
        # an interrupt that is swallowed
        (
            "import time\nprint('ready', flush=True)\nwhile True:\n    try:\n        time.sleep(60)\n    "
            "except KeyboardInterrupt:\n        pass"
        ),
        # native code that never hears of it
        (
            "import threading\nfrom ctypes import CDLL\nprint('ready', flush=True)\n"
            "while True:\n    CDLL(None).usleep(30_000_000)\n    CDLL(None).usleep(30_000_000)"
        ),
        # a thread that nobody waits for
        (
            "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\n"
            "print('ready', flush=True)\ntime.sleep(60)"
        ),
    ],
)
def test_an_interrupt_ends_whatever_runs_within_two_seconds(body: str) -> None:
    begun = time.monotonic()
    done = net(body, 0.1)
    assert (done.returncode, done.stderr) == (130, f"{HALF}\n")
    assert time.monotonic() - begun < 20


def test_an_interrupt_says_how_to_go_on() -> None:
    done = net(
        "import time\nfrom latecomer.ending import way_on\nway_on('the same command with --resume')\n"
        "print('ready', flush=True)\ntime.sleep(60)",
        0.1,
    )
    assert done.stderr == f"{HALF}; to go on: the same command with --resume\n"


def test_an_end_by_the_system_is_told_as_an_interrupt() -> None:
    done = net("import os, signal, time\nos.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(60)")
    assert (done.returncode, done.stderr) == (130, f"{HALF}\n")


def test_whoever_ignores_interrupts_is_not_interrupted() -> None:
    code = (
        f"import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n{NET}"
        "import os\nguarded(lambda: os.kill(os.getpid(), signal.SIGINT))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("wait", [0.01, 0.05, 0.1, 0.2, 0.4])
def test_an_interrupt_while_the_commands_are_imported_is_one_line(wait: float) -> None:
    code = (
        "import os, signal, sys, threading\nfrom latecomer.cli import main\n"
        f"sys.argv = ['latecomer', 'check']\n"
        f"threading.Timer({wait}, os.kill, (os.getpid(), signal.SIGINT)).start()\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, f"{HALF}\n")


@pytest.mark.parametrize(
    ("words", "code"), [("--version | true", 141), ("--help | true", 1), ("scenarios | true", 141)]
)
def test_a_reader_that_goes_away_is_told_nothing(words: str, code: int) -> None:
    command, _, reader = words.partition(" | ")
    line = f"set -o pipefail; '{sys.executable}' -c 'import time; time.sleep(.1)'; "
    line += f"'{sys.executable}' -m latecomer {command} | (exec 0<&-; {reader})"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == code


def test_a_full_disk_under_the_output_is_a_fault() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no device that is always full")
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123
        done = subprocess.run(
            [*PROGRAM, "--version"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    assert "got a refusal (no space left on device)" in done.stderr
    assert "Traceback" not in done.stderr


def test_letters_that_the_output_lacks_are_written_out() -> None:
    done = net("print('\\u2013')", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stdout) == (0, "\\u2013\n")


def test_a_closed_output_is_no_fault() -> None:
    line = f"'{sys.executable}' -m latecomer --version >&-"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
