"""What a caller asks of a run by name: the fit that belongs to it, and what it is then called."""

from __future__ import annotations

from typing import Final

from latecomer.faults import refuse
from latecomer.study.fits import Fit
from latecomer.study.rooms import NO_FIT, Rooms
from latecomer.study.scenarios import Scenario

REFERENCE: Final = "reference"
OWN_FIT: Final = "that of the variant"
"""The fit of a run that names none: that of its variant, the reference fit without a variant."""


def fit_of(rooms: Rooms, fit: Fit | str | None, variant: str | None) -> Fit | None:
    """The fit asked for, or the one that belongs to the variant.

    Raises InputError for an unknown fit or variant, and for a variant without a fit.
    """
    if fit != OWN_FIT:
        return rooms.fit(fit)
    if variant is None:
        return rooms.fits[REFERENCE]
    own = rooms.variants[variant].fit
    if own is None:
        cure = "name one with --fit, or run it without a fit (--fit none)"
        raise refuse(f"variant '{variant}'", "no fit of its own", "the name of a fit", cure)
    return rooms.fits[own]


def named(iso3: str, scenario: Scenario | None, fit: Fit | None, variant: str) -> dict[str, str]:
    """What a run is called: its country, scenario, fit and variant, "none" for what it has not."""
    return {
        "country": iso3,
        "scenario": NO_FIT if scenario is None else scenario.name,
        "fit": NO_FIT if fit is None else fit.name,
        "variant": variant,
    }
