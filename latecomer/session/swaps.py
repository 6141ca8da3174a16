"""One country with the policy of another, or in a calmer world: paths, and what accounts for a difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from latecomer.explain.counterfactuals import settings, told
from latecomer.faults import refuse
from latecomer.session.evidence import save_evidence
from latecomer.session.progress import Progress, silent
from latecomer.session.swap_brakes import Brake, brakes
from latecomer.session.swap_outcomes import Row, Shared, disagreements, finite, row, shared_out
from latecomer.session.swap_runs import Drawn, drawn_parameters, refuse_outside, runs_of
from latecomer.study.fits import Fit
from latecomer.study.run_spec import RunSpec, needed_fit, resolve
from latecomer.study.study import Study
from latecomer.study.values import variant_of

DRAWS: Final = 200


@dataclass(frozen=True)
class VariantSwap:
    """What the fit of one variant says.

    `brakes`: what each limit of the model holds back; `lost`: draws left out, as a run of theirs does not
    stay finite.
    """

    variant: str
    fit: str
    rows: tuple[Row, ...]
    shared: tuple[Shared, ...]
    brakes: tuple[Brake, ...]
    draws: int
    lost: int

    def row(self, country: str, number: int) -> Row:
        """A counterfactual of a country by its place: 0 for the baseline, 1 for the other's policy."""
        return [one for one in self.rows if one.country == country][number]


@dataclass(frozen=True)
class Swap:
    """Two countries swapped, by every variant; `disagree`: in words, where the variants say opposite things.

    `uncertain`: whether the bands are those of the fast approximation; if not, of the shocks alone.
    """

    countries: tuple[str, str]
    year: int
    seed: int
    uncertain: bool
    variants: tuple[VariantSwap, ...]
    disagree: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The swap as plain data."""
        return asdict(self)


def swap(
    study: Study,
    one: str,
    other: str,
    fits: Mapping[str, Fit],
    year: int | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    uncertain: bool = True,
    progress: Progress = silent,
) -> Swap:
    """Two countries swapped under some fits, by what each is called.

    A country keeps its stocks, structure and people, and has the other's levers, of the same calendar years,
    from `year` on, by default that of the study. `draws`: of parameters and of shocks together; draw k has
    the same parameters and the same shocks in every run of a fit, and the first has the parameters of the fit
    itself. `uncertain`: whether the others are draws of the fast approximation of the fit, which takes
    minutes, or differ by the shocks alone. Raises InputError for a country whose run does not hold the years
    that are told of, for a year that is not in both runs before them, for a study that does not say what a
    swap tells, for a stale fit, and for one of which too few draws stay finite.
    """
    asked = study.outcomes.needed_swap("a swap")
    year = asked.year if year is None else year
    for iso3 in (one, other):
        refuse_outside(study, iso3, year)
    found = []
    for number, (name, fit) in enumerate(fits.items()):
        progress(f"swap under {name}", number, len(fits))
        fit.refuse_stale(study)
        spec = resolve(study, (one, other), fit, draws=draws, seed=seed)
        drawn = drawn_parameters(study, spec, draws, seed, uncertain)
        found.append(swap_under(study, spec, name, drawn, year, draws, seed))
    progress("swapped", len(fits), len(fits))
    opposite = tuple(disagreements([(each.variant, each.rows) for each in found], study.outcomes))
    return Swap((one, other), year, seed, uncertain, tuple(found), opposite)


def save_swap(study: Study, made: Swap) -> Path:
    """Keep a swap with the hashes of what it was made from."""
    fits = [study.fits[one.fit] for one in made.variants]
    name = "-".join(["swap", *made.countries])
    return save_evidence(study, name, made.as_dict(), made.countries, fits)


def swap_under(
    study: Study,
    spec: RunSpec,
    name: str,
    drawn: Drawn,
    year: int,
    draws: int,
    seed: int,
) -> VariantSwap:
    """A swap under one fit, with the parameters of each country: numbers, or one number a draw."""
    fit, asked = needed_fit(study, spec.fit), study.outcomes.needed_swap("a swap")
    one, other = spec.countries
    runs = runs_of(study, spec.setups, drawn, tuple(settings(one, other, year, asked)), year, draws, seed)
    sound = np.flatnonzero(finite(runs.values()))
    if 2 * len(sound) < draws or 0 not in sound:
        got = f"{len(sound)} of {draws} draws whose runs all stay finite"
        got += "" if 0 in sound else ", the fit itself not among them"
        raise refuse(f"fit '{fit.name}'", got, "half of them, and the fit itself", "fit again")
    kept = {setting: run.isel(draw=sound) for setting, run in runs.items()}
    rows: list[Row] = []
    for mine, theirs in ((one, other), (other, one)):
        named = told(mine, theirs, year, asked)
        base = kept[next(iter(named.values()))]
        rows += [row(study, mine, called, kept[setting], base) for called, setting in named.items()]
    held = (*brakes(study, spec, one, other, year), *brakes(study, spec, other, one, year))
    shared = shared_out(one, other, kept, asked)
    return VariantSwap(name, fit.name, tuple(rows), shared, held, len(sound), draws - len(sound))


def rival_fits(study: Study, fit: str | None = None) -> dict[str, Fit]:
    """The fit of each rival variant by its name, or the one named alone under the variant that made it.

    Raises InputError for an unknown fit, and where no variant has one.
    """
    if fit is not None:
        chosen = study.fits[fit]
        used = variant_of(study, chosen, None)
        return {fit if used is None else used.name: chosen}
    found = {name: study.fits[one.fit] for name, one in study.variants.items() if one.fit is not None}
    if not found:
        cure = "add variants with fits to model/variants.toml, or name a fit with --fit"
        raise refuse("variants", "none with a fit", "one at least", cure)
    return found
