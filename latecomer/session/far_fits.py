"""A fit of a study, searched for here or elsewhere: its starts, and fits without a country."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Final, final

from latecomer.calibrate.held_out import fit_without
from latecomer.calibrate.maximise import Report, Searches, Start, calibrate, searched
from latecomer.calibrate.problem import make_problem
from latecomer.execute.executor import Executor
from latecomer.execute.task import Task
from latecomer.faults import refuse
from latecomer.session.breakdown_runs import as_of
from latecomer.study.fits import Fit, plain_name
from latecomer.study.study import Study

PARTS: Final = ("model", "calibration/observations", "calibration/targets.toml", "runs/scenarios")
_OPEN: dict[str, tuple[tempfile.TemporaryDirectory[str], Study]] = {}
_LOCK = Lock()


@final
@dataclass(frozen=True)
class PackedStudy:
    """What a fit reads of a study, as it is carried to another machine."""

    content: bytes

    def opened(self) -> Study:
        """The study, unpacked; the last one is kept open in each process."""
        mark = sha256(self.content).hexdigest()
        with _LOCK:
            if mark not in _OPEN:
                for folder, _ in _OPEN.values():
                    folder.cleanup()
                _OPEN.clear()
                place = tempfile.TemporaryDirectory(prefix="latecomer-")
                with zipfile.ZipFile(io.BytesIO(self.content)) as packed:
                    packed.extractall(place.name)
                _OPEN[mark] = place, Study(place.name)
            return _OPEN[mark][1]


def packed(study: Study) -> PackedStudy:
    """A study packed, the same bytes for the same files. Raises InputError for one not all on disk."""
    if study.unwritten:
        got = f"countries that stand in memory alone: {', '.join(study.unwritten)}"
        raise refuse("--scheduler", got, "a study whose files can be carried", "fit these on this machine")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in PARTS:
            place = study.root / part
            files = sorted(place.rglob("*")) if place.is_dir() else [place]
            for file in (file for file in files if file.is_file()):
                name = zipfile.ZipInfo(file.relative_to(study.root).as_posix())
                archive.writestr(name, file.read_bytes(), zipfile.ZIP_DEFLATED)
    return PackedStudy(stream.getvalue())


@final
@dataclass(frozen=True)
class StartsOfFit(Task[int, Start]):
    """The starts of a fit, by their numbers from 1."""

    study: PackedStudy
    asked: Searches

    def do(self, item: int, threads: int = 1) -> Start:
        """Where one start ends."""
        return searched(self.study.opened(), self.asked, [item])[0]


@final
@dataclass(frozen=True)
class FitsWithout(Task[str, Fit]):
    """Joint fits of some countries to a cut-off, each without one of them; `names`: what each is called."""

    study: PackedStudy
    countries: tuple[str, ...]
    until: int
    variant: str
    names: Mapping[str, str]

    def do(self, item: str, threads: int = 1) -> Fit:
        """The fit without a country."""
        early = as_of(self.study.opened(), self.until)
        problem = make_problem(early, self.countries, self.until, variant=self.variant)
        return fit_without(early, problem, item, self.names[item], self.until, self.variant)


def starts_by(executor: Executor, study: Study) -> Callable[[Searches], Sequence[Start]]:
    """The way in which `calibrate` has its starts searched for elsewhere."""

    def elsewhere(asked: Searches) -> Sequence[Start]:
        found: dict[int, Start] = {}
        numbers = range(1, asked.starts + 1)
        executor.each(StartsOfFit(packed(study), asked), numbers, found.__setitem__)
        return [found[number] for number in numbers]

    return elsewhere


def fit_countries(
    study: Study,
    countries: Sequence[str],
    until: int | None = None,
    starts: int = 3,
    seed: int = 0,
    report: Report | None = None,
    name: str | None = None,
    variant: str | None = None,
    within: Fit | str | None = None,
    kept: Path | None = None,
    executor: Executor | None = None,
    resume: bool = True,
) -> Fit:
    """The joint fit of some countries, its starts searched for here or by an executor; see `Study.fit`."""
    rival = None if variant is None else study.variants[variant].fit
    made = "-".join([*countries, *([] if until is None else ["until", str(until)])])
    label = plain_name(name or rival or made, "name of the fit")
    held = study.named_fit(within)
    if held is not None:
        held.refuse_stale(study)
    return calibrate(
        study,
        list(countries),
        until,
        starts,
        seed,
        report,
        name=label,
        variant=variant,
        within=held,
        kept=kept,
        elsewhere=None if executor is None else starts_by(executor, study),
        resume=resume,
    )
