"""The command that runs a country many times and keeps what the runs come to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from latecomer import ending
from latecomer.cli import arguments, show
from latecomer.cli.commands import Iso3, Out, VariantName, Where, app, opened
from latecomer.cli.where import Scheduler, Workers, executor

if TYPE_CHECKING:
    from latecomer.session.summary_run import SummaryRun


@app.command()
def ensemble(
    iso3: Iso3,
    draws: Annotated[
        int, typer.Option(min=2, max=1_000_000_000, help="Runs with the shocks of the model text.")
    ] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the shocks.")] = 0,
    out: Out = None,
    scenario: Annotated[
        str | None, typer.Option("--scenario", metavar="NAME", help="A scenario of the study.")
    ] = None,
    variant: VariantName = None,
    fit: Annotated[
        str | None, typer.Option("--fit", metavar="NAME", help="A fit, or none; by default the variant's.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A parameter; may be repeated.")
    ] = None,
    years: Annotated[str | None, typer.Option(metavar="A:B", help="First and last year.")] = None,
    variables: Annotated[
        list[str] | None, typer.Option("--variable", metavar="NAME", help="What to keep; may be repeated.")
    ] = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    where: Where = None,
) -> None:
    """Run a country many times; keep means, quantiles, events and failures, and go on after any stop."""
    ending.way_on("the same command")
    from latecomer.session.summary_run import run_summary
    from latecomer.study.run_spec import OWN_FIT

    changed, span = arguments.request(settings or [], years)
    study = opened(where)
    named = None if scenario is None else study.scenarios[scenario]
    below = "" if named is None else named.name
    place = out or arguments.output(study.root, "runs") / below / f"{iso3}-{draws}-draws"
    with show.progress() as tick:
        by = executor(workers, scheduler)
        asked = (OWN_FIT if fit is None else fit, named, variant, changed, span)
        spec = study.spec(iso3, *asked, draws=draws, seed=seed, variables=variables)
        made = run_summary(study, spec, place, by, tick)
    told(made)


def told(made: SummaryRun) -> None:
    """Say where the result is, and how many runs failed."""
    failures = made.manifest["failures"]
    again = "found, made before from the same: " if made.again else ""
    show.line(f"{again}{failures['runs']} runs in {made.folder}")
    if failures["failed"]:
        share = f"{failures['failed']} of {failures['runs']} runs ({100 * failures['share']:.2g} %)"
        show.problem(f"note: {share} left the finite numbers, the first at {failures['first time']:g}")
        for name, (low, high) in failures["box"].items():
            show.problem(f"  {name}: {low:g} to {high:g}")
        show.problem("  every figure is of the others; failures.csv has each run that failed")
