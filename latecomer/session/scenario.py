"""A scenario run for all its countries: a folder for each, and one page for all."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr

from latecomer.faults import refuse
from latecomer.report.files import refuse_output
from latecomer.report.scenario_content import (
    Assumption,
    Change,
    Comparison,
    CountryScenario,
    ScenarioReport,
)
from latecomer.report.scenario_page import PAGE, TEMPLATE, write_scenario
from latecomer.session.material import in_words
from latecomer.session.progress import Progress, silent
from latecomer.session.shown import shown
from latecomer.session.store import refuse_foreign, run_manifest, save_run
from latecomer.study.assumptions import Assumed
from latecomer.study.drivers import COUNTRY
from latecomer.study.ensembles import run_country
from latecomer.study.fits import Fit
from latecomer.study.levers import TABLE
from latecomer.study.policy_space import policy_space
from latecomer.study.run_spec import CountrySetup, RunSpec, resolve
from latecomer.study.scenarios import BASELINE, Scenario
from latecomer.study.study import NO_FIT, Study

if TYPE_CHECKING:
    from latecomer.study.study import Study


@dataclass(frozen=True, slots=True)
class CountryRun:
    """One country of a scenario: its run without shocks, that of the base, and what it started from."""

    iso3: str
    run: xr.Dataset
    base: xr.Dataset
    setup: CountrySetup


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """What a scenario has left behind: its folders and page, what was refused, what changed since the fit."""

    fit: str
    folders: Mapping[str, Path]
    refused: Mapping[str, Sequence[str]]
    changed: Sequence[str]
    page: Path


def run_scenario(study: Study, spec: RunSpec, out: Path | str, progress: Progress = silent) -> ScenarioResult:
    """Run a scenario for its countries into folders of `out`, and write `out`/scenario.html.

    The page is drawn from runs without shocks. Raises InputError for a request without a scenario and as
    `run_country` does, before anything is written.
    """
    if (scenario := spec.scenario) is None:
        raise refuse("scenario", "none", "the name of a scenario", "name one of runs/scenarios")
    out, countries = Path(out), spec.countries
    refuse_output(out / PAGE)
    for iso3 in countries:
        refuse_foreign(out / iso3)
    plain = spec if spec.draws is None else replace(spec, draws=None, method=None)
    asked = (scenario.base, spec.variant, spec.parameters, spec.years, spec.dt, plain.method)
    bases = resolve(study, countries, spec.fit, *asked)
    runs, kept = [], {}
    for number, iso3 in enumerate(countries):
        progress(f"run {iso3}", number, len(countries) + 1)
        kept[iso3] = run_country(study, spec.of(iso3))
        run = kept[iso3] if spec.draws is None else run_country(study, plain.of(iso3))
        base = run_country(study, bases.of(iso3))
        runs.append(CountryRun(iso3, run, base, spec.setups[iso3]))
    progress("report", len(countries), len(countries) + 1)
    manifests = {iso3: run_manifest(study, run, spec.of(iso3)) for iso3, run in kept.items()}
    folders = {iso3: save_run(run, manifests[iso3], out / iso3) for iso3, run in kept.items()}
    page = write_scenario(out, scenario_report(study, scenario, spec.fit, runs), scenario_templates(study))
    changed = dict.fromkeys(name for one in manifests.values() for name in one["changed since the fit"])
    refused = {iso3: one["policy space"] for iso3, one in manifests.items()}
    progress("done", len(countries) + 1, len(countries) + 1)
    name = NO_FIT if spec.fit is None else spec.fit.name
    return ScenarioResult(name, folders, refused, tuple(changed), page)


def scenario_templates(study: Study) -> Path | None:
    """The study's own templates; None, for the reference study's, where it has none of a scenario."""
    folder = study.root / "reports" / "templates"
    return folder if (folder / TEMPLATE).is_file() else None


def scenario_report(
    study: Study, scenario: Scenario, fit: Fit | None, runs: Sequence[CountryRun]
) -> ScenarioReport:
    """The page of a scenario as plain data."""
    return ScenarioReport(
        title=scenario.name.replace("-", " ").capitalize(),
        note=scenario.note,
        rows=scenario.rows,
        is_base=scenario.name == BASELINE,
        overrides=[
            Change(one.name, one.note, one.source, one.changes, one.only) for one in scenario.overrides
        ],
        countries=[country_scenario(study, one) for one in runs],
        assumptions=list(assumed_rows(study, runs)),
        provenance=provenance(study, fit, runs),
        generated=f"Made on {datetime.date.today():%d %B %Y} with latecomer {version('latecomer')}.",
    )


def country_scenario(study: Study, one: CountryRun) -> CountryScenario:
    """One country: its outcomes beside those of the base, and what was refused."""
    first, last = one.setup.years
    return CountryScenario(
        iso3=one.iso3,
        name=study.countries[one.iso3].name,
        years=f"{first:g}–{last:g}",
        comparisons=[
            comparison(study, one, name)
            for name in shown(study, study.outcomes.pages.scenario)
            if name in one.run
        ],
        refused=[refusal.sentence for refusal in policy_space(one.run, one.setup.tables, study.outcomes)],
    )


def comparison(study: Study, one: CountryRun, name: str) -> Comparison:
    """A variable of a run beside that of the base."""
    unit = in_words(str(one.run[name].attrs.get("units", "")), study.outcomes)
    years = one.run["time"].to_numpy()
    return Comparison(name, unit, years, one.base[name].to_numpy(), one.run[name].to_numpy())


def assumed_rows(study: Study, runs: Iterable[CountryRun]) -> Iterator[Assumption]:
    """What is assumed: drivers of the world once, then those of each country."""
    own = {
        name.removesuffix(TABLE) for name, source in study.drivers.sources.items() if source.iso3 == COUNTRY
    }
    seen: dict[tuple[str, str], Assumed] = {}
    for one in runs:
        for assumed in one.setup.assumed:
            whose = study.countries[one.iso3].name if assumed.driver in own else "the world"
            seen.setdefault((assumed.driver, whose), assumed)
    for (driver, whose), assumed in sorted(seen.items(), key=lambda item: item[0][1] != "the world"):
        changed = "".join(f"; then the override '{name}'" for name in assumed.changed_by)
        rule, source = assumed.assumption.words + changed, assumed.assumption.source
        yield Assumption(driver, whose, f"{assumed.after:g}", rule, source)


def provenance(study: Study, fit: Fit | None, runs: Sequence[CountryRun]) -> dict[str, str]:
    """Where the numbers of the page come from."""
    hashes = study.run_hashes([one.iso3 for one in runs])
    used = dict.fromkeys(one.setup.variant for one in runs)
    return {
        "variant": ", ".join(used) or "none",
        "fit": "none" if fit is None else fit.name,
        **{f"sha256 of {name}": digest for name, digest in hashes.items()},
        "version of latecomer": version("latecomer"),
    }
