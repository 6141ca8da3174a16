"""What stands on the command line, read and refused."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from latecomer.faults import Fault, InputError
from latecomer.files import plain_number
from latecomer.study.reference import MARK, reference_root


def study_root(where: Path | None) -> Path:
    """The study named, or this folder where it is one, or the reference study."""
    if where is not None:
        return where
    return Path() if MARK.is_file() else reference_root()


def output(root: Path, room: str) -> Path:
    """Where results go by default: the room's own `out`, or one here where the study is an installed one."""
    installed = root.name == "_reference" or not os.access(root, os.W_OK)
    return (Path() if installed else root) / room / "out"


def request(
    settings: Sequence[str], years: str | None
) -> tuple[dict[str, float], tuple[float, float] | None]:
    """The values of --set and the years of --years. Raises InputError with every fault of both.

    >>> request(["drawdown time=3"], "1960:1990")
    ({'drawdown time': 3.0}, (1960.0, 1990.0))
    """
    from latecomer.language.syntax import key

    faults: list[Fault] = []
    changed: dict[str, float] = {}
    for setting in settings:
        name, equals, value = setting.rpartition("=")
        number = plain_number(value.strip())
        if not equals or not name.strip() or number is None:
            expected = "a name, = and a number"
            faults.append(Fault("--set", f"'{setting}'", expected, 'write for example --set "growth=0.03"'))
        elif key(name) in {key(other) for other in changed}:
            faults.append(
                Fault("--set", f"'{name.strip()}' a second time", "each name once", "leave one out")
            )
        else:
            changed[name.strip()] = number
    span = None
    if years is not None:
        first, _, last = years.partition(":")
        a, b = plain_number(first.strip()), plain_number(last.strip())
        if a is None or b is None:
            expected = "two years with a colon between them"
            faults.append(Fault("--years", f"'{years}'", expected, "write for example --years 1960:1990"))
        else:
            span = (a, b)
    if faults:
        raise InputError(faults)
    return changed, span


def slug(name: str) -> str:
    """A name as that of a folder.

    >>> slug("discipline in the export push")
    'discipline-in-the-export-push'
    """
    return re.sub(r"[^\w.-]+", "-", name).strip("-")


def fit_name(name: str | None, countries: Sequence[str], until: int | None) -> str:
    """The name of a fit, by default its countries and the last year of its figures.

    >>> fit_name(None, ["KOR", "BRA"], 1979)
    'KOR-BRA-until-1979'
    """
    from latecomer.study.fits import plain_name

    if name is not None:
        return plain_name(name, "--name")
    made = "-".join([*countries, *([] if until is None else ["until", str(until)])])
    return plain_name(made, "countries")
