"""What a figure for papers is asked to show, and what its caption tells of where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from latecomer.faults import refuse
from latecomer.session.evidence import FOLDER, Evidence, hashes_of, load_evidence
from latecomer.session.material import in_words
from latecomer.study.fits import Fit
from latecomer.study.outcomes import Outcomes
from latecomer.study.run_spec import REFERENCE, needed_fit
from latecomer.study.study import Study

DIGITS: Final = 12
"""So much of a hash is told."""
TEXT: Final = "model text"


@dataclass(frozen=True, slots=True)
class Ask:
    """What a figure is asked to show: countries, folders of runs, and the fit."""

    countries: tuple[str, ...] = ()
    runs: tuple[Path, ...] = ()
    fit: str = REFERENCE


def fresh(study: Study, ask: Ask) -> Fit:
    """The fit asked for. Raises InputError for none, an unknown one, and one older than the study."""
    fit = needed_fit(study, ask.fit)
    fit.refuse_stale(study)
    return fit


def told(study: Study, fit: Fit) -> str:
    """The name of a fit, the last year of its figures and its hash."""
    held = f"fit '{fit.name}'"
    figures = "all figures" if fit.until is None else f"figures up to {fit.until}"
    return f"{fit.name}, {figures}, sha256 {brief(hashes_of(study, (), [fit])[held])}"


def brief(digest: str) -> str:
    """The first digits of a hash.

    >>> brief("0123456789abcdef")
    '0123456789ab…'
    """
    return f"{digest[:DIGITS]}…"


def by_model(study: Study) -> str:
    """The model text and the program that a run comes from."""
    return f"runs: model text, sha256 {brief(study.hashes(())[TEXT])}, latecomer {version('latecomer')}"


def named(name: str, countries: Sequence[str]) -> str:
    """The name of a file: that of the figure and the countries asked for.

    >>> named("fit", ["KOR", "BRA"]), named("scores", [])
    ('fit-KOR-BRA', 'scores')
    """
    return "-".join([name, *countries])


def unit_words(unit: str, outcomes: Outcomes) -> str:
    """A unit of the model text in the words of a figure.

    >>> unit_words("billion dollars/Year", Outcomes()), unit_words("Dmnl", Outcomes())
    ('billion dollars per year', 'a ratio')
    """
    return in_words(unit, outcomes).replace("/Year", " per year")


def short_name(study: Study, iso3: str) -> str:
    """The name of a country without what stands after a comma."""
    return study.countries[iso3].name.partition(",")[0]


def result(study: Study, name: str, command: str) -> Evidence:
    """A result that is kept. Raises InputError, with the command that makes it, where there is none."""
    kept = load_evidence(study, name)
    if kept is None:
        raise refuse(
            str(FOLDER / f"{name}.json"), "no such result", "one that is kept", f"make it: {command}"
        )
    return kept


def made_of(kept: Evidence) -> str:
    """The fits of a result with their hashes."""
    fits = {name[5:-1]: digest for name, digest in kept.made_from.items() if name.startswith("fit '")}
    return "; ".join(f"{name}, sha256 {brief(digest)}" for name, digest in fits.items()) or "none"


def old(study: Study, kept: Evidence) -> tuple[str, ...]:
    """A note where the study has changed since a result was made."""
    changed = kept.stale(study)
    return (f"older than {', '.join(changed)} of the study; make it anew.",) if changed else ()
