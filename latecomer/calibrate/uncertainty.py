"""How sure a fit is: its posterior density, the fast approximation, what is identified, draws by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import jax
import numpy as np
from numpy.typing import NDArray

from latecomer.calibrate.curvature import fisher_information
from latecomer.calibrate.density import Density
from latecomer.calibrate.entries import Role, error_entries
from latecomer.calibrate.identify import Identification, identify
from latecomer.calibrate.laplace import Laplace, laplace
from latecomer.calibrate.layout import Layout
from latecomer.calibrate.problem import Problem
from latecomer.calibrate.variational import expected_information

if TYPE_CHECKING:
    from latecomer.study.fits import Fit
    from latecomer.study.targets import Targets

Floats = NDArray[np.float64]
COORDINATES = "coordinates"


def density_of(problem: Problem) -> Density:
    """The posterior density of a problem over its standard normals, with its Gauss-Newton curvature."""
    names = tuple(str(entry) for entry in problem.layout.entries)

    def curvature(z: Floats) -> Floats:
        return fisher_information(problem, z) + np.eye(len(z))

    return Density(names, problem.traced, problem.given, curvature, problem.value_and_gradient)


@dataclass(frozen=True)
class Certainty:
    """The fast approximation at a mode, and what the figures identify there.

    `information`: of the figures alone, (entries, entries).
    """

    laplace: Laplace
    information: Floats
    identification: Identification


def certainty(problem: Problem, z: Floats) -> Certainty:
    """The normal approximation of a posterior at its mode and the label of each estimated number."""
    information = fisher_information(problem, z)
    approximation = _normal_about(problem, z, information)
    return Certainty(approximation, information, identify(approximation.names, information))


def approximate(problem: Problem, z: Floats) -> Laplace:
    """The normal approximation of a posterior about its mode, by the information expected over it."""
    information = expected_information(lambda point: fisher_information(problem, point), z)
    return _normal_about(problem, z, information)


def _normal_about(problem: Problem, z: Floats, information: Floats) -> Laplace:
    return laplace(replace(density_of(problem), curvature=lambda _: information + np.eye(len(z))), z)


def coordinates(layout: Layout, fit: Fit) -> Floats:
    """The vector of standard normals of a fit, by the names of its numbers; nought for what it has not."""
    held: Mapping[str, float] = fit.manifest.get(COORDINATES, {})
    return np.array([float(held.get(str(entry), 0.0)) for entry in layout.entries])


@dataclass(frozen=True)
class Draws:
    """Draws of what a fit estimates, shape (draws,) each.

    `parameters`: by iso3 and name; `sizes`: of errors, by (iso3, series).
    """

    parameters: dict[str, dict[str, Floats]]
    sizes: dict[tuple[str, str], Floats]


def named_draws(layout: Layout, targets: Targets, draws: Floats) -> Draws:
    """Draws of standard normals, shape (draws, entries), as parameters of countries and sizes of errors.

    The size of an error that is not estimated is its stated scale in every draw.
    """
    values = np.asarray(jax.vmap(layout.values)(draws))
    place = {str(entry): k for k, entry in enumerate(layout.entries)}
    parameters: dict[str, dict[str, Floats]] = {iso3: {} for iso3 in layout.countries}
    for k, entry in enumerate(layout.entries):
        if entry.role is Role.PARAMETER:
            for iso3 in layout.countries if entry.iso3 is None else [entry.iso3]:
                parameters[iso3][entry.name] = values[:, k]
    sizes = {}
    for iso3 in layout.countries:
        for target in targets.targets:
            name = str(error_entries({(iso3, target.series): (1.0, 1.0)}, {})[0])
            stated = np.full(len(draws), target.scale(iso3))
            sizes[iso3, target.series] = values[:, place[name]] if name in place else stated
    return Draws(parameters, sizes)
