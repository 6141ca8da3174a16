"""What the populations of a fit say of a country outside it: a prior for each of its own parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from latecomer.calibrate.transformations import natural

if TYPE_CHECKING:
    from latecomer.study.fits import Fit


@dataclass(frozen=True, slots=True)
class Drawn:
    """A prior moved to the place that a fit found for a population.

    `middle` and `width`: that place, in standard deviations of the prior, and the ratio of spreads.
    """

    family: str
    centre: float
    spread: float
    middle: float
    width: float


def of_populations(priors: Mapping[str, Any], populations: Mapping[str, Any], fit: Fit) -> dict[str, Any]:
    """The priors of a country, those of populations moved to their common centre and spread in a fit.

    centre' = natural(family, centre, spread, m);  spread' = s * spread

    m, s: common centre and spread of the fit's manifest, in standard deviations of the prior and as a ratio.
    """
    found = fit.manifest.get("populations", {})
    moved = {}
    for name, prior in priors.items():
        m, s = found.get(f"common centre of {name}"), found.get(f"common spread of {name}")
        if name in populations and m is not None and s is not None:
            centre = float(natural(prior.family, prior.centre, prior.spread, m))
            moved[name] = Drawn(prior.family, centre, prior.spread * s, m, s)
    return {**priors, **moved}
