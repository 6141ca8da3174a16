"""The posterior of a fit: sampled, checked, thinned, kept beside it, and what its bands cover."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from latecomer.errors import refuse
from latecomer.inference.bands import LEVEL, BandScore, band_scores, pooled_coverage, stated_coverage
from latecomer.inference.centring import centred_density, centring
from latecomer.inference.diagnostics import Posterior, load_posterior
from latecomer.inference.hmc import sample
from latecomer.inference.identifiability import problem_of
from latecomer.inference.laplace import (
    Laplace,
    approximate,
    coordinates,
    density_of,
    importance,
    laplace,
    named_draws,
)
from latecomer.inference.predictive import paths
from latecomer.inference.problem import Problem
from latecomer.study.fits import POSTERIOR, Fit, save_fit
from latecomer.study.run_spec import needed_fit
from latecomer.study.study import Study

if TYPE_CHECKING:
    from latecomer.runs.executor import Progress

FILE = POSTERIOR
KEPT = 200
"""Draws kept beside a fit, of all chains together: enough for bands, and a file of about a megabyte."""
CHAINS, WARM_UP = 4, 150
Floats = NDArray[np.float64]
Report = Callable[[int, int, float], None]


def sample_fit(
    study: Study,
    fit: Fit | str,
    samples: int,
    seed: int = 0,
    kept: Path | None = None,
    resume: bool = False,
    report: Report | None = None,
) -> Fit:
    """A fit with its posterior: `samples` draws of each of four chains from about its mode, and their bands.

    The fit is saved with a part of the draws beside it and what the whole of them say in its manifest.
    `kept`: a folder for checkpoints; `resume`: go on from there. Raises InputError as `sample` does.
    """
    fit = needed_fit(study, fit)
    problem = problem_of(study, fit)
    density = density_of(problem)
    approximation = approximate(problem, coordinates(problem.layout, fit))
    request: dict[str, Any] = {"seed": seed, "checkpoint": kept, "resume": resume, "report": report}
    by, z = centring(problem.layout), approximation.mode
    centred = centred_density(density, by)
    posterior = sample(
        centred, laplace(centred, np.asarray(by.centred(z))), CHAINS, samples, WARM_UP, **request
    )
    posterior = replace(posterior, draws=np.asarray(by.standard(posterior.draws)))
    few = thinned(posterior, KEPT)
    bands = bands_of(study, problem, few.draws.reshape(-1, len(density)))
    details = posterior_row(posterior, approximation) | {
        "fast approximation": importance(density, approximation).as_dict(),
        "bands": band_rows(bands),
        "kept": few.draws.shape[0] * few.draws.shape[1],
    }
    whole = replace(fit, manifest={**fit.manifest, "posterior": details})
    save_fit(whole, study.fits.place(fit.name), few.write)
    return whole


def posterior_row(posterior: Posterior, approximation: Laplace) -> dict[str, Any]:
    """What the draws say of themselves, and how far the fast approximation is from them."""
    return {**posterior.as_dict(), "compared": posterior.compare(approximation).as_dict()}


def thinned(posterior: Posterior, most: int) -> Posterior:
    """At most `most` draws of a posterior, evenly from each chain."""
    chains, draws, _ = posterior.draws.shape
    each = max(1, min(draws, most // chains))
    at = np.linspace(0, draws - 1, each).round().astype(int)
    names = ("draws", "loss", "acceptance", "divergent", "energy")
    return replace(posterior, **{name: getattr(posterior, name)[:, at] for name in names})


def posterior_file(study: Study, fit: Fit) -> Path:
    """Where the draws of a fit are kept, if it has any."""
    return study.fits.place(fit.name) / FILE


def draws_of(study: Study, fit: Fit) -> Floats:
    """The draws kept beside a fit, shape (draws, entries). Raises InputError where it has none."""
    path = posterior_file(study, fit)
    if not path.is_file():
        command = (
            f"latecomer calibrate {' '.join(fit.countries)} --name {fit.name}{_options(fit)} --samples 1000"
        )
        raise refuse(f"fit '{fit.name}'", "no posterior", f"{FILE} beside it", f"sample one: {command}")
    draws = load_posterior(path).draws
    return draws.reshape(-1, draws.shape[-1])


def _options(fit: Fit) -> str:
    """The options with which a fit was made, as they stand in a command."""
    request = {
        "until": fit.until,
        "variant": fit.manifest.get("variant"),
        "within": fit.manifest.get("within"),
    }
    quoted = {name: f'"{value}"' if " " in str(value) else str(value) for name, value in request.items()}
    return "".join(f" --{name} {quoted[name]}" for name, value in request.items() if value is not None)


def bands_of(study: Study, problem: Problem, draws: Floats, end: int | None = None) -> list[BandScore]:
    """The 80 % bands of every country and fitted series, from draws of standard normals of its fit.

    The size of a figure's error is learned from the other half of the years (`crossed_scales`). Draws whose
    run is no number within a country's years are left out of its bands; raises InputError where none is left.
    """
    variables = [target.variable for target in study.targets.targets]
    fitted = {target.series for target in study.targets.targets if target.weight > 0}
    first = {iso3: study.countries[iso3].window.start for iso3 in problem.layout.countries}
    drawn = named_draws(problem.layout, study.targets, draws)
    scores: list[BandScore] = []
    for iso3, runs in paths(problem, variables, first, draws).items():
        last = study.countries[iso3].window.end if end is None else end
        within = runs.sel(time=slice(None, float(last)))
        sound = np.all([np.isfinite(part.values).all(axis=1) for part in within.values()], axis=0)
        if not sound.any():
            raise refuse(
                f"bands of {iso3}", f"{len(draws)} draws whose runs are no numbers", "one at least that is",
                "fit again from other starts",
            )  # fmt: skip
        sizes = {series: size[sound] for (whose, series), size in drawn.sizes.items() if whose == iso3}
        drawn_runs = within.isel(draw=np.flatnonzero(sound))
        found = band_scores(study, iso3, drawn_runs, sizes, until=last, crossed=True)
        scores += [one for one in found if one.series in fitted]
    return scores


def band_rows(scores: list[BandScore]) -> dict[str, Any]:
    """Coverage of the bands of fitted series: of all figures together, and by country."""
    of = {iso3: [one for one in scores if one.country == iso3] for iso3 in {s.country for s in scores}}
    whole = pooled_coverage(scores)
    each = {iso3: pooled_coverage(rows).share for iso3, rows in sorted(of.items())}
    details = {"covered": whole.share, "as stated": stated_coverage(scores), "figures": whole.n}
    return {"level": LEVEL, **details, "by country": each}


def progress_of(tell: Progress) -> Report:
    """A sampler's report as a line of progress."""
    return lambda done, total, accepted: tell(f"sampling, acceptance {accepted:.2f}", done, total)
