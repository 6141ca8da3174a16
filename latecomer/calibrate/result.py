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
from latecomer.study.fits import Fit

if TYPE_CHECKING:
    from latecomer.calibrate.maximise import Start
    from latecomer.study.rooms import Rooms

PACKAGES = ("latecomer", "numpy", "scipy", "jax", "pysd")
AT_BOUND = 3.99


def make_fit(
    rooms: Rooms, problem: Problem, ends: Sequence[Start], name: str, until: int | None, seed: int
) -> Fit:
    """The fit of the best start, with its manifest."""
    best = min(ends, key=lambda end: end.loss)
    shared, by_country = problem.layout.split(best.z)
    manifest: dict[str, Any] = {
        "date": datetime.date.today().isoformat(),
        "seed": seed,
        "until": until,
        "scheme": f"{SCHEME}, step {STEP}",
        "estimated": len(problem.layout),
        "figures": int(sum(group.observed.mask.sum() for group in problem.groups)),
        "loss": best.loss,
        "starts": [{"loss": end.loss, "iterations": end.iterations, "message": end.message} for end in ends],
        "at the bound": at_bound(problem.layout, best.z),
        "hashes": rooms.hashes(problem.layout.countries),
        "versions": {package: version(package) for package in PACKAGES},
    }
    fit = Fit(name, problem.layout.countries, until, shared, by_country, manifest)
    manifest["scores"] = [
        score.as_dict()
        for iso3 in problem.layout.countries
        for score in score_run(rooms, iso3, rooms.simulate(iso3, fit))
    ]
    return fit


def at_bound(layout: Layout, z: NDArray[np.float64]) -> list[str]:
    """The estimated numbers that ended at the edge of their prior, where the fit pulls harder."""
    return [str(entry) for entry, one in zip(layout.entries, z, strict=True) if abs(one) >= AT_BOUND]


def warm_start(layout: Layout, fit: Fit) -> NDArray[np.float64]:
    """The vector of standard normals of an earlier fit; nought where it lacks a number."""
    z = np.zeros(len(layout))
    for i, entry in enumerate(layout.entries):
        known = fit.shared if entry.iso3 is None else fit.by_country.get(entry.iso3, {})
        if entry.name in known:
            z[i] = inverse(entry.family, entry.centre, entry.spread, known[entry.name])
    return z


def inverse(family: str, centre: float, spread: float, value: float) -> float:
    """The standard normal that gives a value: the inverse of `natural`.

    >>> inverse("normal", 1.0, 0.25, 0.5)
    -2.0
    >>> round(inverse("lognormal", 2.0, 0.5, 2.0 * 2.718281828), 6)
    2.0
    >>> inverse("logit", 0.5, 1.0, 0.5)
    0.0
    """
    if family == "lognormal":
        return float(np.log(value / centre) / spread)
    if family == "normal":
        return (value - centre) / spread
    odds = np.log(value / (1.0 - value)) - np.log(centre / (1.0 - centre))
    return float(odds / spread)
