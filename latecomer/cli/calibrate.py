"""The commands that fit: calibrate, what a fit identifies, what its bands cover, rival variants."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from latecomer import ending
from latecomer.cli import commands, tables
from latecomer.cli.commands import (
    OF_STUDY,
    AsJson,
    FitName,
    Save,
    Scheduler,
    VariantName,
    Where,
    app,
    cluster,
    message,
    opened,
)

if TYPE_CHECKING:
    from latecomer.study.fits import Fit
    from latecomer.study.study import Study

Countries = Annotated[list[str], typer.Argument(metavar="ISO3...", help="The countries, fitted jointly.")]
Until = Annotated[int | None, typer.Option(metavar="YEAR", help="The last year of figures used.")]
Within = Annotated[
    str | None,
    typer.Option(metavar="FIT", help="A fit whose shared parameters hold; only the countries' own move."),
]
Samples = Annotated[
    int,
    typer.Option(
        min=0, max=1_000_000, help="Draws of the posterior, of each of four chains; none by default."
    ),
]


@app.command()
def calibrate(
    countries: Countries,
    until: Until = None,
    starts: Annotated[int | None, typer.Option(min=1, max=1000, help="Starts of the optimiser.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the later starts and of the draws.")] = 0,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Name of the fit.")] = None,
    variant: VariantName = None,
    within: Within = None,
    samples: Samples = 0,
    scheduler: Scheduler = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where the last one was cut off.")] = False,
    where: Where = None,
) -> None:
    """Fit the parameters with a prior to the figures and keep the fit in calibration/fits.

    Without --within all shared parameters move, and what the figures identify is told; three starts, or one
    with --within.
    """
    ending.way_on("the same command with --resume")
    from latecomer.inference.goodness_of_fit import Score
    from latecomer.inference.identifiability import identify_fit
    from latecomer.study.fits import drop_checkpoints, refuse_other, save_fit

    label = commands.fit_name(name, countries, until)
    study = opened(where)
    if variant is not None and name is None:
        label = study.variants[variant].fit or label
    kept = study.fits.kept(label)
    refuse_other(study.fits.place(label))
    begun = starts or (1 if within else 3)
    options: dict[str, Any] = {"until": until, "starts": begun, "seed": seed, "name": label, "within": within}
    options |= {} if variant is None else {"variant": variant}
    with tables.losses(begun) as tick:
        fit = study.fit(
            countries, report=tick, kept=kept, resume=resume, executor=cluster(scheduler), **options
        )
    folder = save_fit(fit, study.fits.place(label))
    tables.scores(Score(**row) for row in fit.manifest["scores"])
    tables.starts(fit.manifest["starts"])
    if within is None:
        tables.text(identify_fit(study, fit).text(tables.WIDTH))
    if samples:
        fit = sampled(study, fit, samples, seed, kept, resume)
    drop_checkpoints(kept)
    tables.line(f"fit '{fit.name}' in {folder}")


def sampled(study: Study, fit: Fit, samples: int, seed: int, kept: Path, resume: bool) -> Fit:
    """The fit with its posterior, its diagnostics shown."""
    from latecomer.inference.posterior import progress_of, sample_fit
    from latecomer.study.fits import CHAINS

    chains = kept / CHAINS
    with tables.progress() as tell:
        made = sample_fit(study, fit, samples, seed, chains, resume and chains.is_dir(), progress_of(tell))
    tables.posterior(made.manifest["posterior"])
    return made


@app.command()
def identify(
    fit: FitName = "reference",
    profile: Annotated[
        list[str] | None,
        typer.Option("--profile", metavar="NAME", help="Look at the profile likelihood too."),
    ] = None,
    shuffle: Annotated[
        int,
        typer.Option(min=0, max=1_000_000, help="Refits with the institutions of the countries shuffled."),
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the shuffles.")] = 0,
    as_json: AsJson = False,
    where: Where = None,
) -> None:
    """Label every estimated number identified, sloppy or flat; on request test shuffled institutions."""
    from latecomer.inference.identifiability import advised, identify_fit, shuffled

    study = opened(where)
    chosen = study.fits[fit]
    found = identify_fit(study, chosen, profile or ())
    test = None
    if shuffle:
        with tables.progress(quiet=as_json) as tick:
            test = shuffled(study, chosen, shuffle, seed, tick)
    if as_json:
        tables.json_text(
            found.as_dict() | ({} if test is None else {"shuffled institutions": test.as_dict()})
        )
        return
    tables.text(found.text(tables.WIDTH))
    advice = advised(study, chosen, found)
    tables.line(f"flat with a source to fix them by: {', '.join(advice.fix) or 'none'}")
    tables.line(f"flat without one: {', '.join(advice.without_source) or 'none'}")
    if test is not None:
        tables.text(test.text())


@app.command()
def coverage(
    fit: FitName = "reference",
    draws: Annotated[
        int,
        typer.Option(
            min=10, max=1_000_000, help="Draws of the fast approximation, for a fit without a posterior."
        ),
    ] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Seed of those draws.")] = 0,
    as_json: AsJson = False,
    save: Save = False,
    where: Where = None,
) -> None:
    """Tell which share of the figures lies within the 80 % bands of a fit, by country and by series."""
    from latecomer.evaluation.coverage import coverage_of_fit, save_coverage

    study = opened(where)
    with tables.progress(quiet=as_json) as tick:
        found = coverage_of_fit(study, fit, draws, seed, tick)
    if as_json:
        tables.json_text(found.as_dict())
    else:
        tables.coverage(found)
    if save:
        message(f"result in {save_coverage(study, study.fits[fit], found)}", as_json)


@app.command()
def variants(
    until: Annotated[
        int | None,
        typer.Option(metavar="YEAR", help="The last year the fits may read.", show_default=OF_STUDY),
    ] = None,
    end: Annotated[
        int | None,
        typer.Option(metavar="YEAR", help="The last year they are held against.", show_default=OF_STUDY),
    ] = None,
    as_json: AsJson = False,
    where: Where = None,
) -> None:
    """Weigh the rival structures of the study by what their fits to a cut-off foresee."""
    from latecomer.evaluation.compare_variants import weigh_variants

    study = opened(where)
    with tables.progress(quiet=as_json) as tick:
        made = weigh_variants(study, until, end, tick)
    if as_json:
        tables.json_text(made.as_dict())
        return
    tables.weighing(made)
