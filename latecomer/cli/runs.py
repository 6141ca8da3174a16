"""The commands that run: a country, a scenario for all its countries, and the list of scenarios."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from latecomer.cli import arguments, show
from latecomer.cli.commands import Out, VariantName, Where, app, opened
from latecomer.faults import refuse

if TYPE_CHECKING:
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

    changed, span = arguments.request(settings or [], years)
    study = opened(where)
    whole = whole_scenario(study, what, scenario)
    named = study.scenarios[scenario] if whole is None and scenario is not None else whole
    results = out or arguments.output(study.root, "runs")
    folder = results / ("" if named is None else named.name) if out is None else results
    chosen = OWN_FIT if fit is None else fit
    for one, place in rivals(study, variant, variants, fit, folder).items():
        if one is not None and variants:
            show.line(f"variant: {one}")
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
    return {name: folder / arguments.slug(name) for name in study.variants}


def run_country(study: Study, spec: RunSpec, folder: Path, again: bool) -> None:
    """Run one country into a folder and say so; `again`: even where the same run is there already."""
    from latecomer.session.single_run import run_into

    made, iso3, draws = run_into(study, spec, folder, again), spec.iso3, spec.draws
    manifest = made.manifest
    stale(manifest["fit"], manifest["changed since the fit"])
    many = "" if draws is None else f" of {draws} runs with shocks"
    first, last = manifest["years"]
    where = f"{folder / 'results.nc'}{', made before from the same' if made.again else ''}"
    show.line(f"{iso3}, {first:g} to {last:g}: {made.variables} variables{many} in {where}")
    assumed(manifest["assumptions"])
    if first > (begins := study.countries[iso3].window.start):
        show.problem(f"note: it begins in {first:g} with the stocks of {begins}, where the window begins")
    refused(manifest["policy space"])
    if failed := manifest.get("failures", {}).get("failed", 0):
        show.problem(
            f"note: {failed} of {draws} runs left the finite numbers; the coordinate 'failed' says when"
        )


def run_all(study: Study, spec: RunSpec, folder: Path) -> None:
    """Run a scenario for all its countries into a folder and say so."""
    from latecomer.session.scenario import run_scenario

    with show.progress() as tick:
        made = run_scenario(study, spec, folder, tick)
    stale(made.fit, made.changed)
    for iso3, where in made.folders.items():
        show.line(f"{iso3}: {where / 'results.nc'}")
        refused(made.refused[iso3])
    show.line(f"page: {made.page}")


def stale(fit: str, changed: Sequence[str]) -> None:
    """Say what has changed since a fit was made."""
    if changed:
        what = ", ".join(changed)
        show.problem(f"note: changed since the fit '{fit}' was made: {what}; calibrate again for scores")


def assumed(rules: Sequence[Mapping[str, Any]]) -> None:
    """Say how many drivers go on by an assumption, and after which year."""
    if rules:
        after = f"{min(rule['after'] for rule in rules):g}"
        many = f"{len(rules)} drivers go" if len(rules) > 1 else f"the driver '{rules[0]['driver']}' goes"
        show.line(f"  after {after} {many} on by an assumption; manifest.json says which")


def refused(sentences: Sequence[str]) -> None:
    """Say what the policy space did not permit."""
    for sentence in sentences:
        show.line(f"  {sentence}")
