"""What a fit leaves behind: parameters by name, and a manifest that says how they came about.

Also here:
- Joint fits without one country: the shared numbers as all others have them, from one compiled program.
- A joint fit with some of its parameters at nought: the same compiled program, other numbers handed over.
- A fit of a study, searched for here or elsewhere: its starts, and fits without a country.
- Fits that a longer job needs, kept on the way: one that is there and belongs to the study is used again.
- A fit made anew from its own values on other figures, and how far each parameter went.
"""

from __future__ import annotations

import datetime
import io
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from latecomer.errors import refuse
from latecomer.inference.goodness_of_fit import score_run
from latecomer.inference.laplace import COORDINATES
from latecomer.inference.optimise import (
    MOST_ITERATIONS,
    REFUSED,
    ROUNDED,
    Report,
    Start,
    _silent,
    from_centres,
    search,
    starting_points,
)
from latecomer.inference.parameters import EstimatedParameter, ParameterVector, Role
from latecomer.inference.problem import SCHEME, STEP, Problem, make_problem
from latecomer.runs.executor import Executor, Progress, Task, silent
from latecomer.study.content import as_of
from latecomer.study.countries import codes
from latecomer.study.fits import (
    HELD,
    PARAMETERS,
    Fit,
    drop_checkpoints,
    held_hash,
    load_fit,
    name_at_cutoff,
    plain_name,
    save_fit,
)
from latecomer.study.run_spec import variant_of
from latecomer.study.study import Study


def calibrate(
    study: Study,
    countries: Sequence[str],
    until: int | None = None,
    starts: int = 3,
    seed: int = 0,
    report: Report | None = None,
    most: int = MOST_ITERATIONS,
    name: str = "reference",
    variant: str | None = None,
    within: Fit | None = None,
    kept: Path | None = None,
    elsewhere: Callable[[Searches], Sequence[Start]] | None = None,
    resume: bool = True,
) -> Fit:
    """The joint fit of some countries: the best of several starts, with a manifest of all of them.

    `until`: the last year whose figures are read; `starts`: at least one, the first from the values of the
    tables, or from the centres of the priors where figures are cut off, the others by way of rounded kinks;
    `seed`: of the drawn starts; `variant`: the one whose switches are set, by default those of the tables;
    `within`: a fit whose shared parameters and populations are held, so that only those of the countries
    move; `kept`: a folder of evaluations, from which a search that was cut off goes on, or which is begun
    anew without `resume`, once it is certain that the request is sound; `elsewhere`: finds the ends of all
    starts, as `searched` does here. Raises `InputError` for a wrong request.
    """
    check_request(study, countries, starts)
    asked = Searches(tuple(countries), until, starts, seed, variant, within, most)
    problem = asked.problem(study)
    if kept is not None and not resume:
        drop_checkpoints(kept)
    numbers = range(1, starts + 1)
    ends = searched(study, asked, numbers, report, kept, problem) if elsewhere is None else elsewhere(asked)
    best = min(ends, key=lambda end: end.loss)
    if best.loss >= REFUSED:
        raise refuse(
            "calibrate", f"no start out of {len(ends)} with a finite loss", "one at least",
            "narrow the priors, or mend the equations that blow up",
        )  # fmt: skip
    return make_fit(study, problem, ends, name, until, seed, variant, within)


@dataclass(frozen=True, slots=True)
class Searches:
    """The starts of a fit and the problem that they are of; see `calibrate`."""

    countries: tuple[str, ...]
    until: int | None
    starts: int
    seed: int
    variant: str | None = None
    within: Fit | None = None
    most: int = MOST_ITERATIONS

    def problem(self, study: Study, smooth: float = 0.0) -> Problem:
        """The problem, its kinks rounded over the width `smooth`."""
        return make_problem(study, self.countries, self.until, smooth, self.variant, self.within)


