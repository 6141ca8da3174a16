"""What is done with an input: a model text is loaded and run, a command is called."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from tests.attack.outcomes import Case, Ended

ENTRY = "from latecomer.cli import main; main()"
WALL = 60


def model_text(place: Path, case: Case) -> Ended:
    """Load the model text, run it, write it in the other languages: what `Model.run` gives, by name."""
    from latecomer.language import check_units
    from latecomer.language.codegen.javascript import write_javascript
    from latecomer.simulate import load_model

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = load_model(place / case.words[0])
        found = model.run(backend="numpy")
        check_units(model.text)
        write_javascript(model.text)
    return Ended(values={str(name): np.asarray(found.variables[name].values) for name in found.data_vars})


def command(place: Path, case: Case) -> Ended:
    """Call a command in this process, in the study of the sandbox; its exit code and both streams."""
    from latecomer.cli import main

    words = [word.replace("@SANDBOX@", str(place)) for word in case.words]
    with _standing(place / "study"), _streams(place.parent / "said") as said:
        before, sys.argv = sys.argv, ["latecomer", *words]
        try:
            main()
            code: object = 0
        except SystemExit as stopped:
            code = stopped.code
        finally:
            sys.argv = before
    number = code if isinstance(code, int) else 0 if code is None else 1
    return Ended(number, said())


def process(place: Path, case: Case) -> Ended:
    """Call a command as a user does, in a process of its own."""
    words = [word.replace("@SANDBOX@", str(place)) for word in case.words]
    made = subprocess.run(
        [sys.executable, "-c", ENTRY, *words],
        cwd=place / "study",
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=WALL,
        check=False,
    )
    return Ended(made.returncode, (made.stdout + made.stderr).decode(errors="backslashreplace"))


@contextmanager
def _standing(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


class _Said:
    """What was written to both streams."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self) -> str:
        return self.path.read_bytes().decode(errors="backslashreplace")


@contextmanager
def _streams(path: Path) -> Iterator[_Said]:
    # by their numbers: what a library in C writes is seen too
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(target, 1)
    os.dup2(target, 2)
    os.close(target)
    try:
        yield _Said(path)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, old in zip((1, 2), kept, strict=True):
            os.dup2(old, number)
            os.close(old)


def relock(place: Path) -> None:
    """Lock the observations of the sandbox again, as someone would who has changed them."""
    from latecomer.data.lock import write_lock

    write_lock(place / "study" / "calibration" / "observations")
