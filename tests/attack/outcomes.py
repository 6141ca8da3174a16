"""What an attack is, what can come of it, and what of that is never right."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from pathlib import Path

import numpy as np

Values = Mapping[str, tuple[float, ...]]
FAULT_FORM = re.compile(r"got .+; expected .+\. Cure: .+", re.DOTALL)
USAGE = re.compile(r"Usage: |Error")
# what a terminal would act upon
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f]")
NEAR = 1e-9


class Outcome(StrEnum):
    """What came of an input; all after ACCEPTED are never right."""

    FAULT = "fault"
    ACCEPTED = "accepted"
    TRACEBACK = "traceback"
    HANG = "hang"
    MEMORY = "memory"
    WRONG = "wrong"
    EXECUTED = "executed"
    LOST = "lost"


RIGHT = (Outcome.FAULT, Outcome.ACCEPTED)


class Right(StrEnum):
    """What is known beforehand of the right answer to an input."""

    REFUSED = "a fault"
    RUNS = "it runs"
    EITHER = "a fault, or right values"


class Thing(Enum):
    """What stands where a file is expected."""

    FOLDER = "a folder"
    PIPE = "a pipe"
    LOOP = "a link to itself"
    GONE = "nothing"
    DEVICE = "a link to a device that never ends"


@dataclass(frozen=True)
class Ended:
    """How an act ended without an exception: its exit code, what it said, the values that it gave."""

    code: int = 0
    said: str = ""
    values: Mapping[str, np.ndarray] = field(default_factory=dict)


Act = Callable[[Path, "Case"], Ended]
Check = Callable[[Path, Ended], str | None]


@dataclass(frozen=True)
class Case:
    """An input: what is laid over a sandbox, what is done there, and what is right.

    `files` are relative to the sandbox, which holds `study`, a small study, and files beside it; `words` are
    those of a command, or the model text to load. `check` looks at what an accepted input has done and says
    what is wrong with it; `prepare` changes the sandbox before it is looked at.
    `may_change` are patterns of files that an accepted command may write anew.
    """

    kind: str
    name: str
    act: Act
    words: tuple[str, ...] = ()
    files: Mapping[str, bytes | Thing] = field(default_factory=dict)
    right: Right = Right.EITHER
    values: Values = field(default_factory=dict)
    check: Check | None = None
    prepare: Callable[[Path], None] | None = None
    may_change: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """What came of a case, in how many seconds of the processor."""

    kind: str
    name: str
    outcome: Outcome
    detail: str = ""
    seconds: float = 0.0

    @property
    def right(self) -> bool:
        """Whether the product stood."""
        return self.outcome in RIGHT

    def __str__(self) -> str:
        return f"{self.outcome.upper():9} {self.kind}: {self.name}: {self.detail}"


def judged(case: Case, place: Path, ended: Ended) -> tuple[Outcome, str]:
    """The outcome of an act that ended without an exception of its own."""
    if "Traceback (most recent call last)" in ended.said:
        return Outcome.TRACEBACK, last_line(ended.said)
    # a fault of a library call is shown by whoever calls it
    if case.act.__name__ != "model_text" and (found := CONTROL.search(ended.said)):
        return Outcome.WRONG, f"a control character {found[0]!a} reaches the terminal: {ended.said[:200]!a}"
    if ended.code not in (0, 1, 2):
        return Outcome.TRACEBACK, f"exit code {ended.code}: {ended.said[-200:]!a}"
    if ended.code == 2:
        return _refused(case, ended)
    if case.right is Right.REFUSED:
        return Outcome.WRONG, f"accepted what is to be refused: {ended.said[:200]!a}"
    wrong = difference(case.values, ended.values)
    if wrong is None and case.check is not None:
        wrong = case.check(place, ended)
    return (Outcome.ACCEPTED, "") if wrong is None else (Outcome.WRONG, wrong)


def _refused(case: Case, ended: Ended) -> tuple[Outcome, str]:
    if not (FAULT_FORM.search(ended.said) or USAGE.search(ended.said)):
        return Outcome.WRONG, f"refused without got, expected and cure: {ended.said[:300]!a}"
    if case.right is Right.RUNS:
        return Outcome.WRONG, f"refused what runs: {ended.said[:300]!a}"
    return Outcome.FAULT, ended.said[:300]


def difference(expected: Values, found: Mapping[str, np.ndarray]) -> str | None:
    """What of the values is not as expected; None where all is."""
    for name, values in expected.items():
        if name not in found:
            return f"no variable {name!a} among {list(found)[:8]!a}"
        got = np.asarray(found[name], dtype=float)
        if got.shape != (len(values),) or not np.allclose(got, values, rtol=NEAR, atol=NEAR, equal_nan=True):
            return f"{name!a} is {got[:4].tolist()}, not {list(values[:4])}"
    return None


def last_line(text: str) -> str:
    """The last line that says something."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""


def table(results: Iterable[Result]) -> list[str]:
    """Kinds by outcomes, as lines of a table with a sum at its end."""
    counts: dict[str, Counter[Outcome]] = {}
    for one in results:
        counts.setdefault(one.kind, Counter())[one.outcome] += 1
    total = sum(counts.values(), Counter())
    rows = [(kind, counts[kind]) for kind in sorted(counts)] + [("all", total)]
    width = max(len(kind) for kind, _ in rows)
    lines = [f"{'kind':{width}} {'inputs':>8} " + " ".join(f"{outcome:>9}" for outcome in Outcome)]
    for kind, counted in rows:
        numbers = " ".join(f"{counted[outcome] or '.':>9}" for outcome in Outcome)
        lines.append(f"{kind:{width}} {counted.total():>8} {numbers}")
    return lines