def searched(
    study: Study,
    asked: Searches,
    numbers: Iterable[int],
    report: Report | None = None,
    kept: Path | None = None,
    problem: Problem | None = None,
) -> list[Start]:
    """Where some of the starts end, by their numbers from 1; `problem`: that of `asked`, where it is made."""
    exact = problem or asked.problem(study)
    rounded = asked.problem(study, ROUNDED) if asked.starts > 1 else None
    # the values of the tables were found with figures after any cut-off: a fit up to one begins at the priors
    tables = exact.layout.start() if asked.until is None else np.zeros(len(exact.layout))
    points = starting_points(tables, asked.starts, asked.seed)
    return [
        search(
            exact,
            rounded if number > 1 else None,
            points[number - 1],
            partial(report or _silent, number),
            asked.most,
            None if kept is None else kept / f"start-{number}",
        )
        for number in numbers
    ]


def check_request(study: Study, countries: Sequence[str], starts: int) -> None:
    """Raise `InputError` for no country, an unknown or a repeated one, or no start."""
    if not countries:
        raise refuse("calibrate", "no country", "one at least", "name countries by ISO3 code")
    if len(set(countries)) < len(countries):
        raise refuse("calibrate", " ".join(countries), "each country once", "leave out the repeated one")
    if starts < 1:
        raise refuse("--starts", str(starts), "one at least", "ask for one or more")
    for iso3 in countries:
        study.countries[iso3]


PACKAGES = ("latecomer", "numpy", "scipy", "jax")

AT_BOUND = 3.98


def make_fit(
    study: Study,
    problem: Problem,
    ends: Sequence[Start],
    name: str,
    until: int | None,
    seed: int,
    variant: str | None = None,
    within: Fit | None = None,
) -> Fit:
    """The fit of the best start, with its manifest."""
    best = min(ends, key=lambda end: end.loss)
    moved, by_country = problem.layout.split(best.z)
    shared = moved if within is None else {**within.shared, **moved}
    manifest: dict[str, Any] = {
        "date": datetime.date.today().isoformat(),
        "seed": seed,
        "until": until,
        "variant": variant_of_fit(study, problem.layout.countries[0], variant),
        "scheme": f"{SCHEME}, step {STEP}",
        "estimated": len(problem.layout),
        "figures": int(sum(group.observed.mask.sum() for group in problem.groups)),
        "loss": best.loss,
        "starts": [start_row(end, best) for end in ends],
        "at the bound": at_bound(problem.layout, best.z),
        **problem.layout.others(best.z),
        COORDINATES: {str(one): float(z) for one, z in zip(problem.layout.entries, best.z, strict=True)},
        **({} if within is None else {"within": within.name, HELD: held_hash(within)}),
        "hashes": study.hashes(problem.layout.countries),
        "versions": {package: version(package) for package in PACKAGES},
    }
    fit = Fit(name, problem.layout.countries, until, shared, by_country, manifest)
    manifest["scores"] = [
        score.as_dict()
        for iso3 in problem.layout.countries
        for score in score_run(study, iso3, study.simulate(iso3, fit))
    ]
    return fit


def variant_of_fit(study: Study, iso3: str, variant: str | None) -> str | None:
    """The name of the variant that a fit is made with; None where the study has none with these switches."""
    used = study.variants.of_values(study.parameter_values(iso3, variant=variant))
    return None if used is None else used.name


def start_row(end: Start, best: Start) -> dict[str, Any]:
    """How one start ended; `distance`: root mean square from the best one, in prior standard deviations."""
    return {
        "loss": end.loss,
        "iterations": end.iterations,
        "message": end.message,
        "slope": end.slope,
        "distance": float(np.sqrt(np.mean((end.z - best.z) ** 2))),
    }


def at_bound(layout: ParameterVector, z: NDArray[np.float64]) -> list[str]:
    """The estimated numbers that ended at the edge of their prior, where the fit pulls harder."""
    return [str(entry) for entry, one in zip(layout.entries, z, strict=True) if abs(one) >= AT_BOUND]


