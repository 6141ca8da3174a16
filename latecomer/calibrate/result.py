"""What a fit leaves behind: parameters by name, and a manifest that says how they came about."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from latecomer.calibrate.layout import Layout
from latecomer.calibrate.problem import SCHEME, STEP, Problem
from latecomer.calibrate.score import score_run
from latecomer.calibrate.uncertainty import COORDINATES
from latecomer.study.fits import HELD, Fit, held_hash

if TYPE_CHECKING:
    from latecomer.calibrate.maximise import Start
    from latecomer.study.study import Study

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
        "variant": variant_made(study, problem.layout.countries[0], variant),
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


def variant_made(study: Study, iso3: str, variant: str | None) -> str | None:
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


def at_bound(layout: Layout, z: NDArray[np.float64]) -> list[str]:
    """The estimated numbers that ended at the edge of their prior, where the fit pulls harder."""
    return [str(entry) for entry, one in zip(layout.entries, z, strict=True) if abs(one) >= AT_BOUND]
