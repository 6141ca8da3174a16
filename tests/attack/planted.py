"""Faults put into the product's place, each of which the suite must see: the suite's own test."""

from __future__ import annotations

import os
import shutil
import socket
import time
from pathlib import Path

import numpy as np

from tests.attack.outcomes import Case, Ended

ESCAPE = "\x1b[2J"


def execution(place: Path, case: Case) -> Ended:
    """The text of a file runs."""
    exec(compile("open('code_was_run', 'w').close()", "<equations of x.mdl>", "exec"), {})
    return Ended()


def writing(place: Path, case: Case) -> Ended:
    """A file is written outside of all that a command may write to."""
    with open(os.path.join(os.path.expanduser("~"), "..", "attack_probe", "file"), "w"):  # noqa: PTH111,PTH118,PTH123
        return Ended()


def removal(place: Path, case: Case) -> Ended:
    """A file outside of the sandbox is removed, whatever errors are caught."""
    try:
        Path(case.words[0]).unlink()
    except Exception:  # noqa: BLE001 - as a careless product would
        return Ended()
    return Ended()


def moving(place: Path, case: Case) -> Ended:
    """A file outside of the sandbox is replaced by one of it."""
    (place / "above.txt").replace(case.words[0])
    return Ended()


def connection(place: Path, case: Case) -> Ended:
    """A host is called."""
    with socket.socket() as one:
        one.connect_ex(("127.0.0.1", 9))
    return Ended()


def program(place: Path, case: Case) -> Ended:
    """A program is started."""
    os.system("true")
    return Ended()


def deletion(place: Path, case: Case) -> Ended:
    """A user's folder is deleted before the command refuses."""
    shutil.rmtree(place / "victim")
    return Ended(2, "--name: got '/'; expected a name. Cure: write one.")


def overwriting(place: Path, case: Case) -> Ended:
    """A stranger's file is overwritten, and the command ends well."""
    (place / "site" / "manifest.json").write_text("{}")
    return Ended()


def result_kept(place: Path, case: Case) -> Ended:
    """A file that the case names as one to be written anew is."""
    (place / "study" / "notes.txt").write_text("new")
    return Ended()


def values(place: Path, case: Case) -> Ended:
    """Values a little off."""
    return Ended(values={"a": np.array([1.0, 2.000001])})


def acceptance(place: Path, case: Case) -> Ended:
    """All is well, says the command."""
    return Ended()


def refusal(place: Path, case: Case) -> Ended:
    """A fault in its form."""
    return Ended(2, "x.mdl, line 1: got 'a'; expected a number. Cure: write one.")


def bare_refusal(place: Path, case: Case) -> Ended:
    """A fault without a cure."""
    return Ended(2, "bad input")


def escape(place: Path, case: Case) -> Ended:
    """An escape code of a file reaches the terminal."""
    return Ended(0, f"country {ESCAPE}KOR")


def shown_traceback(place: Path, case: Case) -> Ended:
    """A traceback is printed, though the exit code is that of bad input."""
    return Ended(2, "Traceback (most recent call last):\n  ...\nKeyError: 'years'")


def exception(place: Path, case: Case) -> Ended:
    """An exception reaches the top."""
    return Ended(int("²"))


def recursion(place: Path, case: Case) -> Ended:
    """Nesting without a limit."""
    return recursion(place, case)


def spinning(place: Path, case: Case) -> Ended:
    """Work without an end, in a way that no handler of Python would interrupt."""
    return Ended(10 ** (10**9) % 7)


def waiting(place: Path, case: Case) -> Ended:
    """A wait without an end, which takes no time of the processor."""
    time.sleep(600)
    return Ended()


def filling(place: Path, case: Case) -> Ended:
    """More memory than there is."""
    np.ones(2**40)
    return Ended()


def death(place: Path, case: Case) -> Ended:
    """A crash below Python."""
    os.abort()