def fit_without(
    study: Study,
    problem: Problem,
    iso3: str,
    name: str,
    until: int | None = None,
    variant: str | None = None,
    tick: Callable[[int, float], None] = lambda done, loss: None,
    most: int = MOST_ITERATIONS,
) -> Fit:
    """The joint fit of all countries of a problem but one, searched for from the centres of the priors.

    shared = argmin over z of z . z / 2 - sum over the others of log p(figures | z)

    `until` and `variant`: those that the problem was made with. Raises InputError for a country that is none
    of the problem's, and where the search ends without a finite loss.
    """
    left = problem.without_figures(iso3)
    end = from_centres(left, f"the fit without {iso3}", tick=tick, most=most)
    return of_the_others(study, make_fit(study, left, [end], name, until, 0, variant), iso3)


def of_the_others(study: Study, fit: Fit, iso3: str) -> Fit:
    """A fit as if a country, which had no figures in it, had never been named."""
    rest = tuple(one for one in fit.countries if one != iso3)
    mine, details = f"[{iso3}]", dict(fit.manifest)
    for key in (COORDINATES, Role.SIZE.value, Role.SHIFT.value):
        details[key] = {one: value for one, value in details[key].items() if not one.endswith(mine)}
    details["at the bound"] = [one for one in details["at the bound"] if not one.endswith(mine)]
    details["scores"] = [row for row in details["scores"] if row["country"] != iso3]
    details["estimated"] = len(details[COORDINATES])
    details["hashes"] = study.hashes(rest)
    by_country = {one: values for one, values in fit.by_country.items() if one != iso3}
    return replace(fit, countries=rest, by_country=by_country, manifest=details)


def at_nought(problem: Problem, names: Sequence[str], gone: Sequence[str]) -> Problem:
    """The problem with some parameters at nought in every country, estimated ones too.

    x = 0 whatever z, for each name of `gone`: the base is 0, and so are centre and spread of its prior

    `names`: the parameters of the model in order; `gone`: those at nought. What nothing depends on any more
    stays at the centre of its prior, and z at 0, so that the optimum of the others is that of a fit without
    it. Raises InputError for a name that the model lacks, and for an estimated share, whose logit has no 0.
    """
    unknown = [name for name in gone if name not in names]
    if unknown:
        got, expected = f"the unknown parameters {', '.join(unknown)}", "parameters of the model"
        raise refuse("removal", got, expected, "mend their names")
    base = problem.layout.base.copy()
    base[:, [list(names).index(name) for name in gone]] = 0.0
    entries = tuple(_nought(one) if _is(one, gone) else one for one in problem.layout.entries)
    layout = replace(problem.layout, base=base, entries=entries)
    return replace(problem, layout=layout, given=(layout.numbers, problem.given[1]))


def _is(entry: EstimatedParameter, gone: Sequence[str]) -> bool:
    return entry.role is Role.PARAMETER and entry.name in gone


