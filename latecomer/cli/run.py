"""The commands that run: a country, and a scenario for all its countries.

Also here:
- The command that runs a country many times and keeps what the runs come to.
- The command that runs a country with every parameter drawn from its whole range.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from latecomer import ending
from latecomer.cli import commands, tables
from latecomer.cli.commands import (
    GOOD,
    SHORT,
    AsJson,
    Iso3,
    Out,
    Scheduler,
    VariantName,
    Where,
    Workers,
    app,
    executor,
    opened,
)
from latecomer.errors import refuse

if TYPE_CHECKING:
    from latecomer.runs.ensemble import SummaryRun
    from latecomer.study.run_spec import RunSpec
    from latecomer.study.scenarios import Scenario
    from latecomer.study.study import Study


What = Annotated[
    str, typer.Argument(metavar="ISO3|SCENARIO", help="A country of the study, or a scenario for all of its.")
]


@app.command()
def run(
    what: What,
    out: Out = None,
    scenario: Annotated[
        str | None, typer.Option("--scenario", metavar="NAME", help="A scenario, for one country.")
    ] = None,
    variant: VariantName = None,
    variants: Annotated[
        bool, typer.Option("--variants", help="All rival structures, each with its own fit.")
    ] = False,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A parameter; may be repeated.")
    ] = None,
    years: Annotated[str | None, typer.Option(metavar="A:B", help="First and last year.")] = None,
    dt: Annotated[float | None, typer.Option(help="Step of integration, in years.")] = None,
    method: Annotated[
        str | None, typer.Option(help="rk4, heun, euler or adaptive; with draws euler, milstein or sra1.")
    ] = None,
    draws: Annotated[
        int | None,
        typer.Option(
            min=1, max=1_000_000, help="Runs with the shocks of the model text, instead of one without."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the shocks.")] = 0,
    fit: Annotated[
        str | None, typer.Option("--fit", metavar="NAME", help="A fit, or none; by default the variant's.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Run a country even where the same run is there already.")
    ] = False,
    where: Where = None,
) -> None:
    """Run a country, or a scenario for all its countries, into folders of results.nc and manifest.json."""
    from latecomer.study.run_spec import OWN_FIT

    changed, span = commands.request(settings or [], years)
    study = opened(where)
    whole = whole_scenario(study, what, scenario)
    named = study.scenarios[scenario] if whole is None and scenario is not None else whole
    results = out or commands.output(study.root, "runs")
    folder = results / ("" if named is None else named.name) if out is None else results
    chosen = OWN_FIT if fit is None else fit
    for one, place in rivals(study, variant, variants, fit, folder).items():
        if one is not None and variants:
            tables.line(f"variant: {one}")
        countries = what if whole is None else None
        spec = study.spec(countries, chosen, named, one, changed, span, dt, method, draws, seed)
        if whole is None:
            target = place if out is not None and not variants else place / what
            run_country(study, spec, target, again)
        else:
            run_all(study, spec, place)


def whole_scenario(study: Study, what: str, scenario: str | None) -> Scenario | None:
    """The scenario that `run WHAT` is about; None where it is a country.

    Raises InputError for what is neither, and for a scenario beside a scenario.
    """
    if what in study.countries or re.fullmatch("[A-Z]{3}", what):
        study.countries[what]
        return None
    if what.upper() in study.countries and what not in list(study.scenarios):
        expected, cure = "a country or a scenario of the study", f"write {what.upper()}"
        raise refuse(f"'{what}'", "neither a country nor a scenario", expected, cure)
    found = study.scenarios[what]
    if scenario is not None:
        got = f"'{scenario}' beside the scenario '{found.name}'"
        raise refuse("--scenario", got, "one scenario", "name a country, or leave --scenario out")
    return found


def rivals(
    study: Study, variant: str | None, variants: bool, fit: str | None, folder: Path
) -> dict[str | None, Path]:
    """The variants to run, and the folder of each; None for the one that the fit was made with."""
    if not variants:
        return {variant: folder}
    if variant is not None or fit is not None:
        got = "--variant" if variant is not None else "--fit"
        raise refuse(
            "--variants", f"{got} beside it", "all variants, each with its own fit", f"leave {got} out"
        )
    if not study.variants:
        cure = 'write [variants."name"] there, or leave --variants out'
        raise refuse("--variants", "a study without variants", "variants in model/variants.toml", cure)
    return {name: folder / commands.slug(name) for name in study.variants}


def run_country(study: Study, spec: RunSpec, folder: Path, again: bool) -> None:
    """Run one country into a folder and say so; `again`: even where the same run is there already."""
    from latecomer.runs.single import run_into

    made, iso3, draws = run_into(study, spec, folder, again), spec.iso3, spec.draws
    manifest = made.manifest
    stale(manifest["fit"], manifest["changed since the fit"])
    many = "" if draws is None else f" of {draws} runs with shocks"
    first, last = manifest["years"]
    where = f"{folder / 'results.nc'}{', made before from the same' if made.again else ''}"
    tables.line(f"{iso3}, {first:g} to {last:g}: {made.variables} variables{many} in {where}")
    assumed(manifest["assumptions"])
    if first > (begins := study.countries[iso3].window.start):
        tables.problem(f"note: it begins in {first:g} with the stocks of {begins}, where the window begins")
    refused(manifest["policy space"])
    if failed := manifest.get("failures", {}).get("failed", 0):
        tables.problem(
            f"note: {failed} of {draws} runs left the finite numbers; the coordinate 'failed' says when"
        )


def run_all(study: Study, spec: RunSpec, folder: Path) -> None:
    """Run a scenario for all its countries into a folder and say so."""
    from latecomer.report.pages.scenario import run_scenario

    with tables.progress() as tick:
        made = run_scenario(study, spec, folder, tick)
    stale(made.fit, made.changed)
    for iso3, where in made.folders.items():
        tables.line(f"{iso3}: {where / 'results.nc'}")
        refused(made.refused[iso3])
    tables.line(f"page: {made.page}")


def stale(fit: str, changed: Sequence[str]) -> None:
    """Say what has changed since a fit was made."""
    if changed:
        what = ", ".join(changed)
        tables.problem(f"note: changed since the fit '{fit}' was made: {what}; calibrate again for scores")


def assumed(rules: Sequence[Mapping[str, Any]]) -> None:
    """Say how many drivers go on by an assumption, and after which year."""
    if rules:
        after = f"{min(rule['after'] for rule in rules):g}"
        many = f"{len(rules)} drivers go" if len(rules) > 1 else f"the driver '{rules[0]['driver']}' goes"
        tables.line(f"  after {after} {many} on by an assumption; manifest.json says which")


def refused(sentences: Sequence[str]) -> None:
    """Say what the policy space did not permit."""
    for sentence in sentences:
        tables.line(f"  {sentence}")


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
    from latecomer.runs.ensemble import run_summary
    from latecomer.study.run_spec import OWN_FIT

    changed, span = commands.request(settings or [], years)
    study = opened(where)
    named = None if scenario is None else study.scenarios[scenario]
    below = "" if named is None else named.name
    place = out or commands.output(study.root, "runs") / below / f"{iso3}-{draws}-draws"
    with tables.progress() as tick:
        by = executor(workers, scheduler)
        request = (OWN_FIT if fit is None else fit, named, variant, changed, span)
        spec = study.spec(iso3, *request, draws=draws, seed=seed, variables=variables)
        made = run_summary(study, spec, place, by, tick)
    echo_result(made)


def echo_result(made: SummaryRun) -> None:
    """Say where the result is, and how many runs failed."""
    failures = made.manifest["failures"]
    again = "found, made before from the same: " if made.again else ""
    tables.line(f"{again}{failures['runs']} runs in {made.folder}")
    if failures["failed"]:
        share = f"{failures['failed']} of {failures['runs']} runs ({100 * failures['share']:.2g} %)"
        tables.problem(f"note: {share} left the finite numbers, the first at {failures['first time']:g}")
        for name, (low, high) in failures["box"].items():
            tables.problem(f"  {name}: {low:g} to {high:g}")
        tables.problem("  every figure is of the others; failures.csv has each run that failed")


@app.command()
def stress(
    iso3: Iso3,
    draws: Annotated[
        int, typer.Option(min=1, max=10_000_000, help="Runs, each with parameters of its own.")
    ] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 0,
    as_json: AsJson = False,
    where: Where = None,
) -> None:
    """Run a country with every parameter anywhere in its range: exit 0 nothing breaks, 1 something does."""
    from latecomer.runs.stress import stress as made

    found = made(opened(where), iso3, draws, seed)
    if as_json:
        tables.json_text(found.as_dict())
    else:
        tables.line(f"{iso3}: {found.failures} of {draws} runs left the finite numbers")
        for name, value in found.negative.items():
            tables.line(f"negative though it cannot be: {name}, lowest {value:.3g}")
        for name, distance in found.where.items():
            tables.line(f"failed runs lie {distance:+.1f} standard deviations off in {name}")
        if found.holds:
            tables.line("no stock that cannot be negative was")
    raise typer.Exit(GOOD if found.holds else SHORT)
