"""The published numbers as they are now, against numbers.lock and against what the documents print.

Also here:
- The published figures by name, each made from runs that are there or told by the manifest of a fit.
- The lock of the published numbers: hashes of what they are made from, and each figure with its place.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import file_digest as hashed_file
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import xarray as xr

from latecomer.data.lock import LOCK as OBSERVATIONS_LOCK
from latecomer.errors import Fault, InputError, refuse
from latecomer.evaluation.quoted_figures import BEYOND, Quote, quotes
from latecomer.files import WRITABLE, read_json, read_text, read_toml, write_whole
from latecomer.inference.goodness_of_fit import Score
from latecomer.study.fits import Fit
from latecomer.study.outcome_tables import ThresholdEvent
from latecomer.study.provenance import digest
from latecomer.study.study import Study

LOCK = Path("calibration") / "numbers.lock"

RESPONSES = Path("calibration") / "responses.toml"

RESPONSE_KEY = ("row", "experiment", "outcome", "name")
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
            details = (
                [str(entry[key]) for key in RESPONSE_KEY if key in entry] if isinstance(entry, dict) else []
            )
            called = " ".join([name, *(details or ([str(number)] if isinstance(content, list) else []))])
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


SCORED: Final = ("nrmsd", "mape", "u2")

TOLD_BY_FIT: Final = ("loss", "estimated", "figures")

FORMS: Final = (
    "'ISO3, SERIES, nrmsd' (or mape, u2), 'ISO3, VARIABLE, YEAR', 'ISO3, VARIABLE, YEAR against YEAR', "
    "'ISO3, VARIABLE, lowest A-B' (or highest), 'ISO3, VARIABLE, below LEVEL' or 'fit NAME, loss'"
)


def drawn(event: ThresholdEvent) -> tuple[str, str]:
    """What the drawing of the event shows of each country, by its years and its level.

    >>> from latecomer.study.outcomes import ThresholdEvent
    >>> drawn(ThresholdEvent(variable="hares", below=2.0, drawn=(1975, 1995)))
    ('lowest 1975-1995', 'below 2')
    """
    span = "" if event.drawn is None else f" {event.drawn[0]}-{event.drawn[1]}"
    return f"lowest{span}", f"below {event.below:g}"


class Ran(Protocol):
    """A country that has been run and scored."""

    @property
    def iso3(self) -> str:
        """Which country."""

    @property
    def run(self) -> xr.Dataset:
        """Its free run."""

    @property
    def scores(self) -> Sequence[Score]:
        """Its scores."""


def standing_figures(study: Study, runs: Sequence[Ran]) -> Iterator[str]:
    """The figures that are always locked: all scores and verdicts, the event, losses of the fits."""
    event = study.outcomes.event
    for one in runs:
        for score in one.scores:
            measures = [name for name in SCORED if getattr(score, name) is not None]
            measures += [BEYOND] if score.holds is not None else []
            yield from (f"{one.iso3}, {score.series}, {measure}" for measure in measures)
        if event is not None and event.variable in one.run:
            yield from (f"{one.iso3}, {event.variable}, {measure}" for measure in drawn(event))
    for name in study.fits.names():
        yield from (f"fit {name}, {details}" for details in TOLD_BY_FIT)


def figure_value(study: Study, runs: Mapping[str, Ran], name: str) -> float | None:
    """A figure by its name, see `FORMS`; None where there is no such number.

    Raises KeyError for a name of no known form, country, series, variable or fit.
    """
    subject, _, rest = name.partition(", ")
    if subject.startswith("fit "):
        return fit_value(study, subject.removeprefix("fit "), rest)
    what, _, measure = rest.rpartition(", ")
    one = runs[subject]
    if measure in (*SCORED, BEYOND):
        if what not in {target.series for target in study.targets.targets}:
            raise KeyError(name)
        score = next((score for score in one.scores if score.series == what), None)
        if score is None:
            return None
        value = float(score.holds is False) if measure == BEYOND else getattr(score, measure)
        return None if value is None else float(value)
    return path_value(one.run[what], measure)


def path_value(path: xr.DataArray, measure: str) -> float | None:
    """A number taken from the path of a variable (dimension time): at a year, an extreme, a first fall.

    value(t1) / value(t0) - 1 for "t1 against t0"; the first year with value < level for "below level".
    Raises KeyError for a measure of no known form.

    >>> path = xr.DataArray([1.0, 0.8, 0.4], coords={"time": [1980.0, 1981.0, 1982.0]}, dims="time")
    >>> [path_value(path, told) for told in ("1981", "lowest 1980-1981", "below 0.5", "below 0.1", "1999")]
    [0.8, 0.8, 1982.0, None, None]
    >>> path_value(path, "1982 against 1981")
    -0.5
    """
    years, values = path["time"].to_numpy(), path.to_numpy().astype(float)
    if found := re.fullmatch(r"(\d{4})(?: against (\d{4}))?", measure):
        late, early = (None if year is None else values[years == float(year)] for year in found.groups())
        if late is None or not late.size or (early is not None and not early.size):
            return None
        return float(late[0]) if early is None else float(late[0] / early[0] - 1)
    if found := re.fullmatch(r"(lowest|highest)(?: (\d{4})-(\d{4}))?", measure):
        first, last = float(found[2] or years[0]), float(found[3] or years[-1])
        inside = values[(years >= first) & (years <= last)]
        extreme: Callable[..., float] = np.min if found[1] == "lowest" else np.max
        return float(extreme(inside)) if inside.size else None
    if found := re.fullmatch(r"below (\d+(?:\.\d+)?)", measure):
        fallen = years[values < float(found[1])]
        return float(fallen[0]) if fallen.size else None
    raise KeyError(measure)


def fit_value(study: Study, name: str, details: str) -> float | None:
    """A number of the manifest of a fit. Raises KeyError for an unknown fit or number."""
    if name not in study.fits or details not in TOLD_BY_FIT:
        raise KeyError(name)
    value = study.fits[name].manifest.get(details)
    return float(value) if isinstance(value, int | float) else None


DOCUMENTS: Final = ("README.md", "runs/README.md", "reports/*.md")

Quoted = Mapping[str, Sequence[Quote]]


@dataclass(frozen=True, slots=True)
class Against:
    """What no longer follows: figures, and the parts of the study that have changed since the lock."""

    moved: tuple[Moved, ...] = ()
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relocked:
    """A lock written anew: what moved from the former one, what a text now prints wrongly.

    `stale`: what has changed since the fit was made; its figures then stay as they were locked.
    """

    path: Path
    against: Against
    misprints: tuple[Moved, ...]
    stale: tuple[str, ...]
    count: int


def quoted_figures(study: Study) -> dict[str, list[Quote]]:
    """The figures quoted in the documents of a study, by file."""
    paths = [path for pattern in DOCUMENTS for path in sorted(study.root.glob(pattern))]
    variable = None if study.outcomes.event is None else study.outcomes.event.variable
    named = {path.relative_to(study.root).as_posix(): path for path in paths}
    return {
        name: list(quotes(read_text(path, "a text that quotes figures", "save it as UTF-8"), variable))
        for name, path in named.items()
    }


def present_numbers(
    study: Study, fit: Fit, runs: Sequence[Ran], quoted: Quoted, also: Iterable[str] = ()
) -> NumbersLock:
    """The numbers of a study as they are now; `also`: figures that a former lock holds.

    Raises InputError with every figure that a document quotes and nobody knows.
    """
    by_country = {one.iso3: one for one in runs}
    places: dict[str, list[str]] = {}
    for file, found in quoted.items():
        for name in dict.fromkeys(quote.figure for quote in found):
            places.setdefault(name, []).append(file)
    event = study.outcomes.event
    shown = () if event is None else drawn(event)
    figures: dict[str, Figure] = {}
    faults: list[Fault] = []
    for name in sorted({*standing_figures(study, runs), *places, *also}):
        try:
            value = figure_value(study, by_country, name)
        except KeyError:
            faults += [unknown_figure(file, name) for file in places.get(name, ())]
            continue
        where = [*places.get(name, ()), *drawn_in(study, name)]
        if value is not None or name in places or name.endswith(shown):
            figures[name] = Figure(value, tuple(where))
    if faults:
        raise InputError(faults)
    tolerances = target_tolerances(study)
    return NumbersLock(fit.name, part_hashes(study), stale_fits(study), figures, tolerances)


def unknown_figure(file: str, name: str) -> Fault:
    """The fault of a figure that a document quotes and nobody knows."""
    return Fault(file, f"the figure '{name}'", FORMS, "mend the name, or take the mark away")


def drawn_in(study: Study, name: str) -> list[str]:
    """The drawing that shows a figure, where the study has it."""
    event = study.outcomes.event
    if event is None or f", {event.variable}, " not in name or not name.endswith(drawn(event)):
        return []
    drawing = f"reports/{event.file}.svg"
    return [drawing] if (study.root / drawing).is_file() else []


def misprints(quoted: Quoted, now: NumbersLock) -> Iterator[Moved]:
    """The figures that a document prints otherwise than they now are, rounded as they are printed."""
    for file, found in quoted.items():
        for quote in found:
            value = now.figures[quote.figure].value
            if not quote.says(value):
                yield Moved(quote.figure, quote.value / (100 if quote.per_cent else 1), value, (file,))


def against_lock(study: Study, fit: Fit, runs: Sequence[Ran], published: str) -> Against:
    """The runs of a fit against numbers.lock and the documents; nothing where a study has neither.

    `published`: the fit that documents quote where there is no lock; of another fit only the parts of the
    study are compared. Raises InputError for a damaged lock and as `present_numbers` does.
    """
    former = read_numbers(study.root / LOCK)
    is_published = fit.name == (published if former is None else former.fit)
    quoted = quoted_figures(study) if is_published else {}
    if former is None and not any(quoted.values()):
        return Against()
    now = present_numbers(
        study, fit, runs, quoted, former.figures if former is not None and is_published else ()
    )
    moved = {one.figure: one for one in misprints(quoted, now)}
    if former is None:
        return Against(tuple(moved.values()))
    moved |= {one.figure: one for one in moved_figures(former, now)} if is_published else {}
    return Against(tuple(moved.values()), tuple(changed_parts(former, now)))


def relock(study: Study, fit: Fit, runs: Sequence[Ran]) -> Relocked:
    """Write numbers.lock from the present content; `runs`: of the fit, none where it is stale.

    A former lock that is damaged counts as none. Raises InputError as `present_numbers` does, and where the
    place cannot be written to.
    """
    path, stale = study.root / LOCK, tuple(fit.stale(study))
    try:
        former = read_numbers(path)
    except InputError:
        former = None
    quoted = {} if stale else quoted_figures(study)
    now = present_numbers(study, fit, () if stale else runs, quoted)
    if stale:
        kept = former.figures if former is not None else {}
        now = replace(now, figures={**kept, **now.figures})
    against = Against()
    if former is not None:
        against = Against(tuple(moved_figures(former, now)), tuple(changed_parts(former, now)))
    write_whole(path, lock_text(now).encode(), WRITABLE)
    return Relocked(path, against, tuple(misprints(quoted, now)), stale, len(now.figures))
