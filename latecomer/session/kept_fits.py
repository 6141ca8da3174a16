"""Fits that a longer job needs, kept on the way: one that is there and belongs to the study is used again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from latecomer.session.weights import early_name
from latecomer.study.fits import PARAMETERS, Fit, load_fit, save_fit
from latecomer.study.study import Study


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
    return f"{early_name(fit, cut_off)}-without-{what}"


def kept_fit(study: Study, wanted: Wanted, made: Callable[[], Fit], kept: Path | None = None) -> Fit:
    """The fit wanted: the one in the folder `kept` where it belongs to the study, else `made`.

    What is made is kept there. Raises InputError for a damaged fit there, and as `made` does.
    """
    found = read_kept(study, wanted, kept)
    return keep(made(), wanted, kept) if found is None else found


def read_kept(study: Study, wanted: Wanted, kept: Path | None) -> Fit | None:
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
