"""Joint fits without one country: the shared numbers as all others have them, from one compiled program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from latecomer.calibrate.entries import Role
from latecomer.calibrate.maximise import MOST_ITERATIONS, from_centres
from latecomer.calibrate.problem import Problem
from latecomer.calibrate.result import make_fit
from latecomer.calibrate.uncertainty import COORDINATES
from latecomer.study.fits import Fit

if TYPE_CHECKING:
    from latecomer.study.study import Study


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
    mine, told = f"[{iso3}]", dict(fit.manifest)
    for key in (COORDINATES, Role.SIZE.value, Role.SHIFT.value):
        told[key] = {one: value for one, value in told[key].items() if not one.endswith(mine)}
    told["at the bound"] = [one for one in told["at the bound"] if not one.endswith(mine)]
    told["scores"] = [row for row in told["scores"] if row["country"] != iso3]
    told["estimated"] = len(told[COORDINATES])
    told["hashes"] = study.hashes(rest)
    by_country = {one: values for one, values in fit.by_country.items() if one != iso3}
    return replace(fit, countries=rest, by_country=by_country, manifest=told)
