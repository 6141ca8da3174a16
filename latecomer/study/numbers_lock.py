"""The lock of the published numbers: hashes of what they are made from, and each figure with its place."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import file_digest as hashed_file
from hashlib import sha256
from pathlib import Path
from typing import Any

from latecomer.faults import InputError, refuse
from latecomer.files import read_json, read_toml
from latecomer.study.hashes import digest
from latecomer.study.observation_lock import LOCK as OBSERVATIONS_LOCK
from latecomer.study.study import Study

LOCK = Path("calibration") / "numbers.lock"
RESPONSES = Path("calibration") / "responses.toml"
TOLD = ("row", "experiment", "outcome", "name")
"""What tells one response from another."""
FORM = 1
SAME = 1e-6
"""Two figures this near to each other, relative to the larger, are one."""
DIGITS = 10
"""Significant digits kept: more than are compared, fewer than differ between machines."""
CURE = "restore the lock, or lock the present numbers: latecomer lock"


@dataclass(frozen=True, slots=True)
class Moved:
    """A figure that no longer follows: what it was, what it is, where it is quoted; None where missing."""

    figure: str
    was: float | None
    now: float | None
    where: tuple[str, ...] = ()

    @property
    def difference(self) -> float | None:
        """What it is less what it was, in its own unit; None where one of them is missing.

        >>> Moved("KOR, log output, nrmsd", 0.5, 0.75).difference
        0.25
        """
        return None if self.was is None or self.now is None else self.now - self.was


@dataclass(frozen=True, slots=True)
class Figure:
    """A published figure, None where there is no such number, and the files that quote it."""

    value: float | None
    where: tuple[str, ...] = ()


@dataclass(frozen=True)
class NumbersLock:
    """The published numbers of a study: the figures are those of the fit `fit`.

    `hashes`: the sha256 of each part that they are made from; `stale`: of each fit that is older than the
    study, what has changed since; `tolerances`: the largest NRMSD accepted, by series and country.
    """

    fit: str
    hashes: Mapping[str, str]
    stale: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)
    tolerances: Mapping[str, float] = field(default_factory=dict)


def lock_text(lock: NumbersLock) -> str:
    """The text of a lock: JSON in one order, one part or figure a line.

    >>> print(lock_text(NumbersLock("reference", {"targets": "ab"})), end="")
    {
    "lock": 1,
    "fit": "reference",
    "hashes": {
     "targets": "ab"
    },
    "tolerances": {},
    "stale": {},
    "figures": {}
    }
    """
    figures = {
        name: {"value": rounded(one.value), "where": sorted(one.where)} for name, one in lock.figures.items()
    }
    stale = {name: sorted(changed) for name, changed in lock.stale.items()}
    study = {"hashes": lock.hashes, "tolerances": lock.tolerances, "stale": stale, "figures": figures}
    lines = [f'"lock": {FORM}', f'"fit": {_line(lock.fit)}']
    lines += [f'"{name}": {_block(content)}' for name, content in study.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _block(content: Mapping[str, Any]) -> str:
    rows = [f" {_line(name)}: {_line(content[name])}" for name in sorted(content)]
    return "{\n" + ",\n".join(rows) + "\n}" if rows else "{}"


def _line(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, allow_nan=False)


def rounded(value: float | None) -> float | None:
    """A figure as it stands in the lock; None for one that is not finite.

    >>> rounded(0.12345678901234), rounded(float("nan"))
    (0.123456789, None)
    """
    return None if value is None or not math.isfinite(value) else float(f"{value:.{DIGITS}g}")


def read_numbers(path: Path) -> NumbersLock | None:
    """The lock of a file; None where there is none. Raises InputError for a damaged one."""
    if not path.exists():
        return None
    raw = read_json(path, "the numbers locked", CURE, path.name)
    try:
        figures = {
            str(name): Figure(None if one["value"] is None else float(one["value"]), tuple(one["where"]))
            for name, one in raw["figures"].items()
        }
        hashes = {str(name): str(digest) for name, digest in raw["hashes"].items()}
        stale = {str(name): tuple(changed) for name, changed in raw["stale"].items()}
        # a lock of an older release has none
        tolerances = {str(name): float(value) for name, value in raw.get("tolerances", {}).items()}
        return NumbersLock(str(raw["fit"]), hashes, stale, figures, tolerances)
    except (KeyError, TypeError, ValueError, AttributeError):
        expected = "the keys fit, hashes, stale and figures"
        raise refuse(path.name, "another form", expected, CURE) from None


def part_hashes(study: Study) -> dict[str, str]:
    """The sha256 of each part that the numbers of a study are made from, by what it is.

    Model text, parameters, country files and targets count by what they say, whatever their notes; the
    observation lock and the files of the fits, posteriors among them, byte by byte.
    """
    lock = study.root / "calibration" / "observations" / OBSERVATIONS_LOCK
    files = {"observation lock": lock}
    for path in study.fits.folder.rglob("*"):
        place = path.relative_to(study.fits.folder)
        if path.is_file() and not any(part.startswith(".") for part in place.parts):
            files[f"fit {place.as_posix()}"] = path
    named = target_hashes(study) | response_hashes(study.root / RESPONSES)
    return study.hashes() | named | {name: file_digest(path) for name, path in files.items()}


def target_hashes(study: Study) -> dict[str, str]:
    """The sha256 of the definition of each target, and of which of its shortfalls are explained."""
    return {
        f"target {one.series}": digest(
            [one.model_dump(mode="json", exclude={"tolerance", "short"}), sorted(one.short)]
        )
        for one in study.targets.targets
    }


def target_tolerances(study: Study) -> dict[str, float]:
    """The largest NRMSD accepted, by "series in country"."""
    return {
        f"{one.series} in {iso3}": value
        for one in study.targets.targets
        for iso3, value in one.tolerance.items()
    }


def response_hashes(path: Path) -> dict[str, str]:
    """The sha256 of each response that runs are held to; none where the study has no such file."""
    if not path.exists():
        return {}
    found: dict[str, str] = {}
    cure = f"mend or remove {path.name}"
    for name, content in read_toml(path, "the responses that runs are held to", cure, path.name).items():
        entries = content if isinstance(content, list) else [content]
        for number, entry in enumerate(entries, start=1):
            told = [str(entry[key]) for key in TOLD if key in entry] if isinstance(entry, dict) else []
            called = " ".join([name, *(told or ([str(number)] if isinstance(content, list) else []))])
            called = called if called not in found else f"{called} ({number})"
            found[called] = sha256(json.dumps(entry, sort_keys=True, default=str).encode()).hexdigest()
    return found


def file_digest(path: Path) -> str:
    """The sha256 of a file."""
    with path.open("rb") as stream:
        return hashed_file(stream, "sha256").hexdigest()


def stale_fits(study: Study) -> dict[str, tuple[str, ...]]:
    """Each fit that does not belong to the study as it is, with what has changed since it was made."""
    found = {name: _changed(study, name) for name in study.fits.names()}
    return {name: changed for name, changed in found.items() if changed}


def _changed(study: Study, name: str) -> tuple[str, ...]:
    try:
        return tuple(study.fits[name].stale(study))
    except InputError as error:
        return tuple(f"{fault.place}: {fault.got}" for fault in error.faults)


def changed_parts(was: NumbersLock, now: NumbersLock) -> list[str]:
    """The parts whose hash is another, in words, and fits that have become stale.

    >>> changed_parts(NumbersLock("a", {"x": "1", "y": "2"}), NumbersLock("a", {"x": "3", "z": "4"}))
    ['x: changed', 'y: gone', 'z: new']
    """
    found = []
    for name in sorted({*was.hashes, *now.hashes}):
        if was.hashes.get(name) != now.hashes.get(name):
            gone = "new" if name not in was.hashes else "gone" if name not in now.hashes else "changed"
            found.append(f"{name}: {gone}")
    found += _changed_tolerances(was.tolerances, now.tolerances)
    for name, changed in sorted(now.stale.items()):
        if set(changed) != set(was.stale.get(name, ())):
            found.append(f"fit {name}: stale, it was made from another {' and '.join(changed)}")
    return found


def _changed_tolerances(was: Mapping[str, float], now: Mapping[str, float]) -> Iterator[str]:
    if now and not was:
        yield "tolerances: new"
        return
    for name in sorted({*was, *now}):
        before, after = was.get(name), now.get(name)
        if before != after:
            one, other = ("none" if value is None else f"{value:g}" for value in (before, after))
            yield f"tolerance of {name}: was {one}, is {other}"


def moved_figures(was: NumbersLock, now: NumbersLock) -> Iterator[Moved]:
    """The figures that differ by more than a millionth, in order of their names; new and lost ones too."""
    missing = Figure(None)
    for name in sorted({*was.figures, *now.figures}):
        before, after = was.figures.get(name, missing), now.figures.get(name, missing)
        where = tuple(dict.fromkeys([*after.where, *before.where]))
        if name not in was.figures or not same(before.value, rounded(after.value)):
            yield Moved(name, before.value, after.value, where)


def same(one: float | None, other: float | None) -> bool:
    """Whether two figures agree to a millionth.

    >>> same(1.0, 1.0 + 1e-7), same(1.0, 1.1), same(None, 1.0)
    (True, False, False)
    """
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=SAME, abs_tol=1e-12) or (math.isnan(one) and math.isnan(other))