def _nought(entry: EstimatedParameter) -> EstimatedParameter:
    if entry.family == "logit":
        got = f"the estimated share {entry}"
        raise refuse("removal", got, "a parameter that can be nought", "remove what it multiplies")
    return replace(entry, centre=0.0, spread=0.0)


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
    countries = codes(countries)
    check_request(study, countries, starts)
    rival = None if variant is None else study.variants[variant].fit
    made = "-".join([*countries, *([] if until is None else ["until", str(until)])])
    label = plain_name(name or rival or made, "name of the fit")
    held = study.named_fit(within)
    if held is not None:
        held.refuse_stale(study)
    return calibrate(
        study,
        list(countries),
        until=until,
        starts=starts,
        seed=seed,
        report=report,
        name=label,
        variant=variant,
        within=held,
        kept=kept,
        elsewhere=None if executor is None else starts_by(executor, study),
        resume=resume,
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """A joint fit of some countries to a cut-off, from the centres of the priors, under a name of its own."""

    name: str
    countries: tuple[str, ...]
    cut_off: int
    variant: str


def name_without(fit: str, cut_off: int, what: str) -> str:
    """The name of the fit of a variant to a cut-off without a country or a mechanism.

    >>> name_without("reference", 1979, "KOR")
    'reference-until-1979-without-KOR'
    """
    return f"{name_at_cutoff(fit, cut_off)}-without-{what}"


def cached_fit(study: Study, wanted: Wanted, made: Callable[[], Fit], kept: Path | None = None) -> Fit:
    """The fit wanted: the one in the folder `kept` where it belongs to the study, else `made`.

    What is made is kept there. Raises InputError for a damaged fit there, and as `made` does.
    """
    found = read_cached_fit(study, wanted, kept)
    return keep(made(), wanted, kept) if found is None else found


def read_cached_fit(study: Study, wanted: Wanted, kept: Path | None) -> Fit | None:
    """The fit wanted from the folder `kept`; None where it is not there or of another study.

    Raises InputError for a damaged fit there.
    """
    if kept is None or not (kept / wanted.name / PARAMETERS).is_file():
        return None
    found = load_fit(kept / wanted.name)
    return found if serves(study, found, wanted) else None


def keep(fit: Fit, wanted: Wanted, kept: Path | None) -> Fit:
    """Keep a fit in the folder `kept`, where there is one; returns it."""
    if kept is not None:
        save_fit(fit, kept / wanted.name)
    return fit


def serves(study: Study, fit: Fit, wanted: Wanted) -> bool:
    """Whether a fit is the one wanted, made from the study as it is."""
    asked = (wanted.countries, wanted.cut_off, wanted.variant)
    of_fit = (fit.countries, fit.until, fit.manifest.get("variant"))
    return of_fit == asked and not fit.differing(study.hashes(fit.countries))


EVERY: Final = 25


@dataclass(frozen=True, slots=True)
class Shift:
    """How far a refit moves one parameter: `change` in standard deviations of its prior."""

    parameter: str
    iso3: str | None
    was: float
    now: float
    change: float


@dataclass(frozen=True, slots=True)
class Refitted:
    """A fit made anew, its loss, and the shifts of its parameters, the largest first."""

    fit: Fit
    loss: float
    shifts: tuple[Shift, ...]


def refit(study: Study, fit: Fit, countries: Sequence[str], progress: Progress = silent) -> Refitted:
    """The joint fit of some countries from one start: the values that the tables of `study` hold.

    change = z(now) - z(was), z = what the prior takes for a standard normal

    Raises InputError as `make_problem` does.
    """
    # imported here: a comparison without a refit needs nothing of JAX
    from latecomer.inference.optimise import MOST_ITERATIONS, maximise, starting_points
    from latecomer.inference.problem import make_problem

    def tick(iteration: int, loss: float) -> None:
        if iteration % EVERY == 0:
            progress(f"refit, loss {loss:.3f}", iteration, MOST_ITERATIONS)

    variant = variant_of(study, fit, None)
    asked: dict[str, Any] = {} if variant is None else {"variant": variant.name}
    problem = make_problem(study, countries, fit.until, **asked)
    begin = problem.layout.start()
    end = maximise(problem, starting_points(begin, 1, 0)[0], tick, MOST_ITERATIONS)
    there = replace(problem.layout, base=np.asarray(problem.layout.vectors(end.z)))
    shared, by_country = problem.layout.split(end.z)
    made = Fit(fit.name, tuple(countries), fit.until, shared, by_country, fit.manifest)
    shifts = []
    for entry, change in zip(there.entries, there.start() - begin, strict=True):
        now = shared if entry.iso3 is None else by_country[entry.iso3]
        if entry.name in now:
            iso3 = entry.iso3 or countries[0]
            was = study.parameter_values(iso3, **asked)[entry.name]
            shifts.append(Shift(entry.name, entry.iso3, was, now[entry.name], float(change)))
    return Refitted(made, end.loss, tuple(sorted(shifts, key=lambda one: -abs(one.change))))
