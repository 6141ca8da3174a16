"""A scenario run for all its countries: a folder for each, and one page for all."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from latecomer.report.files import refuse_output
from latecomer.report.scenario_content import (
    Assumption,
    Change,
    Comparison,
    CountryScenario,
    ScenarioReport,
)
from latecomer.report.scenario_page import PAGE, TEMPLATE, write_scenario
from latecomer.session.asked import OWN_FIT, fit_of
from latecomer.session.material import in_words
from latecomer.session.progress import Progress, silent
from latecomer.session.shown import shown
from latecomer.session.store import refuse_foreign, run_manifest, save_run
from latecomer.study.assumptions import Assumed
from latecomer.study.drivers import COUNTRY
from latecomer.study.fits import Fit
from latecomer.study.levers import TABLE
from latecomer.study.policy_space import policy_space
from latecomer.study.rooms import NO_FIT, Rooms
from latecomer.study.scenarios import BASELINE, Scenario
from latecomer.study.setup import Setup, run_setup

if TYPE_CHECKING:
    from latecomer.session.study import Study


@dataclass(frozen=True, slots=True)
class CountryRun:
    """One country of a scenario: its run without shocks, that of the base, and what it started from."""

    iso3: str
    run: xr.Dataset
    base: xr.Dataset
    setup: Setup


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """What a scenario has left behind: its folders and page, what was refused, what changed since the fit."""

    fit: str
    folders: Mapping[str, Path]
    refused: Mapping[str, Sequence[str]]
    changed: Sequence[str]
    page: Path


def run_scenario(
    study: Study,
    scenario: Scenario | str,
    out: Path,
    progress: Progress = silent,
    fit: Fit | str | None = OWN_FIT,
    variant: str | None = None,
    parameters: Mapping[str, float] | None = None,
    **asked: Any,
) -> ScenarioResult:
    """Run a scenario for all its countries into folders of `out`, and write `out`/scenario.html.

    `asked`: draws, seed, years, method, dt, as for `Study.run`; the page is drawn from runs without shocks.
    Raises InputError as `Study.run` does, before anything is written.
    """
    rooms = study.rooms
    chosen, named = fit_of(rooms, fit, variant), rooms.scenario(scenario) or Scenario(BASELINE, "")
    countries = scenario_countries(rooms, named, chosen)
    refuse_output(out / PAGE)
    for iso3 in countries:
        refuse_foreign(out / iso3)
    shared = ["years", "dt", *(["method"] if asked.get("draws") is None else [])]
    plain = {name: asked[name] for name in shared if name in asked}
    same: dict[str, Any] = {"fit": chosen, "variant": variant, "parameters": parameters}
    runs, kept = [], {}
    for number, iso3 in enumerate(countries):
        progress(f"run {iso3}", number, len(countries) + 1)
        kept[iso3] = study.run(iso3, named, **asked, **same)
        run = kept[iso3] if asked.get("draws") is None else study.run(iso3, named, **plain, **same)
        base = study.run(iso3, named.base, **plain, **same)
        setup = run_setup(rooms, iso3, chosen, parameters, asked.get("years"), named, variant)
        runs.append(CountryRun(iso3, run, base, setup))
    progress("report", len(countries), len(countries) + 1)
    manifests = {iso3: run_manifest(rooms, run, parameters or {}, named) for iso3, run in kept.items()}
    folders = {iso3: save_run(run, manifests[iso3], out / iso3) for iso3, run in kept.items()}
    page = write_scenario(out, scenario_report(rooms, named, chosen, runs), scenario_templates(rooms))
    changed = dict.fromkeys(name for one in manifests.values() for name in one["changed since the fit"])
    refused = {iso3: one["policy space"] for iso3, one in manifests.items()}
    progress("done", len(countries) + 1, len(countries) + 1)
    name = NO_FIT if chosen is None else chosen.name
    return ScenarioResult(name, folders, refused, tuple(changed), page)


def scenario_countries(rooms: Rooms, scenario: Scenario, fit: Fit | None) -> tuple[str, ...]:
    """The countries of a scenario: those it names, else those of the fit, else all of the study."""
    return scenario.countries or (tuple(rooms.countries) if fit is None else tuple(fit.countries))


def scenario_templates(rooms: Rooms) -> Path | None:
    """The study's own templates; None, for the reference study's, where it has none of a scenario."""
    folder = rooms.root / "reports" / "templates"
    return folder if (folder / TEMPLATE).is_file() else None


def scenario_report(
    rooms: Rooms, scenario: Scenario, fit: Fit | None, runs: Sequence[CountryRun]
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
        countries=[country_scenario(rooms, one) for one in runs],
        assumptions=list(assumed_rows(rooms, runs)),
        provenance=provenance(rooms, fit, runs),
        generated=f"Made on {datetime.date.today():%d %B %Y} with latecomer {version('latecomer')}.",
    )


def country_scenario(rooms: Rooms, one: CountryRun) -> CountryScenario:
    """One country: its outcomes beside those of the base, and what was refused."""
    first, last = one.setup.years
    return CountryScenario(
        iso3=one.iso3,
        name=rooms.countries[one.iso3].name,
        years=f"{first:g}–{last:g}",
        comparisons=[
            comparison(rooms, one, name)
            for name in shown(rooms, rooms.outcomes.pages.scenario)
            if name in one.run
        ],
        refused=[refusal.sentence for refusal in policy_space(one.run, one.setup.tables, rooms.outcomes)],
    )


def comparison(rooms: Rooms, one: CountryRun, name: str) -> Comparison:
    """A variable of a run beside that of the base."""
    unit = in_words(str(one.run[name].attrs.get("units", "")), rooms.outcomes)
    years = one.run["time"].to_numpy()
    return Comparison(name, unit, years, one.base[name].to_numpy(), one.run[name].to_numpy())


def assumed_rows(rooms: Rooms, runs: Iterable[CountryRun]) -> Iterator[Assumption]:
    """What is assumed: drivers of the world once, then those of each country."""
    own = {
        name.removesuffix(TABLE) for name, source in rooms.drivers.sources.items() if source.iso3 == COUNTRY
    }
    seen: dict[tuple[str, str], Assumed] = {}
    for one in runs:
        for assumed in one.setup.assumed:
            whose = rooms.countries[one.iso3].name if assumed.driver in own else "the world"
            seen.setdefault((assumed.driver, whose), assumed)
    for (driver, whose), assumed in sorted(seen.items(), key=lambda item: item[0][1] != "the world"):
        changed = "".join(f"; then the override '{name}'" for name in assumed.changed_by)
        rule, source = assumed.assumption.words + changed, assumed.assumption.source
        yield Assumption(driver, whose, f"{assumed.after:g}", rule, source)


def provenance(rooms: Rooms, fit: Fit | None, runs: Sequence[CountryRun]) -> dict[str, str]:
    """Where the numbers of the page come from."""
    hashes = rooms.run_hashes([one.iso3 for one in runs])
    used = dict.fromkeys(one.setup.variant for one in runs)
    return {
        "variant": ", ".join(used) or "none",
        "fit": "none" if fit is None else fit.name,
        **{f"sha256 of {name}": digest for name, digest in hashes.items()},
        "version of latecomer": version("latecomer"),
    }
