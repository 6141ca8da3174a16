"""What a study asks of its fits: what is identified, profiles, the test of shuffled institutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from latecomer.calibrate.identify import Advice, Identification, advice, identify
from latecomer.calibrate.layout import BOUND
from latecomer.calibrate.maximise import REFUSED, maximise
from latecomer.calibrate.problem import Problem, make_problem
from latecomer.calibrate.profile import Profile, grid_around, profile
from latecomer.calibrate.shuffle import ShuffleTest, shuffle_test
from latecomer.calibrate.uncertainty import certainty, coordinates
from latecomer.faults import nearest, refuse
from latecomer.study.fits import Fit
from latecomer.study.outcomes import lacking
from latecomer.study.run_spec import REFERENCE, needed_fit
from latecomer.study.study import Study

if TYPE_CHECKING:
    from latecomer.session.progress import Progress

Floats = NDArray[np.float64]
MOST = 150
"""Iterations of a refit that begins at the optimum of its neighbour."""


def problem_of(study: Study, fit: Fit) -> Problem:
    """The problem that a fit is the answer to. Raises InputError where the study has changed since."""
    fit.refuse_stale(study)
    variant, within = fit.manifest.get("variant"), fit.manifest.get("within")
    asked: dict[str, Any] = {} if variant is None else {"variant": variant}
    asked |= {} if within is None else {"within": study.fits[within]}
    return make_problem(study, fit.countries, fit.until, **asked)


def identify_fit(study: Study, fit: Fit | str = REFERENCE, profiled: Sequence[str] = ()) -> Identification:
    """The label of each number that a fit estimates; `profiled`: those whose profile is looked at too.

    Raises InputError for an unknown or a stale fit and for a number that the fit does not estimate.
    """
    fit = needed_fit(study, fit)
    problem = problem_of(study, fit)
    z = coordinates(problem.layout, fit)
    names = [str(entry) for entry in problem.layout.entries]
    for name in profiled:
        if name not in names:
            expected = "the name of a number that the fit estimates"
            raise refuse(f"profile of '{name}'", "an unknown name", expected, nearest(name, names))
    sure = certainty(problem, z)
    if not profiled:
        return sure.identification
    sds = sure.laplace.deviations
    profiles = {name: _profile(problem, z, names.index(name), sds) for name in profiled}
    return identify(names, sure.information, profiles=profiles)


def _profile(problem: Problem, z: Floats, place: int, deviations: Floats) -> Profile:
    def loss_and_gradient(point: Floats) -> tuple[float, Floats]:
        value, slope = problem.value_and_gradient(point)
        return float(value), np.asarray(slope)

    grid = grid_around(float(z[place]), float(deviations[place]), BOUND)
    return profile(loss_and_gradient, z, place, grid, prior=False)


def sources_of(study: Study, fit: Fit) -> dict[str, str]:
    """The source of each parameter that a fit estimates, by the name of its entry."""
    shared = {name: study.parameters[name].source for name in fit.shared}
    own = {
        f"{name} [{iso3}]": study.countries[iso3].parameters[name].source
        for iso3, values in fit.by_country.items()
        for name in values
    }
    return shared | own


def advised(study: Study, fit: Fit, found: Identification) -> Advice:
    """What to do about the flat parameters of a fit: fix those with a source, remove the others."""
    return advice(found, sources_of(study, fit))


def shuffled(
    study: Study, fit: Fit, shuffles: int, seed: int, tell: Progress, deadline: float | None = None
) -> ShuffleTest:
    """The test of shuffled institutions, for a fit in whose variant they say how much is learnt.

    Each refit begins at the optimum of the fit. Raises InputError for a fit without institutions, and for a
    study that names none.
    """
    asked = study.outcomes.permutation_test
    if asked is None:
        raise lacking("permutation_test", "the test of shuffled institutions", "what is shuffled")
    problem = problem_of(study, fit)
    entries = {entry.iso3: entry for entry in problem.layout.entries if entry.name == asked.parameter}
    if study.parameter_values(fit.countries[0], fit).get(asked.switch) != 1.0 or not entries:
        expected = "one whose variant has institutions as covariates"
        raise refuse(f"fit '{fit.name}'", "a fit without institutions", expected, "name another with --fit")
    begin = coordinates(problem.layout, fit)

    def refit(institutions: dict[str, float]) -> float:
        centres = {f"{asked.parameter} [{iso3}]": value for iso3, value in institutions.items()}
        end = maximise(problem.with_centres(centres), begin, lambda done, loss: None, MOST)
        return end.loss if end.loss < REFUSED else np.inf

    measured = {str(iso3): float(entry.centre) for iso3, entry in entries.items()}
    errors = {str(iso3): float(entry.spread) for iso3, entry in entries.items()}
    return shuffle_test(refit, measured, errors, shuffles, seed, report=tell, deadline=deadline)
