"""A fit made anew from its own values on other figures, and how far each parameter went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from latecomer.session.progress import Progress, silent
from latecomer.study.fits import Fit
from latecomer.study.study import Study
from latecomer.study.values import variant_of

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
    from latecomer.calibrate.maximise import MOST_ITERATIONS, maximise, starting_points
    from latecomer.calibrate.problem import make_problem

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
