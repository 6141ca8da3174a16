"""How a command ends that something stops: a line on standard error and an exit code, never a traceback.

What stops it may be the reader (Ctrl-C, or a closed pipe), the machine (no room, no memory) or a fault of
this program; what is wrong with an input has been told by then, as an `InputError`. Little is imported here,
for this stands before anything else does.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

BAD, STOPPED, UNREAD = 2, 130, 141
# the time that a command has to end by itself after Ctrl-C; native code may keep it from hearing of it
GRACE = 1.0
TRACEBACK = "LATECOMER_TRACEBACK"
HALF = "stopped; nothing was left half-written"
UNSAFE = ("<frozen importlib", f"{os.sep}jax{os.sep}", f"{os.sep}jaxlib{os.sep}")
SHOW_CURSOR = b"\x1b[?25h"


class State:
    """What is known of the command that runs: that it is to stop, and how it can be gone on with."""

    stopping = False
    said = False
    way_on: str | None = None


def way_on(words: str | None) -> None:
    """Say how the command that runs can be gone on with, should it be stopped."""
    State.way_on = words


def reader_knows() -> None:
    """Say that the reader knows by now why the command ends."""
    State.said = True


def stopped() -> str:
    """The line that tells that a command was stopped, and how to go on where there is a way.

    >>> stopped()
    'stopped; nothing was left half-written'
    """
    return HALF if State.way_on is None else f"{HALF}; to go on: {State.way_on}"


def exit_of(error: BaseException) -> tuple[str, int] | None:
    """The line and the exit code of what stops a command; None for a fault of this program.

    The line is empty for a reader that has gone away, who is told nothing.

    >>> exit_of(MemoryError("Unable to allocate 7 PiB"))[0]
    'memory: got Unable to allocate 7 PiB; expected a task that fits into the memory of this machine. Cure:
    ask for fewer runs, years or variables.'
    """
    if State.stopping or isinstance(error, KeyboardInterrupt):
        return stopped(), STOPPED
    if isinstance(error, BrokenPipeError):
        return "", UNREAD
    from latecomer.errors import Fault, InputError

    if isinstance(error, InputError):
        return str(error), BAD
    known = _of_memory(error) or _of_depth(error) or _of_text(error) or _of_system(error)
    return None if known is None else (str(Fault(*known)), BAD)


def _of_memory(error: BaseException) -> tuple[str, str, str, str] | None:
    of_jax = type(error).__name__ in {"JaxRuntimeError", "XlaRuntimeError"}
    if not isinstance(error, MemoryError) and not (of_jax and "RESOURCE_EXHAUSTED" in str(error)):
        return None
    got = (str(error).splitlines() or [""])[0] or "a task that is too large"
    expected = "a task that fits into the memory of this machine"
    return "memory", got, expected, "ask for fewer runs, years or variables"


def _of_depth(error: BaseException) -> tuple[str, str, str, str] | None:
    if not isinstance(error, RecursionError):
        return None
    return "an input", "something nested too deeply", "a flat one", "write it in several parts"


def _of_text(error: BaseException) -> tuple[str, str, str, str] | None:
    if not isinstance(error, UnicodeError):
        return None
    got = f"characters that cannot be read or written ({error})"
    return "a text", got, "whole characters in UTF-8", "save it as UTF-8"


def _of_system(error: BaseException) -> tuple[str, str, str, str] | None:
    if not isinstance(error, OSError):
        return None
    place = "the system" if error.filename is None else os.fsdecode(os.fspath(error.filename))
    reason = (error.strerror or str(error) or type(error).__name__).lower()
    expected = "what can be read and written"
    return place, f"a refusal ({reason})", expected, "see to its permissions and the room on the disk"


def own_fault(error: BaseException) -> str:
    """The line that tells of a fault of this program.

    >>> own_fault(KeyError("x"))
    "this is a fault of latecomer, not of what it was given: KeyError: 'x'; LATECOMER_TRACEBACK=1 shows where"
    """
    words = " ".join(f"{type(error).__name__}: {error}".split())
    words = words if len(words) <= 300 else f"{words[:299]}…"
    return f"this is a fault of latecomer, not of what it was given: {words}; {TRACEBACK}=1 shows where"


def guarded(work: Callable[[], None]) -> None:
    """Do the work of a command and end the process, whatever stops it, with a line and an exit code."""
    try:
        _prepare()
        work()
        _flush()
    except SystemExit as end:
        _leave(end)
    except BaseException as error:
        if os.environ.get(TRACEBACK) and exit_of(error) is None:
            raise
        _end(error)


def _prepare() -> None:
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started the program
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    for number in (signal.SIGINT, signal.SIGTERM):
        # whoever ignores Ctrl-C for a program in the background means it
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    if os.name == "posix":
        _watch()


def _interrupt(number: int, frame: FrameType | None) -> None:
    if State.stopping:
        return
    State.stopping = True
    if _in_native_code(frame):
        _leave_at_once(stopped(), STOPPED)
    # an interrupt may come up where Python can only print and forget it
    sys.unraisablehook = lambda _: None
    raise KeyboardInterrupt


def _in_native_code(frame: FrameType | None) -> bool:
    """Whether an exception would pass through an import or through JAX: native code that may crash over it.

    Neither of them ever stands on the stack while a file is being written.
    """
    while frame is not None:
        if any(part in frame.f_code.co_filename for part in UNSAFE):
            return True
        frame = frame.f_back
    return False


def _watch() -> None:
    """End the process a second after Ctrl-C, or at the next one, even where native code never hears of it."""
    import select
    import threading

    reading, writing = os.pipe()
    os.set_blocking(writing, False)

    def wait() -> None:
        while os.read(reading, 1)[0] not in (signal.SIGINT, signal.SIGTERM):
            pass
        select.select([reading], [], [], GRACE)
        _leave_at_once(stopped(), STOPPED)

    threading.Thread(target=wait, name="stop", daemon=True).start()
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)


def _leave(end: SystemExit) -> None:
    """End as asked; at once where the reader stopped the command, for its threads may go on for long."""
    try:
        _flush()
    except BaseException as error:  # noqa: BLE001 - the last net: there is nobody behind it
        _end(error)
    if State.stopping and end.code:
        _leave_at_once(stopped(), STOPPED)
    raise end


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()


def _end(error: BaseException) -> NoReturn:
    """Tell of an error and end at once: who cannot be written to now cannot be later."""
    _leave_at_once(*(exit_of(error) or (own_fault(error), BAD)))


def _leave_at_once(words: str, code: int) -> NoReturn:
    from latecomer.errors import visible

    shown = "" if State.said or not words else f"{visible(words)}\n"
    cursor = SHOW_CURSOR if State.stopping and os.isatty(2) else b""
    try:
        os.write(2, cursor + shown.encode("utf-8", "backslashreplace"))
    except OSError:
        pass  # there is nobody to tell
    finally:
        os._exit(code)
